"""Sums as Stripe counts them: whole numbers of the smallest unit, with a least and a most."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from cma.formats import money
from payments.errors import AmountRefused

NO_MINOR_UNIT = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split())
LEAST = {"GBP": Decimal("0.30"), "EUR": Decimal("0.50"), "USD": Decimal("0.50")}
MOST_MINOR = 99_999_999


def to_minor(amount: Decimal, currency: str) -> int:
    """`Decimal("12.34")` in GBP is 1234."""
    return int(amount) if currency.upper() in NO_MINOR_UNIT else int(amount.scaleb(2))


def from_minor(amount: int, currency: str) -> Decimal:
    """1234 in GBP is `Decimal("12.34")`."""
    exact = Decimal(amount) if currency.upper() in NO_MINOR_UNIT else Decimal(amount).scaleb(-2)
    return exact.quantize(Decimal("0.01"))


def check_limits(amount: Decimal, currency: str) -> None:
    """Raises AmountRefused for what Stripe would not take."""
    least = LEAST.get(currency, Decimal("0.50"))
    if amount < least:
        raise AmountRefused(
            _("Card payments start at %(least)s. Please pay a smaller sum by bank transfer.")
            % {"least": money(least, currency)}
        )
    if to_minor(amount, currency) > MOST_MINOR:
        most = money(from_minor(MOST_MINOR, currency), currency)
        raise AmountRefused(
            _("A card payment can be at most %(most)s. Please pay a part of it.") % {"most": most}
        )
