"""Ticks, questions and answers, and no: what the client does short of signing (QUO-4, QUO-5, QUO-9)."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from mail.models import Message
from quotes.answering import (
    answer,
    ask,
    ask_for_changes,
    choose,
    current_picks,
    exchange,
    figures_of,
    open_questions,
)
from quotes.errors import Refused
from quotes.models import Comment, Quote, Selection
from teams.models import AuditEntry, WrongState
from tests.quotes.making import accepted, draft, expired, key_of, sent, verbs


def say(problem: Refused) -> list[str]:
    return [str(one) for one in problem.problems]


class TestTicks:
    """QUO-4."""

    def test_at_first_what_is_suggested(self, world):
        with world.scope():
            quote = sent(world)
        with world.scope(world.jo):
            assert current_picks(quote) == {
                key_of(quote, "Better"): Decimal(1),
                key_of(quote, "Smart thermostat"): Decimal(1),
            }
            assert figures_of(quote).totals.total == quote.total

    def test_they_are_kept_between_visits(self, world):
        """And are no acceptance."""
        with world.scope():
            quote = sent(world)
        with world.scope(world.jo):
            picks = {key_of(quote, "Best"): Decimal(1), key_of(quote, "Radiator"): Decimal(5)}
            figures = choose(quote, picks, by_name="Jo Whitaker")
            # 333.33 fixed; 1500 + 5 × 80.05.
            assert (figures.fixed, figures.chosen) == (Decimal("333.33"), Decimal("1900.25"))
            assert figures.totals.total == Decimal("2680.30")
        with world.scope(world.jo):
            again = Quote.objects.get(pk=quote.pk)
            assert current_picks(again) == picks
            assert figures_of(again) == figures
            assert again.state == "sent"
            assert Selection.objects.get().by_name == "Jo Whitaker"

    def test_too_few_on_the_way(self, inside):
        quote = sent(inside)
        assert choose(quote, {}, by_name="Jo").totals.net == Decimal("333.33")
        assert current_picks(quote) == {}

    def test_too_many_foreign_lines_and_wrong_quantities(self, inside):
        quote, other = sent(inside), sent(inside)
        for picks, says in (
            ({key_of(quote, "Good"): Decimal(1), key_of(quote, "Best"): Decimal(1)}, "Choose one of these."),
            ({key_of(other, "Radiator"): Decimal(2)}, "This line is not part of the quote."),
            ({key_of(quote, "Labour"): Decimal(1)}, "This line is not part of the quote."),
            ({key_of(quote, "Radiator"): Decimal(9)}, "Choose a quantity from 1 to 8."),
            ({key_of(quote, "Best"): Decimal(2)}, "Choose a quantity from 1 to 1."),
        ):
            with pytest.raises(Refused) as refused:
                choose(quote, picks, by_name="Jo")
            assert say(refused.value) == [says]
        assert not Selection.objects.exists()

    def test_another_clients_quote_is_not_there(self, world):
        with world.scope():
            quote = sent(world)
        with world.scope(world.kit), pytest.raises(WrongState):
            choose(quote, {}, by_name="Kit")

    def test_once_signed_they_are_what_was_signed(self, inside):
        quote = accepted(inside).quote
        assert current_picks(quote) == current_picks(Quote.objects.get(pk=quote.pk))
        with pytest.raises(WrongState, match="accepted and locked"):
            choose(quote, {}, by_name="Jo")


def in_state(world, state: str) -> Quote:
    if state == "draft":
        return draft(world)
    if state == "expired":
        return expired(world)
    quote = sent(world)
    match state:
        case "accepted":
            accepted(world, quote)
        case "declined":
            quote.decline(reason="", by_name="Jo", user=world.jo_user)
        case "withdrawn":
            quote.withdraw(by=world.alice)
        case "superseded":
            quote.new_version(by=world.alice).send(by=world.alice, email_client=False)
    return quote


NEXT_STEPS = {
    "draft": "has not been sent yet",
    "accepted": "is accepted and locked",
    "declined": "Ask for a new version if you changed your mind",
    "withdrawn": "was withdrawn. Ask for an updated quote",
    "superseded": "a newer version",
}


@pytest.mark.parametrize("state", NEXT_STEPS)
def test_every_other_state_refuses_with_the_next_step(inside, state):
    """QUO-9."""
    quote = in_state(inside, state)
    said = Comment.objects.count()
    for attempt in (
        lambda: choose(quote, {}, by_name="Jo"),
        lambda: ask(quote, line_key=None, text="Why?", by_name="Jo", user=inside.jo_user),
        lambda: ask_for_changes(quote, text="Cheaper", by_name="Jo", user=inside.jo_user),
        lambda: answer(quote, line_key=None, text="Because", by=inside.bob),
        lambda: quote.decline(reason="", by_name="Jo", user=inside.jo_user),
    ):
        with pytest.raises(WrongState, match=NEXT_STEPS[state]):
            attempt()
    assert Comment.objects.count() == said


def test_an_expired_quote_can_be_asked_about_and_nothing_else(inside):
    """QUO-9: ask for an updated quote."""
    quote = expired(inside)
    for attempt in (
        lambda: choose(quote, {}, by_name="Jo"),
        lambda: quote.decline(reason="", by_name="Jo", user=inside.jo_user),
    ):
        with pytest.raises(WrongState, match=r"has expired\. Ask for an updated quote"):
            attempt()
    ask_for_changes(quote, text="Is it still valid?", by_name="Jo", user=inside.jo_user)
    assert Comment.objects.get().kind == "changes"


class TestQuestions:
    """QUO-5."""

    def test_it_works(self, world):
        with world.scope():
            quote = sent(world)
        with world.scope(world.jo):
            key = key_of(quote, "Radiator")
            comment = ask(quote, line_key=key, text=" White?\r\n", by_name="Jo Whitaker", user=world.jo_user)
            assert (comment.about, comment.side, comment.text) == ("Radiator", "client", "White?")
            assert open_questions(quote) == [comment]
        with world.scope():
            entry = AuditEntry.objects.get(verb="quote.asked")
            assert (entry.actor_name, entry.details["about"]) == ("Jo Whitaker", "Radiator")
            reply = answer(quote, line_key=key, text="Yes", by=world.bob)
            assert (reply.side, reply.author_name) == ("team", "Bob Nowak")
            assert open_questions(quote) == []
            assert exchange(quote) == {key: [comment, reply]}
            assert verbs(quote)[-2:] == ["quote.asked", "quote.answered"]

    def test_both_sides_are_mailed(self, inside):
        quote = sent(inside)
        ask(quote, line_key=None, text="When?", by_name="Jo", user=inside.jo_user)
        answer(quote, line_key=None, text="In May", by=inside.bob)
        to = list(Message.objects.order_by("pk").values_list("to_address", flat=True))
        assert to[0] == inside.alice.email
        assert to[-1] == "jo@example.com"

    def test_the_last_word_opens_it_again(self, inside):
        quote = sent(inside)
        ask(quote, line_key=None, text="When?", by_name="Jo", user=inside.jo_user)
        answer(quote, line_key=None, text="In May", by=inside.bob)
        last = ask(quote, line_key=None, text="Not sooner?", by_name="Jo", user=inside.jo_user)
        assert open_questions(quote) == [last]

    def test_it_goes_on_in_the_next_version(self, inside):
        quote = sent(inside)
        thermostat, radiator = key_of(quote, "Smart thermostat"), key_of(quote, "Radiator")
        first = ask(quote, line_key=thermostat, text="Which?", by_name="Jo", user=inside.jo_user)
        ask(quote, line_key=radiator, text="White?", by_name="Jo", user=inside.jo_user)
        ask_for_changes(quote, text="Cheaper", by_name="Jo", user=inside.jo_user)
        second = quote.new_version(by=inside.alice)
        second.lines.get(description="Radiator").delete()
        second.send(by=inside.alice, email_client=False)
        # The radiator is gone, and the version is what the wish for changes was answered with.
        assert open_questions(second) == [first]
        assert len(open_questions(quote)) == 3
        assert set(exchange(second)) == {thermostat, radiator, None}

    def test_refusals(self, inside):
        quote, other = sent(inside), sent(inside)
        for key, text, says in (
            (None, "  \r\n", "Write what you would like to say."),
            (None, "x" * 2001, "This is too long: at most 2000 characters."),
            (key_of(other, "Radiator"), "White?", "This line is not part of the quote."),
            (uuid.uuid4(), "White?", "This line is not part of the quote."),
        ):
            with pytest.raises(Refused) as refused:
                ask(quote, line_key=key, text=text, by_name="Jo", user=inside.jo_user)
            assert say(refused.value) == [says]
        assert not Comment.objects.exists()

    def test_there_is_an_end_to_it(self, inside):
        """BAD-1: over all versions."""
        quote = sent(inside)
        Comment.objects.bulk_create(
            Comment(team=inside.team, quote=quote, side="client", author_name="Jo", text="?")
            for _ in range(500)
        )
        with pytest.raises(Refused, match="too many remarks"):
            ask(quote, line_key=None, text="One more", by_name="Jo", user=inside.jo_user)

    def test_of_the_holder_of_a_link(self, world):
        """Without a login: the log has the name, and no user."""
        with world.scope():
            quote = sent(world)
        with world.scope(world.jo):
            comment = ask(quote, line_key=None, text="When?", by_name="jo@example.com", user=None)
            assert (comment.author, comment.author_name) == (None, "jo@example.com")
        with world.scope():
            entry = AuditEntry.objects.get(verb="quote.asked")
            assert (entry.actor_name, entry.actor_id) == ("jo@example.com", None)

    def test_a_nul_is_taken_out(self, inside):
        comment = ask(sent(inside), line_key=None, text="a\0b", by_name="Jo", user=inside.jo_user)
        assert comment.text == "ab"


class TestDeclining:
    """QUO-9."""

    def test_it_works(self, world):
        with world.scope():
            quote = sent(world)
        with world.scope(world.jo):
            quote.decline(reason=" Too dear ", by_name="Jo Whitaker", user=world.jo_user)
        with world.scope():
            stored = Quote.objects.get(pk=quote.pk)
            assert (stored.state, stored.declined_by, stored.decline_reason) == (
                "declined",
                "Jo Whitaker",
                "Too dear",
            )
            assert stored.declined_at is not None
            assert AuditEntry.objects.get(verb="quote.declined").details["reason"] == "Too dear"

    def test_a_reason_without_end(self, inside):
        quote = sent(inside)
        with pytest.raises(Refused, match="at most 1000 characters"):
            quote.decline(reason="x" * 1001, by_name="Jo", user=inside.jo_user)
        assert Quote.objects.get(pk=quote.pk).state == "sent"


def test_a_client_sees_no_drafts_and_nothing_of_others(world):
    """POR-5, by row security alone."""
    with world.scope():
        first = sent(world)
        key = key_of(first, "Radiator")
        ask(first, line_key=key, text="White?", by_name="Jo", user=world.jo_user)
        choose(first, {}, by_name="Jo")
        first.new_version(by=world.alice)
        draft(world)
        sent(world, client=world.kit)
    with world.scope(world.jo):
        assert list(Quote.objects.all()) == [first]
        assert Comment.objects.count() == Selection.objects.count() == 1
    with world.scope(world.kit):
        assert [quote.client_id for quote in Quote.objects.all()] == [world.kit.pk]
        assert not Comment.objects.exists()
        assert not Selection.objects.exists()
    with world.other_scope():
        assert not Quote.objects.exists()
