"""The table of lines and the totals under it, as strings, for every document that has lines."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cma.formats import NO_MINOR_UNIT, grouped, quantity
from documents.content import DocumentLine, LineKind, VatLine


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the table of lines."""

    kind: str
    description: str
    notes: tuple[str, ...] = ()
    quantity: str = ""
    unit_price: str = ""
    vat: str = ""
    net: str = ""
    keep: bool = False  # stays with the row after it: no total stands alone
    is_off: bool = False  # offered and not taken: struck through
    mark: str = ""  # a tick box: "box", "box on", "dot", "dot on"
    mark_word: str = ""


@dataclass(frozen=True, kw_only=True)
class Sum:
    """A row of the totals."""

    label: str
    amount: str
    style: str = ""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A labelled value."""

    label: str
    value: str


def figure(amount: Decimal, currency: str) -> str:
    """A plain figure for a column: the currency's sign stands on totals only."""
    return grouped(amount, 0 if currency in NO_MINOR_UNIT else 2)


def row_of(line: DocumentLine, currency: str, *, keep: bool = False) -> Row:
    """One line, with its notes under the description."""
    notes = tuple(part for part in (*line.details.split("\n"), line.discount) if part)
    if line.kind is not LineKind.ITEM:
        return Row(kind=line.kind.value, description=line.description, notes=notes, keep=keep)
    amount = quantity(line.quantity) if line.quantity is not None else ""
    return Row(
        kind=line.kind.value,
        description=line.description,
        notes=notes,
        quantity=f"{amount} {line.unit}".strip(),
        unit_price=_unit_price(line.unit_price, currency) if line.unit_price is not None else "",
        vat=line.vat_label,
        net=figure(line.net, currency) if line.net is not None else "",
        keep=keep,
    )


def _unit_price(price: Decimal, currency: str) -> str:
    """Two places, and up to four where they say something (MON-1)."""
    exact = f"{price.normalize():f}"
    places = len(exact.partition(".")[2])
    least = 0 if currency in NO_MINOR_UNIT else 2
    return grouped(price, min(max(places, least), 4))


def widths(rows: list[Row]) -> dict[str, int]:
    """Millimetres of the four narrow columns, after their longest figure: 1.9 a figure and 4 of air."""
    longest = {
        "q": max((len(row.quantity) for row in rows), default=0),
        "p": max((len(row.unit_price) for row in rows), default=0),
        "v": max((len(row.vat) for row in rows), default=0),
        "s": max((len(row.net) for row in rows), default=0),
    }
    least_and_most = {"q": (20, 30), "p": (22, 30), "v": (15, 26), "s": (20, 30)}
    return {
        column: min(max(longest[column] * 19 // 10 + 5, least), most)
        for column, (least, most) in least_and_most.items()
    }


def vat_rows(lines: tuple[VatLine, ...], currency: str) -> list[tuple[str, str, str]]:
    """Label, net and VAT of each rate."""
    return [(each.label, figure(each.net, currency), figure(each.vat, currency)) for each in lines]
