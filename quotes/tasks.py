"""Work of quotes in the background: mails that a client's own scope cannot write, and follow-ups."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.utils import timezone

from quotes import followups, mailing
from quotes.models import Acceptance, Comment, Quote, QuoteState
from teams.directory import all_team_ids
from teams.scope import team_scope

# Fresh news is left to its own task for a moment, and old news is not told any more.
GRACE = dt.timedelta(seconds=30)
NEWS_FOR = dt.timedelta(days=2)


@shared_task
def tell(team_id: int, what: str, pk: int) -> None:
    """Mail what a client did: `what` is acceptance, comment or declined. Twice is one mail."""
    with team_scope(team_id):
        match what:
            case "acceptance":
                rows = Acceptance.objects.select_related("quote__team", "quote__client", "login")
                mailing.tell_accepted(rows.get(pk=pk))
            case "comment":
                mailing.tell_comment(
                    Comment.objects.select_related("quote__team", "quote__client").get(pk=pk)
                )
            case "declined":
                found = Quote.objects.select_related("team", "client").filter(pk=pk)
                for quote in found.filter(state=QuoteState.DECLINED):
                    mailing.tell_declined(quote)


@shared_task
def sweep_untold() -> None:
    """Tell what a lost broker forgot."""
    now = timezone.now()
    for team_id in all_team_ids():
        with team_scope(team_id):
            waiting = mailing.untold(now - NEWS_FOR, now - GRACE)
        for what, pk in waiting:
            tell(team_id, what, pk)


@shared_task
def sweep_follow_ups() -> None:
    """Ask after quotes that wait for an answer (QUO-16). May run as often as it likes."""
    for team_id in all_team_ids():
        followups.follow_up(team_id, now=timezone.now())
