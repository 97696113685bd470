"""Withdraw, delete, duplicate, new version, answer, follow-ups: works, refused, not mine (SCR-3)."""

from __future__ import annotations

import uuid

import pytest

from quotes.answering import ask, ask_for_changes, open_questions
from quotes.models import Comment, Quote, QuoteState, Side
from quotes.today import waiting
from teams.models import AuditEntry
from tests.quotes.making import accepted, draft, item, sent
from tests.quotes.office import HTMX, get, now, post, url


def test_withdraw_asks_then_does(world):
    with world.scope():
        quote = sent(world)
    page = get(world, "quote-withdraw", quote).text
    assert "Withdraw QUO-0001?" in page
    assert "Confirm" in page
    assert post(world, "quote-withdraw", quote, reason="Wrong price").url == url(world, "quote", quote.pk)
    assert now(world, quote).state == QuoteState.WITHDRAWN
    with world.scope():
        assert AuditEntry.objects.get(verb="quote.withdrawn").details["reason"] == "Wrong price"
    page = get(world, "quote", quote).text
    assert "Expired" in page
    assert "Withdrawn by Alice Hartley" in page


def test_a_reason_that_is_too_long_is_kept_and_refused(world):
    with world.scope():
        quote = sent(world)
    response = post(world, "quote-withdraw", quote, reason="x" * 1001)
    assert response.status_code == 422
    assert "x" * 1001 in response.text
    assert now(world, quote).state == QuoteState.SENT


def test_delete_asks_then_does(world):
    with world.scope():
        quote = draft(world)
    assert "Confirm" in get(world, "quote-delete", quote).text
    assert post(world, "quote-delete", quote).url == url(world, "quote-list")
    assert post(world, "quote-delete", quote).status_code == 404


def test_deleting_a_later_version_leaves_the_one_before(world):
    with world.scope():
        quote = sent(world)
        second = quote.new_version(by=world.alice)
    assert "Delete version 2 of QUO-0001?" in get(world, "quote-delete", second).text
    post(world, "quote-delete", second)
    assert now(world, quote).state == QuoteState.SENT


def test_a_double_press_duplicates_once(world):
    with world.scope():
        quote = sent(world)
    key = str(uuid.uuid4())
    sent_form = {"form_key": key, "for_client": "Jo Whitaker"}
    first = post(world, "quote-duplicate", quote, **sent_form)
    assert first.status_code == 303
    assert first.url == post(world, "quote-duplicate", quote, **sent_form).url
    with world.scope():
        copy = Quote.objects.get(copied_from=quote)
        assert first.url == url(world, "quote-edit", copy.pk)


def test_duplicate_for_another_client(world):
    with world.scope():
        quote = sent(world, site="4 Beck Lane")
    page = get(world, "quote-duplicate", quote).text
    assert '<option value="Kit Okafor">' in page
    assert "Lee Marsh" not in page
    post(world, "quote-duplicate", quote, form_key=str(uuid.uuid4()), for_client="kit okafor")
    with world.scope():
        copy = Quote.objects.get(copied_from=quote)
        assert copy.client == world.kit
        assert copy.site == ""


@pytest.mark.parametrize("name", ["Lee Marsh", "Nobody", ""])
def test_a_client_who_is_not_there_is_refused(world, name):
    with world.scope():
        quote = sent(world)
    response = post(world, "quote-duplicate", quote, form_key=str(uuid.uuid4()), for_client=name)
    assert response.status_code == 422
    with world.scope():
        assert Quote.objects.count() == 1


def test_two_clients_of_one_name_are_not_guessed_between(world):
    with world.scope():
        quote = sent(world)
        for _ in range(2):
            world.team.clients.create(name="Pat")
    response = post(world, "quote-duplicate", quote, form_key=str(uuid.uuid4()), for_client="Pat")
    assert response.status_code == 422
    assert "Several clients are called “Pat”" in response.text


def test_a_new_version_is_begun_once(world):
    with world.scope():
        quote = sent(world)
    first = post(world, "quote-new-version", quote)
    assert first.url == post(world, "quote-new-version", quote).url
    with world.scope():
        assert first.url == url(world, "quote-edit", Quote.objects.get(version=2).pk)
    assert get(world, "quote-new-version", quote).status_code == 405


def test_an_answer_stands_under_its_question(world):
    with world.scope():
        quote = sent(world)
        line = quote.lines.get(description="Labour").key
        ask(quote, line_key=line, text="With skip?", by_name="Jo", user=world.jo_user)
    response = post(world, "quote-answer", quote, line=str(line), **{f"text-{line}": "Yes, with skip."})
    assert response.status_code == 303
    assert response.url.endswith("#questions")
    with world.scope():
        answer = Comment.objects.get(side=Side.TEAM)
        assert (answer.line_key, answer.author, answer.text) == (line, world.alice, "Yes, with skip.")
    page = get(world, "quote", quote).text
    assert page.index("With skip?") < page.index("Yes, with skip.")
    assert "waits for an answer" not in page


def test_the_whole_quote_can_be_written_about(world):
    with world.scope():
        quote = sent(world)
    assert (
        post(world, "quote-answer", quote, line="", **{"text-": "We can start on Monday."}).status_code == 303
    )
    assert "We can start on Monday." in get(world, "quote", quote).text


@pytest.mark.parametrize(
    ("text", "told"), [("", "Write an answer first."), ("y" * 2001, "Keep it under 2000")]
)
def test_a_refused_answer_keeps_what_was_typed(world, text, told):
    with world.scope():
        quote = sent(world)
        line = quote.lines.get(description="Labour").key
        ask(quote, line_key=line, text="With skip?", by_name="Jo", user=world.jo_user)
    response = post(world, "quote-answer", quote, line=str(line), **{f"text-{line}": text})
    assert response.status_code == 422
    assert told in response.text
    assert text in response.text
    with world.scope():
        assert Comment.objects.count() == 1


@pytest.mark.parametrize("line", ["nonsense", "4bad0257-e814-41c7-9811-d6eef87231e4"])
def test_a_line_that_is_not_there_is_refused(world, line):
    with world.scope():
        quote = sent(world)
    response = post(world, "quote-answer", quote, line=line, **{f"text-{line}": "Hm"})
    assert response.status_code == 422
    with world.scope():
        assert not Comment.objects.exists()


def test_follow_ups_are_paused_and_resumed(world):
    with world.scope():
        quote = sent(world)
    for paused, verb in (("yes", "quote.follow_ups_paused"), ("no", "quote.follow_ups_resumed")):
        for _ in range(2):
            assert post(world, "quote-follow-ups", quote, paused=paused).status_code == 303
        assert now(world, quote).follow_ups_paused == (paused == "yes")
        with world.scope():
            assert AuditEntry.objects.filter(verb=verb).count() == 1


WRONG = [
    ("quote-withdraw", ["draft", "accepted", "declined"]),
    ("quote-delete", ["sent", "accepted", "declined"]),
    ("quote-new-version", ["draft", "accepted", "superseded"]),
    ("quote-answer", ["draft", "accepted", "declined"]),
    ("quote-generate-invoice", ["draft", "sent", "declined"]),
    ("quote-follow-ups", ["draft", "accepted", "declined"]),
]


@pytest.mark.parametrize(("name", "state"), [(name, state) for name, states in WRONG for state in states])
@pytest.mark.parametrize("htmx", [False, True])
def test_a_move_that_is_not_allowed_answers_409(world, name, state, htmx):
    with world.scope():
        quote = draft(world) if state == "draft" else sent(world)
        if state == "accepted":
            accepted(world, quote)
        if state == "declined":
            quote.decline(reason="", by_name="Jo", user=None)
        if state == "superseded":
            quote.new_version(by=world.alice).send(by=world.alice, email_client=False)
        before = Quote.objects.order_by("pk").values().first()
    response = post(world, name, quote, htmx=htmx, line="", paused="yes", **{"text-": "Hm"})
    assert response.status_code == 409
    assert "See how it stands now" in response.text
    assert ("<html" in response.text) != htmx
    with world.scope():
        assert Quote.objects.order_by("pk").values().first() == before


@pytest.mark.parametrize("name", [*(name for name, _states in WRONG), "quote-duplicate"])
def test_who_may(world, name):
    with world.scope():
        quote = sent(world)
    assert post(world, name, quote, world.charlie).status_code == 404
    assert post(world, name, quote, world.ann).status_code == 403
    assert world.browser().post(url(world, name, quote.pk)).status_code == 302


@pytest.mark.parametrize("name", ["quote-withdraw", "quote-duplicate"])
def test_by_htmx_it_is_a_dialog(world, name):
    with world.scope():
        quote = sent(world)
    response = get(world, name, quote, headers=HTMX)
    assert 'class="dialog-body' in response.text
    assert "<html" not in response.text


def titles(world):
    with world.scope():
        return [one.title for one in waiting(world.team, world.team.today())]


def test_today_brings_what_waits(world):
    """Open questions, accepted work that is not billed, offers that run out (TEA-8)."""
    with world.scope():
        asked = sent(world)
        line = asked.lines.get(description="Labour").key
        ask(asked, line_key=line, text="With skip?", by_name="Jo", user=world.jo_user)
        signed = accepted(world).quote
        draft(world, valid_until=world.team.today()).send(by=world.alice, email_client=False)
        sent(world, item("Later", "10.00"))
    page = world.browser(world.alice).get(f"/t/{world.team.slug}/").text
    for words in (
        "Jo asks about QUO-0001",
        "“With skip?”",
        "Jo Whitaker accepted QUO-0002",
        "QUO-0003 runs out today",
    ):
        assert words in page
    assert "QUO-0004 runs out" not in page
    post(world, "quote-answer", asked, line=str(line), **{f"text-{line}": "Yes."})
    post(world, "quote-generate-invoice", signed)
    assert titles(world) == ["QUO-0003 runs out today"]


def test_today_counts_questions_as_the_page_does(world):
    """A wish for changes is settled by the version that follows it, a question by its line's going."""
    with world.scope():
        quote = sent(world)
        ask_for_changes(quote, text="Smaller", by_name="Jo", user=None)
        assert len(open_questions(quote)) == 1
    assert titles(world) == ["Jo asks about QUO-0001"]
    with world.scope():
        second = quote.new_version(by=world.alice)
        second.send(by=world.alice, email_client=False)
        assert open_questions(second) == []
    assert titles(world) == []
    with world.scope():
        ask(second, line_key=None, text="Once more?", by_name="Kit", user=None)
        assert len(open_questions(second)) == 1
    assert titles(world) == ["Kit asks about QUO-0001"]


def test_the_feed_names_the_quote(world):
    with world.scope():
        sent(world)
    assert "QUO-0001, Jo Whitaker" in world.browser(world.alice).get(f"/t/{world.team.slug}/").text
