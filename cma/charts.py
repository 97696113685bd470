"""Drawings the server makes: money owed by age, income by month, a meter (SCR-7).

Everything here is arithmetic on numbers in and whole SVG units out. The widths and heights are
attributes, because the content security policy refuses styles on elements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

WIDE = 1000
GAP = 4
THIN = 6
TALL = 124


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """One age of what is owed: `Not due yet`, with its sum, its invoices and where they are listed."""

    label: str
    amount: Decimal
    count: int
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Month:
    """One bar of the income chart."""

    label: str
    amount: Decimal
    now: bool = False


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A piece of the ageing bar, in thousandths of its width."""

    index: int
    x: int
    width: int


def share(part: Decimal | int, whole: Decimal | int, units: int = WIDE) -> int:
    """How many of `units` the part is of the whole, never below nought or above all of them."""
    if whole <= 0 or part <= 0:
        return 0
    exact = Decimal(part) * units / Decimal(whole)
    return min(units, int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)))


def segments(amounts: Sequence[Decimal]) -> list[Segment]:
    """Lay the sums side by side over the whole bar; what is owed at all stays visible."""
    shown = [(index, amount) for index, amount in enumerate(amounts) if amount > 0]
    if not shown:
        return []
    room = WIDE - GAP * (len(shown) - 1)
    total = sum((amount for _, amount in shown), Decimal(0))
    widths = [max(THIN, share(amount, total, room)) for _, amount in shown]
    # Rounding and the least width go at the cost of the widest piece.
    widths[widths.index(max(widths))] += room - sum(widths)
    placed, x = [], 0
    for (index, _), width in zip(shown, widths, strict=True):
        placed.append(Segment(index=index, x=x, width=width))
        x += width + GAP
    return placed


def heights(amounts: Sequence[Decimal], tall: int = TALL) -> list[int]:
    """Heights of bars against the tallest; a month with any income keeps a line of two units."""
    top = max(amounts, default=Decimal(0))
    return [max(2, share(amount, top, tall)) if amount > 0 else 0 for amount in amounts]
