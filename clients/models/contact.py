from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from teams.models import TeamOwned


class AddressKind(models.TextChoices):
    BILLING = "billing", _("Billing")
    SITE = "site", _("Site")


class Address(TeamOwned):
    """Where the bill goes, or a site that is worked at, with how to get in."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="addresses", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=AddressKind, default=AddressKind.BILLING)
    text = models.TextField(_("address"), max_length=400)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    access_notes = models.TextField(_("access notes"), max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["team", "client"], name="clients_address_client")]

    def lines(self) -> list[str]:
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        return [*lines, self.postcode] if self.postcode else lines


class Email(TeamOwned):
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="emails", db_index=False)
    address = models.EmailField(_("e-mail address"))
    is_primary = models.BooleanField(_("primary"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "client", "address"], name="clients_email_once"),
            models.UniqueConstraint(
                fields=["client"], condition=models.Q(is_primary=True), name="clients_email_one_primary"
            ),
        ]
        indexes = [models.Index(fields=["team", "address"], name="clients_email_address")]

    def __str__(self) -> str:
        return self.address


class Phone(TeamOwned):
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="phones", db_index=False)
    number = models.CharField(_("phone"), max_length=40)
    is_primary = models.BooleanField(_("primary"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client"], condition=models.Q(is_primary=True), name="clients_phone_one_primary"
            ),
        ]
        indexes = [models.Index(fields=["team", "client"], name="clients_phone_client")]

    def __str__(self) -> str:
        return self.number
