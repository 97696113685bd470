"""The list of invoices: what the address asks for, its rows ready for the page, its counts (INV-15, SCR-5).

Four queries whatever the number of rows; everything is formatted here, nothing in the template's loop.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.models import Client
from cma.components import Tab, Words
from cma.formats import day_short, days_from, money
from cma.listing import near_day, status_tabs
from invoices.filters import Filters
from invoices.models import Invoice, Line, LineKind, Status
from invoices.models.invoice import InvoiceQuerySet
from invoices.money import ZERO
from teams.models import Team

SORTS = {
    "reference": "pk",
    "client": "client_name",
    "issued": "issue_on",
    "due": "due_on",
    "total": "total",
    "balance": "balance",
}
NEWEST = "-reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted(Filters):
    """What the address asks for: filters, and the status of the tab."""

    status: Status | None

    @classmethod
    def of(cls, team: Team, query: QueryDict) -> Wanted:
        status = query.get("status", "")
        return cls.read(team, query, status=Status(status) if status in Status.values else None)

    def rows(self, team: Team) -> InvoiceQuerySet:
        """All invoices that are asked for, whatever their status."""
        rows: Any = team.invoices.all()
        rows = rows.matching(self.words)
        if self.client is not None:
            rows = rows.filter(client=self.client)
        if self.period.since is not None:
            rows = rows.filter(issue_on__gte=self.period.since)
        if self.period.until is not None:
            rows = rows.filter(issue_on__lte=self.period.until)
        return rows


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each status there are, and what they still bring in."""

    by_status: Mapping[str, int]
    to_come: Decimal
    late: Decimal

    @property
    def all(self) -> int:
        return sum(self.by_status.values())


def counts(rows: InvoiceQuerySet, today: dt.date) -> Counts:
    """One query for all tabs and for the sentence below the title."""
    counted: Any = rows.annotate_status(today)
    found = counted.order_by().values("status_now").annotate(many=Count("pk"), owed=Sum("balance"))
    many, to_come, late = {}, ZERO, ZERO
    for row in found:
        many[row["status_now"]] = row["many"]
        if row["status_now"] in {Status.SENT, Status.PARTIALLY_PAID, Status.OVERDUE}:
            to_come += row["owed"]
        if row["status_now"] == Status.OVERDUE:
            late = row["owed"]
    return Counts(many, to_come, late)


def with_row_facts(rows: InvoiceQuerySet, *, by_client: bool = False) -> QuerySet[Invoice]:
    """What a row shows besides the invoice: its client and, without a title, its first item."""
    first_item = (
        Line.objects.filter(team_id=OuterRef("team_id"), invoice_id=OuterRef("pk"), kind=LineKind.ITEM)
        .order_by("position")
        .values("description")[:1]
    )
    found: QuerySet[Invoice] = rows.annotate(first_item=Subquery(first_item))
    if by_client:
        # Only where it sorts: with a join PostgreSQL reads all rows of the team, not one page of the index.
        found = found.annotate(client_name=F("client__name"))
    clients = Prefetch("client", Client.objects.only("name", "team_id"))
    return found.prefetch_related(clients).defer("search_text", "seller", "buyer", "vat_rows", "note")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list, formatted."""

    pk: int
    url: str
    reference: str
    client: str
    about: str
    issued: str
    due: str
    status: str
    why: str
    total: str
    balance: str
    is_open: bool
    is_late: bool
    is_void: bool
    is_draft: bool
    is_paid: bool
    figure: str
    raw: str
    menu_label: str


def row_of(invoice: Any, team: Team, today: dt.date) -> Row:
    """The row of an invoice that `with_row_facts` has read."""
    status = invoice.status(today)
    is_open = status in {Status.SENT, Status.PARTIALLY_PAID, Status.OVERDUE}
    total = money(invoice.total, invoice.currency)
    balance = money(invoice.balance, invoice.currency)
    return Row(
        pk=invoice.pk,
        url=reverse("invoices:invoice", args=[team.slug, invoice.pk]),
        reference=invoice.reference,
        client=invoice.client.name,
        about=invoice.title or invoice.first_item or "",
        issued=near_day(invoice.issue_on, today),
        due="–" if invoice.is_draft or invoice.is_void else near_day(invoice.due_on, today),
        status=status,
        why=_why(invoice, status, today),
        total=total,
        balance=balance if is_open else "–",
        is_open=is_open,
        is_late=status == Status.OVERDUE,
        is_void=invoice.is_void,
        is_draft=invoice.is_draft,
        is_paid=status == Status.PAID,
        figure=balance if is_open else total,
        raw=str(invoice.balance if is_open else invoice.total),
        menu_label=_("More for %s") % invoice.reference,
    )


def _why(invoice: Invoice, status: Status, today: dt.date) -> str:
    """The line below the badge (INV-9: what is paid of it is told even when it is overdue)."""
    partly = ""
    if ZERO < invoice.balance < invoice.total:
        sums = {
            "paid": money(invoice.total - invoice.balance, invoice.currency),
            "total": money(invoice.total, invoice.currency),
        }
        partly = _("%(paid)s of %(total)s paid") % sums
    if status == Status.OVERDUE:
        return partly or days_from(invoice.due_on, today)
    if status == Status.PARTIALLY_PAID:
        return partly
    if status == Status.SENT and invoice.viewed_at:
        return _("Opened %s") % day_short(invoice.viewed_at)
    return ""


def tabs(query: QueryDict, path: str, wanted: Wanted, found: Counts) -> list[Tab]:
    """All, and one tab for each status, with counts."""
    statuses = (
        Status.DRAFT,
        Status.SENT,
        Status.PARTIALLY_PAID,
        Status.OVERDUE,
        Status.PAID,
        Status.VOID,
    )
    offers: list[tuple[Words, Status | None, int]] = [(_("All"), None, found.all)]
    offers += [(status.label, status, found.by_status.get(status, 0)) for status in statuses]
    return status_tabs(query, path, offers, current=wanted.status, late=Status.OVERDUE)
