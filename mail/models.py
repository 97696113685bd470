from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from teams.models import Team, TeamOwned


class State(models.TextChoices):
    QUEUED = "queued", _("Queued")
    # Set before the server is called: a crash in between is found and shown, never repeated blindly.
    CLAIMED = "claimed", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    BOUNCED = "bounced", _("Bounced")
    UNKNOWN = "unknown", _("Unknown")


class Message(TeamOwned):
    """One e-mail: the row is both the queue and the log (MSG-1). `reason` makes it happen once."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="mail_messages", db_index=False)
    client = models.ForeignKey(
        "clients.Client", on_delete=models.CASCADE, null=True, related_name="mail_messages", db_index=False
    )
    kind = models.CharField(max_length=40)
    reason = models.CharField(max_length=120)
    subject_model = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    to_address = models.EmailField()
    to_name = models.CharField(max_length=120, blank=True)
    from_name = models.CharField(max_length=120)
    reply_to = models.EmailField(blank=True)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField()
    # The kept PDF that goes with it, if any.
    rendering = models.ForeignKey(
        "invoices.Rendering", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    # The signed quote that goes with it, if any.
    acceptance = models.ForeignKey(
        "quotes.Acceptance", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    not_before = models.DateTimeField(auto_now_add=True)
    created_at = models.DateTimeField(auto_now_add=True)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "reason"], name="mail_message_once"),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="mail_message_state"),
        ]
        indexes = [
            models.Index(fields=["team", "client", "-id"], name="mail_message_client"),
            models.Index(
                fields=["team", "id"],
                condition=models.Q(state__in=["queued", "claimed"]),
                name="mail_message_waiting",
            ),
        ]


class MessageTemplate(TeamOwned):
    """A team's own wording of a message; without a row the original wording is used (MSG-2)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="message_templates", db_index=False)
    key = models.CharField(max_length=40)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), max_length=4000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "key"], name="mail_template_once")]


class AccountMessage(models.Model):
    """A mail of the sign-in pages, which belong to a person and to no team."""

    to_address = models.EmailField()
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    not_before = models.DateTimeField(auto_now_add=True)
    created_at = models.DateTimeField(auto_now_add=True)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["queued", "claimed"]),
                name="mail_account_waiting",
            )
        ]
