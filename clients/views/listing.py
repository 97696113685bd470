"""The list of clients, and its CSV (SCR-5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, OuterRef, Prefetch, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.models import ClientKind, Email
from clients.models.client import ClientQuerySet
from cma.answers import shown
from cma.components import Tab
from cma.csv import csv_response
from cma.keyset import keyset_page
from teams.access import OfficeRequest, can
from teams.audit import record
from teams.models import Team

SORTS = {"name": "name", "added": "pk"}
FILTERS: dict[str, Q] = {
    "": Q(archived_at=None),
    "private": Q(archived_at=None, kind=ClientKind.PRIVATE),
    "business": Q(archived_at=None, kind=ClientKind.BUSINESS),
    "archived": Q(archived_at__isnull=False),
}


def chosen(team: Team, query: QueryDict) -> ClientQuerySet:
    """The clients that tab and search of the address ask for."""
    rows: Any = team.clients.filter(FILTERS.get(query.get("show", ""), FILTERS[""]))
    return rows.matching(query.get("q", "")[:100])


def with_owed(rows: ClientQuerySet) -> ClientQuerySet:
    """Adds `owed`, what each client still has to pay, in the same query."""
    open_invoices = rows.model._meta.get_field("invoices").related_model._default_manager
    balance = (
        open_invoices.filter(client=OuterRef("pk"), state="issued", balance__gt=0)
        .order_by()
        .values("client")
        .annotate(sum=Sum("balance"))
        .values("sum")
    )
    money = DecimalField(max_digits=14, decimal_places=2)
    return rows.annotate(
        owed=Coalesce(Subquery(balance, output_field=money), Decimal("0.00"), output_field=money)
    )


@require_safe
@can("read")
def client_list(request: OfficeRequest) -> HttpResponse:
    """Every client of the team, newest first, 25 a page."""
    rows = with_owed(chosen(request.team, request.GET)).prefetch_related(
        Prefetch("emails", Email.objects.order_by("-is_primary", "pk"))
    )
    page = keyset_page(request, rows, sorts=SORTS, default="-added")
    counts = request.team.clients.aggregate(
        **{f"n_{key or 'all'}": Count("pk", filter=condition) for key, condition in FILTERS.items()}
    )
    context = {
        "page": page,
        "query": request.GET.get("q", "")[:100],
        "show": request.GET.get("show", ""),
        "tabs": _tabs(request, counts),
        "has_any": any(counts.values()),
        "may_work": request.membership.may_work,
        "may_export": request.membership.may_export,
    }
    return shown(request, "clients/client_list.html", context, part="list")


def _tabs(request: OfficeRequest, counts: dict[str, int]) -> list[Tab]:
    words = {"": _("All"), "private": _("Private"), "business": _("Business"), "archived": _("Archived")}
    tabs = []
    for key, word in words.items():
        query = request.GET.copy()
        for name in ("after", "before", "show"):
            query.pop(name, None)
        if key:
            query["show"] = key
        url = reverse("clients:client-list", args=[request.team.slug]) + (
            f"?{query.urlencode()}" if query else ""
        )
        current = request.GET.get("show", "") == key
        tabs.append(Tab(label=word, url=url, count=counts[f"n_{key or 'all'}"], current=current))
    return tabs


@require_safe
@can("export")
def client_export(request: OfficeRequest) -> HttpResponse:
    """What the list shows, as CSV; logged."""
    rows = with_owed(chosen(request.team, request.GET)).prefetch_related("emails", "phones", "addresses")
    record("client.exported")
    head = [
        _("Name"),
        _("Kind"),
        _("Company"),
        _("VAT number"),
        _("E-mail"),
        _("Phone"),
        _("Address"),
        _("Owed"),
    ]
    lines = (
        [
            client.name,
            client.get_kind_display(),
            client.company,
            client.vat_number,
            client.primary_email(),
            next((phone.number for phone in client.phones.all()), ""),
            ", ".join(client.billing_lines()),
            str(client.owed),  # type: ignore[attr-defined]
        ]
        for client in rows.order_by("name", "pk")
    )
    return csv_response("clients.csv", head, lines)
