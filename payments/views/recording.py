"""Money that came without Stripe: record it, mark the rest as paid, take it back (INV-11, PAY-3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cma.answers import moved_on, shown
from cma.formats import money
from cma.toasts import toast
from invoices.models import Invoice, Status
from payments import ledger
from payments.forms.recording import MarkPaidForm, RecordForm
from payments.models import BankTransferClaim, Method, Payment
from payments.views.common import PAGE_METHODS, back_to, find_invoice, invoice_url, refused
from teams.access import OfficeRequest, can
from teams.models import WrongState


@require_http_methods(PAGE_METHODS)
@can("work")
def payment_record(request: OfficeRequest, pk: int) -> HttpResponse:
    """Record a payment of any amount; more than the balance asks first."""
    invoice = find_invoice(request, pk)
    claim = invoice.transfer_claims.filter(closed_at=None).first()
    sent = request.POST if request.method == "POST" else None
    form = RecordForm(invoice, sent, initial=_suggested(request, invoice, claim))
    try:
        if (known := _booked_before(request, form.sent_key)) is not None:
            return _told(request, invoice, known)
        ledger.refuse_unless_open(invoice)
        if form.is_valid():
            return _told(request, invoice, _record(request, invoice, form))
    except WrongState as refusal:
        return refused(request, invoice, refusal)
    context = {"invoice": invoice, "claim": claim, "back": invoice_url(request, invoice)}
    return shown(request, "payments/payment_record.html", context, part="dialog", form=form)


def _suggested(request: OfficeRequest, invoice: Invoice, claim: BankTransferClaim | None) -> dict[str, Any]:
    """Paid fills in the balance, a claimed transfer its amount; Partially Paid leaves it empty (INV-11)."""
    if request.GET.get("status") == Status.PAID:
        return {"amount": str(invoice.balance)}
    return {"amount": str(claim.amount)} if claim is not None and "status" not in request.GET else {}


def _record(request: OfficeRequest, invoice: Invoice, form: RecordForm | MarkPaidForm) -> Payment:
    data = form.cleaned_data
    return ledger.record_payment(
        client=invoice.client,
        invoice=invoice,
        amount=data.get("amount", invoice.balance),
        method=Method(data["method"]),
        received_on=data.get("received_on", request.team.today()),
        note=data.get("note", ""),
        by=request.user,
        form_key=data["form_key"],
    )


def _booked_before(request: OfficeRequest, form_key: UUID | None) -> Payment | None:
    """The payment that this very form made when it was sent before. Raises WrongState if that was undone."""
    if form_key is None:
        return None
    known = request.team.payments.filter(form_key=form_key, reverses=None).first()
    if known is not None and request.team.payments.filter(reverses=known).exists():
        raise WrongState(_("This payment was recorded and undone. Open the form again to record another."))
    return known


def _told(request: OfficeRequest, invoice: Invoice, payment: Payment) -> HttpResponse:
    over: Decimal = ledger.free_of(payment)
    words = {
        "reference": invoice.reference,
        "sum": money(payment.amount, payment.currency),
        "over": money(over, payment.currency),
        "client": invoice.client.name,
    }
    invoice.refresh_from_db(fields=["state", "paid", "balance"])
    if over:
        text = _("%(sum)s recorded on %(reference)s; %(over)s of it is credit for %(client)s.")
    elif invoice.is_paid:
        text = _("%(reference)s marked paid, %(sum)s")
    else:
        text = _("%(sum)s recorded on %(reference)s")
    toast(request, text % words, undo=reverse("payments:payment-undo", args=[request.team.slug, payment.pk]))
    return back_to(request, invoice_url(request, invoice))


@require_http_methods(PAGE_METHODS)
@can("work")
def payment_mark_paid(request: OfficeRequest, pk: int) -> HttpResponse:
    """ "Mark As Paid": the balance came today, in one step."""
    invoice = find_invoice(request, pk)
    form = MarkPaidForm(invoice, request.POST if request.method == "POST" else None)
    try:
        if (known := _booked_before(request, form.sent_key)) is not None:
            return _told(request, invoice, known)
        ledger.refuse_unless_open(invoice)
        if form.saw_another_balance:
            balance = money(invoice.balance, invoice.currency)
            raise WrongState(_("Something was paid meanwhile: %s is still to pay.") % balance)
        if form.is_valid():
            return _told(request, invoice, _record(request, invoice, form))
    except WrongState as refusal:
        return refused(request, invoice, refusal)
    context = {"invoice": invoice, "back": invoice_url(request, invoice)}
    return shown(request, "payments/payment_mark_paid.html", context, part="dialog", form=form)


@require_http_methods(PAGE_METHODS)
@can("work")
def payment_undo(request: OfficeRequest, pk: int) -> HttpResponse:
    """Take back a payment that was recorded by hand; a log entry stays."""
    payments = request.team.payments.select_related("client", "invoice", "team")
    payment = get_object_or_404(payments, pk=pk, reverses=None)
    back = _page_of(request, payment)
    if request.method != "POST":
        return shown(request, "payments/payment_undo.html", {"payment": payment, "back": back}, part="dialog")
    try:
        ledger.undo_payment(payment, by=request.user)
    except WrongState as refusal:
        return moved_on(request, str(refusal), back=back)
    toast(request, _("The payment of %s is undone.") % money(payment.amount, payment.currency))
    return back_to(request, back)


def _page_of(request: OfficeRequest, payment: Payment) -> str:
    if payment.invoice is not None:
        return invoice_url(request, payment.invoice)
    return reverse("clients:client", args=[request.team.slug, payment.client_id])


@require_http_methods(PAGE_METHODS)
@can("work")
def transfer_close(request: OfficeRequest, pk: int) -> HttpResponse:
    """A transfer that the client says they sent did not come; reminders go on."""
    claims = BankTransferClaim.objects.select_related("invoice", "client").filter(team_id=request.team.pk)
    claim = get_object_or_404(claims, pk=pk)
    if claim.closed_at is not None:
        text = _("The transfer for %s was settled already.") % claim.invoice.reference
        return moved_on(request, text, back=invoice_url(request, claim.invoice))
    if request.method != "POST":
        context = {"claim": claim, "back": invoice_url(request, claim.invoice)}
        return shown(request, "payments/transfer_close.html", context, part="dialog")
    ledger.close_claim(claim, by=request.user)
    toast(request, _("Noted: the transfer for %s did not come.") % claim.invoice.reference)
    return back_to(request, invoice_url(request, claim.invoice))
