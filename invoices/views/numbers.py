"""The register of numbers (INV-8). How they are made is set beside the bank details, in payments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import ExtractYear
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from cma.answers import shown
from cma.components import Tab
from cma.csv import csv_response
from cma.formats import day, money
from invoices.models import Fate, NumberEntry, SeriesKind
from teams.access import OfficeRequest, can
from teams.audit import record
from teams.roles import Right

MOST_ROWS = 5_000


@require_safe
@can("read")
def number_register(request: OfficeRequest) -> HttpResponse:
    """Every number ever taken in a year, with its fate; to be printed for the tax office."""
    rows, years, year = _asked(request)
    found = list(rows[:MOST_ROWS])
    context = {
        "entries": [_row(entry) for entry in found],
        "year": year,
        "tabs": _tabs(request, years, year),
        "count": ngettext("%(n)d number", "%(n)d numbers", len(found)) % {"n": len(found)},
        "is_cut": len(found) == MOST_ROWS,
        "may_export": request.membership.may(Right.EXPORT),
        "may_settings": request.membership.may(Right.SETTINGS),
        "back": reverse("invoices:invoice-list", args=[request.team.slug]),
    }
    return shown(request, "invoices/number_register.html", context, part="list")


def _asked(request: OfficeRequest) -> tuple[QuerySet[NumberEntry], list[int], int]:
    # Quotes have numbers too, and are nothing to the tax office.
    taken = NumberEntry.objects.filter(team=request.team).exclude(series__kind=SeriesKind.QUOTE)
    entries = taken.select_related("by", "invoice__client")
    made = taken.annotate(year=ExtractYear("created_at"))
    years = sorted(made.order_by().values_list("year", flat=True).distinct(), reverse=True)
    asked = request.GET.get("year", "")
    this = request.team.today().year
    year = int(asked) if asked in {str(one) for one in years} else (years or [this])[0]
    zone = request.team.zone
    since = dt.datetime(year, 1, 1, tzinfo=zone)
    until = dt.datetime(year + 1, 1, 1, tzinfo=zone)
    rows = entries.filter(created_at__gte=since, created_at__lt=until).order_by("-number", "-pk")
    return rows, years, year


def _tabs(request: OfficeRequest, years: Iterable[int], current: int) -> list[Tab]:
    return [
        Tab(label=str(year), url=f"{request.path}?year={year}", current=year == current) for year in years
    ]


def _row(entry: NumberEntry) -> dict[str, Any]:
    invoice = getattr(entry, "invoice", None)
    return {
        "reference": entry.reference,
        "fate": Fate(entry.fate).label,
        "is_gone": entry.fate in {Fate.VOID, Fate.DELETED, Fate.SKIPPED},
        "pk": invoice.pk if invoice else None,
        "client": str(invoice.client) if invoice else "",
        "issued": day(invoice.issue_on) if invoice else "",
        "total": money(invoice.total, invoice.currency) if invoice else "",
        "amount": invoice.total if invoice else "",
        "reason": entry.reason,
        "taken": day(entry.created_at),
        "by": str(entry.by) if entry.by else "",
    }


@require_safe
@can("export")
def number_export(request: OfficeRequest) -> HttpResponse:
    """The register of a year as CSV."""
    rows, _years, year = _asked(request)
    head = [
        _("Reference"),
        _("Fate"),
        _("Client"),
        _("Issue date"),
        _("Total"),
        _("Reason"),
        _("By"),
        _("Taken"),
    ]
    names = ("reference", "fate", "client", "issued", "amount", "reason", "by", "taken")
    lines = [[row[name] for name in names] for row in map(_row, rows.iterator(chunk_size=500))]
    record("numbering.exported", rows=len(lines))
    return csv_response(f"numbers-{year}.csv", head, lines)
