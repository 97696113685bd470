from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from teams.models import Team, TeamOwned, User


class Section(models.TextChoices):
    """What the toggles of "Visible sections" switch (POR-1)."""

    QUOTES = "quotes", _("Quotes")
    INVOICES = "invoices", _("Invoices")
    FILES = "files", _("Files")
    MEETINGS = "meetings", _("Meetings")
    MESSAGES = "messages", _("Messages")


class PortalAccess(TeamOwned):
    """A login's key to one client's portal, with its toggles (POR-6: tenant, landlord and agent have one
    each). The client's master switch is on the client.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="portal_accesses", db_index=False)
    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="portal_accesses", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    email = models.EmailField(_("Invite email"), blank=True)
    label = models.CharField(_("Who this is"), max_length=40, blank=True)
    shows_quotes = models.BooleanField(_("Quotes"), default=True)
    shows_invoices = models.BooleanField(_("Invoices"), default=True)
    shows_files = models.BooleanField(_("Files"), default=True)
    shows_meetings = models.BooleanField(_("Meetings"), default=True)
    shows_messages = models.BooleanField(_("Messages"), default=True)
    hides_prices = models.BooleanField(_("Hide prices"), default=False)
    invited_at = models.DateTimeField(null=True, blank=True)
    # The first sign-in turns the badge from Invited to Active.
    active_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "client", "user"], name="portal_access_once"),
            # An invoice is made of amounts: who may see none has no Invoices.
            models.CheckConstraint(
                condition=models.Q(hides_prices=False) | models.Q(shows_invoices=False),
                name="portal_access_no_prices_no_bills",
            ),
        ]
        indexes = [models.Index(fields=["team", "client"], name="portal_access_client")]

    def shows(self, section: Section) -> bool:
        return bool(getattr(self, f"shows_{section.value}"))

    @property
    def may_sign(self) -> bool:
        """Nobody signs for a sum that is kept from them (POR-6)."""
        return self.shows_quotes and not self.hides_prices

    def sections(self) -> dict[str, bool]:
        """The toggles, by the names of their fields."""
        return {f"shows_{section.value}": self.shows(section) for section in Section}

    @property
    def status(self) -> str:
        """How far this login has come, whatever the master switch says."""
        if not self.invited_at:
            return "off"
        return "active" if self.active_at else "invited"

    @property
    def stands_for(self) -> str:
        """What one without a name of their own is called: "Tenant, Jo Whitaker", or as the client."""
        return f"{self.label}, {self.client.name}" if self.label else self.client.name

    def first_name(self, name: str) -> str:
        """How one of several is greeted: by the login's own name, else by who they are; else empty."""
        return (name.split(" ", maxsplit=1)[0] if name else self.label) if self.label else ""

    @property
    def named(self) -> str:
        """Who this is for the office: "jo@example.com (Tenant)"."""
        return f"{self.email} ({self.label})" if self.label else self.email


class Purpose(models.TextChoices):
    """What a mailed link was sent for. Each kind replaces only links of its own kind."""

    INVITE = "invite", _("Invitation")
    SIGN_IN = "sign_in", _("Sign-in link")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        """Those that still work, as far as the link itself goes."""
        return self.filter(used_at=None, revoked_at=None, expires_at__gt=timezone.now())


class Invitation(TeamOwned):
    """A mailed link into the portal: good once, for three days (POR-2). Only the token's hash is kept."""

    LIFETIME: ClassVar[dict[str, timedelta]] = {
        Purpose.INVITE: timedelta(days=3),
        # Whoever asks for a sign-in link waits for it.
        Purpose.SIGN_IN: timedelta(hours=1),
    }

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+", db_index=False)
    access = models.ForeignKey(
        PortalAccess, on_delete=models.CASCADE, related_name="invitations", db_index=False
    )
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.INVITE)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Invitation]] = InvitationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team", "access", "-id"], name="portal_invitation_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=Purpose.values), name="portal_invitation_purpose"
            ),
        ]

    @property
    def is_open(self) -> bool:
        return not self.used_at and not self.revoked_at and self.expires_at > timezone.now()

    def take(self) -> bool:
        """Use the link: open → used. False when it is used, revoked or too old, or the portal is off.

        Of two presses at once one wins: the row decides, not what was read before.
        """
        now = timezone.now()
        # No join: with one, Django would look the row up beside the update, and two could both find it open.
        is_on = Client.objects.filter(pk=models.OuterRef("client_id"), portal_enabled=True)
        taken = Invitation.objects.filter(
            models.Exists(is_on), pk=self.pk, used_at=None, revoked_at=None, expires_at__gt=now
        ).update(used_at=now)
        return bool(taken)


class DataRequest(TeamOwned):
    """ "Ask for your data": somebody wants to know what is kept of them; open until the trade has answered
    (POR-14).
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="data_requests", db_index=False)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    # As they were when it was asked: the login may lose the client meanwhile.
    asked_name = models.CharField(max_length=120)
    email = models.EmailField()
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            # Two presses at once are one request.
            models.UniqueConstraint(
                fields=["team", "client", "asked_by"],
                condition=models.Q(done_at=None),
                name="portal_data_request_once",
            ),
        ]
        indexes = [models.Index(fields=["team", "client", "-id"], name="portal_data_request_newest")]
