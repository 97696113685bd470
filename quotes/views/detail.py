"""The quote's page in the office, what it offers to download, and what a version changed."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cma.answers import moved_on, shown
from cma.downloads import kept
from documents.worker import RenderFailed
from quotes import documents, offer, page
from quotes.evidence import evidence_file
from quotes.links import office_url
from quotes.models import Quote
from teams.access import OfficeRequest, can, own_scope
from teams.roles import Right

UNAVAILABLE = 503
HEAVY = ("acceptance__pdf", "acceptance__canonical", "search_text")


def find(request: OfficeRequest, pk: int) -> Quote:
    """The quote of this team, with its client; 404 for anybody else's."""
    rows = request.team.quotes.select_related(
        "client", "copied_from", "previous", "acceptance", "acceptance__in_person_with"
    )
    quote: Quote = get_object_or_404(rows.defer(*HEAVY), pk=pk)
    quote.team = quote.client.team = request.team
    return quote


def quote_page(
    request: OfficeRequest, found: Quote, *, status: int | None = None, **more: Any
) -> HttpResponse:
    """The page; `more` is what the person should know about what they have just tried."""
    context = {
        "quote": found,
        "page": page.page_of(found, request.team),
        "may_work": request.membership.may(Right.WORK),
        **more,
    }
    return shown(request, "quotes/quote.html", context, status=status)


@require_safe
@can("read")
def quote(request: OfficeRequest, pk: int) -> HttpResponse:
    """Lines, figures, questions, versions, and what happened."""
    return quote_page(request, find(request, pk))


@require_safe
@can("read")
def quote_differences(request: OfficeRequest, pk: int) -> HttpResponse:
    """What this version changed, line by line (QUO-10)."""
    found = find(request, pk)
    if found.previous is None:
        raise Http404
    context = {
        "quote": found,
        "quote_url": office_url(found),
        "before": found.previous,
        "differences": offer.differences(found.previous, found),
    }
    return shown(request, "quotes/quote_differences.html", context, part="dialog")


@require_safe
@can("read")
@own_scope
def quote_pdf(request: OfficeRequest, pk: int) -> HttpResponse:
    """The offer on paper; a draft is printed for the moment."""
    with request.open_scope():
        found = find(request, pk)
        try:
            pdf = documents.offer_pdf(found)
        except RenderFailed:
            text = _("The PDF could not be made just now. Try again in a minute.")
            response = moved_on(request, text, back=office_url(found))
            response.status_code = UNAVAILABLE
            return response
    prefix = "draft-" if found.is_draft else ""
    return kept(pdf, "application/pdf", f"{prefix}{found.reference}.pdf")


@require_safe
@can("read")
def quote_signed_pdf(request: OfficeRequest, pk: int) -> HttpResponse:
    """The very bytes whose fingerprint was taken at signing."""
    found = _signed(request, pk)
    return kept(bytes(found.acceptance.pdf), "application/pdf", f"{found.reference}-signed.pdf")


@require_safe
@can("read")
def quote_evidence(request: OfficeRequest, pk: int) -> HttpResponse:
    """Everything that was recorded, with the exact text that the fingerprint is over (trust 5)."""
    found = _signed(request, pk)
    return kept(evidence_file(found.acceptance), "application/json", f"{found.reference}-evidence.json")


def _signed(request: OfficeRequest, pk: int) -> Quote:
    found = find(request, pk)
    if not found.is_accepted:
        raise Http404
    return found
