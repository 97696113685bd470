"""What the form comes to while it is typed, by the functions that the stored quote is counted with."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from invoices.money import ZERO, Priced, TooLarge, Totals
from quotes.choices import Figures, extremes, figures, first_picks

if TYPE_CHECKING:
    from quotes.forms.lines import QuoteLine, QuoteLines, TypedGroup


@dataclass
class Offered:
    """A line as `quotes.choices` takes it."""

    key: uuid.UUID
    kind: str
    group_id: str | None
    quantity: Decimal
    suggested: bool
    least_quantity: Decimal | None
    most_quantity: Decimal | None
    price: Priced

    def priced(self) -> Priced:
        """Quantity, price, discount and rate."""
        return self.price


@dataclass
class OfferedChoice:
    """A choice as `quotes.choices` takes it."""

    pk: str
    key: uuid.UUID
    name: str
    least: int
    most: int


NOTHING = Figures(ZERO, ZERO, Totals(), {})


@dataclass(frozen=True)
class Shown:
    """The figures beside the form: as the client first sees it, and what choosing can make of it."""

    first: Figures = NOTHING
    least: Decimal = ZERO
    most: Decimal = ZERO
    fixed: Decimal = ZERO
    choices: tuple[Decimal, Decimal] = (ZERO, ZERO)
    extras: Decimal = ZERO

    @property
    def has_range(self) -> bool:
        return self.least != self.most

    @property
    def bar(self) -> int:
        """How far along the bar the first sight stands, of 1000; before it while a choice is still open."""
        if not self.has_range:
            return 1000
        along = int((self.first.totals.total - self.least) / (self.most - self.least) * 1000)
        return min(max(along, 0), 1000)


def add_up(lines: QuoteLines) -> None:
    """Put the figures on the lines of a form; one that cannot be read is left out."""
    offered = []
    for line in lines.lines:
        if line.priced is not None:
            line.net = line.priced.net
            offered.append(_offered(line, line.priced))
    groups = [OfferedChoice(g.key, uuid.uuid4(), g.name, *g.limits) for g in lines.groups]
    try:
        first = figures(offered, first_picks(offered), charges_vat=lines.charges_vat)
        least, most = extremes(offered, groups, charges_vat=lines.charges_vat)
    except TooLarge:
        lines.shown, lines.problem = Shown(), str(lines.too_large)
        return
    lines.totals = first.totals
    for group in lines.groups:
        group.range = _range(group)
    ranges = [group.range for group in lines.groups if group.range]
    lines.shown = Shown(
        first,
        least,
        most,
        first.fixed,
        (sum((low for low, _high in ranges), ZERO), sum((high for _low, high in ranges), ZERO)),
        sum((_most(line) for line in lines.optional), ZERO),
    )


def _offered(line: QuoteLine, priced: Priced) -> Offered:
    kind = "item" if line.is_fixed else "optional" if line.is_optional else "choice"
    least, most = line.limits or (None, None)
    return Offered(
        uuid.uuid4(),
        kind,
        line.part if line.is_choice else None,
        priced.quantity,
        bool(line.suggested),
        least,
        most,
        priced,
    )


def _range(group: TypedGroup) -> tuple[Decimal, Decimal] | None:
    nets: Sequence[Decimal] = sorted(line.net for line in group.lines if line.net is not None)
    if not nets:
        return None
    least, most = group.limits
    return sum(nets[:least], ZERO), sum(nets[-most:], ZERO)


def _most(line: QuoteLine) -> Decimal:
    if line.priced is None:
        return ZERO
    return replace(line.priced, quantity=line.limits[1]).net if line.limits else line.priced.net
