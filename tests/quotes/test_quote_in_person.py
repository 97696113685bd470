"""Signing face to face on the trade's own device (QUO-11, with QUO-4, QUO-6 and QUO-8)."""

from __future__ import annotations

import base64
import datetime as dt
import re
from decimal import Decimal

import pytest

from quotes.answering import choose, current_picks
from quotes.models import Acceptance, QuoteState
from quotes.signing import seen_of
from teams.models import AuditEntry, Team
from tests.quotes.making import accepted, draft, drawn, sent
from tests.quotes.office import HTMX, get, now, post, url

PAGES = ["quote-in-person", "quote-in-person-sign"]


def signature(world, quote, **more):
    """What the form sends when Jo has signed on screen."""
    with world.scope():
        seen = seen_of(quote, current_picks(quote))
    given = {
        "seen": seen,
        "name": "Jo Whitaker",
        "how": "drawn",
        "drawn": "data:image/png;base64," + base64.b64encode(drawn()).decode(),
        "agree": "on",
    }
    return given | more


@pytest.fixture
def quote(world):
    with world.scope():
        return sent(world, title="Bathroom", terms="Half in advance.")


def test_the_page_is_the_clients_and_leads_nowhere_else(world, quote):
    page = get(world, "quote-in-person", quote).text
    for words in ("Bathroom", "Labour", "Better", "Smart thermostat", "£2,019.98", "Continue to sign"):
        assert words in page
    assert 'class="side"' not in page
    assert 'class="dock"' not in page
    links = set(re.findall(r'href="(/[^"]*)"', page)) - {"/static"}
    office = {link for link in links if link.startswith("/t/")}
    assert office == {url(world, "quote", quote.pk)}
    assert now(world, quote).first_viewed_at is None


def test_ticks_are_kept_and_the_total_follows(world, quote):
    with world.scope():
        keys = {line.description: str(line.key) for line in quote.lines.all()}
        group = str(quote.groups.get().key)
    ticks = {f"pick-{group}": keys["Best"], "pick": keys["Radiator"], f"many-{keys['Radiator']}": "3"}
    part = post(world, "quote-in-person", quote, htmx=True, **ticks)
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "£2,488.18" in part.text
    with world.scope():
        picks = current_picks(quote)
    assert sorted(picks.values()) == [Decimal(1), Decimal(3)]
    assert now(world, quote).state == QuoteState.SENT
    plain = post(world, "quote-in-person", quote, do="update", **ticks)
    assert plain.url == url(world, "quote-in-person", quote.pk)
    on = post(world, "quote-in-person", quote, do="sign", **ticks)
    assert on.url == url(world, "quote-in-person-sign", quote.pk)


def test_nothing_chosen_leads_not_to_the_signature(world, quote):
    response = post(world, "quote-in-person", quote, do="sign")
    assert response.status_code == 422
    assert "Something is still to be chosen." in response.text
    assert get(world, "quote-in-person-sign", quote).status_code == 422


def test_a_quantity_out_of_bounds_changes_nothing(world, quote):
    with world.scope():
        line = quote.lines.get(description="Radiator")
        before = current_picks(quote)
    ticks = {"pick": str(line.key), f"many-{line.key}": "99"}
    for htmx in (True, False):
        assert post(world, "quote-in-person", quote, htmx=htmx, **ticks).status_code == 422
    with world.scope():
        assert current_picks(quote) == before


def test_signed_with_the_member_beside_them(world, quote):
    page = get(world, "quote-in-person-sign", quote, world.bob).text
    for words in (
        "You sign on the device of Bob Nowak",
        "I accept quote QUO-0001, version 1",
        "Accept and sign",
    ):
        assert words in page
    response = post(world, "quote-in-person-sign", quote, world.bob, **signature(world, quote))
    assert response.url == url(world, "quote-in-person-done", quote.pk)
    with world.scope():
        acceptance = Acceptance.objects.get()
        assert acceptance.in_person_with == world.bob
        assert (acceptance.login, acceptance.link, acceptance.name) == (None, None, "Jo Whitaker")
        assert AuditEntry.objects.get(verb="quote.accepted").details["in_person"] is True
    assert now(world, quote).is_accepted
    thanks = get(world, "quote-in-person-done", quote, world.bob).text
    assert "Thank you, Jo Whitaker" in thanks
    assert "hand the device back" in thanks
    assert "Signed face to face with Bob Nowak, on screen." in get(world, "quote", quote).text


def test_typed_without_script(world, quote):
    typed = signature(world, quote, how="typed", typed="Jo Whitaker", drawn="")
    assert post(world, "quote-in-person-sign", quote, **typed).status_code == 303
    with world.scope():
        assert Acceptance.objects.get().how == "typed"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"name": ""}, "Write your full name."),
        ({"agree": ""}, "to sign."),
        ({"drawn": ""}, "Sign in the box"),
        ({"drawn": "data:image/png;base64,AAAA"}, "signature"),
        ({"how": "typed", "typed": " "}, "Type your name as your signature."),
    ],
)
def test_what_is_missing_is_said_and_nothing_signed(world, quote, more, told):
    response = post(world, "quote-in-person-sign", quote, **signature(world, quote, **more))
    assert response.status_code == 422
    assert told in response.text
    assert now(world, quote).state == QuoteState.SENT


def test_what_moved_meanwhile_is_shown_again(world, quote):
    form = signature(world, quote)
    with world.scope():
        choose(quote, {}, by_name="Jo")
        group = quote.lines.get(description="Good")
        choose(quote, {group.key: Decimal(1)}, by_name="Jo")
    response = post(world, "quote-in-person-sign", quote, **form)
    assert response.status_code == 409
    assert "Nothing was signed." in response.text
    with world.scope():
        assert not Acceptance.objects.exists()


def test_a_version_that_was_replaced_leads_to_the_new_one(world, quote):
    form = signature(world, quote)
    with world.scope():
        quote.new_version(by=world.alice).send(by=world.alice, email_client=False)
    response = post(world, "quote-in-person-sign", quote, **form)
    assert response.status_code == 409
    assert "version 2" in response.text


def test_signed_twice_is_signed_once(world, quote):
    form = signature(world, quote)
    for _ in range(2):
        response = post(world, "quote-in-person-sign", quote, **form)
        assert response.url == url(world, "quote-in-person-done", quote.pk)
    for name in PAGES:
        assert get(world, name, quote).url == url(world, "quote-in-person-done", quote.pk)
    with world.scope():
        assert Acceptance.objects.count() == 1


@pytest.mark.parametrize("state", ["draft", "withdrawn", "expired"])
@pytest.mark.parametrize("name", PAGES)
def test_what_is_not_open_cannot_be_signed(world, monkeypatch, state, name):
    with world.scope():
        quote = draft(world) if state == "draft" else sent(world)
        if state == "withdrawn":
            quote.withdraw(by=world.alice)
        form = {
            "seen": seen_of(quote, current_picks(quote)),
            "name": "Jo",
            "how": "typed",
            "typed": "Jo",
            "agree": 1,
        }
    if state == "expired":
        today = Team.today
        monkeypatch.setattr(Team, "today", lambda team: today(team) + dt.timedelta(days=60))
    assert get(world, name, quote).status_code == 409
    for htmx in (False, True):
        response = post(world, name, quote, htmx=htmx, **form)
        assert response.status_code == 409
        assert "Continue to sign" not in response.text
    with world.scope():
        assert not Acceptance.objects.exists()


def test_before_the_signature_there_is_no_thanks(world, quote):
    assert get(world, "quote-in-person-done", quote).url == url(world, "quote-in-person", quote.pk)


@pytest.mark.parametrize("name", [*PAGES, "quote-in-person-done"])
def test_who_may(world, quote, name):
    assert get(world, name, quote, world.charlie).status_code == 404
    assert get(world, name, quote, world.ann).status_code == 403
    assert get(world, name, quote, world.bob).status_code in (200, 302, 303)
    assert get(world, name, quote, headers=HTMX)["Cache-Control"].startswith("max-age=0")


def test_who_has_signed_is_told_where_the_pdf_is(world):
    with world.scope():
        quote = accepted(world).quote
        world.jo.emails.all().delete()
    assert "there is no e-mail address to send it to" in get(world, "quote-in-person-done", quote).text
