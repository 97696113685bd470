"""The settings' section "Quotes", each form saved on its own (TEA-1, QUO-1, QUO-16)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from invoices.models import NumberSeries, SeriesKind
from quotes.models import QuoteSettings
from teams.models import AuditEntry
from tests.quotes.editing import bathroom, only, told, url


def post(world, name, data, *, user=None, status=303, **headers):
    browser = world.browser(user or world.alice)
    response = browser.post(url(world, name), data, headers=headers or None)
    assert response.status_code == status, told(response)
    return response


def stored(world):
    with world.scope():
        return QuoteSettings.of(world.team)


def test_the_section_is_in_the_menu(world):
    address = url(world, "settings")
    page = world.browser(world.alice).get(reverse("teams:settings-business", args=[world.team.slug]))
    assert f'href="{address}"' in page.content.decode()
    page = world.browser(world.alice).get(address).content.decode()
    assert 'aria-current="page"' in page.split(f'href="{address}"')[1].split(">")[0]
    assert "QUO-0001" in page


def test_what_new_quotes_start_with(world):
    post(world, "settings-texts", {"valid_days": "14", "intro": "Hello", "terms": "Half now"})
    now = stored(world)
    assert (now.valid_days, now.intro, now.terms) == (14, "Hello", "Half now")
    page = world.browser(world.alice).get(url(world, "quote-create")).content.decode()
    assert "Hello</textarea>" in page
    assert "Half now</textarea>" in page
    with world.scope():
        entry = AuditEntry.objects.get(verb="quote.settings_changed")
        assert entry.details["changes"]["valid_days"] == [30, 14]


def test_it_leaves_the_quotes_there_are(world):
    world.browser(world.alice).post(url(world, "quote-create"), bathroom(world, terms="As agreed"))
    post(world, "settings-texts", {"valid_days": "14", "intro": "", "terms": "Others"})
    assert only(world).terms == "As agreed"


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"valid_days": "0"}, "valid_days"),
        ({"valid_days": "366"}, "valid_days"),
        ({"valid_days": "x"}, "valid_days"),
        ({"intro": "x" * 4001}, "intro"),
        ({"terms": "x" * 20001}, "terms"),
    ],
)
def test_what_cannot_be_is_answered_and_kept(world, wrong, name):
    data = {"valid_days": "30", "intro": "Typed", "terms": "Typed too"} | wrong
    page = post(world, "settings-texts", data, status=422).content.decode()
    assert f'id="id_{name}-problem"' in page
    assert "Typed" in page
    assert stored(world).intro == ""


def test_how_quotes_are_numbered(world):
    post(world, "settings-numbers", {"prefix": "Q/", "padding": "3", "next_number": "7"})
    world.browser(world.alice).post(
        url(world, "quote-create"), bathroom(world, reference="Q/007", suggested="Q/007")
    )
    assert only(world).reference == "Q/007"
    with world.scope():
        assert NumberSeries.of(world.team).prefix == "INV-"
        assert AuditEntry.objects.filter(verb="quote.numbering_changed").count() == 1


def test_numbers_are_not_skipped_without_a_reason(world):
    world.browser(world.alice).post(url(world, "quote-create"), bathroom(world))
    data = {"prefix": "QUO-", "padding": "4", "next_number": "10"}
    page = post(world, "settings-numbers", data, status=422).content.decode()
    assert "That skips 8 numbers. Say why." in page
    page = post(world, "settings-numbers", data | {"next_number": "1"}, status=422).content.decode()
    assert "1 is taken already. 2 is the lowest that is free." in page
    post(world, "settings-numbers", data | {"reason": "Old book"})
    with world.scope():
        series = NumberSeries.of(world.team, SeriesKind.QUOTE)
        assert series.next_number == 10
        assert series.entries.filter(fate="skipped", reason="Old book").count() == 8


def test_follow_ups(world):
    data = {"follows_up": "on", "follow_up_days": ["21", "1"], "follow_up_hour": "10"}
    post(world, "settings-follow-ups", data)
    now = stored(world)
    assert (now.follows_up, sorted(now.follow_up_days), now.follow_up_hour) == (True, [1, 21], 10)
    post(world, "settings-follow-ups", {"follow_up_hour": "10"})
    assert stored(world).follows_up is False


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"follow_up_days": []}, "Choose at least one day."),
        ({"follow_up_days": ["2"]}, "2"),
        ({"follow_up_hour": "3"}, "3"),
    ],
)
def test_follow_ups_that_cannot_be(world, wrong, words):
    data = {"follows_up": "on", "follow_up_days": ["3"], "follow_up_hour": "9"} | wrong
    page = post(world, "settings-follow-ups", data, status=422).content.decode()
    assert words in page.split('id="follow-ups"')[1]
    assert stored(world).follows_up is False


@pytest.mark.parametrize("name", ["settings", "settings-texts", "settings-numbers", "settings-follow-ups"])
def test_it_is_for_those_with_the_right(world, name):
    for user, status in ((world.bob, 403), (world.ann, 403), (world.charlie, 404), (world.jo_user, 404)):
        for method in ("get", "post"):
            assert getattr(world.browser(user), method)(url(world, name)).status_code == status


def test_a_form_opened_by_its_address_leads_to_the_page(world):
    for name in ("settings-texts", "settings-numbers", "settings-follow-ups"):
        response = world.browser(world.alice).get(url(world, name))
        assert response.url.startswith(url(world, "settings"))


def test_by_htmx_it_is_told_where_to_go(world):
    response = post(
        world,
        "settings-texts",
        {"valid_days": "9", "intro": "", "terms": ""},
        status=200,
        **{"hx-request": "true"},
    )
    assert response.headers["HX-Redirect"] == url(world, "settings")
