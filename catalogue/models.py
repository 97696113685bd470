from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from teams.models import Team, TeamOwned

LARGEST = Decimal("9999999.99")


class VatCategory(models.TextChoices):
    """The codes of UNCL5305, which EN 16931 uses."""

    STANDARD = "S", _("Standard or reduced")
    ZERO = "Z", _("Zero")
    EXEMPT = "E", _("Exempt")
    REVERSE = "AE", _("Reverse charge")


class VatRate(TeamOwned):
    """A rate that lines of documents can carry (CAT-1)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="vat_rates", db_index=False)
    name = models.CharField(_("name"), max_length=40)
    percent = models.DecimalField(
        _("percent"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    category = models.CharField(
        _("category"), max_length=2, choices=VatCategory, default=VatCategory.STANDARD
    )
    wording = models.CharField(_("wording on documents"), max_length=200, blank=True)
    is_default = models.BooleanField(_("offered first"), default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "name"], name="catalogue_vatrate_name"),
            models.UniqueConstraint(
                fields=["team"], condition=models.Q(is_default=True), name="catalogue_vatrate_default"
            ),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lte=100), name="catalogue_vatrate_percent"
            ),
            models.CheckConstraint(
                condition=models.Q(category="S") | models.Q(percent=0), name="catalogue_vatrate_zero"
            ),
        ]

    def __str__(self) -> str:
        return self.name


# What a new UK team starts with; VAT Notice 700 for the rates, VAT Notice 735 for the wording.
UK_RATES: list[dict[str, Any]] = [
    {"name": "20%", "percent": Decimal(20), "category": VatCategory.STANDARD, "is_default": True},
    {"name": "5%", "percent": Decimal(5), "category": VatCategory.STANDARD},
    {"name": "0%", "percent": Decimal(0), "category": VatCategory.ZERO},
    {"name": "Exempt", "percent": Decimal(0), "category": VatCategory.EXEMPT},
    {
        "name": "Reverse charge",
        "percent": Decimal(0),
        "category": VatCategory.REVERSE,
        "wording": "Reverse charge: customer to account to HMRC for the VAT",
    },
]


def give_standard_rates(team: Team) -> None:
    """The VAT rates a new team starts with."""
    VatRate.objects.bulk_create([VatRate(team=team, **rate) for rate in UK_RATES])


class Product(TeamOwned):
    """Work or material with a price. Choosing it on a line fills the line in (CAT-1)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="products", db_index=False)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), max_length=1000, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_price = models.DecimalField(
        _("unit price"),
        max_digits=14,
        decimal_places=4,
        validators=[MinValueValidator(0), MaxValueValidator(LARGEST)],
    )
    vat_rate = models.ForeignKey(
        VatRate, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("VAT rate")
    )
    cost = models.DecimalField(
        _("cost"),
        max_digits=14,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(LARGEST)],
    )
    category = models.CharField(_("category"), max_length=60, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(unit_price__gte=0, unit_price__lte=LARGEST), name="catalogue_product_price"
            ),
        ]
        indexes = [
            models.Index(fields=["team", "-id"], name="catalogue_product_newest"),
            models.Index(fields=["team", "name", "id"], name="catalogue_product_name"),
        ]

    def __str__(self) -> str:
        return self.name
