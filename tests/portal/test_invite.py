"""Mailed links (POR-2): once, for three days, by the press and not by the look."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client
from mail.models import Message
from portal import inviting, people
from portal.models import Invitation, PortalAccess
from teams.models import User
from tests.world import PASSWORD, World, customer

NEW = "three-random-words"
ALL = {f"shows_{name}": True for name in ("quotes", "invoices", "files", "meetings", "messages")}
CLEAN = "/p/kirkstall-plumbing/invite/"


@pytest.fixture
def fresh(world: World) -> Client:
    with world.scope():
        return customer(world.team, "Mo Adeyemi", "mo@example.com")


def invited(world: World, client: Client, address: str = "mo@example.com") -> str:
    """Invite, and take the link out of the mail."""
    with world.scope():
        people.invite(client, address=address, toggles=people.Toggles(ALL))
        return link_in(Message.objects.filter(client=client).latest("pk"))


def link_in(message: Message) -> str:
    found = re.search(r"/p/kirkstall-plumbing/invite/[\w-]{43}/", message.text)
    assert found, message.text
    return found.group()


def opened(link: str) -> tuple[Browser, HttpResponse]:
    browser = Browser()
    response = browser.get(link)
    assert response.status_code == 302
    assert response["Location"] == CLEAN
    assert response["Referrer-Policy"] == "no-referrer"
    return browser, browser.get(CLEAN)  # type: ignore[return-value]


def test_set_a_password_and_come_in(world: World, fresh: Client) -> None:
    link = invited(world, fresh)
    browser, page = opened(link)
    assert "Welcome, Mo" in page.content.decode()
    assert "Set password and sign in" in page.content.decode()
    response = browser.post(CLEAN, {"password": NEW})
    assert response["Location"] == "/p/kirkstall-plumbing/"
    assert b"Hello Mo" in browser.get("/p/kirkstall-plumbing/").content
    user = User.objects.get(email="mo@example.com")
    assert user.check_password(NEW)
    assert EmailAddress.objects.get(user=user).verified
    with world.scope():
        assert PortalAccess.objects.get(client=fresh).active_at
        verbs = (
            world.team.audit_entries.filter(client_id=fresh.pk).order_by("pk").values_list("verb", flat=True)
        )
        assert list(verbs) == [
            "portal.invited", "portal.password_set", "portal.link_used", "portal.first_visit",
        ]  # fmt: skip


def test_opening_changes_nothing(world: World, fresh: Client) -> None:
    """Mail scanners open every link, some of them twice and with HEAD."""
    link = invited(world, fresh)
    for _time in range(3):
        opened(link)
    assert Browser().head(link).status_code == 302
    with world.scope():
        assert Invitation.objects.get(access__client=fresh).is_open
        assert PortalAccess.objects.get(client=fresh).active_at is None


def test_the_second_use_finds_it_used(world: World, fresh: Client) -> None:
    link = invited(world, fresh)
    first, _page = opened(link)
    second, _page = opened(link)
    assert first.post(CLEAN, {"password": NEW}).status_code == 302
    response = second.post(CLEAN, {"password": "another-good-password"})
    assert response.status_code == 410
    assert b"This link no longer works" in response.content
    assert User.objects.get(email="mo@example.com").check_password(NEW)
    assert second.get("/p/kirkstall-plumbing/").status_code == 302


@pytest.mark.parametrize("spoil", ["used_at", "revoked_at", "expires_at"])
def test_spent_links_offer_a_new_one(world: World, fresh: Client, spoil: str) -> None:
    link = invited(world, fresh)
    with world.scope():
        Invitation.objects.update(**{spoil: timezone.now() - timedelta(seconds=1)})
    browser, page = opened(link)
    assert page.status_code == 410
    assert b"Send me a new one" in page.content
    assert browser.post(CLEAN, {"password": NEW}).status_code == 410
    assert b"Look in your mailbox" in browser.post(f"{CLEAN}again/").content
    with world.scope():
        newest = Message.objects.filter(client=fresh).latest("pk")
        assert newest.to_address == "mo@example.com"
    _browser, page = opened(link_in(newest))
    assert page.status_code == 200


def test_three_days(world: World, fresh: Client) -> None:
    invited(world, fresh)
    with world.scope():
        invitation = Invitation.objects.get(access__client=fresh)
    assert timedelta(days=2, hours=23) < invitation.expires_at - timezone.now() <= timedelta(days=3)


def test_a_new_link_is_sent_only_so_often(world: World, fresh: Client) -> None:
    link = invited(world, fresh)
    browser, _page = opened(link)
    for _time in range(8):
        assert browser.post(f"{CLEAN}again/").status_code == 200
    with world.scope():
        assert Message.objects.filter(client=fresh).count() == inviting.MOST_LINKS_AN_HOUR


@pytest.mark.parametrize("token", ["x" * 43, "short"])
def test_a_link_that_never_was(world: World, token: str) -> None:
    browser = Browser()
    assert browser.get(f"{CLEAN}{token}/").status_code == 302
    page = browser.get(CLEAN)
    assert page.status_code == 410
    assert b"Send me a new one" in page.content
    assert browser.post(f"{CLEAN}again/").status_code == 200
    with world.scope():
        assert not Message.objects.exists()


def test_without_a_link(world: World) -> None:
    assert Browser().get(CLEAN).status_code == 410
    assert Browser().post(CLEAN, {"password": NEW}).status_code == 410
    assert Browser().get(f"{CLEAN}again/").status_code == 405


def test_another_teams_link(world: World, fresh: Client) -> None:
    link = invited(world, fresh).replace("kirkstall-plumbing", "stone-electrics")
    browser = Browser()
    browser.get(link)
    assert browser.get("/p/stone-electrics/invite/").status_code == 410
    assert browser.post("/p/stone-electrics/invite/", {"password": NEW}).status_code == 410


def test_of_a_suspended_client(world: World, fresh: Client) -> None:
    """POR-4: links are off with the rest, and on again with it."""
    link = invited(world, fresh)
    with world.scope():
        Client.objects.filter(pk=fresh.pk).update(portal_enabled=False)
    browser, page = opened(link)
    assert page.status_code == 403
    assert b"Your page is paused" in page.content
    assert browser.post(CLEAN, {"password": NEW}).status_code == 403
    assert browser.post(f"{CLEAN}again/").status_code == 403
    with world.scope():
        assert Invitation.objects.get(access__client=fresh).used_at is None
        assert Message.objects.filter(client=fresh).count() == 1
        Client.objects.filter(pk=fresh.pk).update(portal_enabled=True)
    assert browser.post(CLEAN, {"password": NEW}).status_code == 302


@pytest.mark.parametrize("password", ["short", "", "1234567890123", "password123", "mo@example.com"])
def test_a_weak_password_leaves_the_link_as_it_was(world: World, fresh: Client, password: str) -> None:
    browser, _page = opened(invited(world, fresh))
    response = browser.post(CLEAN, {"password": password})
    assert response.status_code == 422
    with world.scope():
        assert Invitation.objects.get(access__client=fresh).is_open
    assert browser.post(CLEAN, {"password": NEW}).status_code == 302


def test_who_has_an_account_gets_a_sign_in_link_and_keeps_the_password(world: World) -> None:
    with world.scope():
        client = customer(world.team, "Lee Marsh", "lee@example.com")
    link = invited(world, client, "lee@example.com")
    with world.scope():
        assert Message.objects.get(client=client).kind == "portal_signin_link"
    browser, page = opened(link)
    assert b"Set password" not in page.content
    assert browser.post(CLEAN, {"password": "ignored-altogether"})["Location"] == "/p/kirkstall-plumbing/"
    assert browser.get("/p/kirkstall-plumbing/").status_code == 200
    assert User.objects.get(email="lee@example.com").check_password(PASSWORD)


def test_an_account_that_nobody_confirmed_cannot_lie_in_wait(world: World, fresh: Client) -> None:
    """Somebody signed up with the client's address beforehand; the mailbox's owner sets the password."""
    thief = User.objects.create_user("mo@example.com", "known-to-the-thief", name="Thief")
    EmailAddress.objects.create(user=thief, email="mo@example.com", verified=False, primary=True)
    link = invited(world, fresh)
    browser, page = opened(link)
    assert b"Set password and sign in" in page.content
    browser.post(CLEAN, {"password": NEW})
    user = User.objects.get(email="mo@example.com")
    assert not user.check_password("known-to-the-thief")
    assert user.check_password(NEW)


def test_the_link_takes_the_place_of_whoever_was_signed_in(world: World, fresh: Client) -> None:
    link = invited(world, fresh)
    browser = world.browser(world.jo_user)
    browser.get(link)
    browser.post(CLEAN, {"password": NEW})
    assert b"Hello Mo" in browser.get("/p/kirkstall-plumbing/").content


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once(transactional_db: Any, world: World) -> None:
    with world.scope():
        fresh = customer(world.team, "Mo Adeyemi", "mo@example.com")
    outcomes = race(invited(world, fresh))
    assert sorted(outcomes) == [302, 410, 410, 410]


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_without_the_guard(
    transactional_db: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: without the compare-and-set more than one gets in, so the test above sees the race."""

    def trusting(self: Invitation) -> bool:
        Invitation.objects.filter(pk=self.pk).update(used_at=timezone.now())
        return True

    monkeypatch.setattr(Invitation, "take", trusting)
    with world.scope():
        fresh = customer(world.team, "Mo Adeyemi", "mo@example.com")
    assert race(invited(world, fresh)).count(302) > 1


def race(link: str, many: int = 4) -> list[int]:
    """Status codes of so many browsers that press the button of one link together."""
    browsers = [opened(link)[0] for _ in range(many)]
    gate, outcomes = threading.Barrier(many), []

    def press(number: int) -> None:
        try:
            gate.wait()
            response = browsers[number].post(CLEAN, {"password": f"{NEW}-{number}"})
            outcomes.append(response.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[number]) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
