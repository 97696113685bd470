"""The list of quotes and its CSV."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from cma.answers import shown
from cma.csv import csv_response
from cma.keyset import keyset_page
from invoices.filters import frame
from quotes import exports, listing
from quotes.listing import Wanted
from teams.access import OfficeRequest, can
from teams.audit import record


@require_safe
@can("read")
def quote_list(request: OfficeRequest) -> HttpResponse:
    """Every quote of the team in the version that counts, newest first, 25 a page."""
    team, today = request.team, request.team.today()
    wanted = Wanted.of(team, request.GET)
    rows = wanted.rows(team)
    found = listing.counts(rows, today)
    facts = listing.with_row_facts(wanted.in_tab(rows, today), sort=request.GET.get("sort", ""))
    page = keyset_page(request, facts, sorts=listing.SORTS, default=listing.NEWEST)
    context: dict[str, Any] = {
        **frame(request, wanted, page, found.of(wanted.status)),
        "rows": [listing.row_of(quote, team, today) for quote in page.rows],
        "tabs": listing.tabs(request.GET, request.path, wanted, found),
        "counts": found,
        "has_any": found.all > 0 or wanted.narrows,
    }
    return shown(request, "quotes/quote_list.html", context, part="list")


@require_safe
@can("export")
def quote_export(request: OfficeRequest) -> HttpResponse:
    """The list as CSV: what tab, search and filters show, all pages of it."""
    team, today = request.team, request.team.today()
    wanted = Wanted.of(team, request.GET)
    lines = list(exports.rows(wanted.in_tab(wanted.rows(team), today), today))
    record("quote.exported", rows=len(lines))
    return csv_response(f"quotes-{today.isoformat()}.csv", exports.head(), lines)
