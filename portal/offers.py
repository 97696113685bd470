"""A client's quotes as the portal shows them. All queries start at the client, and with a mailed link at the
one quote that it opens (trust 6)."""

from __future__ import annotations

from django.db.models import Case, IntegerField, Value, When
from django.shortcuts import get_object_or_404

from portal.access import PortalRequest
from quotes.models import Quote, QuoteState
from quotes.models.quote import QuoteQuerySet

# The signed document and its text: for those who download them.
HEAVY = ("acceptance__pdf", "acceptance__canonical")


def offers(request: PortalRequest) -> QuoteQuerySet:
    """What this visitor may see: no drafts; with a mailed link only that quote, in all its versions."""
    found = request.client.quotes.visible_to_client()
    return found.filter(entry_id=request.link.entry_id) if request.link else found


def find_offer(request: PortalRequest, pk: int) -> Quote:
    """The client's own quote, or 404: another's, a draft and none at all look the same (TEN-3)."""
    rows = offers(request).select_related("previous", "acceptance").defer(*HEAVY)
    quote = get_object_or_404(rows, pk=pk)
    # One team and one client, one object: what the page is drawn with.
    quote.team, quote.client = request.team, request.client
    return quote


def open_offers(request: PortalRequest) -> QuoteQuerySet:
    """What waits for the client's answer, the one that runs out first on top."""
    return offers(request).open(request.team.today()).order_by("valid_until", "pk")


def listed_offers(request: PortalRequest) -> QuoteQuerySet:
    """One row a quote: those to answer first, then the newest."""
    today = request.team.today()
    is_open = When(state=QuoteState.SENT, valid_until__gte=today, then=Value(0))
    return (
        offers(request)
        .current()
        .annotate(turn=Case(is_open, default=Value(1), output_field=IntegerField()))
        .order_by("turn", "-sent_at", "-pk")
    )


def newest_version(request: PortalRequest, quote: Quote) -> Quote:
    """The version that counts: the last one that was sent."""
    return offers(request).filter(entry_id=quote.entry_id).order_by("-version")[0]
