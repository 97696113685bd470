"""The ways in and out (POR-9, trust 7): in the firm's name, and telling nobody who has a page."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client as Browser

from clients.models import Client
from mail.models import Message
from portal.models import Invitation, PortalAccess
from tests.world import PASSWORD, World

DOOR, HOME = "/p/kirkstall-plumbing/sign-in/", "/p/kirkstall-plumbing/"
LINK = f"{DOOR}link/"


def sign_in(browser: Browser, email: str = "jo@example.com", password: str = PASSWORD, **more: str) -> object:
    return browser.post(DOOR, {"login": email, "password": password, **more})


def test_the_page(world: World) -> None:
    page = Browser().get(DOOR).content.decode()
    for words in (
        "Kirkstall Plumbing",
        "0113 496 0142",
        "Sign in",
        "Send me a sign-in link",
        "Use a passkey",
    ):
        assert words in page
    assert "CMA</a>" not in page


def test_by_password(world: World) -> None:
    browser = Browser()
    response = sign_in(browser)
    assert response["Location"] == HOME  # type: ignore[index]
    assert b"Hello Jo" in browser.get(HOME).content


def test_back_to_where_one_wanted_to_go(world: World) -> None:
    browser = Browser()
    response = sign_in(browser, next="/p/kirkstall-plumbing/billing/")
    assert response["Location"] == "/p/kirkstall-plumbing/billing/"  # type: ignore[index]


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_never_to_somewhere_else(world: World, target: str) -> None:
    browser = Browser()
    assert "evil" not in sign_in(browser, next=target)["Location"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("email", "password"), [("jo@example.com", "wrong"), ("nobody@example.com", "wrong")]
)
def test_refused(world: World, email: str, password: str) -> None:
    browser = Browser()
    response = sign_in(browser, email, password)
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert email in response.content.decode()  # type: ignore[attr-defined]
    assert browser.get(HOME).status_code == 302


def test_the_same_answer_for_known_and_unknown(world: World) -> None:
    def answer(email: str) -> str:
        text = sign_in(Browser(), email, "wrong").content.decode()  # type: ignore[attr-defined]
        return re.sub(r'(nonce|value|content)="[^"]*"|X-CSRFToken": "[^"]*"', "", text).replace(email, "")

    assert answer("jo@example.com") == answer("nobody@example.com")


def test_a_mailed_link(world: World) -> None:
    browser = Browser()
    answer = browser.post(LINK, {"login": "Jo@Example.com"}).content.decode()
    assert "Look in your mailbox" in answer
    with world.scope():
        message = Message.objects.get()
        assert (message.to_address, message.kind) == ("jo@example.com", "portal_signin_link")
        assert Invitation.objects.get().purpose == "sign_in"
    found = re.search(r"/p/kirkstall-plumbing/invite/[\w-]+/", message.text)
    assert found
    browser.get(found.group())
    assert browser.post("/p/kirkstall-plumbing/invite/")["Location"] == HOME
    assert browser.get(HOME).status_code == 200


def test_the_answer_says_nothing_of_who_has_a_page(world: World) -> None:
    def answer(email: str) -> str:
        text = Browser().post(LINK, {"login": email}).content.decode()
        return re.sub(r'nonce="[^"]*"|content=\S+|X-CSRFToken[^}]*|value="[^"]*"', "", text).replace(
            email, ""
        )

    # A client, nobody, a client of another team, a member of this one.
    answers = {answer(f"{name}@example.com") for name in ("jo", "nobody", "lee", "alice")}
    assert len(answers) == 1
    with world.scope():
        assert Message.objects.get().to_address == "jo@example.com"


def test_of_a_suspended_client_no_link_is_sent(world: World) -> None:
    with world.scope():
        Client.objects.filter(pk=world.jo.pk).update(portal_enabled=False)
    assert "Look in your mailbox" in Browser().post(LINK, {"login": "jo@example.com"}).content.decode()
    with world.scope():
        assert not Message.objects.exists()


def test_links_are_limited(world: World) -> None:
    statuses = [Browser().post(LINK, {"login": "jo@example.com"}).status_code for _number in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    # Nor is it told by the limit who has a page.
    assert [Browser().post(LINK, {"login": "no@example.com"}).status_code for _n in range(6)] == [200] * 5 + [
        429
    ]
    with world.scope():
        assert Message.objects.count() == 5


@pytest.mark.parametrize("address", ["", "no address", "a@b", "x" * 300 + "@example.com"])
def test_a_link_to_no_address(world: World, address: str) -> None:
    assert Browser().post(LINK, {"login": address}).status_code == 422


def test_the_second_factor_wears_the_firms_name(world: World) -> None:
    secret = generate_totp_secret()
    TOTP.activate(world.jo_user, secret)
    browser = Browser()
    response = sign_in(browser)
    assert response["Location"] == f"{DOOR}code/"  # type: ignore[index]
    page = browser.get(f"{DOOR}code/")
    assert b"Kirkstall Plumbing" in page.content
    assert browser.get(HOME).status_code == 302
    assert browser.post(f"{DOOR}code/", {"code": "000000"}).status_code in (200, 422)
    assert browser.get(HOME).status_code == 302
    code = f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06}"
    assert browser.post(f"{DOOR}code/", {"code": code})["Location"] == HOME
    assert browser.get(HOME).status_code == 200


def test_a_mailed_link_does_not_get_round_the_second_factor(world: World) -> None:
    TOTP.activate(world.jo_user, generate_totp_secret())
    browser = Browser()
    browser.post(LINK, {"login": "jo@example.com"})
    with world.scope():
        found = re.search(r"/p/kirkstall-plumbing/invite/[\w-]+/", Message.objects.get().text)
    assert found
    browser.get(found.group())
    assert browser.post("/p/kirkstall-plumbing/invite/")["Location"] == f"{DOOR}code/"
    assert browser.get(HOME).status_code == 302


def test_who_belongs_elsewhere_is_told_and_can_change(world: World) -> None:
    browser = world.browser(world.lee_user)
    page = browser.get(DOOR).content.decode()
    assert "Somebody else is signed in" in page
    assert "lee@example.com" in page


def test_who_is_in_already_goes_on(world: World) -> None:
    assert world.browser(world.jo_user).get(DOOR)["Location"] == HOME


def test_sign_out(world: World) -> None:
    browser = world.browser(world.jo_user)
    assert browser.get("/p/kirkstall-plumbing/sign-out/").status_code == 405
    assert browser.post("/p/kirkstall-plumbing/sign-out/")["Location"] == DOOR
    assert browser.get(HOME).status_code == 302


def test_a_new_password_asks_for_the_old_one(world: World) -> None:
    browser = world.browser(world.jo_user)
    at = "/p/kirkstall-plumbing/password/"
    assert b"Password so far" in browser.get(at).content
    new = {"password": "three-random-words"}
    assert browser.post(at, new).status_code == 422
    assert browser.post(at, {**new, "old_password": "wrong"}).status_code == 422
    assert browser.post(at, {**new, "old_password": PASSWORD}).status_code == 302
    world.jo_user.refresh_from_db()
    assert world.jo_user.check_password("three-random-words")
    # The session lives on.
    assert browser.get(HOME).status_code == 200


def test_who_has_just_come_in_by_a_link_needs_no_old_password(world: World) -> None:
    browser = Browser()
    browser.post(LINK, {"login": "jo@example.com"})
    with world.scope():
        found = re.search(r"/p/kirkstall-plumbing/invite/[\w-]+/", Message.objects.get().text)
    assert found
    browser.get(found.group())
    browser.post("/p/kirkstall-plumbing/invite/")
    at = "/p/kirkstall-plumbing/password/"
    assert b"Password so far" not in browser.get(at).content
    assert browser.post(at, {"password": "short"}).status_code == 422
    assert browser.post(at, {"password": "three-random-words"}).status_code == 302


def test_the_passkey_page_gives_a_challenge(world: World) -> None:
    response = Browser().get(f"{DOOR}passkey/", headers={"X-Requested-With": "XMLHttpRequest"})
    assert response.status_code == 200
    assert "request_options" in response.json()
    assert Browser().get(f"{DOOR}passkey/")["Location"] == DOOR
    assert Browser().post(f"{DOOR}passkey/", {"credential": "{}"})["Location"] == DOOR


def test_a_lost_key_ends_the_visit(world: World) -> None:
    browser = world.browser(world.jo_user)
    assert browser.get(HOME).status_code == 200
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).delete()
    assert browser.get(HOME).status_code == 404


def test_the_right_password_at_the_wrong_door(world: World) -> None:
    browser = Browser()
    assert sign_in(browser, "lee@example.com")["Location"] == DOOR  # type: ignore[index]
    assert "Somebody else is signed in" in browser.get(DOOR).content.decode()


def test_once_sent_the_log_keeps_the_mail_and_not_its_key(world: World, mailoutbox: list[object]) -> None:
    from mail.sending import send_message

    Browser().post(LINK, {"login": "jo@example.com"})
    with world.scope():
        message = Message.objects.get()
    assert send_message(world.team.pk, message.pk)
    with world.scope():
        message.refresh_from_db()
    assert not re.search(r"/invite/[\w-]{20,}", message.text + message.html)
    assert re.search(r"/invite/[\w-]{43}/", mailoutbox[0].body)  # type: ignore[attr-defined]
