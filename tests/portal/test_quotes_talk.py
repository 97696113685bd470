"""Questions about a quote, asking for changes, declining (QUO-5, QUO-9)."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from portal import limits
from quotes import answering
from quotes.models import Comment, Quote
from tests.portal.test_quotes import address, later, line_of
from tests.quotes.making import sent
from tests.world import World


@pytest.fixture
def quote(world: World) -> Quote:
    with world.scope():
        return sent(world, title="Bathroom refit")


@pytest.fixture
def jo(world: World) -> Browser:
    return world.browser(world.jo_user)


def comments(world: World) -> list[Comment]:
    with world.scope():
        return list(Comment.objects.order_by("pk"))


def test_a_question_stands_beneath_its_line_with_its_answer(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-5."""
    line = line_of(world, quote, "Labour")
    response = jo.post(
        address("quote-ask", quote), {"line": str(line.key), f"text-{line.key}": "How many\ndays?"}
    )
    assert response.status_code == 303
    assert response["Location"] == f"{address('quote', quote)}#line-{line.key}"
    page = jo.get(address("quote", quote)).content.decode()
    assert "How many<br>days?" in page
    assert "Waiting for an answer from Kirkstall Plumbing" in page
    asked = comments(world)[0]
    assert (asked.author, asked.author_name, asked.about) == (world.jo_user, "Jo Whitaker", "Labour")
    with world.scope():
        answering.answer(quote, line_key=line.key, text="Eight <b>days</b>.", by=world.alice)
    page = jo.get(address("quote", quote)).content.decode()
    assert "Eight &lt;b&gt;days&lt;/b&gt;." in page
    assert "Waiting for an answer" not in page


def test_open_questions_stand_above_the_signature(world: World, jo: Browser, quote: Quote) -> None:
    line = line_of(world, quote, "Smart thermostat")
    jo.post(address("quote-ask", quote), {"line": str(line.key), f"text-{line.key}": "Which make?"})
    page = jo.get(address("quote-sign", quote)).content.decode()
    assert "One question is still open." in page
    assert page.index("Which make?") < page.index('name="name"')


def test_a_question_about_the_whole(world: World, jo: Browser, quote: Quote) -> None:
    response = jo.post(address("quote-ask", quote), {"line": "", "text-": "When could you start?"})
    assert response["Location"].endswith("#about")
    assert comments(world)[0].line_key is None
    assert "When could you start?" in jo.get(address("quote", quote)).content.decode()


@pytest.mark.parametrize(
    ("text", "says"), [("  ", "Write your question first."), ("x" * 2001, "under 2,000 characters")]
)
def test_a_question_that_cannot_be_taken_is_kept_as_typed(
    world: World, jo: Browser, quote: Quote, text: str, says: str
) -> None:
    line = line_of(world, quote, "Labour")
    response = jo.post(address("quote-ask", quote), {"line": str(line.key), f"text-{line.key}": text})
    assert response.status_code == 422
    page = response.content.decode()
    assert says in page
    assert text.strip() in page
    assert 'aria-invalid="true"' in page
    assert comments(world) == []


@pytest.mark.parametrize("wrong", ["00000000-0000-0000-0000-000000000001", "nonsense"])
def test_a_line_that_is_not_there_cannot_be_asked_about(
    world: World, jo: Browser, quote: Quote, wrong: str
) -> None:
    response = jo.post(address("quote-ask", quote), {"line": wrong, f"text-{wrong}": "Why?"})
    assert response.status_code == 422
    assert comments(world) == []


def test_one_remark_too_many_is_kept_as_typed(
    world: World, jo: Browser, quote: Quote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BAD-1: the reason is the true one, and the words are not lost."""
    monkeypatch.setattr(answering, "MOST_COMMENTS", 0)
    for wanted in ("", str(line_of(world, quote, "Labour").key)):
        response = jo.post(address("quote-ask", quote), {"line": wanted, f"text-{wanted}": "Which tiles?"})
        assert response.status_code == 422
        page = response.content.decode()
        assert "too many remarks" in page
        assert "not part of the quote" not in page
        assert "Which tiles?" in page


def test_too_many_questions_in_an_hour(
    world: World, jo: Browser, quote: Quote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.RATES, "quote-say", "2/h/key")
    answers = [
        jo.post(address("quote-ask", quote), {"line": "", "text-": "Why?"}).status_code for _ in range(3)
    ]
    assert answers == [303, 303, 429]
    assert len(comments(world)) == 2


def test_asking_for_changes(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-9."""
    url = address("quote-changes", quote)
    assert "Ask for changes" in jo.get(url).content.decode()
    assert jo.post(url, {"text": ""}).status_code == 422
    response = jo.post(url, {"text": "Without the tiles, please."})
    assert response.status_code == 303
    found = comments(world)[0]
    assert (found.kind, found.line_key) == ("changes", None)
    page = jo.get(address("quote", quote)).content.decode()
    assert "asked for changes" in page
    assert "Continue to sign" in page


def test_after_the_last_day_an_updated_quote_is_asked_for(
    world: World, jo: Browser, quote: Quote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """QUO-9."""
    later(monkeypatch)
    page = jo.get(address("quote", quote)).content.decode()
    assert "can no longer be accepted" in page
    form = jo.get(address("quote-changes", quote)).content.decode()
    assert "Please send me an updated quote." in form
    assert jo.post(address("quote-changes", quote), {"text": "Please do."}).status_code == 303
    assert comments(world)[0].kind == "changes"


def test_declining_asks_first(world: World, jo: Browser, quote: Quote) -> None:
    """SCR-3, QUO-9: a page of its own with Confirm and Go back."""
    page = jo.get(address("quote-decline", quote)).content.decode()
    assert "Confirm" in page
    assert "Go back" in page
    with world.scope():
        assert Quote.objects.get(pk=quote.pk).state == "sent"
    assert jo.post(address("quote-decline", quote), {"reason": "Too dear"}).status_code == 303
    with world.scope():
        after = Quote.objects.get(pk=quote.pk)
        assert (after.state, after.decline_reason, after.declined_by) == (
            "declined", "Too dear", "Jo Whitaker",
        )  # fmt: skip
    page = jo.get(address("quote", quote)).content.decode()
    assert "Too dear" in page
    # A second press finds it declined, and says so.
    assert jo.post(address("quote-decline", quote), {}).status_code == 409
    assert jo.get(address("quote-decline", quote))["Location"] == address("quote", quote)


def test_a_reason_that_is_too_long_is_kept_as_typed(world: World, jo: Browser, quote: Quote) -> None:
    response = jo.post(address("quote-decline", quote), {"reason": "y" * 1001})
    assert response.status_code == 422
    assert "y" * 1001 in response.content.decode()


@pytest.mark.parametrize("name", ["quote-ask", "quote-choose"])
def test_what_changes_something_is_posted(jo: Browser, quote: Quote, name: str) -> None:
    assert jo.get(address(name, quote)).status_code == 405


def test_not_signed_in_goes_to_the_firms_door(world: World, quote: Quote) -> None:
    response = world.browser().post(address("quote-ask", quote), {"line": "", "text-": "x"})
    assert response["Location"] == reverse("portal:sign-in", args=["kirkstall-plumbing"])
