"""Joining a team by a mailed link (TEA-5; trust: links)."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from teams import members
from teams.models import AuditEntry, MemberInvitation, Membership, User
from teams.roles import Role
from tests.world import PASSWORD, World, person

NEW = "a-quite-new-password"


def invited(world: World, email: str = "new@example.com", role: str = Role.STAFF) -> str:
    with world.scope():
        return members.invite(team=world.team, email=email, role=role, by=world.alice)[1]


def opened(token: str, browser: Browser | None = None) -> Browser:
    browser = browser or Browser()
    response = browser.get(f"/join/{token}/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/join/"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    return browser


def role_of(world: World, email: str) -> str | None:
    with world.scope():
        return Membership.objects.filter(user__email=email).values_list("role", flat=True).first()


def test_a_new_person_joins_and_is_signed_in(world: World) -> None:
    browser = opened(invited(world))
    page = browser.get("/join/").content.decode()
    assert "Join Kirkstall Plumbing" in page
    assert "new@example.com" in page
    response = browser.post("/join/", {"name": "Nia Ward", "password": NEW})
    assert response.headers["Location"] == "/t/kirkstall-plumbing/"
    nia = User.objects.get(email="new@example.com")
    assert nia.name == "Nia Ward"
    assert nia.check_password(NEW)
    assert EmailAddress.objects.get(user=nia).verified
    assert role_of(world, "new@example.com") == Role.STAFF
    assert browser.get("/t/kirkstall-plumbing/members/leave/").status_code == 200
    with world.scope():
        entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.actor_id) == ("member.joined", nia.pk)


def test_opening_changes_nothing(world: World) -> None:
    browser = opened(invited(world))
    browser.get("/join/")
    assert not User.objects.filter(email="new@example.com").exists()
    with world.scope():
        assert MemberInvitation.objects.get().accepted_at is None


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"name": "", "password": NEW}, "Type your name"),
        ({"name": "Nia", "password": ""}, "at least 10"),
        ({"name": "Nia", "password": "short"}, "at least 10"),
        ({"name": "Nia", "password": "new@example.com"}, "too similar"),
        ({"name": "a\nb", "password": NEW}, "one line"),
    ],
)
def test_nonsense_is_refused(world: World, data: dict[str, str], says: str) -> None:
    response = opened(invited(world)).post("/join/", data)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert not User.objects.filter(email="new@example.com").exists()


def test_the_link_works_once(world: World) -> None:
    token = invited(world)
    opened(token).post("/join/", {"name": "Nia", "password": NEW})
    late = opened(token).get("/join/")
    assert late.status_code == 410
    assert "used already" in late.content.decode()
    assert opened(token).post("/join/", {"name": "Eve", "password": NEW}).status_code == 410
    assert User.objects.get(email="new@example.com").name == "Nia"


def test_the_link_lasts_a_week(world: World) -> None:
    token = invited(world)
    with world.scope():
        MemberInvitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    response = opened(token).post("/join/", {"name": "Nia", "password": NEW})
    assert response.status_code == 410
    assert "Ask Alice Hartley" in response.content.decode()
    assert role_of(world, "new@example.com") is None


def test_guessed_links_are_not_there(world: World) -> None:
    assert Browser().get("/join/nonsense/").status_code == 404
    assert Browser().get("/join/").status_code == 404
    assert Browser().post("/join/", {"name": "Eve", "password": NEW}).status_code == 404
    assert world.browser(world.bob).post("/join/accept/").status_code == 404
    cache.clear()
    codes = [Browser().get(f"/join/guess-{number}/").status_code for number in range(61)]
    assert codes[-1] == 429


def test_who_has_a_login_signs_in_and_accepts(world: World) -> None:
    token = invited(world, "jo@example.com")
    browser = opened(token)
    page = browser.get("/join/").content.decode()
    assert "/account/login/?next=/join/" in page
    assert "password" not in page.split("<main")[1].lower().replace("forgotten", "")
    response = browser.post(
        "/account/login/", {"login": "jo@example.com", "password": PASSWORD, "next": "/join/"}
    )
    assert response.headers["Location"] == "/join/"
    assert "You are signed in as" in browser.get("/join/").content.decode()
    response = browser.post("/join/accept/")
    assert response.headers["Location"] == "/t/kirkstall-plumbing/"
    assert role_of(world, "jo@example.com") == Role.STAFF
    world.jo_user.refresh_from_db()
    assert world.jo_user.check_password(PASSWORD)


def test_nobody_joins_in_another_name(world: World) -> None:
    token = invited(world, "jo@example.com")
    browser = opened(token, world.browser(world.kit_user))
    page = browser.get("/join/")
    assert "for somebody else" in page.content.decode()
    assert browser.post("/join/accept/").headers["Location"] == "/join/"
    assert role_of(world, "jo@example.com") is None
    assert role_of(world, "kit@example.com") is None


def test_a_known_address_cannot_be_taken_over_with_a_new_password(world: World) -> None:
    browser = opened(invited(world, "jo@example.com"))
    response = browser.post("/join/", {"name": "Eve", "password": NEW})
    assert response.status_code == 200
    world.jo_user.refresh_from_db()
    assert world.jo_user.check_password(PASSWORD)


def test_an_account_begun_by_a_stranger_is_taken_over(world: World) -> None:
    """Somebody signs up with your address first: the mailed link proves that it is yours."""
    squatter = person("new@example.com", "Squatter")
    EmailAddress.objects.filter(user=squatter).update(verified=False)
    theirs = world.browser(squatter)
    theirs.get("/account/")
    opened(invited(world)).post("/join/", {"name": "Nia Ward", "password": NEW})
    squatter.refresh_from_db()
    assert squatter.name == "Nia Ward"
    assert not squatter.check_password(PASSWORD)
    assert theirs.get("/account/").status_code == 302


def test_who_works_there_already_keeps_the_role(world: World) -> None:
    token = invited(world, role=Role.ACCOUNTANT)
    nia = person("new@example.com", "Nia Ward")
    with world.scope():
        Membership.objects.create(team=world.team, user=nia, role=Role.ADMIN)
    opened(token, world.browser(nia)).post("/join/accept/")
    assert role_of(world, "new@example.com") == Role.ADMIN


def test_wrong_methods(world: World) -> None:
    token = invited(world)
    assert Browser().post(f"/join/{token}/").status_code == 405
    assert opened(token, world.browser(world.bob)).get("/join/accept/").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_join_once(world: World) -> None:
    token = invited(world)
    gate, codes = threading.Barrier(2), []

    def send() -> None:
        browser = opened(token)
        gate.wait()
        codes.append(browser.post("/join/", {"name": "Nia", "password": NEW}).status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(codes) == 302
    assert max(codes) in (200, 302, 410, 422)
    assert User.objects.filter(email="new@example.com").count() == 1
    with world.scope():
        assert Membership.objects.filter(user__email="new@example.com").count() == 1


def test_the_token_stands_in_no_log(world: World, caplog: Any) -> None:
    from cma.redaction import redact

    token = invited(world)
    assert token not in redact(f"GET /join/{token}/ 404")
