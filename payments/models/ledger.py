"""The ledger (PAY-1): rows that are only ever added. A mistake is put right by a row that reverses it.

Amounts are signed: a reversal carries the negative of what it reverses. Triggers (migration 0002)
keep `Invoice.paid` and `ClientAccount` in step and refuse what would make either side untrue.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from invoices.models import Invoice
from invoices.money import ZERO
from teams.models import Team, TeamOwned, User


class Method(models.TextChoices):
    BANK = "bank", _("Bank transfer")
    CASH = "cash", _("Cash")
    CHEQUE = "cheque", _("Cheque")
    CARD = "card", _("Card")
    OTHER = "other", _("Other")
    STRIPE = "stripe", _("Stripe")


# What a person can choose when they record a payment (INV-11).
METHODS_BY_HAND = [Method.BANK, Method.CASH, Method.CHEQUE, Method.CARD, Method.OTHER]


def positive_unless_reversal() -> Q:
    """What came or went is positive, what takes it back is negative."""
    return Q(reverses=None, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0)


class LedgerQuerySet(models.QuerySet[Any]):
    def live(self) -> LedgerQuerySet:
        """Those that neither reverse a row nor are reversed by one."""
        return self.filter(reverses=None, reversal=None)


class Payment(TeamOwned):
    """Money that came."""

    append_only = True

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="payments", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="payments", db_index=False)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3, default="GBP")
    method = models.CharField(_("method"), max_length=8, choices=Method)
    received_on = models.DateField(_("date"))
    # What the payer meant to pay. Whatever is free of this payment goes to that invoice before it is credit.
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, related_name="payments", db_index=False
    )
    # Sent once with the form: the same form twice is one payment (SCR-3).
    form_key = models.UUIDField(null=True, editable=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    # What Stripe kept of it, for the trade's books; the client never pays it here. Stripe may tell it
    # later than the payment: `learn_fee` is the one way to fill it in.
    stripe_fee = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    stripe_payment_intent = models.CharField(max_length=120, null=True)
    stripe_charge = models.CharField(max_length=120, blank=True)
    # "Visa ending 4242", as printed.
    paid_with = models.CharField(max_length=60, blank=True)
    livemode = models.BooleanField(default=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="reversal", db_index=False
    )
    recorded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "stripe_payment_intent"],
                condition=Q(reverses=None),
                name="payments_payment_intent_once",
            ),
            models.UniqueConstraint(fields=["team", "form_key"], name="payments_payment_form_key"),
            models.CheckConstraint(condition=positive_unless_reversal(), name="payments_payment_sign"),
        ]
        indexes = [
            models.Index(fields=["team", "-id"], name="payments_newest"),
            models.Index(fields=["team", "client", "-id"], name="payments_client_newest"),
            models.Index(fields=["team", "received_on"], name="payments_by_day"),
            models.Index(fields=["team", "invoice", "id"], name="payments_meant_for"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    @property
    def is_by_stripe(self) -> bool:
        return self.method == Method.STRIPE

    def learn_fee(self, fee: Decimal) -> None:
        """Fill in what Stripe kept, once; a fee that is known stays."""
        with connection.cursor() as cursor:
            cursor.execute("select cma_learn_fee(%s, %s)", [self.pk, fee])

    def method_text(self) -> str:
        """How it was paid, as a person would say it."""
        return self.paid_with or str(Method(self.method).label)


class Allocation(TeamOwned):
    """A part of a payment given to an invoice, or taken back from it (negative, `reverses`)."""

    append_only = True

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allocations", db_index=False)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="reversal", db_index=False
    )
    reason = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=positive_unless_reversal(), name="payments_allocation_sign"),
        ]
        indexes = [
            models.Index(fields=["team", "invoice", "id"], name="payments_alloc_invoice"),
            models.Index(fields=["team", "payment", "id"], name="payments_alloc_payment"),
        ]


class Refund(TeamOwned):
    """Money that went back. One that failed at the bank is reversed by a row of its own."""

    append_only = True

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", db_index=False)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    method = models.CharField(_("method"), max_length=8, choices=Method)
    stripe_refund = models.CharField(max_length=120, null=True)
    refunded_on = models.DateField(_("date"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="reversal", db_index=False
    )
    recorded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "stripe_refund"], condition=Q(reverses=None), name="payments_refund_once"
            ),
            models.CheckConstraint(condition=positive_unless_reversal(), name="payments_refund_sign"),
        ]
        indexes = [models.Index(fields=["team", "payment", "id"], name="payments_refund_payment")]


class Dispute(TeamOwned):
    """A payment that the client's bank took up. Its state follows Stripe, the money is in DisputeMovement."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes", db_index=False)
    stripe_dispute = models.CharField(max_length=120)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    status = models.CharField(max_length=40)
    reason = models.CharField(max_length=60, blank=True)
    evidence_due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "stripe_dispute"], name="payments_dispute_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_dispute_positive"),
        ]
        indexes = [models.Index(fields=["team", "payment", "id"], name="payments_dispute_payment")]


class MovementKind(models.TextChoices):
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REINSTATED = "reinstated", _("Reinstated")


class DisputeMovement(TeamOwned):
    """Money that a dispute took away (positive) or gave back (negative); each happens once."""

    append_only = True

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="+", db_index=False)
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="movements", db_index=False)
    kind = models.CharField(max_length=10, choices=MovementKind)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "dispute", "kind"], name="payments_movement_once"),
            models.CheckConstraint(
                condition=Q(kind="withdrawn", amount__gt=0) | Q(kind="reinstated", amount__lt=0),
                name="payments_movement_sign",
            ),
        ]


class ClientAccount(TeamOwned):
    """What the ledger's rows of one client add up to, kept by triggers and locked before money moves.

    credit = money in − money out − allocated, and never negative (PAY-2).
    """

    client = models.OneToOneField(Client, on_delete=models.PROTECT, related_name="account", db_index=False)
    money_in = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO, db_default=ZERO)
    money_out = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO, db_default=ZERO)
    allocated = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO, db_default=ZERO)
    credit = models.GeneratedField(
        expression=F("money_in") - F("money_out") - F("allocated"),
        output_field=models.DecimalField(max_digits=14, decimal_places=2),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(allocated__gte=0, allocated__lte=F("money_in") - F("money_out")),
                name="payments_account_credit_not_negative",
            ),
        ]
