"""The list of quotes and its CSV."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from cma.answers import shown
from cma.csv import csv_response
from cma.keyset import keyset_page
from cma.listing import pager_label, periods
from quotes import exports, listing
from quotes.listing import Wanted
from teams.access import OfficeRequest, can
from teams.audit import record
from teams.roles import Right


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
        "rows": [listing.row_of(quote, team, today) for quote in page.rows],
        "page": page,
        "pager": pager_label(len(page.rows), found.of(wanted.status)),
        "tabs": listing.tabs(request.GET, request.path, wanted, found),
        "chips": listing.chips(request.GET, request.path, wanted),
        "periods": periods(request.GET, request.path, today),
        "wanted": wanted,
        "counts": found,
        "has_any": found.all > 0 or wanted.narrows,
        "plain": request.path,
        "may_work": request.membership.may(Right.WORK),
        "may_export": request.membership.may(Right.EXPORT),
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
