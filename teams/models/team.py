from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import connection, models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from teams.models.base import TeamOwned

hex_colour = RegexValidator(r"^#[0-9a-f]{6}\Z", _("A colour looks like #0b6e69."))


class StripeMode(models.TextChoices):
    NONE = "", _("No card payments")
    TEST = "test", _("Test mode")
    LIVE = "live", _("Live")


class Team(models.Model):
    """One business (PEO-1), with the settings that its documents and pages need."""

    slug = models.SlugField(_("address"), max_length=50, unique=True)
    name = models.CharField(_("business name"), max_length=120)
    trade = models.CharField(_("trade and place"), max_length=80, blank=True)
    address = models.TextField(_("address"), max_length=400, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    website = models.URLField(_("website"), blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    company_number = models.CharField(_("company number"), max_length=20, blank=True)
    registration = models.CharField(_("registration"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, default="GB")
    currency = models.CharField(_("currency"), max_length=3, default="GBP")
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/London")
    language = models.CharField(_("language"), max_length=10, default="en-gb")

    colour = models.CharField(_("colour"), max_length=7, default="#0b6e69", validators=[hex_colour])
    # What teams.colour makes of it for both themes, kept so that no page computes it.
    colour_tokens = models.JSONField(default=dict)
    # Which of the kept logos is in use; none when empty. Here, so that no page has to look for it.
    logo_sha256 = models.CharField(max_length=64, blank=True, default="")

    terms_days = models.PositiveSmallIntegerField(
        _("days to pay"), default=30, validators=[MaxValueValidator(365)]
    )
    allow_part_payment = models.BooleanField(_("clients may pay a part"), default=True)
    email_on_issue = models.BooleanField(_("e-mail the client when an invoice is sent"), default=False)
    document_note = models.TextField(_("note on every invoice"), max_length=1000, blank=True)
    require_second_factor = models.BooleanField(_("all members need a second factor"), default=False)

    bank_account_name = models.CharField(_("account name"), max_length=80, blank=True)
    bank_sort_code = models.CharField(_("sort code"), max_length=8, blank=True)
    bank_account_number = models.CharField(_("account number"), max_length=34, blank=True)
    # Written with the key and removed with it; the key itself is in payments.StripeAccount.
    stripe_mode = models.CharField(max_length=4, choices=StripeMode, default=StripeMode.NONE, blank=True)

    first_steps_done_at = models.DateTimeField(null=True, blank=True)
    first_steps_skipped = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def reserve_id() -> int:
        """A fresh id: the scope that a team is created in must name it before the row exists."""
        with connection.cursor() as cursor:
            cursor.execute("select nextval(pg_get_serial_sequence('teams_team', 'id'))")
            return int(cursor.fetchone()[0])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def today(self) -> dt.date:
        """The date on the team's own calendar (TIM-1)."""
        return timezone.now().astimezone(self.zone).date()

    @property
    def is_vat_registered(self) -> bool:
        """Without a VAT number no VAT is charged and none is shown (MON-5)."""
        return bool(self.vat_number)

    @property
    def takes_cards(self) -> bool:
        return self.stripe_mode != StripeMode.NONE

    @property
    def takes_transfers(self) -> bool:
        return bool(self.bank_sort_code and self.bank_account_number)

    @property
    def logo(self) -> Logo | None:
        """The logo in use; read inside the team's scope."""
        return self.logos.filter(sha256=self.logo_sha256).first() if self.logo_sha256 else None

    @property
    def logo_url(self) -> str:
        """Where the logo is served from, to everyone and for ever; empty without one."""
        return reverse("logo", args=[self.slug, self.logo_sha256]) if self.logo_sha256 else ""

    @property
    def address_lines(self) -> list[str]:
        return [line.strip() for line in self.address.splitlines() if line.strip()]

    def change(self, **new: Any) -> dict[str, list[Any]]:
        """Set and save the fields that differ. Returns {name: [before, after]} for the audit log."""
        before = {name: getattr(self, name) for name in new}
        changes = {name: [before[name], value] for name, value in new.items() if before[name] != value}
        for name, value in new.items():
            setattr(self, name, value)
        if changes:
            self.save(update_fields=list(changes))
        return changes


class Logo(TeamOwned):
    """The team's logo, re-encoded by us; a new upload is a new row, so its address can be cached for ever."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="logos", db_index=False)
    image = models.BinaryField()
    mime = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["team", "-id"], name="teams_logo_newest")]
