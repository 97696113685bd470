"""The list of quotes: what the address asks for, its rows ready for the page, its counts (QUO-3, SCR-5).

A number of queries that does not grow; everything is formatted here, nothing in the template's loop.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client
from cma.components import Tab, Words
from cma.formats import day_short, days_from, money
from cma.listing import near_day, status_tabs
from invoices.filters import Filters
from invoices.money import ZERO
from quotes.choices import PRICED_KINDS
from quotes.models import Line, Quote, QuoteState, Status
from quotes.models.quote import QuoteQuerySet
from teams.models import Team

SORTS = {"reference": "pk", "client": "client_name", "until": "valid_until", "total": "total_now"}
NEWEST = "-reference"
# What the client was shown, what was signed, who said what: nothing that a row shows.
UNREAD = ("search_text", "seller", "buyer", "intro", "terms", "site", "decline_reason")
SOON = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted(Filters):
    """What the address asks for: filters (the period is that of sending), and the status of the tab."""

    status: Status | None

    @classmethod
    def of(cls, team: Team, query: QueryDict) -> Wanted:
        status = query.get("status", "")
        return cls.read(team, query, status=Status(status) if status in Status.values else None)

    def rows(self, team: Team) -> QuoteQuerySet:
        """All quotes that are asked for, whatever their status; every version by itself."""
        rows: Any = team.quotes.all()
        rows = rows.matching(self.words)
        if self.client is not None:
            rows = rows.filter(client=self.client)
        if self.period.since is not None:
            rows = rows.filter(sent_at__gte=_midnight(self.period.since))
        if self.period.until is not None and self.period.until < dt.date.max:
            rows = rows.filter(sent_at__lt=_midnight(self.period.until + dt.timedelta(days=1)))
        return rows

    def in_tab(self, rows: QuoteQuerySet, today: dt.date) -> QuoteQuerySet:
        """Those of the tab; superseded versions stand in a tab of their own only."""
        return rows.with_status(self.status, today) if self.status else rows.current()


def _midnight(date: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(date, dt.time.min))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each status there are, and what is on offer."""

    by_status: Mapping[Status, int]
    offered: Decimal

    @property
    def all(self) -> int:
        """What the first tab holds."""
        return sum(many for status, many in self.by_status.items() if status != Status.SUPERSEDED)

    @property
    def waiting(self) -> int:
        """How many wait for the client's answer."""
        return self.by_status.get(Status.SENT, 0)

    def of(self, status: Status | None) -> int:
        """What the tab of this status holds."""
        return self.all if status is None else self.by_status.get(status, 0)


def counts(rows: QuoteQuerySet, today: dt.date) -> Counts:
    """One query for all tabs and for the sentence below the title."""
    late = Q(state=QuoteState.SENT, valid_until__lt=today)
    found: Any = rows.order_by().values("state")
    found = found.annotate(many=Count("pk"), late=Count("pk", filter=late), sum=Sum("total", filter=~late))
    by_status: dict[Status, int] = {}
    offered = ZERO
    for row in found:
        if row["state"] == QuoteState.SENT:
            by_status[Status.SENT], offered = row["many"] - row["late"], row["sum"] or ZERO
            by_status[Status.EXPIRED] = by_status.get(Status.EXPIRED, 0) + row["late"]
        elif row["state"] == QuoteState.WITHDRAWN:
            by_status[Status.EXPIRED] = by_status.get(Status.EXPIRED, 0) + row["many"]
        else:
            by_status[Status(row["state"])] = row["many"]
    return Counts(by_status, offered)


def with_row_facts(rows: QuoteQuerySet, *, sort: str = "") -> QuerySet[Quote]:
    """What a row shows besides the quote: its client and, without a title, its first line."""
    first_line = (
        Line.objects.filter(team_id=OuterRef("team_id"), quote_id=OuterRef("pk"), kind__in=PRICED_KINDS)
        .order_by("position")
        .values("description")[:1]
    )
    found: QuerySet[Quote] = rows.annotate(first_line=Subquery(first_line))
    # Only where it sorts: otherwise PostgreSQL would read all rows of the team, not one page of the index.
    match sort.lstrip("-"):
        case "client":
            found = found.annotate(client_name=F("client__name"))
        case "total":
            found = found.annotate(total_now=Coalesce("agreed_total", "total"))
    clients = Prefetch("client", Client.objects.only("name", "team_id"))
    return found.prefetch_related(clients).defer(*UNREAD)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list, formatted."""

    pk: int
    url: str
    reference: str
    version: str
    client: str
    about: str
    until: str
    status: str
    why: str
    total: str
    range: str
    is_draft: bool
    is_open: bool
    is_accepted: bool
    is_soon: bool
    is_gone: bool
    takes_version: bool
    menu_label: str


def row_of(quote: Any, team: Team, today: dt.date) -> Row:
    """The row of a quote that `with_row_facts` has read."""
    status = quote.status(today)
    is_open = status == Status.SENT
    return Row(
        pk=quote.pk,
        url=reverse("quotes:quote", args=[team.slug, quote.pk]),
        reference=quote.reference,
        version=_("Version %s") % quote.version if quote.version > 1 else "",
        client=quote.client.name,
        about=quote.title or quote.first_line or "",
        until=near_day(quote.valid_until, today),
        status=status,
        why=why(quote, status, today),
        total=money(quote.shown_total, quote.currency),
        range=range_of(quote),
        is_draft=quote.is_draft,
        is_open=is_open,
        is_accepted=quote.is_accepted,
        is_soon=is_open and (quote.valid_until - today).days <= SOON,
        is_gone=status == Status.SUPERSEDED,
        takes_version=quote.takes_version,
        menu_label=_("More for %s") % quote.reference,
    )


def range_of(quote: Quote) -> str:
    """`from £90.00 to £180.00`, while choosing can still make a difference."""
    if quote.agreed_total is not None or quote.least_total == quote.most_total:
        return ""
    return _("from %(least)s to %(most)s") % {
        "least": money(quote.least_total, quote.currency),
        "most": money(quote.most_total, quote.currency),
    }


def why(quote: Quote, status: Status, today: dt.date) -> str:
    """The line below the badge."""
    if quote.state == QuoteState.WITHDRAWN:
        return _("Withdrawn")
    if status == Status.SENT and (quote.valid_until - today).days <= SOON:
        return _("Runs out %s") % days_from(quote.valid_until, today)
    if status in (Status.SENT, Status.EXPIRED) and quote.last_viewed_at:
        return _("Opened %s") % day_short(quote.last_viewed_at)
    answered = {Status.ACCEPTED: quote.accepted_at, Status.DECLINED: quote.declined_at}.get(status)
    return day_short(answered) if answered else ""


def tabs(query: QueryDict, path: str, wanted: Wanted, found: Counts) -> list[Tab]:
    """All that count, and one tab for each status, with counts."""
    offers: list[tuple[Words, Status | None, int]] = [(_("All"), None, found.of(None))]
    offers += [(status.label, status, found.of(status)) for status in Status]
    return status_tabs(query, path, offers, current=wanted.status)
