from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from invoices.models import Invoice
from payments.models.ledger import Payment
from teams.models import Team, TeamOwned, User


class StripeAccount(TeamOwned):
    """The team's own Stripe account: its key and signing secret, both only as ciphertext (PAY-4, PAY-5)."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="stripe_account", db_index=False)
    key_cipher = models.BinaryField()
    key_last4 = models.CharField(max_length=4)
    livemode = models.BooleanField()
    account = models.CharField(max_length=120, blank=True)
    account_name = models.CharField(max_length=200, blank=True)
    # The unguessable part of the address that Stripe sends events to.
    webhook_token = models.CharField(max_length=64, unique=True)
    endpoint = models.CharField(max_length=120, blank=True)
    secret_cipher = models.BinaryField(null=True)
    api_version = models.CharField(max_length=40, blank=True)
    # Why the key does not work at the moment, in words; empty when it does.
    problem = models.CharField(max_length=300, blank=True)
    last_event_at = models.DateTimeField(null=True)
    events_asked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)


class AttemptState(models.TextChoices):
    """Where an attempt to pay through Checkout stands (PAY-8)."""

    NEW = "new", _("About to ask Stripe")
    UNKNOWN = "unknown", _("Stripe's answer was lost")
    OPEN = "open", _("Open")
    PROCESSING = "processing", _("Being settled")
    PAID = "paid", _("Paid")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")


LIVE_ATTEMPT = (AttemptState.NEW, AttemptState.UNKNOWN, AttemptState.OPEN, AttemptState.PROCESSING)


class CheckoutAttempt(TeamOwned):
    """One try to pay on Stripe's page. Committed, with its idempotency key, before Stripe is asked."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="checkout_attempts", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="checkout_attempts", db_index=False
    )
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    livemode = models.BooleanField()
    idempotency_key = models.UUIDField(unique=True)
    state = models.CharField(max_length=10, choices=AttemptState, default=AttemptState.NEW)
    session = models.CharField(max_length=200, null=True)
    url = models.URLField(max_length=2000, blank=True)
    payment_intent = models.CharField(max_length=120, blank=True)
    # What was sent to Stripe: an unknown outcome is settled by asking again with exactly the same.
    params = models.JSONField(default=dict)
    # How often Stripe was asked again after its answer was lost.
    asked = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    started_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    check_after = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "invoice"],
                condition=Q(state__in=["new", "unknown", "open"]),
                name="payments_attempt_one_open",
            ),
            models.UniqueConstraint(fields=["team", "session"], name="payments_attempt_session"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_attempt_positive"),
            models.CheckConstraint(condition=Q(state__in=AttemptState.values), name="payments_attempt_state"),
        ]
        indexes = [
            models.Index(
                fields=["team", "check_after"],
                condition=Q(state__in=["new", "unknown", "open", "processing"]),
                name="payments_attempt_to_check",
            ),
            models.Index(fields=["team", "invoice", "-id"], name="payments_attempt_invoice"),
        ]


class EventState(models.TextChoices):
    RECEIVED = "received", _("Received")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    IGNORED = "ignored", _("Not ours")


class WebhookEvent(TeamOwned):
    """An event of the team's Stripe account: stored first, answered 200, handled after (PAY-6).

    Only where to look is kept of it: what happened is read from Stripe again.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="webhook_events", db_index=False)
    event = models.CharField(max_length=120)
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=200)
    livemode = models.BooleanField()
    state = models.CharField(max_length=10, choices=EventState, default=EventState.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    try_after = models.DateTimeField(auto_now_add=True)
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "event"], name="payments_event_once"),
            models.CheckConstraint(condition=Q(state__in=EventState.values), name="payments_event_state"),
        ]
        indexes = [
            models.Index(
                fields=["team", "try_after"],
                condition=Q(state__in=["received", "failed"]),
                name="payments_event_waiting",
            ),
        ]


class BankTransferClaim(TeamOwned):
    """ "I have sent a bank transfer" (PAY-11): tells the owner, pauses reminders, marks nothing as paid."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="transfer_claims", db_index=False
    )
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    claimed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # Closed when a payment is recorded or the trade says that nothing came.
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "invoice"], condition=Q(closed_at=None), name="payments_claim_one_open"
            ),
        ]
