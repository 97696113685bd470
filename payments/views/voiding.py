"""Voiding an invoice, which asks about the money on it (INV-12)."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cma.answers import shown
from cma.toasts import toast
from invoices.models import Invoice
from payments import checkout, ledger
from payments.forms.recording import VoidForm
from payments.models import AttemptState, Method
from payments.views.common import PAGE_METHODS, back_to, find_invoice, invoice_url, refused
from teams.access import OfficeRequest, can
from teams.models import WrongState


@require_http_methods(PAGE_METHODS)
@can("work")
def invoice_void(request: OfficeRequest, pk: int) -> HttpResponse:
    """Void an issued invoice, after asking; its number stays, and so does its page."""
    invoice = find_invoice(request, pk)
    form = VoidForm(invoice, request.POST if request.method == "POST" else None)
    try:
        _refuse_unless_issued(invoice)
        if form.is_valid():
            _void(request, invoice, form)
            toast(request, _("%s is void.") % invoice.reference)
            return back_to(request, invoice_url(request, invoice))
    except WrongState as refusal:
        return refused(request, invoice, refusal)
    allocations = invoice.allocations.live()
    attempts = invoice.checkout_attempts.filter(state=AttemptState.PROCESSING)
    context = {
        "invoice": invoice,
        "back": invoice_url(request, invoice),
        "by_card": bool(invoice.paid) and allocations.filter(payment__method=Method.STRIPE).exists(),
        "coming": attempts.first(),
    }
    return shown(request, "payments/invoice_void.html", context, part="dialog", form=form)


def _refuse_unless_issued(invoice: Invoice) -> None:
    if invoice.is_draft:
        raise WrongState(_("%s is a draft. A draft is deleted, not voided.") % invoice.reference)
    if invoice.is_void:
        raise WrongState(_("%s is void already.") % invoice.reference)


@transaction.atomic
def _void(request: OfficeRequest, invoice: Invoice, form: VoidForm) -> None:
    """Free the money, void, close card pages: all of it or nothing."""
    ledger.release(invoice, refunded=form.is_refunded, by=request.user)
    invoice.void(by=request.user)
    # Stripe is asked once this is committed; what the client pays before that becomes credit (PAY-8).
    checkout.expire_for(invoice)
