"""What of the quotes waits for the member on Today: questions, accepted work to bill, offers running out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from cma.formats import days_from, money
from quotes.links import office_url
from quotes.listing import SOON
from quotes.models import Comment, CommentKind, Line, Quote, QuoteState, Side
from teams.models import Team
from teams.waiting import Waiting

MOST_OF_EACH = 3
LONGEST_TEXT = 90


def waiting(team: Team, date: dt.date) -> Iterator[Waiting]:
    """At most three of each kind; one query for each."""
    yield from _questions(team)
    yield from _accepted(team)
    yield from _running_out(team, date)


def unanswered(team: Team) -> QuerySet[Comment]:
    """Of the quote outside, what `answering.open_questions` finds: the client's last words on each line."""
    about = Q(line_key=OuterRef("line_key")) | Q(line_key=None) & Q(quote__entry_id=OuterRef("whole"))
    later = Comment.objects.filter(about, team=team, quote__entry_id=OuterRef("quote__entry_id"))
    still_there = Line.objects.filter(team=team, quote_id=OuterRef(OuterRef("pk")), key=OuterRef("line_key"))
    return (
        Comment.objects.filter(team=team, side=Side.CLIENT, quote__entry_id=OuterRef("entry_id"))
        # The entry where the whole quote is meant: SQL does not find nothing equal to nothing.
        .annotate(whole=Case(When(line_key=None, then=F("quote__entry_id"))))
        .exclude(kind=CommentKind.CHANGES, quote__version__lt=OuterRef("version"))
        .filter(Q(line_key=None) | Exists(still_there), ~Exists(later.filter(pk__gt=OuterRef("pk"))))
        .order_by("pk")
    )


def _questions(team: Team) -> Iterator[Waiting]:
    open_ones, asked_about = unanswered(team), Comment.objects.filter(team=team, side=Side.CLIENT)
    asked: Any = (
        # Few quotes are asked about: from these on, not through all that are out.
        team.quotes.filter(state=QuoteState.SENT, entry_id__in=asked_about.values("quote__entry_id"))
        .annotate(
            question=Subquery(open_ones.values("text")[:1]),
            asker=Subquery(open_ones.values("author_name")[:1]),
        )
        .exclude(question=None)
        .order_by("-pk")[:MOST_OF_EACH]
    )
    for quote in asked.defer("search_text"):
        quote.team = team
        yield Waiting(
            "message-question",
            _("%(name)s asks about %(reference)s") % {"name": quote.asker, "reference": quote.reference},
            _("“%s”") % Truncator(quote.question).chars(LONGEST_TEXT),
            f"{office_url(quote)}#questions",
            _("Answer"),
            "main",
        )


def _accepted(team: Team) -> Iterator[Waiting]:
    quotes = team.quotes.filter(state=QuoteState.ACCEPTED, made=None).order_by("-accepted_at", "-pk")
    for quote in _with_client(quotes, team):
        yield Waiting(
            "signature",
            _("%(name)s accepted %(reference)s") % {"name": quote.client.name, "reference": quote.reference},
            _("%s agreed, and no invoice made yet.") % _total(quote),
            office_url(quote),
            _("Look"),
            "main",
        )


def _running_out(team: Team, date: dt.date) -> Iterator[Waiting]:
    soon = date + dt.timedelta(days=SOON)
    quotes = team.quotes.open(date).filter(valid_until__lte=soon).order_by("valid_until", "pk")
    for quote in _with_client(quotes, team):
        yield Waiting(
            "hourglass-empty",
            _("%(reference)s runs out %(when)s")
            % {"reference": quote.reference, "when": days_from(quote.valid_until, date)},
            _("%(sum)s for %(name)s, not answered.") % {"sum": _total(quote), "name": quote.client.name},
            office_url(quote),
            _("Look"),
        )


def _with_client(quotes: Any, team: Team) -> Iterator[Quote]:
    for quote in quotes.select_related("client").defer("search_text")[:MOST_OF_EACH]:
        quote.team = team
        yield quote


def _total(quote: Quote) -> str:
    return money(quote.total if quote.agreed_total is None else quote.agreed_total, quote.currency)
