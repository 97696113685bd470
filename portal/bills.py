"""A client's invoices as the portal shows them. All queries start at the client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import OuterRef, Subquery
from django.shortcuts import get_object_or_404
from django.utils import timezone

from invoices.models import Invoice
from invoices.models.invoice import InvoiceQuerySet
from payments.models import Allocation, AttemptState, BankTransferClaim, CheckoutAttempt
from portal.access import PortalRequest
from teams.audit import record
from teams.models import AuditEntry, Team

# A client who reads an invoice ten times in an evening has viewed it once.
VIEWED_EVERY = timedelta(hours=1)


def bills(request: PortalRequest) -> InvoiceQuerySet:
    """What the client may see: no drafts, with the status of today and the day of the last payment."""
    last = Allocation.objects.filter(invoice=OuterRef("pk"), reverses=None, reversal=None).order_by("-pk")
    return (
        request.client.invoices.visible_to_client()
        .annotate_status(request.team.today())
        .annotate(paid_on=Subquery(last.values("payment__received_on")[:1]))
    )


def open_bills(request: PortalRequest) -> InvoiceQuerySet:
    """What is to be paid, the most urgent first."""
    return bills(request).open().order_by("due_on", "pk")


def find_bill(request: PortalRequest, pk: int) -> Invoice:
    """The client's own invoice, or 404: another's, a draft and none at all look the same (TEN-3)."""
    return get_object_or_404(bills(request), pk=pk)


@dataclass(frozen=True, slots=True)
class Ways:
    """How this team can be paid, and what is under way for this invoice (PAY-11)."""

    card: bool
    transfer: bool
    part: bool
    claim: BankTransferClaim | None
    settling: CheckoutAttempt | None

    @property
    def any(self) -> bool:
        return self.card or self.transfer


def ways_to_pay(team: Team, invoice: Invoice) -> Ways:
    """Two queries."""
    return Ways(
        card=team.takes_cards,
        transfer=team.takes_transfers,
        part=team.allow_part_payment,
        claim=invoice.transfer_claims.filter(closed_at=None).first(),
        settling=invoice.checkout_attempts.filter(state=AttemptState.PROCESSING).order_by("-pk").first(),
    )


def note_viewed(request: PortalRequest, invoice: Invoice) -> None:
    """Mark the first look on the invoice, and write each into its story, at most once an hour."""
    # A scanner that asks for the head has seen nothing, and a member who looks on is not the client (POR-7).
    if request.is_preview or request.method != "GET":
        return
    now = timezone.now()
    if invoice.viewed_at is None:
        Invoice.objects.filter(pk=invoice.pk, viewed_at=None).update(viewed_at=now)
    seen = AuditEntry.objects.filter(
        team_id=invoice.team_id,
        subject="invoice",
        subject_id=invoice.pk,
        verb="invoice.viewed",
        at__gt=now - VIEWED_EVERY,
    )
    if not seen.exists():
        record("invoice.viewed", subject=invoice, client_id=invoice.client_id, reference=invoice.reference)
