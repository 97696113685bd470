from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from teams.models.base import TeamOwned
from teams.models.team import Team
from teams.models.user import User


class AuditEntry(TeamOwned):
    """Who did what, when, from where, before and after (TEA-6). The app role may only add rows.

    `client_id` is a plain number: the entry outlives the client, and a client's own scope
    reads the entries that name it.
    """

    append_only = True
    chained = True

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="audit_entries", db_index=False)
    at = models.DateTimeField(_("when"), auto_now_add=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    actor_name = models.CharField(_("who"), max_length=254)
    verb = models.CharField(_("what"), max_length=60)
    subject = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    client_id = models.BigIntegerField(null=True)
    details = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(_("from where"), null=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["team", "-id"], name="teams_audit_newest"),
            models.Index(fields=["team", "subject", "subject_id", "-id"], name="teams_audit_subject"),
        ]
