"""What of a quote can be kept: the PDF, the signed PDF with its evidence, drawings and photos (trust 8)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cma.downloads import PDF, kept
from documents.worker import RenderFailed
from portal.access import PortalRequest, section
from portal.models import Section
from portal.offers import find_offer, offers
from portal.views.quotes import quote_page
from quotes import documents
from quotes.evidence import evidence_file
from quotes.models import Attachment, Quote
from teams.access import own_scope


@require_safe
@section(Section.QUOTES, by_link=True)
@own_scope
def quote_pdf(request: PortalRequest, pk: int) -> HttpResponse:
    """The offer as it was sent, on paper; it shows prices."""
    # It is printed once and kept, which a member who views as client may not do in the client's own scope.
    scope = request.open_team_scope if request.is_preview else request.open_scope
    with scope():
        found = _with_prices(request, pk)
        try:
            pdf = documents.offer_pdf(found)
        except RenderFailed:
            told = _("The PDF could not be made just now. Try again in a minute; it all stands here.")
            return quote_page(request, found, told=told, status=503)
    return kept(pdf, PDF, f"{found.reference}.pdf")


@require_safe
@section(Section.QUOTES, by_link=True)
def quote_signed_pdf(request: PortalRequest, pk: int) -> HttpResponse:
    """The very bytes whose fingerprint was taken at signing."""
    found = _signed(request, pk)
    return kept(bytes(found.acceptance.pdf), PDF, f"{found.reference}-signed.pdf")


@require_safe
@section(Section.QUOTES, by_link=True)
def quote_evidence(request: PortalRequest, pk: int) -> HttpResponse:
    """Everything that was recorded, with the exact text that the fingerprint is over."""
    found = _signed(request, pk)
    return kept(evidence_file(found.acceptance), "application/json", f"{found.reference}-evidence.json")


@require_safe
@section(Section.QUOTES, by_link=True)
def quote_attachment(request: PortalRequest, pk: int) -> HttpResponse:
    """A drawing or photo; with `?small` the thumbnail for the page."""
    found = get_object_or_404(
        Attachment.objects.select_related("file").filter(quote__in=offers(request)), pk=pk
    )
    if "small" in request.GET:
        if found.file.thumbnail is None:
            raise Http404
        return kept(bytes(found.file.thumbnail), picture_type(bytes(found.file.thumbnail)), "thumbnail")
    return kept(bytes(found.file.content), found.file.mime, found.name)


def picture_type(data: bytes) -> str:
    """By content: thumbnails are our own PNG or JPEG."""
    return "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"


def _with_prices(request: PortalRequest, pk: int) -> Quote:
    found = find_offer(request, pk)
    if request.hides_prices:
        raise Http404
    return found


def _signed(request: PortalRequest, pk: int) -> Quote:
    found = _with_prices(request, pk)
    if not found.is_accepted:
        raise Http404
    return found
