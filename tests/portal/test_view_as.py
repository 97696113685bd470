""" "View as client" (POR-7): to look at, marked, logged, for half an hour, and for nobody else's client."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import InternalError, transaction
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from portal.models import PortalAccess
from portal.preview import KEY, LASTS, looking_scope
from teams.models import Membership, TeamOwned, User
from tests.access.examples import Stage, set_the_stage
from tests.portal.addresses import DOORSTEP, INSIDE, called, path_of
from tests.portal.making import bill, pay
from tests.world import World, customer, invite, person

HOME = "/p/kirkstall-plumbing/"
HTMX = {"HX-Request": "true"}
BILL = next(address for address in INSIDE if address.name == "portal:invoice")
WRITING = ["post", "put", "patch", "delete", "options"]


def at(name: str, client: Client, slug: str = "kirkstall-plumbing") -> str:
    return reverse(f"access:{name}", args=[slug, client.pk])


def looking(world: World, client: Client, user: User | None = None, **sent: int) -> Browser:
    """A member's browser that views as this client."""
    browser = world.browser(user or world.alice)
    response = browser.post(at("access-view", client), sent)
    assert (response.status_code, response["Location"]) == (303, HOME)
    return browser


@pytest.fixture
def stage(world: World, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr("documents.worker.print_page", lambda *_args, **_more: b"%PDF-printed")
    return set_the_stage(world)


def tenant(world: World, **toggles: bool) -> PortalAccess:
    """A second login of Jo's, who sees no prices."""
    with world.scope():
        access = invite(world.jo, person("tenant@example.com", "Tess Tenant"))
        values = {"label": "Tenant", "hides_prices": True, "shows_invoices": False, **toggles}
        PortalAccess.objects.filter(pk=access.pk).update(**values)
    return access


@pytest.mark.parametrize("who", ["alice", "bob", "ann"])
def test_members_see_what_the_client_sees(world: World, who: str) -> None:
    with world.scope():
        bill(world.jo, "120.00", title="Radiators")
    user = getattr(world, who)
    browser = looking(world, world.jo, user)
    page = browser.get(HOME).text
    for words in ("You see what Jo Whitaker sees", "Hello Jo", "Radiators", "Back to the record", "Ends at"):
        assert words in page
    with world.scope():
        entry = world.team.audit_entries.get(verb="portal.viewed_as")
    assert (entry.actor_id, entry.client_id) == (user.pk, world.jo.pk)
    assert entry.details["who"] == "Jo Whitaker, jo@example.com"
    back = browser.post(at("access-view-end", world.jo))
    assert back["Location"] == at("access", world.jo)
    assert browser.get(HOME).status_code == 404


def test_it_is_offered_on_the_record(world: World) -> None:
    for user in (world.bob, world.ann):
        page = world.browser(user).get(reverse("clients:client", args=["kirkstall-plumbing", world.jo.pk]))
        assert "View as client" in page.text
        assert at("access-view", world.jo) in page.text
    with world.scope():
        page = world.browser(world.ann).get(at("access-view", world.jo))
    assert "it is logged" in page.text


def test_every_page_is_marked_and_names_the_client_not_the_member(stage: Stage) -> None:
    browser = looking(stage.world, stage.world.jo)
    seen = 0
    for address in INSIDE:
        response = called(browser, "get", address, stage)
        assert response.status_code in (200, 302, 404, 405), (address.name, response.status_code)
        if response.status_code in (200, 404) and "text/html" in response["Content-Type"]:
            assert "You see what Jo Whitaker sees" in response.text, address.name
            assert "alice@example.com" not in response.text, address.name
            assert "Sign out" not in response.text, address.name
            seen += 1
    assert seen >= 6


def test_every_other_method_is_refused_by_the_door(stage: Stage) -> None:
    """For each address that there is, also those that are added: a sentence, and nothing done."""
    browser = looking(stage.world, stage.world.jo)
    for address in [*INSIDE, *DOORSTEP]:
        for method in WRITING:
            response = called(browser, method, address, stage)
            assert response.status_code == 403, (address.name, method)
            assert "Nothing was changed" in response.text
            assert "Back to the record" in response.text
    # The member is still signed in, and still looking.
    assert browser.get(HOME).status_code == 200


def test_a_press_in_a_part_of_a_page_says_so_too(world: World) -> None:
    browser = looking(world, world.jo)
    response = browser.post(f"{HOME}data/", headers=HTMX)
    assert (response.status_code, response["HX-Refresh"]) == (403, "true")
    assert "You are viewing as your client. Nothing was changed." in browser.get(HOME).text


def test_looking_leaves_no_trace_but_its_own(stage: Stage) -> None:
    """No visit, no "viewed", no entry in the log: whatever page is opened, with whatever is open on it."""
    world = stage.world
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(active_at=None, last_seen_at=None)
    browser = looking(world, world.jo)

    def state() -> dict[str, list[Any]]:
        # Every row of the team; only printed PDFs may be kept, which are the same whoever asks first.
        with world.scope():
            return {
                model._meta.label: list(model._default_manager.order_by("pk").values())
                for model in apps.get_models()
                if issubclass(model, TeamOwned) and model.__name__ != "Rendering"
            }

    before = state()
    for address in INSIDE:
        browser.get(path_of(address, stage))
        browser.head(path_of(address, stage))
    assert state() == before
    # Control: the client's own look leaves its marks.
    world.browser(world.jo_user).get(path_of(BILL, stage))
    after = state()
    changed = {label for label, rows in after.items() if rows != before[label]}
    assert changed == {"portal.PortalAccess", "teams.AuditEntry", "invoices.Invoice"}


def test_a_mark_that_a_page_forgets_to_leave_out_is_refused_by_the_database(world: World) -> None:
    with (
        pytest.raises(InternalError, match="read-only"),
        transaction.atomic(),
        looking_scope(world.team.pk, world.jo.pk),
    ):
        Client.objects.filter(pk=world.jo.pk).update(notes="seen")
    # Control: the client's own scope writes.
    with world.scope(world.jo):
        assert Client.objects.filter(pk=world.jo.pk).update(notes="") == 1


@pytest.mark.parametrize("path", ["", "billing/", "invoices/{pk}/", "invoices/{pk}/pay/"])
def test_live_parts_work(world: World, path: str) -> None:
    with world.scope():
        one = bill(world.jo, "90.00")
    browser = looking(world, world.jo)
    poll = browser.get(HOME + path.format(pk=one.pk)).context["poll"]
    assert browser.get(poll, headers=HTMX).status_code == 204
    with world.scope():
        pay(one, "20.00")
    part = browser.get(poll, headers=HTMX)
    assert part.status_code == 200
    assert "£70" in part.text


def test_it_ends_by_itself(world: World) -> None:
    assert timedelta(minutes=30) == LASTS
    browser = looking(world, world.jo)
    session = browser.session
    assert 1700 < session[KEY]["until"] - time.time() <= 1800
    session[KEY] = {**session[KEY], "until": time.time() - 1}
    session.save()
    part = browser.get(f"{HOME}?v=x", headers=HTMX)
    assert part["HX-Redirect"] == at("access", world.jo)
    assert KEY not in browser.session
    assert browser.get(HOME).status_code == 404


def test_run_out_while_reading_the_page_leads_back_to_the_record(world: World) -> None:
    browser = looking(world, world.jo)
    session = browser.session
    session[KEY] = {**session[KEY], "until": time.time() - 1}
    session.save()
    response = browser.get(HOME)
    assert response["Location"] == at("access", world.jo)
    assert browser.get(response["Location"]).status_code == 200


def test_it_ends_when_the_member_leaves(world: World) -> None:
    browser = looking(world, world.jo, world.bob)
    assert browser.get(HOME).status_code == 200
    with world.scope():
        Membership.objects.filter(user=world.bob).delete()
    response = browser.get(HOME)
    assert response.status_code == 302
    assert "Hello Jo" not in response.text
    assert browser.get(response["Location"]).status_code == 404
    assert browser.get(HOME).status_code == 404


def test_it_ends_when_the_login_that_is_looked_at_is_removed(world: World) -> None:
    access = tenant(world)
    browser = looking(world, world.jo, access=access.pk)
    with world.scope():
        access.delete()
    assert browser.get(HOME)["Location"] == at("access", world.jo)


def test_signing_out_ends_it(world: World) -> None:
    browser = looking(world, world.jo)
    browser.logout()
    browser.force_login(world.alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.get(HOME).status_code == 404


@pytest.mark.parametrize("who", ["charlie", "jo_user", "kit_user", "lee_user"])
def test_never_by_strangers(world: World, who: str) -> None:
    browser = world.browser(getattr(world, who))
    assert browser.post(at("access-view", world.jo)).status_code == 404
    assert browser.post(at("access-view", world.jo, "stone-electrics")).status_code == 404
    assert KEY not in browser.session


def test_never_in_another_team(world: World) -> None:
    """Alice looks at her own client; the same browser opens nothing of Charlie's."""
    browser = looking(world, world.jo)
    assert browser.get("/p/stone-electrics/").status_code == 404
    assert browser.get("/p/stone-electrics/billing/").status_code == 404
    assert browser.post(at("access-view", world.lee)).status_code == 404
    with world.other_scope():
        access = PortalAccess.objects.get(client=world.lee)
    # A login of another client, named by its id, is none of this client's.
    assert browser.post(at("access-view", world.kit), {"access": access.pk}).status_code == 409


def test_as_one_who_was_never_invited(world: World) -> None:
    with world.scope():
        mo = customer(world.team, "Mo Adeyemi", "mo@example.com")
        bill(mo, "55.00", title="Tap")
    page = looking(world, mo).get(HOME).text
    assert "Hello Mo" in page
    assert "Tap" in page
    assert "Nobody is invited yet" in page
    with world.scope():
        assert not PortalAccess.objects.filter(client=mo).exists()
        assert not Client.objects.get(pk=mo.pk).portal_enabled


def test_as_one_who_is_suspended(world: World) -> None:
    with world.scope():
        Client.objects.filter(pk=world.jo.pk).update(portal_enabled=False)
        bill(world.jo, "55.00", title="Tap")
    response = looking(world, world.jo).get(HOME)
    assert response.status_code == 200
    assert "Tap" in response.text
    assert "The portal is switched off" in response.text


def test_with_the_toggles_of_the_one_who_is_looked_at(world: World) -> None:
    with world.scope():
        one = bill(world.jo, "55.00", title="Tap")
        PortalAccess.objects.filter(client=world.jo).update(shows_invoices=False)
    browser = looking(world, world.jo)
    response = browser.get(f"{HOME}invoices/{one.pk}/")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.text
    assert "Billing" not in browser.get(HOME).text


def test_of_several_one_is_chosen(world: World) -> None:
    """POR-6: as the landlord, or as the tenant, who sees no prices."""
    access = tenant(world)
    with world.scope():
        bill(world.jo, "55.00", title="Tap")
    browser = world.browser(world.bob)
    assert browser.post(at("access-view", world.jo))["Location"] == at("access-view", world.jo)
    choice = browser.get(at("access-view", world.jo)).text
    assert "jo@example.com" in choice
    assert "tenant@example.com (Tenant)" in choice
    assert KEY not in browser.session
    page = looking(world, world.jo, world.bob, access=access.pk).get(HOME).text
    assert "(Tenant)" in page
    assert "£" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)


def test_two_tabs_that_look_at_two_clients_do_not_mix(world: World) -> None:
    """The first tab's part asks after the second has begun: it is told to draw its page again."""
    browser = looking(world, world.jo)
    drawn_for = re.search(r'"CMA-Drawn-For": "([^"]+)"', browser.get(HOME).text)
    assert drawn_for
    browser.post(at("access-view", world.kit))
    part = browser.get(f"{HOME}?v=x", headers={**HTMX, "CMA-Drawn-For": drawn_for[1]})
    assert (part.status_code, part["HX-Refresh"]) == (204, "true")
    assert "Hello Kit" in browser.get(HOME).text


def test_a_member_who_is_also_a_client_is_one_again_afterwards(world: World) -> None:
    with world.scope():
        own = customer(world.team, "Bob at home", "bob@example.com")
        invite(own, world.bob)
    browser = looking(world, world.jo, world.bob)
    assert "Hello Jo" in browser.get(HOME).text
    browser.post(at("access-view-end", world.jo))
    assert "Hello Bob" in browser.get(HOME).text


def test_wrong_method(world: World) -> None:
    assert world.browser(world.alice).get(at("access-view-end", world.jo)).status_code == 405
