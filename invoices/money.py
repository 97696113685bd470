"""What a document costs: the one function behind preview, page, PDF, portal and API (MON-2, MON-3).

Pure: Decimal in, Decimal out, no database. The rounding is EN 16931's: each line's net to the
penny, VAT once per rate on the sum of that rate's nets, half away from zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

PENNY = Decimal("0.01")
ZERO = Decimal("0.00")
# The largest sum a document may come to (BAD-1).
LARGEST_TOTAL = Decimal("9999999.99")


class TooLarge(ValueError):
    """A line or the document is beyond LARGEST_TOTAL."""


def round_penny(amount: Decimal) -> Decimal:
    """To two places, half away from zero: 11.445 → 11.45, −11.445 → −11.45."""
    return amount.quantize(PENNY, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Rate:
    """A VAT rate as a document carries it. Two lines with equal rates share one VAT row."""

    label: str
    percent: Decimal
    category: str = "S"
    wording: str = ""


@dataclass(frozen=True, slots=True)
class Priced:
    """What of a line decides its price. `discount` is in percent, `discount_amount` in money."""

    quantity: Decimal
    unit_price: Decimal
    rate: Rate | None = None
    discount: Decimal = ZERO
    discount_amount: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """Quantity × unit price − discount, rounded once."""
        gross = self.quantity * self.unit_price
        return round_penny(gross - gross * self.discount / 100 - self.discount_amount)


@dataclass(frozen=True, slots=True)
class VatRow:
    """The VAT of one rate: what it is charged on, and how much."""

    rate: Rate
    net: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """Every figure of a document; each printed column adds up to the one below it."""

    nets: tuple[Decimal, ...] = ()
    vat_rows: tuple[VatRow, ...] = ()
    net: Decimal = ZERO
    vat: Decimal = ZERO
    total: Decimal = field(default=ZERO)


def totals(lines: Iterable[Priced], *, charges_vat: bool) -> Totals:
    """The figures of a document with these priced lines.

    Without `charges_vat` (no VAT number, MON-5) there is no VAT and no VAT row.
    Raises TooLarge when the total is beyond LARGEST_TOTAL either way.
    """
    lines = list(lines)
    nets = tuple(line.net for line in lines)
    per_rate: dict[Rate, Decimal] = {}
    if charges_vat:
        for line, line_net in zip(lines, nets, strict=True):
            if line.rate is not None:
                per_rate[line.rate] = per_rate.get(line.rate, ZERO) + line_net
    vat_rows = tuple(
        VatRow(rate, rate_net, round_penny(rate_net * rate.percent / 100))
        for rate, rate_net in sorted(per_rate.items(), key=lambda item: (-item[0].percent, item[0].label))
    )
    net = sum(nets, ZERO)
    vat = sum((row.vat for row in vat_rows), ZERO)
    if abs(net + vat) > LARGEST_TOTAL or any(abs(n) > LARGEST_TOTAL for n in nets):
        raise TooLarge
    return Totals(nets, vat_rows, net, vat, net + vat)


def take_back(
    lines: Sequence[tuple[Rate, Decimal]],
    *,
    left: Mapping[Rate, tuple[Decimal, Decimal]],
) -> tuple[VatRow, ...]:
    """The VAT rows of a credit note for `lines` (rate, net) when `left` (net, VAT) is still there per rate.

    The one that takes the last of a rate's net takes all VAT that is left, so that
    crediting line by line adds back to exactly what was charged (MON-4, INV-19).
    Raises TooLarge when a line takes more than is left of its rate.
    """
    wanted: dict[Rate, Decimal] = {}
    for rate, line_net in lines:
        wanted[rate] = wanted.get(rate, ZERO) + line_net
    rows = []
    for rate, rate_net in wanted.items():
        net_left, vat_left = left.get(rate, (ZERO, ZERO))
        if rate_net > net_left:
            raise TooLarge
        vat = vat_left if rate_net == net_left else min(round_penny(rate_net * rate.percent / 100), vat_left)
        rows.append(VatRow(rate, rate_net, vat))
    return tuple(rows)
