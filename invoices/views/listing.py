"""The list of invoices and its CSV."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cma.answers import shown
from cma.csv import csv_response
from cma.keyset import keyset_page
from cma.listing import MOST_EXPORTED
from invoices import listing
from invoices.filters import frame
from invoices.listing import Wanted
from invoices.models import Status
from teams.access import OfficeRequest, can
from teams.audit import record


@require_safe
@can("read")
def invoice_list(request: OfficeRequest) -> HttpResponse:
    """Every invoice of the team, newest first, 25 a page."""
    team, today = request.team, request.team.today()
    wanted = Wanted.of(team, request.GET)
    rows = wanted.rows(team)
    found = listing.counts(rows, today)
    chosen = rows.with_status(wanted.status, today) if wanted.status else rows
    facts = listing.with_row_facts(chosen, by_client=request.GET.get("sort", "").lstrip("-") == "client")
    page = keyset_page(request, facts, sorts=listing.SORTS, default=listing.NEWEST)
    total = found.by_status.get(wanted.status, 0) if wanted.status else found.all
    context: dict[str, Any] = {
        **frame(request, wanted, page, total),
        "rows": [listing.row_of(invoice, team, today) for invoice in page.rows],
        "tabs": listing.tabs(request.GET, request.path, wanted, found),
        "counts": found,
        "has_any": found.all > 0 or wanted.narrows,
    }
    return shown(request, "invoices/invoice_list.html", context, part="list")


@require_safe
@can("export")
def invoice_export(request: OfficeRequest) -> HttpResponse:
    """The list as CSV: what tab, search and filters show, all pages of it."""
    team, today = request.team, request.team.today()
    wanted = Wanted.of(team, request.GET)
    rows = wanted.rows(team)
    if wanted.status:
        rows = rows.with_status(wanted.status, today)
    found = rows.annotate(client_name=F("client__name")).order_by("-pk")[:MOST_EXPORTED]
    head = [_("Reference"), _("Client"), _("Title"), _("Issue date"), _("Due date"), _("Status"), _("Net")]
    head += [_("VAT"), _("Total"), _("Paid"), _("Still to pay"), _("Currency")]
    lines = [
        [
            one.reference,
            one.client_name,  # type: ignore[attr-defined]
            one.title,
            one.issue_on.isoformat(),
            one.due_on.isoformat(),
            Status(one.status(today)).label,
            one.net,
            one.vat,
            one.total,
            one.paid,
            one.balance if one.is_issued else 0,
            one.currency,
        ]
        for one in found.defer("search_text", "seller", "buyer", "vat_rows", "note")
    ]
    record("invoice.exported", rows=len(lines))
    return csv_response(f"invoices-{today.isoformat()}.csv", head, lines)
