"""The invoice's page, its live part, and its PDFs."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cma.answers import moved_on
from cma.downloads import PDF, kept
from documents.worker import RenderFailed
from invoices import documents, page
from invoices.links import office_url, pay_url
from invoices.models import Invoice, RenderingKind
from teams.access import OfficeRequest, can, own_scope
from teams.roles import Right

NO_CONTENT, UNAVAILABLE = 204, 503


def find(request: OfficeRequest, pk: int) -> Invoice:
    """The invoice of this team, with its client; 404 for anybody else's."""
    invoice: Invoice = get_object_or_404(request.team.invoices.select_related("client", "copied_from"), pk=pk)
    invoice.team = invoice.client.team = request.team
    return invoice


def context(request: OfficeRequest, invoice: Invoice) -> dict[str, Any]:
    """What page and live part are drawn from."""
    return page.context_of(
        invoice,
        request.team,
        may_work=request.membership.may(Right.WORK),
        pay_url=pay_url(invoice),
    )


@require_safe
@can("read")
def invoice(request: OfficeRequest, pk: int) -> HttpResponse:
    """Lines, totals, payments, what is still to pay, and what happened (INV-16)."""
    found = find(request, pk)
    response = render(request, "invoices/invoice.html", context(request, found))
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@can("read")
def invoice_state(request: OfficeRequest, pk: int) -> HttpResponse:
    """204 while the page is as it was drawn, else its parts anew."""
    found = find(request, pk)
    if request.GET.get("v") == page.version_of(found):
        return HttpResponse(status=NO_CONTENT)
    return render(request, "invoices/invoice.html#live", context(request, found) | {"is_live": True})


@require_safe
@can("read")
@own_scope
def invoice_pdf(request: OfficeRequest, pk: int) -> HttpResponse:
    """The kept PDF; a draft is printed for the moment, with its watermark (INV-17)."""
    with request.open_scope():
        found = find(request, pk)
    if not found.is_draft:
        return _kept(request, found, RenderingKind.INVOICE)
    try:
        pdf = documents.draft_pdf(request.team.pk, found.pk)
    except RenderFailed:
        return _not_now(request, found)
    name = documents.filename(f"draft-{found.reference}")
    return kept(pdf, PDF, name, inline=True, headers={"Cache-Control": "no-store"})


@require_safe
@can("read")
@own_scope
def invoice_receipt(request: OfficeRequest, pk: int) -> HttpResponse:
    """The receipt of a fully paid invoice (INV-18); before that there is none."""
    with request.open_scope():
        found = find(request, pk)
    if not found.is_paid:
        raise Http404
    return _kept(request, found, RenderingKind.RECEIPT)


def _kept(request: OfficeRequest, invoice: Invoice, kind: RenderingKind) -> HttpResponse:
    try:
        rendering = documents.stored_pdf(request.team.pk, invoice.pk, kind)
    except RenderFailed:
        return _not_now(request, invoice)
    etag = quote_etag(rendering.sha256)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    name = documents.filename(invoice.reference, kind)
    return kept(bytes(rendering.pdf), PDF, name, inline=True, headers=headers)


def _not_now(request: OfficeRequest, invoice: Invoice) -> HttpResponse:
    with request.open_scope():
        response = moved_on(
            request, _("The PDF could not be made just now. Try again in a minute."), back=office_url(invoice)
        )
    response.status_code = UNAVAILABLE
    return response
