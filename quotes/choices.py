"""What a quote comes to for what the client has ticked (QUO-2, QUO-4).

Pure: no database, no request. The figures come from `invoices.money.totals`, the one function for money;
page, PDF, mail and the invoice that follows all start from here, so they agree to the penny.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invoices.money import ZERO, Priced, Totals, totals

# {line key: quantity}: every optional or choice line that is taken.
Picks = Mapping[UUID, Decimal]
MOST_DIGITS = 20
PRICED_KINDS = ("item", "optional", "choice")


class OfferedGroup(Protocol):
    """What of a `Group` decides."""

    pk: Any
    key: UUID
    name: str
    least: int
    most: int


class OfferedLine(Protocol):
    """What of a `Line` decides."""

    key: UUID
    kind: str
    group_id: Any
    quantity: Decimal
    suggested: bool
    least_quantity: Decimal | None
    most_quantity: Decimal | None

    def priced(self) -> Priced:
        """Quantity, price, discount and rate."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why these picks cannot be accepted. `key` is the line's or group's; the text is for people."""

    key: UUID
    text: str | Promise
    values: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return str(self.text) % dict(self.values)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the taken lines come to; `fixed` + `chosen` = `totals.net`. `nets` by key, taken lines only."""

    fixed: Decimal
    chosen: Decimal
    totals: Totals
    nets: Mapping[UUID, Decimal]


def first_picks(lines: Iterable[OfferedLine]) -> dict[UUID, Decimal]:
    """What is ticked when the client first opens the quote."""
    return {line.key: line.quantity for line in lines if line.kind in PRICED_KINDS[1:] and line.suggested}


def read_picks(stored: Mapping[str, Any]) -> dict[UUID, Decimal]:
    """Picks as they are stored, `{text: text}`. What cannot be read is left out."""
    found = {}
    for key, text in stored.items():
        try:
            quantity = Decimal(str(text))
            # No 1e999999999, which would be written out somewhere.
            if quantity.is_finite() and abs(quantity.adjusted()) < MOST_DIGITS:
                found[UUID(str(key))] = quantity
        except (ValueError, InvalidOperation):
            continue
    return found


def store_picks(picks: Picks) -> dict[str, str]:
    """Picks as plain JSON; quantities without trailing noughts, so that equal picks are equal text."""
    return {str(key): format(quantity.normalize(), "f") for key, quantity in sorted(picks.items())}


def check(lines: Sequence[OfferedLine], groups: Sequence[OfferedGroup], picks: Picks) -> list[Problem]:
    """Every rule that these picks break: foreign lines, wrong quantities, too few or too many of a choice."""
    offered = {line.key: line for line in lines if line.kind in PRICED_KINDS[1:]}
    problems = []
    for key, quantity in picks.items():
        line = offered.get(key)
        if line is None:
            problems.append(Problem(key, _("This line is not part of the quote.")))
        elif not _may_be(line, quantity):
            problems.append(
                Problem(
                    key,
                    _("Choose a quantity from %(least)s to %(most)s."),
                    (
                        ("least", plain(line.least_quantity or line.quantity)),
                        ("most", plain(line.most_quantity or line.quantity)),
                    ),
                )
            )
    for group in groups:
        taken = sum(1 for line in lines if line.group_id == group.pk and line.key in picks)
        if not group.least <= taken <= group.most:
            problems.append(Problem(group.key, _needs(group), (("least", group.least), ("most", group.most))))
    return problems


def _may_be(line: OfferedLine, quantity: Decimal) -> bool:
    if not quantity.is_finite():
        return False
    if line.least_quantity is None or line.most_quantity is None:
        return quantity == line.quantity
    within = line.least_quantity <= quantity <= line.most_quantity
    return within and quantity == quantity.quantize(Decimal("0.001"))


def _needs(group: OfferedGroup) -> str | Promise:
    if group.least == group.most == 1:
        return _("Choose one of these.")
    if group.least == group.most:
        return _("Choose exactly %(least)s of these.")
    if group.least == 0:
        return _("Choose at most %(most)s of these.")
    return _("Choose from %(least)s to %(most)s of these.")


def figures(lines: Sequence[OfferedLine], picks: Picks, *, charges_vat: bool) -> Figures:
    """The figures of the fixed lines and the picked ones. Raises money.TooLarge."""
    taken = [
        (line, _priced(line, picks))
        for line in lines
        if line.kind == "item" or (line.kind in PRICED_KINDS and line.key in picks)
    ]
    made = totals((priced for _line, priced in taken), charges_vat=charges_vat)
    nets = {line.key: net for (line, _priced), net in zip(taken, made.nets, strict=True)}
    fixed = sum((nets[line.key] for line, _priced in taken if line.kind == "item"), ZERO)
    return Figures(fixed, made.net - fixed, made, nets)


def _priced(line: OfferedLine, picks: Picks) -> Priced:
    priced = line.priced()
    return priced if line.kind == "item" else replace(priced, quantity=picks[line.key])


def extremes(
    lines: Sequence[OfferedLine], groups: Sequence[OfferedGroup], *, charges_vat: bool
) -> tuple[Decimal, Decimal]:
    """The least and the most, with VAT, that choosing can make of the quote. Raises money.TooLarge.

    Where the lines of one choice have several VAT rates it holds to a penny a rate: VAT is rounded per rate.
    """
    least: dict[UUID, Decimal] = {}
    most: dict[UUID, Decimal] = {}
    for line in lines:
        if line.kind == "optional":
            most[line.key] = line.most_quantity or line.quantity
    for group in groups:
        by_price = sorted(
            (line for line in lines if line.group_id == group.pk), key=lambda line: _gross(line, charges_vat)
        )
        least.update({line.key: line.quantity for line in by_price[: group.least]})
        most.update({line.key: line.quantity for line in by_price[-group.most :]})
    return (
        figures(lines, least, charges_vat=charges_vat).totals.total,
        figures(lines, most, charges_vat=charges_vat).totals.total,
    )


def _gross(line: OfferedLine, charges_vat: bool) -> Decimal:
    priced = line.priced()
    percent = priced.rate.percent if charges_vat and priced.rate else ZERO
    return priced.net * (100 + percent)


def plain(quantity: Decimal) -> str:
    """A quantity as people write it: 2, 6.5."""
    return format(quantity.normalize(), "f")
