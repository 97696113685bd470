"""Kits: lines that are put into a quote at one stroke (QUO-1)."""

from __future__ import annotations

import re

import pytest

from quotes.drafting import GroupInput, LineInput, save_kit
from quotes.models import Kit, LineKind, Quote
from teams.models import AuditEntry
from tests.quotes.editing import bathroom, item, typed, url


@pytest.fixture
def kit(world):
    """A choice of two taps and an extra."""
    with world.scope():
        return save_kit(
            world.team,
            name="Taps",
            groups=[GroupInput(name="Tap")],
            lines=[
                LineInput(description="Fitting", vat_rate=world.rate),
                LineInput(description="Chrome", kind=LineKind.CHOICE, group=0, label="Good"),
                LineInput(description="Brass", kind=LineKind.CHOICE, group=0, suggested=True),
                LineInput(description="Spare washers", kind=LineKind.OPTIONAL),
            ],
            by=world.alice,
        )


def page_of(response):
    return response.content.decode()


def press(world, data, status=200, user=None):
    response = world.browser(user or world.alice).post(url(world, "quote-create"), data)
    assert response.status_code == status
    with world.scope():
        assert not Quote.objects.exists()
    return page_of(response)


def test_a_kit_is_put_in_beside_what_is_there(world, kit):
    page = press(world, typed(item(world), {"description": ""}, do=f"kit:{kit.pk}", title="Kitchen"))
    page = page.split("<template")[0]
    named = re.findall(r'-description"[^>]*>([^<]*)</textarea>', page)
    assert named == ["Boiler service", "Fitting", "Chrome", "Brass", "Spare washers"]
    assert 'value="Kitchen"' in page
    assert 'value="Tap"' in page
    assert 'value="Good"' in page
    assert "“Taps” is put in." in page
    # What has no rate of its own gets the usual one: the quote can be saved as it is.
    assert page.count(f'value="{world.rate.pk}" selected') == 5


def test_put_in_twice_nothing_clashes(world, kit):
    first = press(world, typed(do=f"kit:{kit.pk}"))
    keys = re.findall(r'name="(?:line|group)" value="(\w+)"', first.split("<template")[0])
    assert len(set(keys)) == len(keys) == 5


def test_without_script_the_kits_stand_in_the_page(world, kit):
    page = press(world, typed(item(world), do="kits"))
    assert f'value="kit:{kit.pk}"' in page
    assert "Boiler service" in page


def test_the_dialog_offers_the_kits(world, kit):
    browser = world.browser(world.alice)
    page = page_of(browser.get(url(world, "kit-choose"), headers={"hx-request": "true"}))
    assert f'form="editor" name="do" value="kit:{kit.pk}"' in page
    assert "<html" not in page
    page = page_of(browser.get(url(world, "kit-name"), headers={"hx-request": "true"}))
    assert 'name="kit_name"' in page
    # As a page of its own it would have no form to send.
    for name in ("kit-choose", "kit-name"):
        assert browser.get(url(world, name)).url == url(world, "kit-list")


@pytest.mark.parametrize("name", ["kit-choose", "kit-name", "kit-list"])
def test_they_are_for_those_who_work(world, name):
    for user, status in ((world.ann, 403), (world.charlie, 404), (world.jo_user, 404), (world.bob, 200)):
        response = world.browser(user).get(url(world, name), headers={"hx-request": "true"})
        assert response.status_code == status


def test_without_kits_it_says_how_to_make_one(world):
    assert "There are no kits yet." in press(world, typed(item(world), do="kits"))


def test_a_kit_that_is_gone_is_told(world, kit):
    with world.scope():
        Kit.objects.all().delete()
    page = press(world, typed(item(world), do=f"kit:{kit.pk}"))
    assert "That kit is not there any more." in page


def test_another_teams_kit_is_not_put_in(world):
    with world.other_scope():
        theirs = save_kit(
            world.other, name="Secret", groups=[], lines=[LineInput(description="Rewire")], by=world.charlie
        )
    page = press(world, typed(item(world), do=f"kit:{theirs.pk}"))
    assert "Rewire" not in page
    assert "Secret" not in press(world, typed(item(world), do="kits"))


def test_the_form_is_kept_as_a_kit(world):
    assert 'name="kit_name"' in press(world, bathroom(world, do="name-kit"))
    page = press(world, bathroom(world, do="keep-kit", kit_name=" Bath  room "))
    assert "The kit “Bath room” is saved." in page
    with world.scope():
        kit = Kit.objects.get()
        assert kit.name == "Bath room"
        assert len(kit.content["lines"]) == 9
        assert kit.content["groups"][0]["name"] == "Shower"
    assert "Strip out" in press(world, typed(do=f"kit:{kit.pk}"))


@pytest.mark.parametrize(
    ("name", "lines", "words"),
    [
        ("", {}, "Give the kit a name."),
        ("x" * 121, {}, "A kit&#x27;s name has at most 120 characters."),
        ("Bath", {"l1-unit_price": "abc"}, "Put the lines right first."),
        ("Bath", {"line": [], "group": []}, "There is nothing to keep yet."),
    ],
)
def test_what_cannot_be_kept_is_answered(world, name, lines, words):
    page = press(world, bathroom(world, do="keep-kit", kit_name=name, title="Wet room") | lines, status=422)
    assert words in page
    assert 'value="Wet room"' in page
    with world.scope():
        assert not Kit.objects.exists()


def test_the_list(world, kit):
    page = page_of(world.browser(world.bob).get(url(world, "kit-list")))
    assert "Taps" in page
    assert "4 lines · 1 choice" in page
    with world.scope():
        kit.delete()
    assert "No kits yet" in page_of(world.browser(world.bob).get(url(world, "kit-list")))


def test_a_kit_is_renamed(world, kit):
    with world.scope():
        other = Kit.objects.create(team=world.team, name="Basins")
    browser, address = world.browser(world.alice), url(world, "kit-rename", kit.pk)
    assert 'value="Taps"' in page_of(browser.get(address))
    response = browser.post(address, {"name": "Basins"})
    assert response.status_code == 422
    assert "There is a kit of that name already." in page_of(response)
    assert browser.post(address, {"name": ""}).status_code == 422
    assert browser.post(address, {"name": " Mixer  taps "}).status_code == 303
    with world.scope():
        kit.refresh_from_db()
        assert kit.name == "Mixer taps"
        assert AuditEntry.objects.get(verb="kit.renamed").details["before"] == "Taps"
        assert Kit.objects.get(pk=other.pk).name == "Basins"


def test_a_kit_is_deleted_by_htmx_too(world, kit):
    browser, address = world.browser(world.alice), url(world, "kit-delete", kit.pk)
    page = page_of(browser.get(address, headers={"hx-request": "true"}))
    assert "Delete “Taps”?" in page
    with world.scope():
        assert Kit.objects.count() == 1
    response = browser.post(address, headers={"hx-request": "true"})
    assert response.headers["HX-Redirect"] == url(world, "kit-list")
    with world.scope():
        assert not Kit.objects.exists()
    assert browser.post(address).status_code == 404


@pytest.mark.parametrize("name", ["kit-rename", "kit-delete"])
def test_nobody_elses(world, kit, name):
    address = url(world, name, kit.pk)
    for user, status in ((world.ann, 403), (world.charlie, 404), (world.jo_user, 404)):
        assert world.browser(user).post(address, {"name": "Mine"}).status_code == status
    with world.scope():
        assert Kit.objects.get().name == "Taps"
