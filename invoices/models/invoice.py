from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from invoices.money import ZERO
from teams.models import Team, TeamOwned, User


class InvoiceState(models.TextChoices):
    """The stored facts (INV-9)."""

    DRAFT = "draft", _("Draft")
    ISSUED = "issued", _("Issued")
    VOID = "void", _("Void")


class Status(models.TextChoices):
    """What people see: the stored fact, or derived from payments and the due date (INV-9)."""

    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Sent")
    PARTIALLY_PAID = "partially_paid", _("Partially Paid")
    PAID = "paid", _("Paid")
    OVERDUE = "overdue", _("Overdue")
    VOID = "void", _("Void")


def derive_status(
    state: str, *, total: Decimal, paid: Decimal, credited: Decimal, due_on: dt.date, today: dt.date
) -> Status:
    """The status of INV-9. Overdue wins over Partially Paid; on the due date itself nothing is overdue."""
    if state == InvoiceState.DRAFT:
        return Status.DRAFT
    if state == InvoiceState.VOID:
        return Status.VOID
    if total - paid - credited <= 0:
        return Status.PAID
    if due_on < today:
        return Status.OVERDUE
    return Status.PARTIALLY_PAID if paid or credited else Status.SENT


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def visible_to_client(self) -> InvoiceQuerySet:
        return self.exclude(state=InvoiceState.DRAFT)

    def open(self) -> InvoiceQuerySet:
        """Issued, with something still to pay."""
        return self.filter(state=InvoiceState.ISSUED, balance__gt=0)

    def overdue(self, today: dt.date) -> InvoiceQuerySet:
        return self.open().filter(due_on__lt=today)

    def with_status(self, status: Status, today: dt.date) -> InvoiceQuerySet:
        """Those that show this status on this day: the same meaning as `derive_status`."""
        match status:
            case Status.DRAFT | Status.VOID:
                return self.filter(state=status.value)
            case Status.PAID:
                return self.filter(state=InvoiceState.ISSUED, balance=0)
            case Status.OVERDUE:
                return self.overdue(today)
            case Status.PARTIALLY_PAID:
                return self.open().filter(due_on__gte=today, balance__lt=F("total"))
            case Status.SENT:
                return self.open().filter(due_on__gte=today, balance=F("total"))

    def annotate_status(self, today: dt.date) -> InvoiceQuerySet:
        """`status_now` in SQL, for counting and sorting."""
        return self.annotate(
            status_now=Case(
                When(state=InvoiceState.DRAFT, then=Value(Status.DRAFT.value)),
                When(state=InvoiceState.VOID, then=Value(Status.VOID.value)),
                When(balance=0, then=Value(Status.PAID.value)),
                When(due_on__lt=today, then=Value(Status.OVERDUE.value)),
                When(balance__lt=F("total"), then=Value(Status.PARTIALLY_PAID.value)),
                default=Value(Status.SENT.value),
            )
        )

    def matching(self, words: str) -> InvoiceQuerySet:
        """Every word occurs in reference, title, client or a line's text (INV-15)."""
        found = self
        for word in words.split()[:8]:
            found = found.filter(search_text__icontains=word)
        return found


class Invoice(TeamOwned):
    """A demand for payment. A draft may be changed, an issued one not: a trigger sees to it (INV-14)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invoices", db_index=False)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="invoices", db_index=False, verbose_name=_("client")
    )
    entry = models.OneToOneField(
        "invoices.NumberEntry", on_delete=models.PROTECT, related_name="invoice", db_index=False, null=True
    )
    reference = models.CharField(_("reference"), max_length=40)
    title = models.CharField(_("title"), max_length=120, blank=True)
    state = models.CharField(max_length=6, choices=InvoiceState, default=InvoiceState.DRAFT)
    issue_on = models.DateField(_("issue date"))
    supply_on = models.DateField(_("date of supply"), null=True, blank=True)
    due_on = models.DateField(_("due date"))
    currency = models.CharField(max_length=3, default="GBP")
    note = models.TextField(_("note to the client"), max_length=1000, blank=True)

    # Stored figures (MON-3). In a draft they follow every save, once issued they stand.
    charges_vat = models.BooleanField(default=True)
    net = models.DecimalField(max_digits=12, decimal_places=2, default=ZERO)
    vat = models.DecimalField(max_digits=12, decimal_places=2, default=ZERO)
    total = models.DecimalField(max_digits=12, decimal_places=2, default=ZERO)
    # [{"label", "percent", "category", "wording", "net", "vat"}], amounts as text.
    vat_rows = models.JSONField(default=list)
    # Kept by the ledger's triggers, refused from anywhere else: Σ live allocations, Σ credit notes.
    paid = models.DecimalField(max_digits=12, decimal_places=2, default=ZERO, db_default=ZERO)
    credited = models.DecimalField(max_digits=12, decimal_places=2, default=ZERO, db_default=ZERO)
    balance = models.GeneratedField(
        expression=F("total") - F("paid") - F("credited"),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
    )
    # Seller and buyer as they were when it was issued, printed for ever after.
    seller = models.JSONField(default=dict)
    buyer = models.JSONField(default=dict)

    # Asked for at issue: the mail goes out once the PDF is there (INV-10).
    email_client = models.BooleanField(default=False)
    search_text = models.TextField(default="", editable=False)
    # Sent once with the form: the same form twice is one invoice (SCR-3).
    form_key = models.UUIDField(null=True, editable=False)
    # Raised by every save, carried by the form: who edits an older one is told (409).
    version = models.PositiveIntegerField(default=1)
    copied_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    sent_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    viewed_at = models.DateTimeField(null=True)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "reference"], name="invoices_invoice_reference"),
            models.UniqueConstraint(fields=["team", "form_key"], name="invoices_invoice_form_key"),
            models.CheckConstraint(condition=Q(state__in=InvoiceState.values), name="invoices_invoice_state"),
            models.CheckConstraint(condition=Q(due_on__gte=F("issue_on")), name="invoices_invoice_due"),
            models.CheckConstraint(condition=Q(total=F("net") + F("vat")), name="invoices_invoice_total"),
            models.CheckConstraint(condition=Q(total__gte=0), name="invoices_invoice_not_negative"),
            # The last guard against taking money twice: no invoice holds more than its total.
            models.CheckConstraint(
                condition=Q(paid__gte=0, credited__gte=0, paid__lte=F("total") - F("credited")),
                name="invoices_invoice_not_overpaid",
            ),
            models.CheckConstraint(
                condition=Q(state="issued") | Q(paid=0), name="invoices_invoice_paid_only_when_issued"
            ),
        ]
        indexes = [
            models.Index(fields=["team", "-id"], name="invoices_newest"),
            models.Index(fields=["team", "client", "-id"], name="invoices_client_newest"),
            models.Index(fields=["team", "state", "-id"], name="invoices_state_newest"),
            models.Index(
                fields=["team", "due_on", "id"],
                condition=Q(state="issued", balance__gt=0),
                name="invoices_open_due",
            ),
            models.Index(fields=["team", "total", "id"], name="invoices_by_total"),
            # All that the tabs' counts need, so that they never touch the rows themselves.
            models.Index(
                fields=["team", "state"],
                include=["client", "due_on", "total", "balance"],
                name="invoices_counts",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_draft(self) -> bool:
        return self.state == InvoiceState.DRAFT

    @property
    def is_issued(self) -> bool:
        return self.state == InvoiceState.ISSUED

    @property
    def is_void(self) -> bool:
        return self.state == InvoiceState.VOID

    @property
    def is_paid(self) -> bool:
        return self.is_issued and self.balance <= 0

    def status(self, today: dt.date) -> Status:
        return derive_status(
            self.state,
            total=self.total,
            paid=self.paid,
            credited=self.credited,
            due_on=self.due_on,
            today=today,
        )

    # The verbs. Each locks the row, checks again, changes, records; the work stands beside.

    def issue(self, *, by: User | None, email_client: bool = False) -> None:
        """Draft → issued ("Sent"). Raises WrongState, NotReady."""
        issuing.issue(self, by=by, email_client=email_client)

    def void(self, *, by: User | None) -> None:
        """Issued → void, once no money lies on it. Raises WrongState."""
        issuing.void(self, by=by)

    def move_due_date(self, due_on: dt.date, *, by: User | None) -> None:
        """The one thing of an issued invoice that may move (INV-14). Raises WrongState, NotReady."""
        issuing.move_due_date(self, due_on, by=by)

    def delete_draft(self, *, by: User | None) -> None:
        """Draft → gone; the last number is given back (INV-8, INV-13). Raises WrongState."""
        drafting.delete_draft(self, by=by)

    def copy_to_draft(self, *, by: User | None, form_key: uuid.UUID | None = None) -> Invoice:
        """A new draft with the same client and lines, dated today (INV-14)."""
        return drafting.copy_to_draft(self, by=by, form_key=form_key)

    def refresh_search_text(self) -> None:
        """Gather what the invoice is searched by; to be called when the client's name changes, too."""
        drafting.refresh_search_text(self)


# At the end, because they build on this class.
from invoices import drafting, issuing  # noqa: E402
