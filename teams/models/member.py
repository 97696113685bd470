from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from teams.models.base import TeamOwned
from teams.models.team import Team
from teams.models.user import User
from teams.roles import Right, Role, may


class Membership(TeamOwned):
    """A person's place in a team, with a role (PEO-1)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(_("role"), max_length=12, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="teams_membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="teams_membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"

    def may(self, right: Right) -> bool:
        return may(self.role, right)

    # What templates ask before they offer something.
    @property
    def may_work(self) -> bool:
        return self.may(Right.WORK)

    @property
    def may_export(self) -> bool:
        return self.may(Right.EXPORT)

    @property
    def may_change_settings(self) -> bool:
        return self.may(Right.SETTINGS)

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER


def hash_token(token: str) -> str:
    """What is stored of a link's token: its SHA-256, never the token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """256 bits, safe in an address."""
    return secrets.token_urlsafe(32)


class MemberInvitation(TeamOwned):
    """An invitation to join a team by a mailed link, good once and for seven days (TEA-5)."""

    LIFETIME = timedelta(days=7)

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="member_invitations", db_index=False
    )
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=12, choices=[c for c in Role.choices if c[0] != Role.OWNER])
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["team", "email"], name="teams_invitation_email")]

    @property
    def is_open(self) -> bool:
        return not self.accepted_at and not self.withdrawn_at and self.expires_at > timezone.now()
