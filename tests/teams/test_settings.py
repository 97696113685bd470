"""The team's settings: sections that save on their own (TEA-1), and who may (PEO-1)."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser

from teams.colour import both_themes
from teams.models import AuditEntry, Membership, Team, User
from teams.roles import Role
from tests.world import World

BASE = "/t/kirkstall-plumbing/settings/"
DETAILS = {
    "name": "Kirkstall Plumbing & Heating",
    "trade": "Plumbing, Leeds",
    "address": "3 Goit Mill Yard\r\nLeeds\r\n\r\nLS4 2XB",
    "phone": "0113 496 0142",
    "email": "hello@kirkstall.example",
    "website": "kirkstall.example",
}


@pytest.fixture
def alice(world: World) -> Browser:
    return world.browser(world.alice)


def team_of(world: World) -> Team:
    with world.scope():
        return Team.objects.get()


def last_entry(world: World) -> AuditEntry:
    with world.scope():
        return AuditEntry.objects.latest("pk")


def make_admin(world: World, user: User) -> None:
    with world.scope():
        Membership.objects.filter(user=user).update(role=Role.ADMIN)


@pytest.mark.parametrize("path", ["business/", "branding/", "save/details/", "branding/preview/"])
def test_staff_accountant_and_strangers_stay_out(world: World, path: str) -> None:
    for user, status in ((world.bob, 403), (world.ann, 403), (world.charlie, 404), (world.jo_user, 404)):
        assert world.browser(user).get(BASE + path).status_code == status
    assert world.browser().get(BASE + path).status_code == 302


def test_settings_leads_to_the_first_section(world: World, alice: Browser) -> None:
    assert alice.get(BASE).headers["Location"] == f"{BASE}business/"
    make_admin(world, world.bob)
    assert world.browser(world.bob).get(BASE).headers["Location"] == f"{BASE}business/"


def test_the_menu_shows_what_the_role_may(world: World, alice: Browser) -> None:
    html = alice.get(f"{BASE}business/").content.decode()
    for words in ("Business", "Branding", "Members", "Security", "Audit log"):
        assert words in html
    make_admin(world, world.bob)
    html = world.browser(world.bob).get(f"{BASE}business/").content.decode()
    assert f"{BASE}security/" not in html


def test_saving_details(world: World, alice: Browser) -> None:
    response = alice.post(f"{BASE}save/details/", DETAILS)
    assert response.status_code == 303, response.content.decode()
    assert response.headers["Location"] == f"{BASE}business/"
    team = team_of(world)
    assert team.name == "Kirkstall Plumbing & Heating"
    assert team.address == "3 Goit Mill Yard\nLeeds\nLS4 2XB"
    assert team.website == "https://kirkstall.example"
    assert team.vat_number == "GB999999973"
    entry = last_entry(world)
    assert (entry.verb, entry.actor_id) == ("team.details_changed", world.alice.pk)
    assert entry.details["changes"]["name"] == ["Kirkstall Plumbing", "Kirkstall Plumbing & Heating"]
    assert "phone" not in entry.details["changes"]


def test_saving_the_same_again_writes_nothing_down(world: World, alice: Browser) -> None:
    alice.post(f"{BASE}save/details/", DETAILS)
    with world.scope():
        before = AuditEntry.objects.count()
    alice.post(f"{BASE}save/details/", DETAILS)
    with world.scope():
        assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    ("section", "field", "value", "says"),
    [
        ("details", "name", "", ""),
        ("details", "name", "x" * 121, "120"),
        ("details", "name", "Kirkstall\r\nBcc: x", "one line"),
        ("details", "email", "nonsense", "valid email"),
        ("details", "phone", "call me", "figures"),
        ("details", "website", "javascript:alert(1)", "valid URL"),
        ("details", "address", "\n".join("abcdefg"), "six lines"),
        ("details", "address", "x" * 401, "400"),
        ("registration", "vat_number", "12", "GB123456789"),
        ("registration", "vat_number", "GB12345", "GB123456789"),
        ("registration", "company_number", "no!", "letters and figures"),
        ("place", "time_zone", "Mars/Olympus", "valid choice"),
        ("place", "currency", "XXX", "valid choice"),
        ("colour", "colour", "red", "looks like"),
        ("colour", "colour", "#0b6e6", "looks like"),
        ("documents", "document_note", "x" * 1001, "1000"),
    ],
)
def test_nonsense_is_refused_beside_its_field(  # noqa: PLR0917
    world: World, alice: Browser, section: str, field: str, value: str, says: str
) -> None:
    good: dict[str, dict[str, Any]] = {"details": DETAILS, "place": {"time_zone": "UTC", "currency": "GBP"}}
    before = team_of(world)
    response = alice.post(f"{BASE}save/{section}/", good.get(section, {}) | {field: value})
    html = response.content.decode()
    assert response.status_code == 422
    assert says in html
    assert html.count('aria-invalid="true"') == 1
    assert getattr(team_of(world), field) == getattr(before, field)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("999 9999 73", "GB999999973"),
        ("gb 123.456.789", "GB123456789"),
        ("", ""),
        ("IE6388047V", "IE6388047V"),
    ],
)
def test_vat_numbers_are_taken_as_people_type_them(
    world: World, alice: Browser, typed: str, kept: str
) -> None:
    alice.post(f"{BASE}save/registration/", {"vat_number": typed})
    assert team_of(world).vat_number == kept


def test_a_colour_brings_its_tokens(world: World, alice: Browser) -> None:
    assert alice.post(f"{BASE}save/colour/", {"colour": "#F5C518"}).status_code == 303
    team = team_of(world)
    assert team.colour == "#f5c518"
    assert team.colour_tokens == both_themes("#f5c518")
    assert list(last_entry(world).details["changes"]) == ["colour"]


def test_the_preview_draws_any_colour_and_saves_none(world: World, alice: Browser) -> None:
    response = alice.get(f"{BASE}branding/preview/?colour=%23f5c518")
    assert 'fill="#f5c518"' in response.content.decode()
    assert "style=" not in response.content.decode()
    assert alice.get(f"{BASE}branding/preview/?colour=red").status_code == 422
    assert team_of(world).colour == "#0b6e69"


def test_a_get_saves_nothing_and_a_strange_section_is_not_there(world: World, alice: Browser) -> None:
    assert alice.get(f"{BASE}save/details/").headers["Location"] == f"{BASE}business/#details"
    assert alice.post(f"{BASE}save/stripe/").status_code == 404
    assert alice.post(f"{BASE}business/").status_code == 405


def test_what_is_saved_is_this_team_alone(world: World, alice: Browser) -> None:
    alice.post(f"{BASE}save/details/", DETAILS)
    with world.other_scope():
        assert Team.objects.get().name == "Stone Electrics"


# ---- Security --------------------------------------------------------------------------------------


def give_second_factor(user: User) -> None:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})


def test_only_the_owner_decides_about_the_second_factor(world: World) -> None:
    make_admin(world, world.bob)
    bob = world.browser(world.bob)
    assert bob.get(f"{BASE}security/").status_code == 403
    assert bob.post(f"{BASE}security/", {"require_second_factor": "on"}).status_code == 403


def test_the_owner_does_not_lock_herself_out(world: World, alice: Browser) -> None:
    response = alice.post(f"{BASE}security/", {"require_second_factor": "on"})
    assert response.status_code == 422
    assert "for yourself first" in response.content.decode()
    assert not team_of(world).require_second_factor


def test_requiring_a_second_factor_sends_members_to_set_one_up(world: World, alice: Browser) -> None:
    give_second_factor(world.alice)
    html = alice.get(f"{BASE}security/").content.decode()
    assert "Bob Nowak" in html
    assert alice.post(f"{BASE}security/", {"require_second_factor": "on"}).status_code == 303
    assert team_of(world).require_second_factor
    assert last_entry(world).verb == "team.security_changed"
    bob = world.browser(world.bob)
    response = bob.get("/t/kirkstall-plumbing/members/leave/")
    assert response.headers["Location"] == "/account/2fa/"
    part = bob.get("/t/kirkstall-plumbing/members/leave/", headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == "/account/2fa/"
    page = bob.get("/account/2fa/")
    assert page.status_code == 200
    assert "Kirkstall Plumbing asks every member" in page.content.decode()
    assert alice.get("/t/kirkstall-plumbing/members/").status_code == 200
    give_second_factor(world.bob)
    assert bob.get("/t/kirkstall-plumbing/members/leave/").status_code == 200
    # An unticked box sends nothing.
    assert alice.post(f"{BASE}security/", {}).status_code == 303
    assert not team_of(world).require_second_factor
