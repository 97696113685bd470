"""The tab Quotes of a client's record (CLI-1)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.views.record import find_client, record_context
from cma.answers import shown
from cma.formats import day, day_short
from cma.keyset import keyset_page
from quotes.listing import UNREAD, range_of
from quotes.models import Quote, QuoteState, Status
from teams.access import OfficeRequest, can


@require_safe
@can("read")
def client_quotes(request: OfficeRequest, pk: int) -> HttpResponse:
    """Every quote of this client in the version that counts, newest first."""
    client = find_client(request, pk)
    today = request.team.today()
    rows = client.quotes.current().defer(*UNREAD)
    page = keyset_page(request, rows, sorts={"reference": "pk"}, default="-reference")
    context: dict[str, Any] = {
        **record_context(request, client, tab="quotes"),
        "page": page,
        "offers": [
            {"quote": quote, "status": quote.status(today), "line": told(quote, quote.status(today))}
            for quote in page.rows
        ],
    }
    return shown(request, "quotes/client_quotes.html", context)


def told(quote: Quote, status: Status) -> str:
    """The second line of a quote: what it is for, which version, and what is next."""
    parts = [quote.title] if quote.title else []
    if quote.version > 1:
        parts.append(_("version %s") % quote.version)
    if status == Status.SENT:
        parts.append(_("valid until %s") % day_short(quote.valid_until))
    elif quote.state == QuoteState.WITHDRAWN:
        parts.append(_("withdrawn"))
    else:
        parts.append(day(quote.accepted_at or quote.declined_at or quote.sent_at or quote.created_at))
    if choosing := range_of(quote):
        parts.append(choosing)
    return " · ".join(parts)
