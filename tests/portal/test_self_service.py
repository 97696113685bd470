"""What clients do for themselves: contact details, and asking for their data (POR-14)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from clients.models import Address, Client, Email, Phone
from mail.models import Message
from portal import data
from portal.models import DataRequest, PortalAccess
from teams.models import Membership
from teams.roles import Role
from tests.payments.racing import at_once, meet
from tests.world import World, invite, make_world, person

DETAILS, DATA = "/p/kirkstall-plumbing/details/", "/p/kirkstall-plumbing/data/"


def fields(world: World, user: Any = None, **changed: str) -> dict[str, str]:
    """The form as the page has it, with some of it typed over."""
    form = world.browser(user or world.jo_user).get(DETAILS).context["form"]
    return {name: str(form[name].value() or "") for name in form.fields} | changed


def send(world: World, **changed: str) -> HttpResponse:
    return world.browser(world.jo_user).post(DETAILS, fields(world, **changed))  # type: ignore[return-value]


def row(world: World, kind: str) -> str:
    """The name of the field of Jo's first address or number."""
    with world.scope():
        rows: Any = world.jo.emails if kind == "email" else world.jo.phones
        return f"{kind}-{rows.order_by('pk').first().pk}"


@pytest.fixture
def phone(world: World) -> Phone:
    with world.scope():
        return Phone.objects.create(team=world.team, client=world.jo, number="0113 496 0001", is_primary=True)


def test_the_page_shows_what_is_kept(world: World, phone: Phone) -> None:
    with world.scope():
        Address.objects.create(team=world.team, client=world.jo, kind="site", text="Site", access_notes="Dog")
        Client.objects.filter(pk=world.jo.pk).update(notes="Slow payer")
    page = world.browser(world.jo_user).get(DETAILS).text
    for words in (
        "Jo Whitaker",
        "You sign in as",
        "jo@example.com",
        "0113 496 0001",
        "1 Jo Whitaker Street",
        "LS6 1AA",
    ):
        assert words in page
    # The trade's own notes are not the client's to read.
    for words in ("Slow payer", "Dog"):
        assert words not in page
    assert (
        'href="/p/kirkstall-plumbing/details/"'
        in world.browser(world.jo_user).get("/p/kirkstall-plumbing/").text
    )


def test_corrections_count_and_the_trade_is_told(world: World, phone: Phone) -> None:
    """By mail to each owner, and in the timeline, with before and after."""
    with world.scope():
        second = person("oona@example.com", "Oona Hartley")
        Membership.objects.create(team=world.team, user=second, role=Role.OWNER)
    response = send(
        world,
        **{
            row(world, "phone"): "0113 496 0002",
            "phone-new": "07700 900123",
            row(world, "email"): "jo@new.example",
            "address": "9 New Road\n\n Leeds ",
            "postcode": "LS1 1AA",
        },
    )
    assert response.status_code == 302
    with world.scope():
        jo = Client.objects.get(pk=world.jo.pk)
        assert [p.number for p in jo.phones.order_by("pk")] == ["0113 496 0002", "07700 900123"]
        assert jo.primary_email() == "jo@new.example"
        assert jo.billing_lines() == ["9 New Road", "Leeds", "LS1 1AA"]
        assert "jo@new.example" in jo.search_text
        assert jo.portal_accesses.get().email == "jo@example.com"
        mails = Message.objects.filter(kind="client_details_corrected").order_by("to_address")
        assert [mail.to_address for mail in mails] == ["alice@example.com", "oona@example.com"]
        text = " ".join(mails[0].text.split())
        for words in (
            "Jo Whitaker corrected",
            "Phone: 0113 496 0001 → 0113 496 0002",
            "Phone: – → 07700 900123",
            "E-mail address: jo@example.com → jo@new.example",
            "Postal address: 1 Jo Whitaker Street, Leeds, LS6 1AA → 9 New Road, Leeds, LS1 1AA",
        ):
            assert words in text
    record = (
        world.browser(world.ann).get(reverse("clients:client", args=["kirkstall-plumbing", world.jo.pk])).text
    )
    assert "Phone corrected by Jo Whitaker: 0113 496 0001, now 0113 496 0002" in record
    assert "Address corrected by Jo Whitaker: 1 Jo Whitaker Street, Leeds, LS6 1AA, now 9 New Road" in record


def test_the_login_is_another_matter(world: World) -> None:
    """The address for signing in stays; only the office changes it."""
    send(world, **{row(world, "email"): "jo@new.example"})
    world.jo_user.refresh_from_db()
    assert world.jo_user.email == "jo@example.com"
    assert world.browser(world.jo_user).get(DETAILS).status_code == 200


def test_nothing_changed_is_told_to_nobody(world: World) -> None:
    assert send(world).status_code == 302
    with world.scope():
        assert not Message.objects.exists()
        assert not world.team.audit_entries.exists()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"email-new": "no address"}, "valid email address"),
        ({"email-new": "JO@example.com"}, "This address is here already."),
        ({"email-new": "x" * 260 + "@example.com"}, "at most"),
        ({"phone-new": "call me"}, "Write the number in figures"),
        ({"phone-new": "12"}, "Write the number in figures"),
        ({"phone-new": "0" * 41}, "at most 40"),
        ({"address": "  "}, "Write the address that bills go to."),
        ({"address": "x" * 401}, "at most 400"),
        ({"postcode": "LS1 1AA LEEDS"}, "at most 12"),
    ],
)
def test_refused_with_what_was_typed(world: World, changed: dict[str, str], says: str) -> None:
    response = send(world, **{"phone-new": "0113 496 0009", **changed})
    assert response.status_code == 422
    assert says in response.content.decode()
    assert next(iter(changed.values())).strip()[:30] in response.content.decode()
    with world.scope():
        assert not Message.objects.exists()
        assert not world.jo.phones.exists()


def test_one_address_must_stay(world: World) -> None:
    response = send(world, **{row(world, "email"): ""})
    assert response.status_code == 422
    assert "Leave one address" in response.content.decode()
    # Another one in its place will do.
    assert send(world, **{row(world, "email"): "", "email-new": "jo@new.example"}).status_code == 302
    with world.scope():
        left = Email.objects.get(client=world.jo)
        assert (left.address, left.is_primary) == ("jo@new.example", True)


def test_two_addresses_change_places(world: World) -> None:
    with world.scope():
        second = Email.objects.create(team=world.team, client=world.jo, address="second@example.com")
    first = row(world, "email")
    changed = {first: "second@example.com", f"email-{second.pk}": "jo@example.com"}
    assert send(world, **changed).status_code == 302
    with world.scope():
        assert Client.objects.get(pk=world.jo.pk).primary_email() == "second@example.com"


def test_the_office_changed_it_meanwhile(world: World, phone: Phone) -> None:
    """409: what was typed stays, what the office wrote is not lost, and a second press saves."""
    typed = fields(world, **{"phone-new": "07700 900123"})
    with world.scope():
        added = Phone.objects.create(team=world.team, client=world.jo, number="0113 496 0777")
    browser = world.browser(world.jo_user)
    response = browser.post(DETAILS, typed)
    assert response.status_code == 409
    for words in ("changed these details while you were writing", "07700 900123", "0113 496 0777"):
        assert words in response.text
    form = response.context["form"]
    again = {name: str(form[name].value() or "") for name in form.fields}
    assert again[f"phone-{added.pk}"] == "0113 496 0777"
    assert browser.post(DETAILS, again).status_code == 302
    with world.scope():
        numbers = set(world.jo.phones.values_list("number", flat=True))
        assert numbers == {"0113 496 0001", "0113 496 0777", "07700 900123"}


def test_a_form_of_another_client_of_the_same_person_is_not_saved_here(world: World) -> None:
    """POR-13: two tabs, two clients, one login."""
    with world.scope():
        other = Client.objects.create(team=world.team, name="Whitaker Lettings")
        invite(other, world.jo_user)
    browser = world.browser(world.jo_user)
    browser.post("/p/kirkstall-plumbing/choose/", {"client": world.jo.pk})
    form = browser.get(DETAILS).context["form"]
    typed = {name: str(form[name].value() or "") for name in form.fields} | {"phone-new": "07700 900123"}
    browser.post("/p/kirkstall-plumbing/choose/", {"client": other.pk})
    response = browser.post(DETAILS, typed)
    assert response.status_code == 302
    assert "nothing was saved" in browser.get(DETAILS).text
    with world.scope():
        assert not Phone.objects.exists()


def test_nothing_of_others_on_the_record(world: World) -> None:
    """What a tenant signs in with is not shown to the landlord, nor can it be taken away by them."""
    with world.scope():
        invite(world.jo, person("tenant@example.com", "Tess"))
        Email.objects.create(team=world.team, client=world.jo, address="tenant@example.com")
    assert "tenant@example.com" not in world.browser(world.jo_user).get(DETAILS).text
    assert send(world, **{"email-new": "Tenant@example.com"}).status_code == 422
    assert send(world, **{"email-new": "third@example.com"}).status_code == 302
    with world.scope():
        assert world.jo.emails.filter(address="tenant@example.com").exists()


def test_who_sees_no_prices_reads_no_details_of_who_pays(world: World, phone: Phone) -> None:
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(hides_prices=True, shows_invoices=False)
    browser = world.browser(world.jo_user)
    page = browser.get(DETAILS).text
    assert "jo@example.com" in page
    for words in ("0113 496 0001", "1 Jo Whitaker Street", "Save your details"):
        assert words not in page
    assert browser.post(DETAILS, {"phone-new": "0113 496 0005"}).status_code == 404


def test_corrections_are_limited(world: World) -> None:
    statuses = [send(world, **{"phone-new": "" if n % 2 else "nonsense"}).status_code for n in range(22)]
    assert statuses[-2:] == [429, 429]
    assert 429 not in statuses[:20]


def test_not_as_somebody_else(world: World) -> None:
    typed = fields(world, **{"phone-new": "07700 900123"})
    assert world.browser().post(DETAILS, typed).status_code == 302
    assert world.browser(world.lee_user).post(DETAILS, typed).status_code == 404
    assert world.browser(world.kit_user).post(DETAILS, typed).status_code == 302
    with world.scope():
        assert not Phone.objects.exists()


# ---- "Ask for your data" --------------------------------------------------------------------------


def test_asking(world: World) -> None:
    browser = world.browser(world.jo_user)
    assert "has one month" in browser.get(DATA).text
    assert browser.post(DATA)["Location"] == DATA
    page = browser.get(DATA).text
    assert "Kirkstall Plumbing has been asked." in page
    assert "You asked on" in page
    with world.scope():
        asked = DataRequest.objects.get()
        assert (asked.client_id, asked.asked_name, asked.email) == (
            world.jo.pk,
            "Jo Whitaker",
            "jo@example.com",
        )
        mail = Message.objects.get(kind="data_requested")
        assert mail.to_address == "alice@example.com"
        assert "Jo Whitaker (jo@example.com) asks" in mail.text
        entry = world.team.audit_entries.get(verb="portal.data_requested")
        assert (entry.actor_name, entry.client_id) == ("Jo Whitaker", world.jo.pk)


def test_it_stands_on_the_record_until_it_is_done(world: World) -> None:
    world.browser(world.jo_user).post(DATA)
    with world.scope():
        asked = DataRequest.objects.get()
    done = reverse("access:data-done", args=["kirkstall-plumbing", world.jo.pk, asked.pk])
    tabs = [
        reverse("clients:client", args=["kirkstall-plumbing", world.jo.pk]),
        reverse("access:access", args=["kirkstall-plumbing", world.jo.pk]),
    ]
    for tab in tabs:
        assert "asked for their data" in world.browser(world.ann).get(tab).text
        assert "Mark as done" not in world.browser(world.ann).get(tab).text
        assert "Mark as done" in world.browser(world.bob).get(tab).text
    assert world.browser(world.ann).post(done).status_code == 403
    assert world.browser(world.bob).get(done).status_code == 405
    assert world.browser(world.bob).post(done).status_code == 303
    assert "Mark as done" not in world.browser(world.bob).get(tabs[0]).text
    with world.scope():
        asked.refresh_from_db()
        assert asked.done_by == world.bob
        # Again: nothing more happens.
        assert not data.finish(asked, by=world.alice)
        assert world.team.audit_entries.filter(verb="portal.data_done").count() == 1
    assert "You asked on" not in world.browser(world.jo_user).get(DATA).text


def test_asking_again_is_the_same_request(world: World) -> None:
    for _time in range(3):
        world.browser(world.jo_user).post(DATA)
    with world.scope():
        assert DataRequest.objects.count() == 1
        assert Message.objects.count() == 1


def test_asked_and_answered_again_and_again(world: World) -> None:
    statuses = []
    for _time in range(4):
        statuses.append(world.browser(world.jo_user).post(DATA).status_code)
        with world.scope():
            DataRequest.objects.filter(done_at=None).update(done_at=timezone.now())
    assert statuses == [302, 302, 302, 429]
    # Another person of the same client may ask all the same.
    with world.scope():
        invite(world.jo, person("tenant@example.com", "Tess"))
    from teams.models import User

    tenant = User.objects.get(email="tenant@example.com")
    assert world.browser(tenant).post(DATA).status_code == 302


def race(world: World, monkeypatch: pytest.MonkeyPatch) -> int:
    """Two presses that meet after both have looked for a request that is open: how many are there then."""
    meet(monkeypatch, data, "asked_lately")
    with world.scope():
        access = PortalAccess.objects.select_related("client", "team").get(client=world.jo)
        access.client.team = access.team

    def press() -> None:
        with world.scope():
            data.ask(access, user=world.jo_user, name="Jo")

    assert at_once(press, press) == [None, None]
    with world.scope():
        assert DataRequest.objects.count() == Message.objects.count()
        return DataRequest.objects.count()


def test_two_presses_at_once(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert race(make_world(), monkeypatch) == 1


def test_control_without_the_constraint_there_are_two(
    transactional_db: None, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.execute("drop index portal_data_request_once")
    try:
        assert race(make_world(), monkeypatch) == 2
    finally:
        connection.close()
        owner.execute("delete from portal_datarequest")
        owner.execute(
            "create unique index portal_data_request_once on portal_datarequest "
            "(team_id, client_id, asked_by_id) where done_at is null"
        )


@pytest.mark.parametrize(
    ("asked", "due"),
    [("2026-11-21", "2026-12-21"), ("2026-12-31", "2027-01-31"), ("2027-01-31", "2027-02-28")],
)
def test_one_month(world: World, asked: str, due: str) -> None:
    at = dt.datetime.fromisoformat(f"{asked}T12:00:00+00:00")
    request = DataRequest(team=world.team, created_at=at)
    assert data.due_on(request).isoformat() == due


def test_another_clients_request(world: World) -> None:
    world.browser(world.jo_user).post(DATA)
    with world.scope():
        asked = DataRequest.objects.get()
    for client, slug in ((world.kit, "kirkstall-plumbing"), (world.jo, "stone-electrics")):
        url = reverse("access:data-done", args=[slug, client.pk, asked.pk])
        assert world.browser(world.alice).post(url).status_code == 404
    assert "You asked on" not in world.browser(world.kit_user).get(DATA).text


def test_the_footer_leads_there_and_to_what_is_kept(world: World) -> None:
    for browser, path in ((world.browser(world.jo_user), ""), (world.browser(), "sign-in/")):
        page = browser.get(f"/p/kirkstall-plumbing/{path}").text
        assert 'href="/p/kirkstall-plumbing/privacy/"' in page
        assert f'href="{DATA}"' in page
    page = world.browser().get("/p/kirkstall-plumbing/privacy/").text
    for words in ("What is kept", "Kirkstall Plumbing", "Cookies", "Your rights"):
        assert words in page
    assert world.browser().get("/p/no-such-team/privacy/").status_code == 404
