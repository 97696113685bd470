"""The gate in one place (POR-5, TEN-3): every address of the portal × who asks × how."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import URLPattern, reverse

from clients.models import Client
from invoices.models import Invoice
from portal import urls
from portal.models import PortalAccess, Section
from tests.access.examples import EXAMPLES, Stage, set_the_stage
from tests.documents.reading import text
from tests.portal.making import bill, draft
from tests.world import World, invite

SLUG = "kirkstall-plumbing"


def addresses() -> Iterator[tuple[str, URLPattern]]:
    for pattern in urls.urlpatterns:
        yield str(pattern.name), pattern


DOORSTEP = sorted(name for name, pattern in addresses() if getattr(pattern.callback, "cma_doorstep", False))
INSIDE = sorted(name for name, pattern in addresses() if not getattr(pattern.callback, "cma_doorstep", False))
BILLS = sorted(
    name
    for name, pattern in addresses()
    if getattr(pattern.callback, "cma_section", None) == Section.INVOICES
)
METHODS = ["get", "post", "head"]
POST_ONLY = {"pay-stripe", "bank-sent"}
_stages: list[Stage] = []


def address(name: str, invoice: Invoice, slug: str = SLUG) -> str:
    """Of a bill with this invoice; of anything else with the row that the access matrix knows for it."""
    more: dict[str, Any] = {}
    if name in BILLS:
        more = {"pk": invoice.pk} if "pk" in dict(addresses())[name].pattern.converters else {}
    elif (example := EXAMPLES.get(f"portal:{name}")) is not None:
        more = example.own(_stages[-1])
    return reverse(f"portal:{name}", kwargs={"team": slug, **more})


def ask(browser: Browser, name: str, method: str, invoice: Invoice) -> HttpResponse:
    return getattr(browser, method)(address(name, invoice))


@pytest.fixture
def invoice(world: World) -> Iterator[Invoice]:
    _stages.append(set_the_stage(world))
    with world.scope():
        made = bill(world.jo, "120.00", title="Secret radiators")
    yield made
    _stages.pop()


def test_every_address_says_who_may_come() -> None:
    for name, pattern in addresses():
        says = hasattr(pattern.callback, "cma_section") or hasattr(pattern.callback, "cma_doorstep")
        assert says, name
    assert set(BILLS) == {
        "billing", "billing-statement", "invoice", "invoice-pdf", "receipt",
        "pay", "pay-stripe", "pay-return", "bank-sent",
    }  # fmt: skip
    assert {"home", "password", "details", "data"} <= set(INSIDE) - set(BILLS)


def test_a_view_that_says_nothing_is_refused(world: World) -> None:
    from contextlib import ExitStack

    from portal.door import portal_door

    def forgotten(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    with ExitStack() as stack, pytest.raises(ImproperlyConfigured, match="forgotten names no section"):
        portal_door(RequestFactory().get("/"), SLUG, forgotten, stack)


@pytest.mark.parametrize("method", METHODS)
def test_not_signed_in_is_shown_the_firms_own_door(world: World, invoice: Invoice, method: str) -> None:
    for name in INSIDE:
        response = ask(world.browser(), name, method, invoice)
        assert response.status_code == 302, name
        assert response["Location"].startswith(f"/p/{SLUG}/sign-in/"), name
        # After signing in a reader comes back to where they wanted to go; a lost POST does not.
        assert ("next=" in response["Location"]) == (method != "post"), name


@pytest.mark.parametrize("who", ["alice", "bob", "charlie", "lee_user"])
def test_a_stranger_finds_nothing(world: World, invoice: Invoice, who: str) -> None:
    """The team's own members have no key either: they see the client's side only when they are let in."""
    browser = world.browser(getattr(world, who))
    for name, method in product(INSIDE, METHODS):
        response = ask(browser, name, method, invoice)
        assert response.status_code == 404, (name, method)
        assert b"Secret radiators" not in response.content


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_client_of_the_team_finds_nothing(world: World, invoice: Invoice, method: str) -> None:
    browser = world.browser(world.kit_user)
    for name in set(BILLS) - {"billing", "billing-statement"}:
        response = ask(browser, name, method, invoice)
        wrong_method = (method == "get") == (name in POST_ONLY)
        assert response.status_code == (405 if wrong_method else 404), name
        assert b"Secret radiators" not in response.content
    # What belongs to the client as a whole is theirs: the other client's lines are not in it.
    assert b"Secret radiators" not in browser.get(address("billing", invoice)).content
    statement = text(browser.get(address("billing-statement", invoice)).content)
    assert "Kit" in statement
    assert "INV-0001" not in statement


def test_a_suspended_client_is_told_so_everywhere(world: World, invoice: Invoice) -> None:
    browser = world.browser(world.jo_user)
    assert browser.get(reverse("portal:home", args=[SLUG])).status_code == 200
    with world.scope():
        Client.objects.filter(pk=world.jo.pk).update(portal_enabled=False)
    for name, method in product(INSIDE, METHODS):
        response = ask(browser, name, method, invoice)
        assert response.status_code == 403, (name, method)
        if method != "head":
            assert b"Your page is paused" in response.content
            assert b"0113 496 0142" in response.content
        assert b"Secret radiators" not in response.content
    # Nothing was deleted: on again, everything is there.
    with world.scope():
        Client.objects.filter(pk=world.jo.pk).update(portal_enabled=True)
    assert b"Secret radiators" in browser.get(reverse("portal:billing", args=[SLUG])).content


def test_a_section_that_is_off_is_not_there(world: World, invoice: Invoice) -> None:
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(shows_invoices=False)
    browser = world.browser(world.jo_user)
    for name, method in product(BILLS, METHODS):
        response = ask(browser, name, method, invoice)
        assert response.status_code == 404, (name, method)
        assert b"Secret radiators" not in response.content


def test_the_other_toggles_leave_the_bills_alone(world: World, invoice: Invoice) -> None:
    off = {f"shows_{section.value}": False for section in Section if section != Section.INVOICES}
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(**off)
    assert world.browser(world.jo_user).get(address("invoice", invoice)).status_code == 200


def test_with_the_section_off_the_home_page_names_no_bill(world: World, invoice: Invoice) -> None:
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(shows_invoices=False)
    page = world.browser(world.jo_user).get(reverse("portal:home", args=[SLUG]))
    assert page.status_code == 200
    for word in (b"Secret radiators", b"120.00", b"Billing", b"Amount Due", b"Pay Now"):
        assert word not in page.content


def test_a_page_that_is_open_is_drawn_again_when_its_section_goes_off(world: World, invoice: Invoice) -> None:
    browser = world.browser(world.jo_user)
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(shows_invoices=False)
    response = browser.get(address("pay", invoice) + "?v=old", headers={"HX-Request": "true"})
    assert response.status_code == 404
    assert response["HX-Refresh"] == "true"


def test_a_page_that_is_open_goes_to_the_door_when_the_session_has_ended(
    world: World, invoice: Invoice
) -> None:
    asked = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{address('pay', invoice)}"}
    response = world.browser().get(address("pay", invoice) + "?v=old", headers=asked)
    assert response.status_code == 200
    assert response["HX-Redirect"].startswith(f"/p/{SLUG}/sign-in/?next=%2Fp%2F")


@pytest.mark.parametrize("path", ["/p/no-such-team/", "/p/no-such-team/sign-in/", f"/p/{SLUG}/no-such-page/"])
def test_what_does_not_exist(world: World, path: str) -> None:
    assert world.browser(world.jo_user).get(path).status_code == 404


def test_drafts_are_absent(world: World) -> None:
    with world.scope():
        hidden = draft(world.jo, "99.00", title="Not ready")
    browser = world.browser(world.jo_user)
    for name in ("invoice", "invoice-pdf", "receipt", "pay"):
        assert browser.get(address(name, hidden)).status_code == 404
    for name in ("pay-stripe", "bank-sent"):
        assert browser.post(address(name, hidden)).status_code == 404
    assert b"Not ready" not in browser.get(reverse("portal:billing", args=[SLUG])).content


def test_the_wall_alone_hides_drafts_and_other_clients(world: World) -> None:
    """The queries' own filters taken away: the client's scope shows what is theirs and has gone out."""
    with world.scope():
        mine, hidden, kits = bill(world.jo, "1.00"), draft(world.jo, "2.00"), bill(world.kit, "3.00")
    with world.scope(world.jo):
        assert list(Invoice.objects.values_list("pk", flat=True)) == [mine.pk]
        assert not Client.objects.exclude(pk=world.jo.pk).exists()
        assert not PortalAccess.objects.exclude(client=world.jo).exists()
        assert Invoice.objects.filter(pk__in=[hidden.pk, kits.pk]).update(viewed_at=None) == 0


def test_one_login_for_two_teams_sees_nothing_of_one_in_the_other(world: World, invoice: Invoice) -> None:
    """POR-13."""
    with world.other_scope():
        twin = Client.objects.create(team=world.other, name="J. Whitaker (slow payer)")
        invite(twin, world.jo_user)
        bill(twin, "777.00", title="Fuse box")
    browser = world.browser(world.jo_user)
    here = browser.get(f"/p/{SLUG}/billing/").content.decode()
    there = browser.get("/p/stone-electrics/billing/").content.decode()
    assert "Secret radiators" in here
    assert "Fuse box" in there
    for word in ("Fuse box", "Stone Electrics", "slow payer", "777.00"):
        assert word not in here
    for word in ("Secret radiators", "Kirkstall", "120.00"):
        assert word not in there
    assert browser.get(f"/p/stone-electrics/invoices/{invoice.pk}/").status_code == 404


def test_several_clients_of_one_team_are_chosen_between(world: World, invoice: Invoice) -> None:
    with world.scope():
        second = Client.objects.create(team=world.team, name="Whitaker Lettings")
        invite(second, world.jo_user)
        other = bill(second, "50.00", title="Landlord certificate")
    browser = world.browser(world.jo_user)
    home = reverse("portal:home", args=[SLUG])
    assert browser.get(home)["Location"] == f"/p/{SLUG}/choose/"
    choice = browser.get(f"/p/{SLUG}/choose/").content.decode()
    assert "Whitaker Lettings" in choice
    assert "Jo Whitaker" in choice
    assert browser.post(f"/p/{SLUG}/choose/", {"client": world.kit.pk}).status_code == 422
    assert browser.post(f"/p/{SLUG}/choose/", {"client": second.pk})["Location"] == home
    assert browser.get(address("invoice", other)).status_code == 200
    assert browser.get(address("invoice", invoice)).status_code == 404
    assert "Another of your pages" in browser.get(home).content.decode()
    # The choice is no key: taken away, it opens nothing.
    with world.scope():
        PortalAccess.objects.filter(client=second).update(user=world.kit_user)
    assert browser.get(address("invoice", other)).status_code == 404
    assert browser.get(address("invoice", invoice)).status_code == 200


def test_the_first_visit_makes_the_badge_active(world: World) -> None:
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(active_at=None, last_seen_at=None)
    world.browser(world.jo_user).get(reverse("portal:home", args=[SLUG]))
    with world.scope():
        access = PortalAccess.objects.get(client=world.jo)
        assert access.active_at
        assert access.last_seen_at
        entries = world.team.audit_entries.filter(verb="portal.first_visit", client_id=world.jo.pk)
        assert entries.get().actor_name == "Jo Whitaker"
