"""Asking after unanswered quotes: each step once, on the right day (QUO-16, INV-20, INV-21)."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.utils import timezone
from django.utils.module_loading import import_string

from clients.models import Client
from mail.models import Message
from quotes import answering, followups, sending
from quotes.followups import follow_up
from quotes.models import FollowUp, FollowUpState, Quote, QuoteLink, QuoteSettings
from teams.models import AuditEntry, Team
from tests.payments.racing import at_once, meet, without_locks
from tests.quotes.making import accepted, draft, item
from tests.world import World, make_world

LONDON = ZoneInfo("Europe/London")
UNTIL = dt.date(2031, 12, 31)


def at(*parts: int) -> dt.datetime:
    """An instant on the team's clock in 2031: month, day, hour, minute."""
    return dt.datetime(2031, *parts, tzinfo=LONDON)  # type: ignore[arg-type,misc]


@pytest.fixture
def world(transactional_db: None, started_tasks: list[Any], monkeypatch: pytest.MonkeyPatch) -> World:
    """In 2031, committed rows, and follow-ups switched on: 3, 7 and 14 days after sending, at 9."""
    monkeypatch.setattr(Team, "today", lambda _team: dt.date(2031, 3, 1))
    made = make_world()
    with made.scope():
        QuoteSettings.of(made.team)
        QuoteSettings.objects.update(follows_up=True, follow_up_days=[3, 7, 14], follow_up_hour=9)
    return made


def sent_at(world: World, instant: dt.datetime, client: Client | None = None, **more: Any) -> Quote:
    """A quote that went out at this instant; call it inside the team's scope."""
    quote = draft(
        world, item(vat_rate=world.rate), client=client or world.jo, **{"valid_until": UNTIL} | more
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: instant)
        quote.send(by=world.alice, email_client=False)
    assert quote.sent_at == instant
    return quote


def mails(world: World) -> list[Message]:
    with world.scope():
        return list(Message.objects.filter(kind__startswith="quote_follow_up").order_by("pk"))


def beat(world: World, instant: dt.datetime) -> int:
    return follow_up(world.team.pk, now=instant)


def test_a_step_is_mailed_once(world: World) -> None:
    # Monday 3 March.
    with world.scope():
        quote = sent_at(world, at(3, 3, 16), title="Boiler")
    assert beat(world, at(3, 6, 9, 5)) == 1
    assert beat(world, at(3, 6, 9, 15)) == 0
    assert beat(world, at(3, 7, 9)) == 0
    (message,) = mails(world)
    assert (message.kind, message.to_address) == ("quote_follow_up_1", "jo@example.com")
    assert message.reason == f"quote_follow_up:{world.jo.pk}:2031-03-06"
    assert message.subject == "Have you had a look at quote QUO-0001?"
    assert "/p/kirkstall-plumbing/q/" in message.text
    assert "£1,200.00" in message.text
    assert "For: Boiler" in message.text
    with world.scope():
        step = FollowUp.objects.get()
        assert (step.quote_id, step.days, step.state) == (quote.pk, 3, FollowUpState.SENT)
        entry = AuditEntry.objects.get(verb="quote.followed_up")
        assert (entry.subject_id, entry.client_id, entry.details["days"]) == (quote.pk, world.jo.pk, 3)


def test_each_step_has_its_wording(world: World) -> None:
    with world.scope():
        sent_at(world, at(3, 3, 16))
        QuoteSettings.objects.update(follow_up_days=[14, 1, 3, 7])
    for day in (4, 6, 10, 17):
        assert beat(world, at(3, day, 9)) == 1
    assert [message.kind[-1] for message in mails(world)] == ["1", "2", "3", "3"]


def test_it_is_off_at_first(world: World) -> None:
    with world.scope():
        QuoteSettings.objects.all().delete()
        sent_at(world, at(3, 3, 16))
    assert beat(world, at(3, 6, 9)) == 0
    with world.scope():
        assert QuoteSettings.objects.get().follows_up is False


def test_nothing_on_the_day_it_was_sent(world: World) -> None:
    with world.scope():
        QuoteSettings.objects.update(follow_up_days=[0, 1])
        sent_at(world, at(3, 3, 8))
    assert beat(world, at(3, 3, 19)) == 0
    assert beat(world, at(3, 4, 9)) == 1


@pytest.mark.parametrize(
    ("instant", "mailed"),
    [
        (at(3, 6, 8, 59), 0),
        (at(3, 6, 9, 0), 1),
        (at(3, 6, 19, 59), 1),
        (at(3, 6, 20, 0), 0),
        (at(3, 6, 3), 0),
        # In summer time nine o'clock is eight in Greenwich.
        (dt.datetime(2031, 4, 10, 8, 0, tzinfo=dt.UTC), 1),
        (dt.datetime(2031, 4, 10, 7, 59, tzinfo=dt.UTC), 0),
        # A Sunday, and the Monday after it.
        (at(3, 9, 10), 0),
        (at(3, 10, 10), 1),
    ],
)
def test_not_at_night_and_not_on_sundays(world: World, instant: dt.datetime, mailed: int) -> None:
    with world.scope():
        sent_at(world, at(3, 3, 16))
    assert beat(world, instant) == mailed


def test_the_hour_is_that_of_the_teams_zone(world: World) -> None:
    with world.scope():
        world.team.change(time_zone="America/New_York")
        sent_at(world, at(3, 3, 16))
    assert beat(world, at(3, 6, 9)) == 0
    assert beat(world, at(3, 6, 14)) == 1


def test_missed_days_are_caught_up_with_the_latest_step_only(world: World) -> None:
    with world.scope():
        sent_at(world, at(3, 3, 16))
    assert beat(world, at(3, 12, 11)) == 1
    assert beat(world, at(3, 13, 11)) == 0
    assert [message.kind for message in mails(world)] == ["quote_follow_up_2"]
    with world.scope():
        assert FollowUp.objects.get().days == 7


def test_a_new_version_starts_anew(world: World) -> None:
    with world.scope():
        first = sent_at(world, at(3, 3, 16))
    assert beat(world, at(3, 6, 9)) == 1
    with world.scope():
        later = first.new_version(by=world.alice)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.utils.timezone.now", lambda: at(3, 6, 10))
            later.send(by=world.alice, email_client=False)
    assert beat(world, at(3, 7, 9)) == 0
    assert beat(world, at(3, 10, 9)) == 1
    assert "version 2" in mails(world)[-1].text


# ---- Who is left alone ----


def decline(world: World, quote: Quote) -> None:
    answering.decline(quote, reason="", by_name="Jo", user=world.jo_user)


def changes(world: World, quote: Quote) -> None:
    answering.ask_for_changes(quote, text="In blue.", by_name="Jo", user=world.jo_user)


def question(world: World, quote: Quote) -> None:
    answering.ask(quote, line_key=None, text="When?", by_name="Jo", user=world.jo_user)


def pause(world: World, quote: Quote) -> None:
    quote.follow_ups_paused = True
    quote.save(update_fields=["follow_ups_paused"])


def archive(world: World, quote: Quote) -> None:
    world.jo.archive()


def switch_off(world: World, quote: Quote) -> None:
    world.jo.portal_accesses.update(shows_quotes=False)


def no_address(world: World, quote: Quote) -> None:
    world.jo.emails.all().delete()


REASONS: list[Any] = [
    accepted,
    decline,
    lambda world, quote: quote.withdraw(by=world.alice),
    changes,
    question,
    pause,
    archive,
    switch_off,
    no_address,
]


@pytest.mark.parametrize("happens", REASONS)
def test_who_is_left_alone(world: World, happens: Any) -> None:
    with world.scope():
        quote = sent_at(world, at(3, 3, 16))
        sent_at(world, at(3, 3, 16), world.kit)
        happens(world, quote)
        Message.objects.all().delete()
    assert beat(world, at(3, 6, 9)) == 1
    assert [message.client_id for message in mails(world)] == [world.kit.pk]
    with world.scope():
        # Nothing is claimed for what was not mailed: it may come right by tomorrow.
        assert not FollowUp.objects.filter(quote=quote).exists()


def test_an_expired_quote_is_left_alone(world: World) -> None:
    with world.scope():
        sent_at(world, at(3, 3, 16), valid_until=dt.date(2031, 3, 5))
    assert beat(world, at(3, 6, 9)) == 0


def test_on_its_last_day_it_is_asked_after(world: World) -> None:
    with world.scope():
        sent_at(world, at(3, 3, 16), valid_until=dt.date(2031, 3, 6))
    assert beat(world, at(3, 6, 9)) == 1


def test_an_answered_question_does_not_hold_it_up(world: World) -> None:
    with world.scope():
        quote = sent_at(world, at(3, 3, 16))
        question(world, quote)
        answering.answer(quote, line_key=None, text="In May.", by=world.alice)
    assert beat(world, at(3, 6, 9)) == 1


def test_what_happens_meanwhile_is_seen_under_the_lock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-21: the step is looked at again before it is sent."""
    with world.scope():
        quote = sent_at(world, at(3, 3, 16))
    real = followups._ask

    def late(*args: Any) -> int:
        pause(world, quote)
        return real(*args)

    monkeypatch.setattr(followups, "_ask", late)
    assert beat(world, at(3, 6, 9)) == 0
    assert mails(world) == []


def test_another_team_is_not_touched(world: World) -> None:
    with world.scope():
        sent_at(world, at(3, 3, 16))
    assert follow_up(world.other.pk, now=at(3, 6, 9)) == 0
    assert mails(world) == []


def test_it_goes_where_the_quote_was_mailed_to(world: World) -> None:
    with world.scope():
        world.jo.emails.create(team=world.team, address="partner@example.com")
        quote = sent_at(world, at(3, 3, 16))
        sending.make_link(quote, "partner@example.com")
    assert beat(world, at(3, 6, 9)) == 1
    with world.scope():
        # An address that has left the record is asked nothing.
        world.jo.emails.filter(address="partner@example.com").delete()
    assert beat(world, at(3, 10, 9)) == 1
    assert [message.to_address for message in mails(world)] == ["partner@example.com", "jo@example.com"]


# ---- One mail a day ----


def test_one_mail_a_day_lists_all_that_is_due(world: World) -> None:
    """The one that runs out first is the one with the button; the furthest step has the word."""
    with world.scope():
        sent_at(world, at(3, 3, 16), title="Boiler")
        sent_at(world, at(2, 27, 16), title="Kitchen", valid_until=dt.date(2031, 4, 1))
        sent_at(world, at(3, 5, 16), title="Not yet")
    assert beat(world, at(3, 6, 9)) == 1
    (message,) = mails(world)
    assert message.kind == "quote_follow_up_2"
    assert "QUO-0002" in message.subject
    assert "Quote QUO-0001, Boiler, £1,200.00, good until 31 Dec 2031:\nhttp" in message.text
    assert "Not yet" not in message.text
    assert message.html.count("/p/kirkstall-plumbing/q/") == message.text.count("/q/") == 2
    with world.scope():
        assert FollowUp.objects.count() == QuoteLink.objects.count() == 2
        assert AuditEntry.objects.filter(verb="quote.followed_up").count() == 2


def test_what_turns_up_later_that_day_waits_for_tomorrow(world: World) -> None:
    with world.scope():
        sent_at(world, at(3, 3, 16))
        paused = sent_at(world, at(3, 3, 16))
        pause(world, paused)
    assert beat(world, at(3, 6, 9)) == 1
    with world.scope():
        Quote.objects.filter(pk=paused.pk).update(follow_ups_paused=False)
    assert beat(world, at(3, 6, 12)) == 0
    assert beat(world, at(3, 7, 9)) == 1
    assert beat(world, at(3, 7, 12)) == 0


def test_hidden_prices_are_hidden_here_too(world: World) -> None:
    with world.scope():
        world.jo.portal_accesses.update(shows_invoices=False, hides_prices=True)
        sent_at(world, at(3, 3, 16))
        sent_at(world, at(3, 3, 16))
    assert beat(world, at(3, 6, 9)) == 1
    (message,) = mails(world)
    assert "£" not in message.subject + message.text + message.html


# ---- Two beats at once, and a quarter of them ----


@contextmanager
def without_claim(owner: psycopg.Connection[Any]) -> Iterator[None]:
    """The claim is no longer unique. What it would have refused is gone afterwards."""
    owner.execute("alter table quotes_followup drop constraint quotes_follow_up_once")
    try:
        yield
    finally:
        owner.execute("truncate quotes_followup")
        owner.execute(
            "alter table quotes_followup add constraint quotes_follow_up_once"
            " unique (team_id, quote_id, days)"
        )


def race(world: World) -> tuple[int, int]:
    """Two beats at the same moment: how many steps were taken, and how many were noted."""
    answers = at_once(*[partial(beat, world, at(3, 6, 9))] * 2)
    assert all(isinstance(answer, int) for answer in answers), answers
    with world.scope():
        return FollowUp.objects.count(), AuditEntry.objects.filter(verb="quote.followed_up").count()


def test_two_beats_at_once_take_a_step_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.scope():
        sent_at(world, at(3, 3, 16))
    meet(monkeypatch, followups, "_waiting")
    assert race(world) == (1, 1)
    assert len(mails(world)) == 1


def test_the_claim_alone_is_enough(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.scope():
        sent_at(world, at(3, 3, 16))
    without_locks(monkeypatch)
    meet(monkeypatch, followups, "claim")
    assert race(world) == (1, 1)


def test_without_the_claim_a_step_is_taken_twice(
    world: World, monkeypatch: pytest.MonkeyPatch, owner: psycopg.Connection[Any]
) -> None:
    """The control: the same race, the claim not unique."""
    with world.scope():
        sent_at(world, at(3, 3, 16))
    without_locks(monkeypatch)
    meet(monkeypatch, followups, "claim")
    with without_claim(owner):
        assert race(world) == (2, 2)


QUARTERS = {"spring": at(3, 1, 0), "autumn": at(9, 15, 0)}
DAYS = 70
STEPS = [3, 7, 14]


def send_some(world: World, start: dt.datetime, chance: random.Random) -> list[Quote]:
    """Quotes sent at odd hours through the quarter, around midnight and the clock changes too."""
    with world.scope():
        return [
            sent_at(
                world,
                (start + dt.timedelta(days=chance.randrange(45))).replace(
                    hour=chance.choice([0, 1, 9, 15, 23]), minute=30
                ),
                client,
            )
            for client in (world.jo, world.kit, world.jo, world.kit, world.jo)
        ]


def expected(quote: Quote, up: dict[dt.date, bool]) -> dict[int, dt.date]:
    """The day of each step, counted on the calendar by hand."""
    assert quote.sent_at is not None
    sent_on = quote.sent_at.astimezone(LONDON).date()
    found: dict[int, dt.date] = {}
    for today, is_up in sorted(up.items()):
        reached = [days for days in STEPS if sent_on + dt.timedelta(days=days) <= today]
        if is_up and today.isoweekday() != 7 and reached and max(reached) not in found:
            found[max(reached)] = today
    return found


@pytest.mark.parametrize("quarter", QUARTERS)
@pytest.mark.parametrize("downtime", [0.0, 0.4])
def test_a_quarter_of_beats(world: World, quarter: str, downtime: float) -> None:
    """Each step exactly once, on the right day of the team's calendar, whatever the clocks do.

    Two beats run at once at each of three moments a day, unless the machine was down that day.
    """
    chance = random.Random(f"{quarter}{downtime}")
    start = QUARTERS[quarter]
    quotes = send_some(world, start, chance)
    seen: dict[tuple[int, int], dt.date] = {}
    up: dict[dt.date, bool] = {}
    for number in range(DAYS):
        day = (start + dt.timedelta(days=number)).date()
        up[day] = chance.random() >= downtime
        for hour in (2, 9, 21) if up[day] else ():
            instant = dt.datetime.combine(day, dt.time(hour, 7), LONDON)
            answers = at_once(*[partial(beat, world, instant)] * 2)
            assert all(isinstance(answer, int) for answer in answers), answers
        with world.scope():
            for step in FollowUp.objects.all():
                seen.setdefault((step.quote_id, step.days), day)
    for quote in quotes:
        mine = {days: day for (pk, days), day in seen.items() if pk == quote.pk}
        assert mine == expected(quote, up)
    with world.scope():
        noted = AuditEntry.objects.filter(verb="quote.followed_up").count()
        assert noted == FollowUp.objects.count() == len(seen)
    # One mail a day and client, and one for each step.
    told = [message.reason for message in mails(world)]
    assert len(told) == len(set(told))
    days_mailed = {(q.client_id, day) for q in quotes for (pk, _), day in seen.items() if pk == q.pk}
    assert len(told) == len(days_mailed)


def test_the_control_of_the_quarter(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without remembering what was claimed, the same beats ask every day."""
    with world.scope():
        sent_at(world, at(3, 3, 16))
    monkeypatch.setattr(followups, "claim", lambda quote, days: FollowUp(quote=quote, days=days))
    monkeypatch.setattr(followups, "_note", lambda quote, step: None)
    assert [beat(world, at(3, day, 9)) for day in range(6, 9)] == [1, 1, 1]


def test_the_beat_goes_through_all_teams(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from quotes import tasks

    asked: list[int] = []

    def note(team_id: int, *, now: dt.datetime) -> int:
        assert timezone.is_aware(now)
        asked.append(team_id)
        return 0

    monkeypatch.setattr(followups, "follow_up", note)
    tasks.sweep_follow_ups()
    assert set(asked) == {world.team.pk, world.other.pk}


def test_the_beat_is_on_the_schedule() -> None:
    from cma.celery import app

    planned = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {"quotes.tasks.sweep_follow_ups", "quotes.tasks.sweep_untold"} <= planned
    for task in planned:
        assert import_string(task).name == task
