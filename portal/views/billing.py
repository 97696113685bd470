"""Billing: every invoice with Pay Now or its receipt, and the invoice itself (POR-11, PAY-12)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.figures import billing_figures
from cma.downloads import PDF, kept
from cma.keyset import PAGE_SIZE, keyset_page
from documents.worker import RenderFailed
from invoices.documents import discount_words, filename, live_allocations, stored_pdf
from invoices.models import Invoice, RenderingKind
from payments.statement import pdf_of, statement_of
from portal.access import PortalRequest, section
from portal.bills import bills, find_bill, note_viewed, open_bills, ways_to_pay
from portal.live import live_page
from portal.models import Section
from teams.access import own_scope


@require_safe
@section(Section.INVOICES)
def billing(request: PortalRequest) -> HttpResponse:
    """What is to pay, then what is settled; the number of queries does not grow with the rows."""
    return live_page(request, "portal/billing.html", lambda: _lists(request))


def _lists(request: PortalRequest) -> dict[str, Any]:
    only_open = request.GET.get("show") == "open"
    if only_open:
        page = keyset_page(request, bills(request).open(), sorts={"due": "due_on"}, default="due")
        to_pay, settled, more = page.rows, [], False
    else:
        # On later pages of what is settled, what is to pay is not told again.
        is_first = not (request.GET.get("before") or request.GET.get("after"))
        to_pay = list(open_bills(request)[: PAGE_SIZE + 1]) if is_first else []
        to_pay, more = to_pay[:PAGE_SIZE], len(to_pay) > PAGE_SIZE
        rest = bills(request).exclude(state="issued", balance__gt=0)
        page = keyset_page(request, rest, sorts={"issued": "issue_on"}, default="-issued")
        settled = page.rows
    return {
        "figures": billing_figures(request.client),
        "first": open_bills(request).first(),
        "to_pay": to_pay,
        "more_to_pay": more,
        "settled": settled,
        "only_open": only_open,
        "page": page,
    }


@require_safe
@section(Section.INVOICES)
def invoice(request: PortalRequest, pk: int) -> HttpResponse:
    """One invoice, as it was issued, with what has been paid on it."""
    found = find_bill(request, pk)
    if not request.htmx:
        note_viewed(request, found)
    return invoice_page(request, found)


def invoice_page(
    request: PortalRequest, found: Invoice, *, told: str = "", status: int | None = None
) -> HttpResponse:
    """The invoice's page; `told` is what the person should know about what they have just tried."""

    def context() -> dict[str, Any]:
        lines = list(found.lines.all())
        return {
            "invoice": found,
            "lines": [(line, discount_words(line, found.currency)) for line in lines],
            "vat_rows": [
                {**row, "net": Decimal(row["net"]), "vat": Decimal(row["vat"])} for row in found.vat_rows
            ],
            "payments": live_allocations(found),
            "ways": ways_to_pay(request.team, found),
            "told": told,
        }

    return live_page(request, "portal/invoice.html", context, status=status)


@require_safe
@section(Section.INVOICES)
@own_scope
def invoice_pdf(request: PortalRequest, pk: int) -> HttpResponse:
    """The invoice as it is kept, byte for byte the same for both sides (INV-17)."""
    with request.open_scope():
        found = find_bill(request, pk)
    return _pdf(request, found, RenderingKind.INVOICE)


@require_safe
@section(Section.INVOICES)
@own_scope
def receipt(request: PortalRequest, pk: int) -> HttpResponse:
    """The receipt of an invoice that is paid; there is none before (INV-18)."""
    with request.open_scope():
        found = find_bill(request, pk)
    if not found.is_paid:
        raise Http404
    return _pdf(request, found, RenderingKind.RECEIPT)


@require_safe
@section(Section.INVOICES)
@own_scope
def statement(request: PortalRequest) -> HttpResponse:
    """The statement of account, printed for the moment (POR-11)."""
    with request.open_scope():
        account = statement_of(request.client)
    try:
        pdf = pdf_of(account)
    except RenderFailed:
        return HttpResponse(_("The PDF could not be made just now. Try again in a minute."), status=503)
    return kept(pdf, PDF, f"{request.team.slug}-statement.pdf")


def _pdf(request: PortalRequest, found: Invoice, kind: RenderingKind) -> HttpResponse:
    try:
        rendering = stored_pdf(request.team.pk, found.pk, kind)
    except RenderFailed:
        with request.open_scope():
            told = _("The PDF could not be made just now. Try again in a minute; it all stands here.")
            return invoice_page(request, find_bill(request, found.pk), told=told, status=503)
    return kept(bytes(rendering.pdf), PDF, filename(found.reference, kind))
