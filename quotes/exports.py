"""Quotes as rows of a table for spreadsheets (SCR-5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cma.listing import MOST_EXPORTED
from quotes.listing import UNREAD
from quotes.models.quote import QuoteQuerySet


def head() -> list[str]:
    """What the columns are called."""
    return [
        _("Reference"),
        _("Version"),
        _("Client"),
        _("Title"),
        _("Status"),
        _("Sent"),
        _("Valid until"),
        _("Accepted"),
        _("Net"),
        _("VAT"),
        _("Total"),
        _("Least"),
        _("Most"),
        _("Agreed"),
        _("Currency"),
    ]


def rows(quotes: QuoteQuerySet, today: dt.date) -> Iterable[Sequence[object]]:
    """One line a quote, newest first."""
    found = quotes.annotate(client_name=F("client__name")).order_by("-pk")[:MOST_EXPORTED]
    for one in found.defer(*UNREAD):
        yield [
            one.reference,
            one.version,
            one.client_name,  # type: ignore[attr-defined]
            one.title,
            one.status(today).label,
            _date(one.sent_at),
            one.valid_until.isoformat(),
            _date(one.accepted_at),
            one.net,
            one.vat,
            one.total,
            one.least_total,
            one.most_total,
            "" if one.agreed_total is None else one.agreed_total,
            one.currency,
        ]


def _date(instant: dt.datetime | None) -> str:
    """The day in the team's zone, as spreadsheets read it."""
    return timezone.localtime(instant).date().isoformat() if instant else ""
