"""The list of invoices: what the address asks for, its rows ready for the page, its counts (INV-15, SCR-5).

Four queries whatever the number of rows; everything is formatted here, nothing in the template's loop.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.models import Client
from cma.components import Tab
from cma.formats import day_short, days_from, money
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
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for. What it says wrongly is passed over."""

    status: Status | None
    words: str
    client: Client | None
    since: dt.date | None
    until: dt.date | None

    @classmethod
    def of(cls, team: Team, query: QueryDict) -> Wanted:
        status = query.get("status", "")
        number = query.get("client", "")
        client = team.clients.filter(pk=number).first() if _is_number(number) else None
        return cls(
            status=Status(status) if status in Status.values else None,
            words=" ".join(query.get("q", "")[:LONGEST_SEARCH].replace("\x00", "").split()),
            client=client,
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
        )

    @property
    def narrows(self) -> bool:
        """Whether anything besides the tab is asked for."""
        return bool(self.words or self.client or self.since or self.until)

    def rows(self, team: Team) -> InvoiceQuerySet:
        """All invoices that are asked for, whatever their status."""
        rows: Any = team.invoices.all()
        rows = rows.matching(self.words)
        if self.client is not None:
            rows = rows.filter(client=self.client)
        if self.since is not None:
            rows = rows.filter(issue_on__gte=self.since)
        if self.until is not None:
            rows = rows.filter(issue_on__lte=self.until)
        return rows


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


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
        issued=_short(invoice.issue_on, today),
        due="–" if invoice.is_draft or invoice.is_void else _short(invoice.due_on, today),
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


def _short(date: dt.date, today: dt.date) -> str:
    """`19 Nov`, with the year when it is not this one."""
    return day_short(date) if date.year == today.year else f"{day_short(date)} {date.year}"


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
    made = [
        Tab(
            label=_("All"),
            url=address(query, path, status=None),
            count=found.all,
            current=wanted.status is None,
        )
    ]
    for status in (
        Status.DRAFT,
        Status.SENT,
        Status.PARTIALLY_PAID,
        Status.OVERDUE,
        Status.PAID,
        Status.VOID,
    ):
        many = found.by_status.get(status, 0)
        made.append(
            Tab(
                label=status.label,
                url=address(query, path, status=status.value),
                count=many,
                current=wanted.status == status,
                late=status == Status.OVERDUE and many > 0,
            )
        )
    return made


def address(query: QueryDict, path: str, **changes: str | None) -> str:
    """The address of the list with these changes, on its first page."""
    query = query.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{path}?{query.urlencode()}" if query else path


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, with the address without it; or a period on offer."""

    label: str
    url: str


def chips(query: QueryDict, path: str, wanted: Wanted) -> list[Chip]:
    """The filters that are on."""
    on = []
    if wanted.client is not None:
        on.append(Chip(wanted.client.name, address(query, path, client=None)))
    if wanted.since or wanted.until:
        on.append(Chip(_period(wanted), address(query, path, since=None, until=None)))
    return on


def _period(wanted: Wanted) -> str:
    since, until = wanted.since, wanted.until
    if since and until:
        return _("%(since)s to %(until)s") % {"since": day_year(since), "until": day_year(until)}
    return _("Since %s") % day_year(since) if since else _("Until %s") % day_year(until or dt.date.max)


def day_year(date: dt.date) -> str:
    """`30 Sep 2026`."""
    return f"{day_short(date)} {date.year}"


def periods(query: QueryDict, path: str, today: dt.date) -> Iterable[Chip]:
    """Periods that are often asked for; the tax year of the UK begins on 6 April."""
    month = today.replace(day=1)
    before = (month - dt.timedelta(days=1)).replace(day=1)
    tax = dt.date(today.year - (today < dt.date(today.year, 4, 6)), 4, 6)
    offers = [
        (_("This month"), month, None),
        (_("Last month"), before, month - dt.timedelta(days=1)),
        (_("This year"), today.replace(month=1, day=1), None),
        (_("This tax year"), tax, None),
        (_("Last tax year"), tax.replace(year=tax.year - 1), tax - dt.timedelta(days=1)),
    ]
    for label, since, until in offers:
        url = address(query, path, since=since.isoformat(), until=until.isoformat() if until else None)
        yield Chip(label, url)
