"""One login, several clients: two of Alice's that share an address, and one of Charlie's (POR-13)."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser

from clients.models import Client, Email
from mail.models import Message
from portal import people
from portal.models import PortalAccess
from portal.people import Toggles
from tests.portal.making import bill
from tests.world import PASSWORD, World

SECTIONS = dict.fromkeys(
    [f"shows_{name}" for name in ("quotes", "invoices", "files", "meetings", "messages")], True
)
HERE, THERE = "/p/kirkstall-plumbing/", "/p/stone-electrics/"
ADDRESS = "jo@example.com"


@pytest.fixture
def lettings(world: World) -> Client:
    """A second client of Alice's with Jo's address, and one of Charlie's; bills for all three."""
    with world.scope():
        client = Client.objects.create(team=world.team, name="Whitaker Lettings", kind="business")
        Email.objects.create(team=world.team, client=client, address="JO@example.com", is_primary=True)
        people.invite(client, address=ADDRESS, toggles=Toggles(SECTIONS))
        bill(world.jo, "11.11", title="Kitchen tap")
        bill(client, "22.22", title="Landlord certificate")
    with world.other_scope():
        twin = Client.objects.create(team=world.other, name="J. W. (slow payer)")
        Email.objects.create(team=world.other, client=twin, address=ADDRESS, is_primary=True)
        people.invite(twin, address=ADDRESS, toggles=Toggles(SECTIONS))
        bill(twin, "33.33", title="Fuse box")
    return client


OF_JO, OF_LETTINGS, OF_CHARLIE = (
    ["Kitchen tap", "£11"],
    ["Landlord certificate", "£22", "Whitaker Lettings"],
    ["Fuse box", "£33", "Stone Electrics", "slow payer"],
)


def chosen(browser: Browser, client: Client) -> Browser:
    assert browser.post(f"{HERE}choose/", {"client": client.pk})["Location"] == HERE
    return browser


def test_it_is_one_login(world: World, lettings: Client) -> None:
    with world.scope():
        users = set(PortalAccess.objects.filter(email=ADDRESS).values_list("user", flat=True))
    with world.other_scope():
        users |= set(PortalAccess.objects.filter(email=ADDRESS).values_list("user", flat=True))
    assert users == {world.jo_user.pk}


def test_after_signing_in_one_is_chosen(world: World, lettings: Client) -> None:
    browser = Browser()
    response = browser.post(f"{HERE}sign-in/", {"login": ADDRESS, "password": PASSWORD})
    assert browser.get(response["Location"])["Location"] == f"{HERE}choose/"
    choice = browser.get(f"{HERE}choose/").text
    for name in ("Jo Whitaker", "Whitaker Lettings"):
        assert name in choice
    # The other business is not among them, and neither choice opens anybody else's.
    for words in OF_CHARLIE:
        assert words not in choice
    assert browser.post(f"{HERE}choose/", {"client": world.kit.pk}).status_code == 422
    everywhere = browser.get("/?switch=1").text
    for words in ("Jo Whitaker", "Whitaker Lettings", "Stone Electrics"):
        assert words in everywhere


@pytest.mark.parametrize("path", ["", "billing/", "details/", "data/", "password/", "no-such-page/"])
def test_nothing_of_one_in_the_other(world: World, lettings: Client, path: str) -> None:
    """Down to the title; what is said of the client by the other business least of all."""
    browser = world.browser(world.jo_user)
    first = chosen(browser, world.jo).get(HERE + path).text
    second = chosen(browser, lettings).get(HERE + path).text
    third = browser.get(THERE + path).text
    for page, others in (
        (first, [*OF_LETTINGS, *OF_CHARLIE]),
        (second, [*OF_JO, *OF_CHARLIE]),
        (third, [*OF_JO, *OF_LETTINGS, "Kirkstall"]),
    ):
        for words in others:
            assert words not in page, (path, words)
    if path in ("", "billing/"):
        assert re.search(r"<title>[^<]*Kirkstall Plumbing</title>", first)
        assert re.search(r"<title>[^<]*Stone Electrics</title>", third)
        assert "Kitchen tap" in first
        assert "Landlord certificate" in second
        assert "Fuse box" in third


def test_mail_is_of_one_business_and_one_client(world: World, lettings: Client) -> None:
    Browser().post(f"{THERE}sign-in/link/", {"login": ADDRESS})
    with world.other_scope():
        mails = list(Message.objects.order_by("pk"))
    assert [mail.kind for mail in mails] == ["portal_signin_link", "portal_signin_link"]
    for mail in mails:
        for words in ("Kirkstall", "Whitaker", *OF_JO, *OF_LETTINGS):
            assert words not in mail.subject + mail.text + mail.html + mail.to_name + mail.from_name
    with world.scope():
        mail = Message.objects.get()
    for words in (*OF_CHARLIE, "Jo Whitaker"):
        assert words not in mail.subject + mail.text + mail.html + mail.to_name


def test_suspended_with_one_the_other_stays(world: World, lettings: Client) -> None:
    with world.scope():
        Client.objects.filter(pk=lettings.pk).update(portal_enabled=False)
    browser = world.browser(world.jo_user)
    paused = chosen(browser, lettings).get(HERE)
    assert paused.status_code == 403
    # There is a way to the other one from here.
    assert f"{HERE}choose/" in paused.text
    assert "Hello Jo" in chosen(browser, world.jo).get(HERE).text
    assert browser.get(THERE).status_code == 200


def test_a_part_of_an_open_page_does_not_turn_into_the_other_client(world: World, lettings: Client) -> None:
    """Two tabs: the first one's part asks while the second has chosen another client."""
    browser = world.browser(world.jo_user)
    page = chosen(browser, world.jo).get(f"{HERE}billing/")
    mark = re.search(r'"CMA-Drawn-For": "([^"]+)"', page.text)
    assert mark
    asks = {"HX-Request": "true", "CMA-Drawn-For": mark[1]}
    assert browser.get(page.context["poll"], headers=asks).status_code == 204
    chosen(browser, lettings)
    part = browser.get(page.context["poll"], headers=asks)
    assert (part.status_code, part["HX-Refresh"]) == (204, "true")
    assert part.content == b""
    # Control: without the mark it is the other client's part.
    assert "Landlord certificate" in browser.get(page.context["poll"], headers={"HX-Request": "true"}).text


def test_a_key_that_is_lost_takes_its_choice_along(world: World, lettings: Client) -> None:
    browser = chosen(world.browser(world.jo_user), lettings)
    with world.scope():
        people.remove(PortalAccess.objects.select_related("client__team").get(client=lettings))
    assert "Hello Jo" in browser.get(HERE).text
