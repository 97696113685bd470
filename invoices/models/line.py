from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalogue.models import LARGEST, Product, VatCategory, VatRate
from invoices.models.invoice import Invoice
from invoices.money import ZERO, Priced, Rate
from teams.models import TeamOwned

MOST_LINES = 200


class LineKind(models.TextChoices):
    ITEM = "item", _("Item")
    HEADING = "heading", _("Heading")
    NOTE = "note", _("Note")


class PricedLine(TeamOwned):
    """What a line of an invoice and one of a quote have in common: what is sold, and at what price.

    What the line needs of product and rate is copied, so that later changes there touch nothing here.
    """

    product = models.ForeignKey(
        Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    description = models.CharField(_("description"), max_length=200)
    details = models.TextField(_("details"), max_length=1000, blank=True)
    quantity = models.DecimalField(
        _("quantity"),
        max_digits=10,
        decimal_places=3,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.001")), MaxValueValidator(Decimal("999999.999"))],
    )
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_price = models.DecimalField(
        _("unit price"),
        max_digits=14,
        decimal_places=4,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(LARGEST)],
    )
    discount_percent = models.DecimalField(
        _("discount in percent"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    discount_amount = models.DecimalField(
        _("discount"), max_digits=12, decimal_places=2, default=ZERO, validators=[MinValueValidator(0)]
    )
    vat_rate = models.ForeignKey(
        VatRate, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    vat_label = models.CharField(max_length=40, blank=True)
    vat_percent = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    vat_category = models.CharField(max_length=2, choices=VatCategory, blank=True)
    vat_wording = models.CharField(max_length=200, blank=True)
    net = models.DecimalField(max_digits=12, decimal_places=2, default=ZERO)

    class Meta:
        abstract = True

    def copy_rate(self, rate: VatRate | None) -> None:
        """Keep what the document needs of the rate."""
        self.vat_rate = rate
        self.vat_label = rate.name if rate else ""
        self.vat_percent = rate.percent if rate else Decimal(0)
        self.vat_category = rate.category if rate else ""
        self.vat_wording = rate.wording if rate else ""

    def priced(self) -> Priced:
        """What decides the line's price, for `money.totals`."""
        rate = (
            Rate(self.vat_label, self.vat_percent, self.vat_category, self.vat_wording)
            if self.vat_category
            else None
        )
        return Priced(self.quantity, self.unit_price, rate, self.discount_percent, self.discount_amount)


class Line(PricedLine):
    """A line of an invoice: something sold, or a heading or note between such lines (INV-2)."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=LineKind, default=LineKind.ITEM)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "invoice", "position"],
                name="invoices_line_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=models.Q(kind__in=LineKind.values), name="invoices_line_kind"),
            models.CheckConstraint(
                condition=models.Q(kind="item", quantity__gt=0) | ~models.Q(kind="item"),
                name="invoices_line_quantity",
            ),
            models.CheckConstraint(condition=models.Q(net__gte=0), name="invoices_line_net"),
        ]
