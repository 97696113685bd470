from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from teams.audit import record
from teams.models import Team, TeamOwned


class ClientKind(models.TextChoices):
    PRIVATE = "private", _("Private")
    BUSINESS = "business", _("Business")


class ClientQuerySet(models.QuerySet["Client"]):
    def current(self) -> ClientQuerySet:
        """Those that are not archived."""
        return self.filter(archived_at=None)

    def matching(self, words: str) -> ClientQuerySet:
        """Every word occurs in name, company, an address, an e-mail address or a phone number."""
        found = self
        for word in words.split()[:8]:
            found = found.filter(search_text__icontains=word)
        return found


class Client(TeamOwned):
    """A person or business that the team works for (CLI-1)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="clients", db_index=False)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=ClientKind, default=ClientKind.PRIVATE)
    company = models.CharField(_("company"), max_length=120, blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    terms_days = models.PositiveSmallIntegerField(
        _("days to pay"), null=True, blank=True, validators=[MaxValueValidator(365)]
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    tags = ArrayField(models.CharField(max_length=30), default=list, blank=True, verbose_name=_("tags"))
    notes = models.TextField(_("private notes"), max_length=5000, blank=True)
    # Name, company, addresses, mail and phones in one column, so that search is one index look-up.
    search_text = models.TextField(default="", editable=False)
    # The master switch "Enable portal" (POR-1): off until invited.
    portal_enabled = models.BooleanField(_("Enable portal"), default=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ClientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=ClientKind.values), name="clients_client_kind"
            ),
        ]
        indexes = [
            models.Index(fields=["team", "-id"], name="clients_client_newest"),
            models.Index(fields=["team", "name", "id"], name="clients_client_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    def days_to_pay(self) -> int:
        """The client's own terms, else the team's."""
        return self.team.terms_days if self.terms_days is None else self.terms_days

    def primary_email(self) -> str:
        """The address that mail goes to, or an empty text."""
        emails = sorted(self.emails.all(), key=lambda email: (not email.is_primary, email.pk))
        return emails[0].address if emails else ""

    def billing_email(self) -> str:
        """The address that mail with amounts goes to, or an empty text: the first whose login may see
        prices (POR-6).
        """
        hidden = {access.email.lower() for access in self.portal_accesses.all() if access.hides_prices}
        emails = sorted(self.emails.all(), key=lambda email: (not email.is_primary, email.pk))
        return next((email.address for email in emails if email.address.lower() not in hidden), "")

    def billing_lines(self) -> list[str]:
        """The billing address as printed, one entry a line."""
        billing = [address for address in self.addresses.all() if address.kind == "billing"]
        return billing[0].lines() if billing else []

    def refresh_search_text(self) -> None:
        """Gather what the client is searched by. Called by whatever changes the client or a contact."""
        parts = [self.name, self.company, *self.tags]
        parts += [email.address for email in self.emails.all()]
        parts += [phone.number for phone in self.phones.all()]
        parts += [" ".join(address.lines()) for address in self.addresses.all()]
        self.search_text = "\n".join(part for part in parts if part)
        self.save(update_fields=["search_text", "updated_at"])

    def archive(self) -> None:
        """Take the client out of lists and pickers; nothing is deleted."""
        self._set_archived(archived=True)

    def unarchive(self) -> None:
        """Bring the client back into lists and pickers."""
        self._set_archived(archived=False)

    def _set_archived(self, *, archived: bool) -> None:
        when = timezone.now() if archived else None
        moved = self.team.clients.filter(pk=self.pk, archived_at__isnull=archived).update(archived_at=when)
        self.archived_at = when
        if moved:
            record(
                "client.archived" if archived else "client.unarchived",
                subject=self,
                client_id=self.pk,
                name=self.name,
            )
