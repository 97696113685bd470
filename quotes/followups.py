"""Asking after quotes that nobody answers (QUO-16), by the rules of reminders (INV-20, INV-21).

A step is so many days after the quote was sent, on the team's calendar. It is claimed once, by a unique
row that commits together with its mail; what was missed is caught up with the latest step only.
"""

from __future__ import annotations

import datetime as dt
from itertools import groupby

from django.db import IntegrityError, transaction

from mail.models import Message
from quotes.answering import open_questions
from quotes.audience import told_address
from quotes.drafting import record_quote
from quotes.mailing import mailed_to, queue_follow_up
from quotes.models import FollowUp, FollowUpState, Quote, QuoteSettings
from teams.models import Team
from teams.scope import team_scope

SUNDAY = 6
NIGHT = 20


def follow_up(team_id: int, *, now: dt.datetime) -> int:
    """Queue the follow-ups that are due; answers how many mails. Opens scopes of its own."""
    with team_scope(team_id):
        team = Team.objects.get(pk=team_id)
        settings = QuoteSettings.of(team)
        local = now.astimezone(team.zone)
        if not settings.follows_up or not _is_time(local, settings.follow_up_hour):
            return 0
        waiting = [
            (client_id, [quote.pk for quote in quotes])
            for client_id, quotes in groupby(
                _waiting(team, settings, local.date()), key=lambda quote: quote.client_id
            )
        ]
    mails = 0
    for _client_id, ids in waiting:
        # One client, one transaction: another's trouble is not theirs.
        with team_scope(team_id):
            mails += _ask(team, settings, ids, local.date())
    return mails


def _is_time(local: dt.datetime, hour: int) -> bool:
    """From the send hour on and not at night, never on a Sunday."""
    return local.weekday() != SUNDAY and hour <= local.hour < NIGHT


def due_step(quote: Quote, steps: list[int], today: dt.date) -> int | None:
    """The latest step that its days have reached; none on the day it was sent."""
    if quote.sent_at is None:
        return None
    since = (today - quote.sent_at.astimezone(quote.team.zone).date()).days
    return max((days for days in steps if 1 <= days <= since), default=None)


def _waiting(team: Team, settings: QuoteSettings, today: dt.date) -> list[Quote]:
    """Sent and unanswered quotes with a step that nobody has claimed, client by client."""
    open_ones = team.quotes.open(today).filter(follow_ups_paused=False, client__archived_at=None)
    found = []
    for quote in (
        open_ones.select_related("client").prefetch_related("follow_ups").order_by("client_id", "pk")
    ):
        quote.team = team
        days = due_step(quote, settings.follow_up_days, today)
        if days is not None and days not in {step.days for step in quote.follow_ups.all()}:
            found.append(quote)
    return found


def _ask(team: Team, settings: QuoteSettings, ids: list[int], today: dt.date) -> int:
    """One mail to one client about all that is due, looked at again under the quotes' locks."""
    rows = (
        Quote.objects.select_for_update(of=("self",))
        .select_related("client")
        .filter(team=team, pk__in=ids, follow_ups_paused=False, client__archived_at=None)
    )
    quotes = [quote for quote in rows.open(today).order_by("pk") if not open_questions(quote)]
    if not quotes:
        return 0
    client = quotes[0].client
    client.team = team
    reason = f"quote_follow_up:{client.pk}:{today.isoformat()}"
    to = told_address(client, mailed_to(*quotes))
    # One mail a day: what turns up later waits for tomorrow.
    if not to or Message.objects.filter(team=team, reason=reason).exists():
        return 0
    claimed: dict[int, FollowUp] = {}
    for quote in quotes:
        quote.team, quote.client = team, client
        days = due_step(quote, settings.follow_up_days, today)
        if days is not None and (step := claim(quote, days)) is not None:
            claimed[quote.pk] = step
    due = sorted(
        (quote for quote in quotes if quote.pk in claimed), key=lambda quote: (quote.valid_until, quote.pk)
    )
    if not due:
        return 0
    steps = sorted(set(settings.follow_up_days))
    furthest = max(steps.index(claimed[quote.pk].days) for quote in due)
    queue_follow_up(due, to, step=furthest, reason=reason)
    for quote in due:
        _note(quote, claimed[quote.pk])
    return 1


def claim(quote: Quote, days: int) -> FollowUp | None:
    """The step as ours, or None when somebody else has it: the database says who came first."""
    try:
        with transaction.atomic():
            return FollowUp.objects.create(team_id=quote.team_id, quote=quote, days=days)
    except IntegrityError:
        return None


def _note(quote: Quote, step: FollowUp) -> None:
    step.state = FollowUpState.SENT
    step.save(update_fields=["state"])
    record_quote("quote.followed_up", quote, days=step.days)
