"""Sign-up: person, team and owner in one go, confirmed by a mailed code (PEO-3)."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser

from catalogue.models import VatRate
from mail.models import AccountMessage
from teams import members
from teams.directory import memberships_of, team_by_slug
from teams.models import AuditEntry, Team, User
from teams.roles import Role
from teams.scope import team_scope
from tests.world import PASSWORD, World

URL = "/account/signup/"
GOOD = {"name": "Dora Finch", "business": "Finch & Sons", "email": "Dora@Example.com", "password1": PASSWORD}


@pytest.fixture(autouse=True)
def _no_limits(db: None) -> None:
    cache.clear()


def mailed_code() -> str:
    message = AccountMessage.objects.latest("pk")
    found = re.search(r"^([A-Z0-9]{6}|[A-Z0-9]{3,4}-[A-Z0-9]{3,4})$", message.text, re.MULTILINE)
    assert found, message.text
    return found[1]


def test_it_makes_person_team_and_owner(client: Browser) -> None:
    response = client.post(URL, GOOD)
    assert response.status_code == 302, response.content.decode()
    assert response.headers["Location"] == "/account/confirm-email/"
    dora = User.objects.get(email="dora@example.com")
    assert dora.name == "Dora Finch"
    (seat,) = memberships_of(dora.pk)
    assert (seat.team_name, seat.slug, seat.role) == ("Finch & Sons", "finch-sons", Role.OWNER)
    with team_scope(seat.team_id):
        team = Team.objects.get()
        assert VatRate.objects.count() == 5
        assert {series.next_reference for series in team.number_series.all()} == {"INV-0001", "QUO-0001"}
        assert team.colour_tokens["light"]["--cma-team"] == team.colour
        entry = AuditEntry.objects.get()
        assert (entry.verb, entry.actor_id, entry.actor_name) == ("team.founded", dora.pk, "Dora Finch")
    assert not EmailAddress.objects.get(email="dora@example.com").verified


def test_the_code_confirms_and_leads_to_the_first_steps(client: Browser) -> None:
    client.post(URL, GOOD)
    page = client.get("/account/confirm-email/")
    assert "dora@example.com" in page.content.decode()
    response = client.post("/account/confirm-email/", {"code": mailed_code()})
    assert response.headers["Location"] == "/t/finch-sons/first-steps/"
    assert EmailAddress.objects.get(email="dora@example.com").verified
    assert client.get("/t/finch-sons/first-steps/").status_code == 200


def test_a_wrong_code_is_refused_and_lets_nobody_in(client: Browser) -> None:
    client.post(URL, GOOD)
    response = client.post("/account/confirm-email/", {"code": "WRONG1"})
    assert response.status_code == 422
    assert client.get("/t/finch-sons/first-steps/").status_code == 302


def test_mail_goes_through_the_outbox(client: Browser, started_tasks: list[Any]) -> None:
    client.post(URL, GOOD)
    message = AccountMessage.objects.get()
    assert message.to_address == "dora@example.com"
    assert message.subject.endswith("is your code")
    assert "Hello Dora," in message.text


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "Type your name"),
        ("business", "", "on your van"),
        ("business", "x" * 121, "120"),
        ("business", "Finch\r\nBcc: all@example.com", "one line"),
        ("name", "Dora\x00", ""),
        ("email", "no address", "whole e-mail address"),
        ("email", "", ""),
        ("password1", "short", "10 characters"),
        ("password1", "1234567890", ""),
        ("password1", "dora@example.com", ""),
    ],
)
def test_nonsense_is_refused_and_kept_for_mending(client: Browser, field: str, value: str, says: str) -> None:
    response = client.post(URL, GOOD | {field: value})
    assert response.status_code == 422
    html = response.content.decode()
    assert says in html
    assert 'aria-invalid="true"' in html
    if field != "name":
        assert 'value="Dora Finch"' in html
    assert not User.objects.exists()
    assert not AccountMessage.objects.exists()


def test_a_known_address_gets_the_same_answer_and_no_team(client: Browser, world: World) -> None:
    new = Browser().post(URL, GOOD)
    known = client.post(URL, GOOD | {"email": "ALICE@example.com", "business": "Another"})
    assert (known.status_code, known.headers["Location"]) == (new.status_code, new.headers["Location"])
    new_page, known_page = Browser(), client.get("/account/confirm-email/")
    new_page.cookies.clear()
    assert known_page.status_code == 200
    assert "alice@example.com" in known_page.content.decode()
    assert team_by_slug("another") is None
    assert len(memberships_of(world.alice.pk)) == 1
    world.alice.refresh_from_db()
    assert world.alice.name == "Alice Hartley"
    assert world.alice.check_password(PASSWORD)
    mail = AccountMessage.objects.get(to_address="alice@example.com")
    assert mail.subject == "You have an account already"
    assert "/start/" in mail.text
    # No code fits.
    assert client.post("/account/confirm-email/", {"code": "ABC123"}).status_code == 422


def test_a_portal_client_founds_a_business_after_signing_in(world: World) -> None:
    browser = world.browser(world.jo_user)
    response = browser.post("/start/", {"business": "Jo's Joinery"})
    assert response.headers["Location"] == "/t/jos-joinery/first-steps/"
    (seat,) = memberships_of(world.jo_user.pk)
    assert seat.role == Role.OWNER
    assert browser.post("/start/", {"business": ""}).status_code == 422
    assert world.browser().get("/start/").status_code == 302


def test_who_is_invited_already_may_found_a_team_too(client: Browser, world: World) -> None:
    with world.scope():
        _invitation, token = members.invite(
            team=world.team, email="dora@example.com", role=Role.STAFF, by=world.alice
        )
    client.post(URL, GOOD)
    client.post("/account/confirm-email/", {"code": mailed_code()})
    client.get(f"/join/{token}/")
    response = client.post("/join/accept/")
    assert response.headers["Location"] == "/t/kirkstall-plumbing/"
    dora = User.objects.get(email="dora@example.com")
    assert [(seat.slug, seat.role) for seat in memberships_of(dora.pk)] == [
        ("finch-sons", Role.OWNER),
        ("kirkstall-plumbing", Role.STAFF),
    ]


def test_two_businesses_of_one_name_get_two_addresses(client: Browser) -> None:
    client.post(URL, GOOD)
    Browser().post(URL, GOOD | {"email": "other@example.com"})
    assert team_by_slug("finch-sons")
    assert team_by_slug("finch-sons-2")


def test_a_name_without_latin_letters_gets_an_address(client: Browser) -> None:
    client.post(URL, GOOD | {"business": "水管工"})
    assert team_by_slug("team")


def test_too_many_in_a_minute_get_429(client: Browser) -> None:
    codes = [client.post(URL, {}).status_code for _ in range(21)]
    assert codes[0] == 422
    assert codes[-1] == 429
    assert "Too many tries" in client.post(URL, {}).content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_same_address_twice_at_once_makes_one_person_and_one_team() -> None:
    gate = threading.Barrier(2)
    codes: list[int] = []

    def sign_up(business: str) -> None:
        browser = Browser()
        gate.wait()
        codes.append(browser.post(URL, GOOD | {"business": business}).status_code)
        connection.close()

    threads = [threading.Thread(target=sign_up, args=[name]) for name in ("One", "Two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The second may be told to wait: a code was mailed to this address a moment ago.
    assert sorted(codes) in ([302, 302], [302, 429])
    dora = User.objects.get(email="dora@example.com")
    assert len(memberships_of(dora.pk)) == 1
    assert bool(team_by_slug("one")) != bool(team_by_slug("two"))


def test_nothing_is_left_when_the_team_cannot_be_made(client: Browser, monkeypatch: Any) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("teams.forms.account.found_team", fail)
    client.raise_request_exception = False
    assert client.post(URL, GOOD).status_code == 500
    assert not User.objects.exists()
    assert not EmailAddress.objects.exists()
