"""Quotes: the list, the quote with everything on offer, and the client's ticks (QUO-4)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cma.answers import CONFLICT, UNPROCESSABLE, by_htmx, done, shown
from cma.keyset import PAGE_SIZE
from portal.access import PortalRequest, section
from portal.models import Section
from portal.offers import find_offer, listed_offers, newest_version
from quotes import answering, offer, sending
from quotes.breakdown import breakdown_of, read_form
from quotes.choices import Problem
from quotes.errors import Refused
from quotes.models import Attachment, Quote, QuoteState
from teams.directory import memberships_of
from teams.models import WrongState


@require_safe
@section(Section.QUOTES)
def quotes(request: PortalRequest) -> HttpResponse:
    """Those to answer first, then the answered ones."""
    today = request.team.today()
    start = max(0, _number(request.GET.get("from")))
    rows = list(listed_offers(request)[start : start + PAGE_SIZE + 1])
    more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    context = {
        "to_answer": [quote for quote in rows if quote.is_open(today)],
        "answered": [(quote, quote.status(today)) for quote in rows if not quote.is_open(today)],
        "older": f"?from={start + PAGE_SIZE}" if more else "",
        "newer": f"?from={max(0, start - PAGE_SIZE)}" if start else "",
    }
    return shown(request, "portal/quotes.html", context)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 0


@require_safe
@section(Section.QUOTES, by_link=True)
def quote(request: PortalRequest, pk: int) -> HttpResponse:
    """Everything on offer, with the ticks as they were left."""
    found = find_offer(request, pk)
    if request.method == "GET" and not by_htmx(request) and is_the_client(request):
        sending.mark_viewed(found, by_name=request.shown_name)
    return quote_page(request, found)


def is_the_client(request: PortalRequest) -> bool:
    """Not the trade, looking at it as the client does or trying out the mailed link (QUO-3)."""
    if getattr(request, "is_preview", False):
        return False
    if not request.link or not request.user.is_authenticated:
        return True
    return all(seat.team_id != request.team.pk for seat in memberships_of(request.user.pk))


def quote_page(
    request: PortalRequest, found: Quote, *, status: int | None = None, **more: Any
) -> HttpResponse:
    """The quote's page; `told` is what the person should know about what they have just tried."""
    return shown(request, "portal/quote.html", {**quote_context(request, found), **more}, status=status)


def quote_context(
    request: PortalRequest, found: Quote, *, refused: list[Problem] | None = None
) -> dict[str, Any]:
    """What the quote's page is drawn from, in whichever state the quote is."""
    today = request.team.today()
    newest = newest_version(request, found)
    is_open = found.is_open(today)
    return {
        "quote": found,
        "site": ", ".join(found.site.splitlines()),
        "status": found.status(today),
        "is_open": is_open,
        "may_choose": is_open and not request.hides_prices,
        "shows_prices": not request.hides_prices,
        "parts": breakdown_of(found, refused=refused or ()),
        "changes": changes_of(found),
        "newest": newest if newest.pk != found.pk else None,
        "attachments": attachments_of(found),
    }


def attachments_of(found: Quote) -> list[tuple[Attachment, bool]]:
    """Drawings and photos without their bytes, each with whether it is a picture."""
    rows = found.attachments.select_related("file").defer("file__content", "file__thumbnail")
    return [(row, row.file.mime.startswith("image/")) for row in rows]


def changes_of(found: Quote) -> list[offer.Difference]:
    """What differs from the version before, where the client has seen that one (QUO-10)."""
    before = found.previous
    if before is None or before.state == QuoteState.DRAFT:
        return []
    return offer.differences(before, found)


@require_POST
@section(Section.QUOTES, by_link=True)
def quote_choose(request: PortalRequest, pk: int) -> HttpResponse:
    """Keep the ticks, and say what they come to; on to the signature for who presses that."""
    found = find_offer(request, pk)
    if request.hides_prices:
        return told(request, found, _("Choosing is for those who see the prices."))
    try:
        answering.choose(found, read_form(found, request.POST), by_name=request.shown_name)
    except WrongState as problem:
        return told(request, find_offer(request, pk), str(problem))
    except Refused as refusal:
        return _not_kept(request, found, refusal)
    if by_htmx(request):
        return render(request, "portal/quote_totals.html", quote_context(request, found))
    parts = breakdown_of(found)
    if request.POST.get("do") != "sign":
        return done(request, f"{_address(request, 'portal:quote', pk)}#total")
    if not parts.is_complete:
        return quote_page(request, found, status=UNPROCESSABLE, is_incomplete=True)
    return done(request, _address(request, "portal:quote-sign", pk))


def _not_kept(request: PortalRequest, found: Quote, refusal: Refused) -> HttpResponse:
    """422: a quantity out of bounds, a line of another quote. The ticks stay as they were."""
    problems = [problem for problem in refusal.problems if isinstance(problem, Problem)]
    context = {**quote_context(request, found, refused=problems), "refused": refusal.problems}
    template = "portal/quote_totals.html" if by_htmx(request) else "portal/quote.html"
    return shown(request, template, context, status=UNPROCESSABLE)


def told(request: PortalRequest, found: Quote, text: str) -> HttpResponse:
    """409: the quote stands otherwise than the page said; it is shown as it is now."""
    response = quote_page(request, found, status=CONFLICT, told=text)
    if by_htmx(request):
        # Only a part was asked for, and that part is gone: the whole page says what happened.
        response.headers["HX-Refresh"] = "true"
    return response


def _address(request: PortalRequest, view: str, pk: int) -> str:
    return reverse(view, args=[request.team.slug, pk])
