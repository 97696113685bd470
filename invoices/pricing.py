"""What the lines of an invoice and of a quote have in common: given, written, copied in one way."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from catalogue.models import Product, VatRate
from invoices.models.line import PricedLine
from invoices.money import ZERO, Totals

PRICE_FIELDS = (
    "product_id description details quantity unit unit_price discount_percent discount_amount "
    "vat_rate_id vat_label vat_percent vat_category vat_wording"
).split()


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedInput:
    """What is sold and at what price, as a form or a program gives it, checked."""

    description: str
    details: str = ""
    quantity: Decimal = Decimal(1)
    unit: str = ""
    unit_price: Decimal = Decimal(0)
    discount_percent: Decimal = Decimal(0)
    discount_amount: Decimal = ZERO
    vat_rate: VatRate | None = None
    product: Product | None = None


def fill_price(line: PricedLine, given: PricedInput, *, charges_vat: bool) -> None:
    """Write what is sold, and at what price, into the line of an invoice or quote."""
    line.product, line.quantity, line.unit = given.product, given.quantity, given.unit
    line.unit_price = given.unit_price
    line.discount_percent, line.discount_amount = given.discount_percent, given.discount_amount
    line.copy_rate(given.vat_rate if charges_vat else None)


def copy_price[Fresh: PricedLine](line: PricedLine, fresh: Fresh, *, charges_vat: bool) -> Fresh:
    """Give a fresh line the text, price and VAT of another, of whichever document."""
    for field in PRICE_FIELDS:
        setattr(fresh, field, getattr(line, field))
    if not charges_vat:
        fresh.copy_rate(None)
    return fresh


def stored_vat_rows(figures: Totals) -> list[dict[str, str]]:
    """The VAT per rate as a document keeps it."""
    return [
        {
            "label": row.rate.label,
            "percent": str(row.rate.percent),
            "category": row.rate.category,
            "wording": row.rate.wording,
            "net": str(row.net),
            "vat": str(row.vat),
        }
        for row in figures.vat_rows
    ]
