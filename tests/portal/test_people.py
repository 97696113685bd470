"""Several people on one client's portal (POR-6), and an address that changes (POR-8)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client, Email
from invoices.mailing import values_of
from mail.models import Message
from portal import people
from portal.models import Invitation, PortalAccess
from portal.people import Toggles
from quotes.models import QuoteLink
from teams.models import User, WrongState
from tests.payments.racing import at_once, meet, without_locks
from tests.portal.making import bill, draft
from tests.world import World, make_world

ALL_ON = {f"shows_{name}": "on" for name in ("quotes", "invoices", "files", "meetings", "messages")}
SECTIONS = dict.fromkeys(ALL_ON, True)
HOME = "/p/kirkstall-plumbing/"


def at(name: str, client: Client, slug: str = "kirkstall-plumbing", **more: int) -> str:
    return reverse(f"access:{name}", kwargs={"team": slug, "pk": client.pk, **more})


def save_address(world: World, address: str) -> None:
    with world.scope():
        Email.objects.create(team=world.team, client=world.jo, address=address)


def add(world: World, address: str, **toggles: str) -> HttpResponse:
    """Bob adds somebody for Jo in the office."""
    save_address(world, address)
    sent = {**ALL_ON, "email": address, **toggles}
    return world.browser(world.bob).post(at("access-add", world.jo), sent)  # type: ignore[return-value]


def access_of(world: World, address: str) -> PortalAccess:
    with world.scope():
        return PortalAccess.objects.select_related("user").get(client=world.jo, email=address)


def comes_in(world: World, address: str) -> Browser:
    """By the link in the newest mail to this address."""
    with world.scope():
        text = Message.objects.filter(to_address=address).latest("pk").text
    found = re.search(r"/p/kirkstall-plumbing/invite/[\w-]{43}/", text)
    assert found
    browser = Browser()
    browser.get(found.group())
    browser.post(f"{HOME}invite/", {"password": "three-random-words"})
    return browser


def fields(world: World, **changed: dict[str, str]) -> dict[str, str]:
    """The section as the page sends it, everybody as they are; `changed` by label."""
    sent = {"portal_enabled": "on"}
    with world.scope():
        for access in PortalAccess.objects.filter(client=world.jo):
            prefix = f"a{access.pk}-"
            own = {"email": access.email, "label": access.label}
            own |= {name: "on" for name, shown in access.sections().items() if shown}
            own |= {"hides_prices": "on"} if access.hides_prices else {}
            own |= changed.get(access.label, {})
            sent |= {prefix + name: value for name, value in own.items() if value}
    return sent


def test_a_tenant_gets_a_login_of_their_own(world: World) -> None:
    """Their own toggles, their own link, the same client."""
    response = add(world, "tenant@example.com", label="Tenant", shows_files="", hides_prices="on")
    assert (response.status_code, response["Location"]) == (303, at("access", world.jo))
    access = access_of(world, "tenant@example.com")
    assert (access.label, access.hides_prices, access.shows_invoices) == ("Tenant", True, False)
    browser = comes_in(world, "tenant@example.com")
    # Who has no name of their own is no Jo either: not in the mail, on the page, or in the log.
    assert "Hello Tenant" in browser.get(HOME).text
    assert browser.get(f"{HOME}billing/").status_code == 404
    with world.scope():
        mail = Message.objects.get(to_address="tenant@example.com")
        assert "Hello Tenant," in mail.text
        assert "Jo Whitaker" not in mail.text + mail.html + mail.to_name
        assert world.team.audit_entries.get(verb="portal.first_visit").actor_name == "Tenant, Jo Whitaker"
    # Jo's own are as they were.
    assert world.browser(world.jo_user).get(f"{HOME}billing/").status_code == 200
    with world.scope():
        entry = world.team.audit_entries.get(verb="portal.invited")
        assert entry.details == {"email": "tenant@example.com", "label": "Tenant"}


def test_the_tab_lists_everybody(world: World) -> None:
    add(world, "tenant@example.com", label="Tenant", hides_prices="on")
    page = world.browser(world.alice).get(at("access", world.jo)).text
    for words in ("jo@example.com", "tenant@example.com", "Tenant", "Invited", "Active", "Sees no prices."):
        assert words in page
    assert page.count("Resend invite") == 2
    assert page.count("Remove…") == 2
    assert "Off while prices are hidden" in page
    reading = world.browser(world.ann).get(at("access", world.jo)).text
    assert "tenant@example.com" in reading
    for words in ("Resend invite", "Remove…", "Save access", "Add another…"):
        assert words not in reading


def test_one_save_is_for_all(world: World) -> None:
    """POR-3: each keeps their own toggles, and nothing is sent."""
    add(world, "tenant@example.com", label="Tenant")
    sent = fields(world, Tenant={"shows_files": ""}, **{"": {"shows_quotes": "", "label": "Owner"}})
    response = world.browser(world.bob).post(at("access-save", world.jo), sent)
    assert response.status_code == 303
    assert not access_of(world, "tenant@example.com").shows_files
    assert access_of(world, "tenant@example.com").shows_quotes
    jo = access_of(world, "jo@example.com")
    assert (jo.shows_quotes, jo.shows_files, jo.label) == (False, True, "Owner")
    with world.scope():
        assert Message.objects.count() == 1


def test_hiding_prices_switches_invoices_off(world: World) -> None:
    """Both ticked, as without script: prices hidden wins; the database would not have it otherwise."""
    sent = fields(world, **{"": {"hides_prices": "on", "shows_invoices": "on"}})
    assert world.browser(world.bob).post(at("access-save", world.jo), sent).status_code == 303
    jo = access_of(world, "jo@example.com")
    assert (jo.hides_prices, jo.shows_invoices, jo.may_sign) == (True, False, False)
    with pytest.raises(IntegrityError, match="no_prices_no_bills"), world.scope(), transaction.atomic():
        PortalAccess.objects.filter(pk=jo.pk).update(shows_invoices=True)
    with world.scope():
        entry = world.team.audit_entries.get(verb="portal.access_saved")
        assert entry.details["changes"] == {"shows_invoices": [True, False], "hides_prices": [False, True]}


@pytest.mark.parametrize(
    ("shows_quotes", "hides", "may"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_who_may_sign(shows_quotes: bool, hides: bool, may: bool) -> None:
    assert PortalAccess(shows_quotes=shows_quotes, hides_prices=hides).may_sign is may


def test_mail_with_amounts_is_not_sent_to_who_may_see_none(world: World) -> None:
    """The tenant's address is the first of the record: bills go to the next one, or nowhere."""
    add(world, "tenant@example.com", label="Tenant", hides_prices="on")
    with world.scope():
        Email.objects.filter(client=world.jo, address="jo@example.com").update(is_primary=False)
        Email.objects.filter(client=world.jo, address="tenant@example.com").update(is_primary=True)
        assert Client.objects.get(pk=world.jo.pk).billing_email() == "jo@example.com"
        assert Client.objects.get(pk=world.jo.pk).primary_email() == "tenant@example.com"
        invoice = draft(Client.objects.get(pk=world.jo.pk), "120.00")
        assert "£120.00" in values_of(invoice)["total"]
        Email.objects.filter(client=world.jo, address="jo@example.com").delete()
        assert Client.objects.get(pk=world.jo.pk).billing_email() == ""
    page = world.browser(world.alice).get(
        reverse("invoices:invoice-issue", args=["kirkstall-plumbing", invoice.pk])
    )
    assert "tenant@example.com" not in page.text


def test_a_mail_has_a_link_where_its_reader_may_follow_it(world: World) -> None:
    """The agent's Invoices being on is no use to Jo, who is mailed and has them off."""
    add(world, "agent@example.com", label="Agent")
    with world.scope():
        invoice = draft(Client.objects.get(pk=world.jo.pk), "120.00")
        assert values_of(invoice)["link"]
        PortalAccess.objects.filter(email="jo@example.com").update(shows_invoices=False)
        invoice.refresh_from_db()
        assert values_of(invoice)["link"] == ""
        # An address without a login: whoever reads it may know who has one.
        Email.objects.filter(client=world.jo, address="jo@example.com").update(address="office@example.com")
        assert values_of(draft(Client.objects.get(pk=world.jo.pk), "120.00"))["link"]


@pytest.mark.parametrize("address", ["stranger@example.com", "jo@example.com", ""])
def test_only_a_free_address_of_the_record_can_be_added(world: World, address: str) -> None:
    response = world.browser(world.bob).post(at("access-add", world.jo), {**ALL_ON, "email": address})
    assert response.status_code == 422
    with world.scope():
        assert PortalAccess.objects.filter(client=world.jo).count() == 1
        assert not Message.objects.exists()


def test_no_more_than_ten(world: World) -> None:
    with world.scope():
        for number in range(9):
            people.invite(world.jo, address=f"n{number}@example.com", toggles=Toggles(SECTIONS))
        with pytest.raises(WrongState, match="as many people"):
            people.invite(world.jo, address="n10@example.com", toggles=Toggles(SECTIONS))


def test_resending_one_saves_what_was_switched_for_the_others(world: World) -> None:
    add(world, "tenant@example.com", label="Tenant")
    access = access_of(world, "tenant@example.com")
    sent = fields(world, Tenant={"shows_files": ""}, **{"": {"shows_messages": ""}})
    url = at("access-reinvite", world.jo, access=access.pk)
    assert world.browser(world.bob).post(url, sent).status_code == 303
    assert not access_of(world, "tenant@example.com").shows_files
    assert not access_of(world, "jo@example.com").shows_messages
    with world.scope():
        to = Message.objects.order_by("pk").values_list("to_address", flat=True)
        assert list(to) == ["tenant@example.com"] * 2
        assert Invitation.objects.filter(access=access, revoked_at=None).count() == 1


def test_a_new_address_is_no_matter_of_saving(world: World) -> None:
    """It would move the login without a word to anybody: it takes an invite."""
    save_address(world, "partner@example.com")
    sent = fields(world, **{"": {"email": "partner@example.com", "shows_files": ""}})
    response = world.browser(world.bob).post(at("access-save", world.jo), sent)
    assert response.status_code == 422
    assert "takes effect with an invite" in response.text
    assert access_of(world, "jo@example.com").shows_files


def test_to_the_address_of_another_of_them(world: World) -> None:
    add(world, "tenant@example.com", label="Tenant")
    jo = access_of(world, "jo@example.com")
    with world.scope(), pytest.raises(WrongState, match="on the portal already"):
        people.invite(world.jo, address="tenant@example.com", toggles=Toggles(SECTIONS), access=jo)
    with world.scope(), pytest.raises(WrongState, match="on the portal already"):
        people.invite(world.jo, address="jo@example.com", toggles=Toggles(SECTIONS))


def test_another_address_ends_the_old_login_at_once(world: World) -> None:
    """POR-8: the session, open pages, old links of both kinds and mailed quotes; and it is logged."""
    save_address(world, "partner@example.com")
    with world.scope():
        jo = PortalAccess.objects.get(client=world.jo)
        people.invite(world.jo, address="jo@example.com", toggles=Toggles(SECTIONS), access=jo)
        old = Message.objects.filter(client=world.jo).latest("pk").text
        link = quote_link(world, "Jo@Example.com")
        kept = quote_link(world, "other@example.com")
    browser = world.browser(world.jo_user)
    assert browser.get(HOME).status_code == 200
    sent = fields(world, **{"": {"email": "partner@example.com"}})
    url = at("access-reinvite", world.jo, access=jo.pk)
    assert world.browser(world.bob).post(url, sent).status_code == 303
    assert browser.get(HOME).status_code == 404
    part = browser.get(f"{HOME}?v=x", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Refresh"]) == (404, "true")
    found = re.search(r"/p/kirkstall-plumbing/invite/[\w-]{43}/", old)
    assert found
    stranger = Browser()
    stranger.get(found.group())
    assert stranger.get(f"{HOME}invite/").status_code == 410
    assert stranger.post(f"{HOME}invite/").status_code == 410
    # Asking for another one by the old link tells the new address only.
    stranger.post(f"{HOME}invite/again/")
    with world.scope():
        link.refresh_from_db()
        kept.refresh_from_db()
        assert link.revoked_at
        assert kept.revoked_at is None
        entry = world.team.audit_entries.get(verb="portal.address_changed")
        assert (entry.details["before"], entry.details["email"]) == ("jo@example.com", "partner@example.com")
        assert entry.actor_name == "Bob Nowak"
        assert Message.objects.filter(to_address="jo@example.com").count() == 1
    assert "Hello Jo" in comes_in(world, "partner@example.com").get(HOME).text


def quote_link(world: World, email: str) -> QuoteLink:
    """A mailed way to a quote, as far as this is concerned: its row."""
    from django.utils import timezone

    entry = bill(world.jo, "1.00").entry
    assert entry
    return QuoteLink.objects.create(
        team=world.team,
        client=world.jo,
        entry=entry,
        email=email,
        token_hash=f"{email:0>64}",
        expires_at=timezone.now() + Invitation.LIFETIME["invite"],
    )


def test_the_old_login_keeps_its_other_clients(world: World) -> None:
    with world.other_scope():
        Email.objects.create(team=world.other, client=world.lee, address="jo@example.com")
        people.invite(world.lee, address="jo@example.com", toggles=Toggles(SECTIONS))
    save_address(world, "partner@example.com")
    with world.scope():
        jo = PortalAccess.objects.get(client=world.jo)
        people.invite(world.jo, address="partner@example.com", toggles=Toggles(SECTIONS), access=jo)
    browser = world.browser(world.jo_user)
    assert browser.get(HOME).status_code == 404
    assert browser.get("/p/stone-electrics/").status_code == 200


def test_remove_asks_first_and_then_is_at_once(world: World) -> None:
    add(world, "tenant@example.com", label="Tenant")
    access = access_of(world, "tenant@example.com")
    tenant = comes_in(world, "tenant@example.com")
    assert tenant.get(HOME).status_code == 200
    office, url = world.browser(world.bob), at("access-remove", world.jo, access=access.pk)
    assert "Remove tenant@example.com (Tenant)?" in office.get(url).text
    assert tenant.get(HOME).status_code == 200
    assert office.post(url)["Location"] == at("access", world.jo)
    assert tenant.get(HOME).status_code == 404
    assert tenant.get(f"{HOME}?v=x", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    with world.scope():
        assert Client.objects.get(pk=world.jo.pk).portal_enabled
        entry = world.team.audit_entries.get(verb="portal.removed")
        assert entry.details == {"email": "tenant@example.com", "label": "Tenant"}
    # The second press finds nothing to do.
    assert office.post(url).status_code == 404


def test_with_the_last_one_the_portal_goes_off(world: World) -> None:
    access = access_of(world, "jo@example.com")
    world.browser(world.bob).post(at("access-remove", world.jo, access=access.pk))
    with world.scope():
        assert not Client.objects.get(pk=world.jo.pk).portal_enabled
        assert not PortalAccess.objects.filter(client=world.jo).exists()
    page = world.browser(world.bob).get(at("access", world.jo)).text
    assert "Portal off" in page
    assert "Send invite" in page
    assert User.objects.filter(email="jo@example.com").exists()


@pytest.mark.parametrize("name", ["access-reinvite", "access-remove"])
def test_not_mine(world: World, name: str) -> None:
    kits = PortalAccess.objects
    with world.scope():
        kit = kits.get(client=world.kit)
    with world.other_scope():
        lee = kits.get(client=world.lee)
    for browser in (world.browser(world.alice), world.browser(world.charlie), world.browser(world.jo_user)):
        for access in (kit, lee):
            assert browser.post(at(name, world.jo, access=access.pk)).status_code == 404
    assert world.browser(world.ann).post(at(name, world.kit, access=kit.pk)).status_code == 403


def test_removed_while_somebody_else_saves(world: World) -> None:
    add(world, "tenant@example.com", label="Tenant")
    sent = fields(world)
    with world.scope():
        wanted: dict[int | None, Toggles] = {
            access.pk: Toggles(SECTIONS) for access in people.people_of(world.jo)
        }
        people.remove(access_of(world, "tenant@example.com"))
        with pytest.raises(WrongState, match="removed meanwhile"):
            people.save_access(world.jo, people=wanted, enabled=True)
    # The page that was drawn before: who is still there is saved, as on a fresh one.
    assert world.browser(world.bob).post(at("access-save", world.jo), sent).status_code == 303


def race(world: World) -> list[Any]:
    def job() -> None:
        with world.scope():
            people.invite(world.jo, address="tenant@example.com", toggles=Toggles(SECTIONS))

    return at_once(job, job)


def test_two_who_add_the_same_person_at_once(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world()
    User.objects.create_user("tenant@example.com")
    meet(monkeypatch, people, "people_of")
    outcomes = race(world)
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "WrongState"]
    with world.scope():
        assert Message.objects.filter(to_address="tenant@example.com").count() == 1


def test_control_without_the_lock_they_meet(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the constraint is left, and it answers with an error instead of a sentence."""
    world = make_world()
    User.objects.create_user("tenant@example.com")
    meet(monkeypatch, people, "people_of")
    without_locks(monkeypatch)
    assert "IntegrityError" in {type(one).__name__ for one in race(world)}
