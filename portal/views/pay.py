"""Paying an invoice: the choice of ways, off to Stripe's page and back (PAY-11, PAY-12)."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cma.answers import CONFLICT, SEE_OTHER
from cma.toasts import toast
from invoices.models import Invoice
from payments import checkout, ledger
from payments.booking import NotOurs
from payments.errors import NotPayable, PaymentsError
from payments.models import LIVE_ATTEMPT, AttemptState, CheckoutAttempt
from portal.access import PortalRequest, section
from portal.bills import find_bill, open_bills, ways_to_pay
from portal.forms import PayForm
from portal.live import live_page
from portal.models import Section
from portal.views.billing import invoice_page
from teams.access import own_scope
from teams.models import WrongState

# Stripe is asked again for a session that is not settled, but not with every poll of every open page.
ASK_EVERY = timedelta(seconds=10)


@require_safe
@section(Section.INVOICES)
def pay(request: PortalRequest, pk: int) -> HttpResponse:
    """The ways that the team has set up; card first, by one tap."""
    invoice = find_bill(request, pk)
    if not invoice.is_issued or invoice.is_paid:
        if request.htmx:
            # Paid while this page was open: its region becomes the thanks.
            return live_page(request, "portal/pay.html", lambda: _context(request, invoice, None))
        return redirect("portal:invoice", request.team.slug, pk)
    return _pay_page(request, invoice, None)


def _pay_page(request: PortalRequest, invoice: Invoice, form: PayForm | None) -> HttpResponse:
    return live_page(request, "portal/pay.html", lambda: _context(request, invoice, form), form=form)


def _context(request: PortalRequest, invoice: Invoice, form: PayForm | None) -> dict[str, Any]:
    return {
        "invoice": invoice,
        "ways": ways_to_pay(request.team, invoice),
        "form": form or PayForm(invoice, allow_part=request.team.allow_part_payment),
        "came_back": "cancelled" in request.GET,
    }


@require_POST
@section(Section.INVOICES)
@own_scope
def pay_stripe(request: PortalRequest, pk: int) -> HttpResponse:
    """ "Pay with Stripe": the attempt is written down, Stripe is asked, and the payer goes to its page."""
    with request.open_scope():
        invoice = find_bill(request, pk)
        form = PayForm(invoice, request.POST, allow_part=request.team.allow_part_payment)
        if not invoice.is_issued or invoice.is_paid:
            return _nothing_to_pay(request, invoice)
        if not form.is_valid():
            return _pay_page(request, invoice, form)
    try:
        attempt = checkout.start(
            team_id=request.team.pk,
            client_id=request.client.pk,
            invoice_id=pk,
            amount=form.cleaned_data["amount"],
            started_by_id=request.user.pk,
            success_url=_absolute(request, "portal:pay-return", pk, "?session_id={CHECKOUT_SESSION_ID}"),
            cancel_url=_absolute(request, "portal:pay", pk, "?cancelled=1"),
        )
    except PaymentsError as problem:
        with request.open_scope():
            invoice = find_bill(request, pk)
            if isinstance(problem, NotPayable) and (not invoice.is_issued or invoice.is_paid):
                return _nothing_to_pay(request, invoice)
            form.add_error(None, str(problem))
            return _pay_page(request, invoice, form)
    return HttpResponseRedirect(attempt.url, status=SEE_OTHER)


def _absolute(request: PortalRequest, view: str, pk: int, query: str) -> str:
    return f"{settings.CMA_BASE_URL}{reverse(view, args=[request.team.slug, pk])}{query}"


def _nothing_to_pay(request: PortalRequest, invoice: Invoice) -> HttpResponse:
    """409: paid or void meanwhile, in another tab or by the office."""
    told = (
        _("This invoice is paid already. Nothing was charged.")
        if invoice.is_paid
        else _("This invoice is void, so there is nothing to pay. Nothing was charged.")
    )
    return invoice_page(request, invoice, told=told, status=CONFLICT)


@require_safe
@section(Section.INVOICES)
@own_scope
def pay_return(request: PortalRequest, pk: int) -> HttpResponse:
    """Back from Stripe's page. Stripe is asked what became of it: a lost webhook does no harm (PAY-7)."""
    with request.open_scope():
        invoice = find_bill(request, pk)
        attempt = get_object_or_404(
            CheckoutAttempt, client=request.client, invoice=invoice, session=request.GET.get("session_id", "")
        )
    if _should_ask(request, attempt):
        # An error is no answer yet: the page says that it is being settled, and looks again.
        with suppress(PaymentsError, NotOurs):
            checkout.returned(request.team.pk, attempt.session or "", client_id=request.client.pk)
    with request.open_scope():
        invoice = find_bill(request, pk)
        attempt.refresh_from_db()
        return live_page(request, "portal/paid.html", lambda: _outcome(request, invoice, attempt))


def _should_ask(request: PortalRequest, attempt: CheckoutAttempt) -> bool:
    """Who comes back is told at once; a page that waits asks now and then."""
    # Asking may book the payment, which is no business of a member who looks on (POR-7).
    if attempt.state not in LIVE_ATTEMPT or request.is_preview:
        return False
    return not request.htmx or attempt.checked_at is None or timezone.now() - attempt.checked_at > ASK_EVERY


def _outcome(request: PortalRequest, invoice: Invoice, attempt: CheckoutAttempt) -> dict[str, Any]:
    payment = attempt.payment
    return {
        "invoice": invoice,
        "attempt": attempt,
        "payment": payment,
        "went_wrong": attempt.state in (AttemptState.FAILED, AttemptState.EXPIRED),
        "receipt_to": request.client.billing_email() if invoice.is_paid else "",
        "next_bill": open_bills(request).exclude(pk=invoice.pk).first() if payment else None,
    }


@require_POST
@section(Section.INVOICES)
@own_scope
def bank_sent(request: PortalRequest, pk: int) -> HttpResponse:
    """ "I have sent a bank transfer": tells the owner and pauses reminders; nothing is marked as paid."""
    with request.open_scope():
        invoice = find_bill(request, pk)
        if not invoice.is_issued or invoice.is_paid:
            return _nothing_to_pay(request, invoice)
    try:
        with request.open_team_scope():
            # The office's work, for exactly the row that the client's own scope has shown.
            mine = get_object_or_404(request.team.invoices, pk=pk, client=request.client)
            ledger.claim_transfer(mine, mine.balance, request.user)
    except (WrongState, PaymentsError):
        with request.open_scope():
            return _nothing_to_pay(request, find_bill(request, pk))
    toast(request, _("Thank you. %(firm)s will look out for it.") % {"firm": request.team.name})
    return redirect("portal:pay", request.team.slug, pk)
