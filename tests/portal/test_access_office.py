"""The section "Portal access" on a client's record (POR-1, POR-3, POR-4)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from clients.models import Client, Email
from mail.models import Message
from portal.models import Invitation, PortalAccess
from teams.models import User
from tests.world import World, customer

ALL_ON = {f"shows_{name}": "on" for name in ("quotes", "invoices", "files", "meetings", "messages")}


@pytest.fixture
def fresh(world: World) -> Client:
    """A client of Alice's whom nobody has invited."""
    with world.scope():
        return customer(world.team, "Mo Adeyemi", "Mo@Example.com")


def at(name: str, client: Client, slug: str = "kirkstall-plumbing", **more: int) -> str:
    return reverse(f"access:{name}", kwargs={"team": slug, "pk": client.pk, **more})


def theirs(world: World, client: Client, values: dict[str, str], **whole: str) -> dict[str, str]:
    """The fields of the client's first login as the page names them, and those of the whole section."""
    with world.scope():
        access = PortalAccess.objects.filter(client=client).order_by("pk").first()
    assert access is not None
    return {**whole, **{f"a{access.pk}-{name}": value for name, value in values.items()}}


def test_before_an_invite_everything_is_on_and_the_portal_off(world: World, fresh: Client) -> None:
    page = world.browser(world.alice).get(at("access", fresh))
    text = page.content.decode()
    for words in (
        "Portal access",
        "Invite email",
        "Enable portal",
        "Visible sections",
        "Send invite",
        "Save access",
    ):
        assert words in text
    for label in ("Quotes", "Invoices", "Files", "Meetings", "Messages"):
        assert label in text
    assert text.count('role="switch"') == 7
    assert text.count(" checked") == 5
    assert "mo@example.com" in text
    assert "Portal off" in text


def test_without_an_address_inviting_is_disabled_and_says_why(world: World, fresh: Client) -> None:
    with world.scope():
        Email.objects.filter(client=fresh).delete()
    browser = world.browser(world.alice)
    text = browser.get(at("access", fresh)).content.decode()
    assert "No e-mail address on file" in text
    assert 'disabled aria-describedby="no-address"' in text
    # The button is no lock: the server says no as well.
    response = browser.post(at("access-invite", fresh), ALL_ON)
    assert response.status_code == 422
    with world.scope():
        assert not PortalAccess.objects.filter(client=fresh).exists()
        assert not Client.objects.get(pk=fresh.pk).portal_enabled


def test_send_invite(world: World, fresh: Client) -> None:
    """POR-2: stores the toggles, switches the portal on, makes the login, mails the link."""
    toggles = {**ALL_ON, "email": "mo@example.com"}
    del toggles["shows_files"]
    response = world.browser(world.alice).post(at("access-invite", fresh), toggles, follow=True)
    assert "Invite sent to mo@example.com." in response.content.decode()
    assert "Invited" in response.content.decode()
    assert "Resend invite" in response.content.decode()
    user = User.objects.get(email="mo@example.com")
    assert not user.has_usable_password()
    # What this team calls its client is not told to others.
    assert user.name == ""
    with world.scope():
        access = PortalAccess.objects.get(client=fresh)
        assert access.user == user
        assert access.invited_at
        assert access.active_at is None
        assert not access.shows_files
        assert access.shows_invoices
        assert Client.objects.get(pk=fresh.pk).portal_enabled
        message = Message.objects.get(client=fresh)
        assert (message.kind, message.to_address) == ("portal_invite", "mo@example.com")
        assert "/p/kirkstall-plumbing/invite/" in message.text
        link = Invitation.objects.get(access=access)
        assert link.token_hash not in message.text
        entry = world.team.audit_entries.get(verb="portal.invited")
        assert entry.actor_name == "Alice Hartley"


def test_resend_makes_a_new_link_and_the_old_one_stops(world: World, fresh: Client) -> None:
    browser = world.browser(world.bob)
    sent = {**ALL_ON, "email": "mo@example.com"}
    browser.post(at("access-invite", fresh), sent)
    with world.scope():
        access = PortalAccess.objects.get(client=fresh)
    browser.post(at("access-reinvite", fresh, access=access.pk), theirs(world, fresh, sent))
    with world.scope():
        first, second = Invitation.objects.filter(access__client=fresh).order_by("pk")
        assert first.revoked_at
        assert second.is_open
        assert PortalAccess.objects.filter(client=fresh).count() == 1
        assert Message.objects.filter(client=fresh).count() == 2
        verbs = world.team.audit_entries.filter(client_id=fresh.pk).values_list("verb", flat=True)
        assert sorted(verbs) == ["portal.invited", "portal.reinvited"]


@pytest.mark.parametrize("address", ["stranger@example.com", "", "jo@example.com", "not an address"])
def test_only_a_saved_address_can_be_invited(world: World, fresh: Client, address: str) -> None:
    response = world.browser(world.alice).post(at("access-invite", fresh), {**ALL_ON, "email": address})
    assert response.status_code == 422
    assert not User.objects.filter(email="stranger@example.com").exists()
    with world.scope():
        assert not Message.objects.filter(client=fresh).exists()


def test_another_address_takes_the_place_of_the_first(world: World) -> None:
    """POR-8: a new invitation; the old login loses this client; logged."""
    with world.scope():
        Email.objects.create(team=world.team, client=world.jo, address="partner@example.com")
    browser = world.browser(world.alice)
    assert world.browser(world.jo_user).get("/p/kirkstall-plumbing/").status_code == 200
    with world.scope():
        pk = PortalAccess.objects.get(client=world.jo).pk
    sent = theirs(world, world.jo, {**ALL_ON, "email": "partner@example.com"})
    assert browser.post(at("access-reinvite", world.jo, access=pk), sent).status_code == 303
    assert world.browser(world.jo_user).get("/p/kirkstall-plumbing/").status_code == 404
    with world.scope():
        access = PortalAccess.objects.get(client=world.jo)
        assert access.user is not None
        assert access.user.email == "partner@example.com"
        assert access.active_at is None
        entry = world.team.audit_entries.get(verb="portal.address_changed")
        assert entry.details["before"] == "jo@example.com"


def test_save_access_applies_the_toggles_and_sends_nothing(world: World) -> None:
    """POR-3."""
    sent = theirs(world, world.jo, {"email": "jo@example.com", "shows_invoices": "on"}, portal_enabled="on")
    response = world.browser(world.bob).post(at("access-save", world.jo), sent, follow=True)
    assert "Access saved. Nothing was sent." in response.content.decode()
    with world.scope():
        access = PortalAccess.objects.get(client=world.jo)
        assert access.sections() == {
            "shows_quotes": False,
            "shows_invoices": True,
            "shows_files": False,
            "shows_meetings": False,
            "shows_messages": False,
        }
        assert not Message.objects.exists()
        assert not Invitation.objects.exists()
        entry = world.team.audit_entries.get(verb="portal.access_saved")
        assert entry.details["changes"]["shows_quotes"] == [True, False]


def test_before_the_first_invite_the_toggles_can_be_saved_but_the_portal_stays_off(
    world: World, fresh: Client
) -> None:
    sent = {"portal_enabled": "on", "shows_invoices": "on"}
    assert world.browser(world.alice).post(at("access-save", fresh), sent).status_code == 303
    with world.scope():
        assert not Client.objects.get(pk=fresh.pk).portal_enabled
        assert not PortalAccess.objects.get(client=fresh).shows_quotes


def test_the_master_switch_suspends_at_once_and_restores(world: World) -> None:
    """POR-4."""
    client_side, office = world.browser(world.jo_user), world.browser(world.alice)
    assert client_side.get("/p/kirkstall-plumbing/").status_code == 200
    sent = {**ALL_ON, "email": "jo@example.com"}
    office.post(at("access-save", world.jo), theirs(world, world.jo, sent))
    assert client_side.get("/p/kirkstall-plumbing/").status_code == 403
    assert "Suspended" in office.get(at("access", world.jo)).content.decode()
    office.post(at("access-save", world.jo), theirs(world, world.jo, sent, portal_enabled="on"))
    assert client_side.get("/p/kirkstall-plumbing/").status_code == 200
    with world.scope():
        verbs = list(
            world.team.audit_entries.filter(verb__startswith="portal.").values_list("verb", flat=True)
        )
        assert verbs == ["portal.suspended", "portal.restored"]


def test_the_accountant_reads_and_changes_nothing(world: World) -> None:
    browser = world.browser(world.ann)
    page = browser.get(at("access", world.jo)).content.decode()
    assert "Active" in page
    assert "Save access" not in page
    assert browser.post(at("access-save", world.jo), {}).status_code == 403
    assert browser.post(at("access-invite", world.jo), {}).status_code == 403


@pytest.mark.parametrize("name", ["access", "access-save", "access-invite"])
def test_not_mine(world: World, name: str) -> None:
    method = "get" if name == "access" else "post"
    assert getattr(world.browser(world.charlie), method)(at(name, world.jo)).status_code == 404
    # Charlie's own team, Alice's client.
    other = getattr(world.browser(world.charlie), method)(at(name, world.jo, "stone-electrics"))
    assert other.status_code == 404
    for portal_user in (world.jo_user, world.kit_user):
        assert getattr(world.browser(portal_user), method)(at(name, world.jo)).status_code == 404


def test_wrong_method(world: World) -> None:
    browser = world.browser(world.alice)
    assert browser.post(at("access", world.jo)).status_code == 405
    assert browser.get(at("access-save", world.jo)).status_code == 405
    assert browser.get(at("access-invite", world.jo)).status_code == 405
