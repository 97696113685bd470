"""Who is on a client's portal, looking on as one of them, and what clients correct themselves, in a browser
(POR-6, POR-7, POR-8, POR-14)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from clients.models import Client, Email, Phone
from portal import people
from portal.models import DataRequest, PortalAccess
from portal.people import Toggles
from tests.browser.conftest import ON_PURPOSE, Browse, axe, overflows
from tests.portal.making import bill, pay
from tests.world import World, invite, person

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

P = "/p/kirkstall-plumbing/"
SECTIONS = dict.fromkeys(
    [f"shows_{name}" for name in ("quotes", "invoices", "files", "meetings", "messages")], True
)


def record(client: Client, path: str = "") -> str:
    return f"/t/kirkstall-plumbing/clients/{client.pk}/{path}"


@pytest.fixture
def tenant(world: World) -> PortalAccess:
    """A second login on Jo's portal, without prices."""
    with world.scope():
        Email.objects.create(team=world.team, client=world.jo, address="tenant@example.com")
        access = invite(world.jo, person("tenant@example.com", "Tess Tenant"))
        values = {"label": "Tenant", "hides_prices": True, "shows_invoices": False}
        PortalAccess.objects.filter(pk=access.pk).update(**values)
    return access


def poll(page: Page) -> None:
    """Look at once, in place of waiting for three seconds to pass."""
    page.evaluate("htmx.trigger('[data-live]', 'wake')")


def looks(page: Page, where: str) -> None:
    assert axe(page) == [], where
    assert not overflows(page), where


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (360, "dark"), (768, "light"), (1280, "dark")])
def test_every_page_can_be_read(
    world: World, browse: Browse, tenant: PortalAccess, width: int, theme: str
) -> None:
    with world.scope():
        bill(world.jo, "120.00", title="Radiators")
    office, jo = (browse(user, width=width, theme=theme) for user in (world.alice, world.jo_user))
    jo.goto(f"{P}data/")
    jo.get_by_role("button", name="Ask for your data").click()
    jo.get_by_text("You asked on").wait_for()
    for path in ("details/", "data/", "privacy/"):
        jo.goto(P + path)
        looks(jo, path)
    for path in ("portal/", "portal/view/", f"portal/people/{tenant.pk}/remove/", ""):
        office.goto(record(world.jo, path))
        looks(office, path)
    office.goto(record(world.jo, "portal/"))
    for login in office.locator("details.person").all():
        login.locator("summary").click()
    looks(office, "unfolded")
    office.goto(record(world.jo, "portal/view/"))
    office.get_by_label("jo@example.com").check()
    office.locator("main").get_by_role("button", name="View as client").click()
    office.get_by_role("heading", name="Hello Jo").wait_for()
    for path in ("", "billing/", "details/", "invoices/987654/"):
        office.goto(P + path)
        assert office.get_by_role("region", name="View as client").is_visible()
        looks(office, f"looking on at {path}")


@pytest.fixture(autouse=True)
def _refusals_on_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    """The 404 of a page that is not there, and the 403 of a press while looking on, are wanted here."""
    wanted = ("status of 404", "status of 403")
    monkeypatch.setattr("tests.browser.conftest.ON_PURPOSE", (*ON_PURPOSE, *wanted))


def test_a_member_looks_on(world: World, page: Page) -> None:
    """In from the record, a page that changes by itself, a press that does nothing, and back."""
    with world.scope():
        one = bill(world.jo, "90.00", title="Outside tap")
    page.goto(record(world.jo))
    page.get_by_label("More for Jo Whitaker").click()
    page.get_by_role("button", name="View as client").click()
    page.get_by_text("You see what Jo Whitaker sees").wait_for()
    page.get_by_role("link", name="Billing").click()
    page.get_by_text("Outside tap").wait_for()
    with world.scope():
        pay(one, "20.00")
    poll(page)
    page.get_by_text("£20.00 of £90.00 paid").wait_for()
    page.goto(f"{P}invoices/{one.pk}/pay/")
    page.get_by_role("button", name=re.compile("Copy")).first.wait_for()
    page.get_by_role("button", name="I have sent a bank transfer").click()
    page.get_by_role("heading", name="Nothing was changed").wait_for()
    looks(page, "refused")
    page.get_by_role("link", name="Go on looking").click()
    page.get_by_role("heading", name="Hello Jo").wait_for()
    page.get_by_role("button", name="Back to the record").click()
    page.wait_for_url(f"**{record(world.jo, 'portal/')}")
    with world.scope():
        one.refresh_from_db()
        assert one.viewed_at is None
        assert not one.transfer_claims.exists()


def test_looking_on_without_script_on_a_phone(world: World, browse: Browse, tenant: PortalAccess) -> None:
    with world.scope():
        bill(world.jo, "90.00", title="Outside tap")
    page = browse(world.bob, width=360, script=False)
    page.goto(record(world.jo, "portal/"))
    page.locator("aside").get_by_role("button", name="View as client").click()
    page.get_by_label("tenant@example.com (Tenant)").check()
    page.locator("main").get_by_role("button", name="View as client").click()
    page.get_by_role("heading", name="Hello Tess").wait_for()
    assert "£" not in page.locator("main").inner_text()
    assert page.get_by_role("link", name="Billing").count() == 0
    page.get_by_role("button", name="Back to the record").click()
    page.get_by_role("heading", name="Jo Whitaker").wait_for()


def test_two_tabs_of_one_member_do_not_mix(world: World, page: Page) -> None:
    """The second tab looks at Kit: the first one, still on Jo, turns into Kit's page as a whole."""
    page.goto(record(world.jo, "portal/"))
    page.locator("aside").get_by_role("button", name="View as client").click()
    page.get_by_role("heading", name="Hello Jo").wait_for()
    second = page.context.new_page()
    second.goto(record(world.kit, "portal/"))
    second.locator("aside").get_by_role("button", name="View as client").click()
    second.get_by_role("heading", name="Hello Kit").wait_for()
    poll(page)
    page.get_by_text("You see what Kit Okafor sees").wait_for()


def test_somebody_is_added_and_taken_off_again(world: World, page: Page, browse: Browse) -> None:
    """POR-6, POR-8: in a dialog; who is taken off loses the page that is open."""
    with world.scope():
        Email.objects.create(team=world.team, client=world.jo, address="kit@example.com")
    page.goto(record(world.jo, "portal/"))
    page.get_by_role("link", name="Add another…").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Who this is").fill("Tenant")
    dialog.get_by_label("Hide prices").check()
    looks(page, "dialog")
    dialog.get_by_role("button", name="Send invite").click()
    page.get_by_text("Invite sent to kit@example.com.").wait_for()
    # Kit has a page of their own at Alice's already, and chooses.
    kit = browse(world.kit_user, width=360)
    kit.goto(P)
    kit.get_by_role("button", name="Jo Whitaker").click()
    kit.get_by_role("heading", name="Hello Kit").wait_for()
    assert kit.get_by_role("link", name="Billing").count() == 0
    page.locator("details.person", has_text="kit@example.com").locator("summary").click()
    page.get_by_role("link", name="Remove… kit@example.com").click()
    dialog.get_by_role("button", name="Confirm").click()
    page.get_by_text("kit@example.com (Tenant) is off the portal.").wait_for()
    kit.goto(P)
    kit.get_by_role("link", name="Billing").wait_for()


def test_another_address_closes_the_page_that_is_open(world: World, browse: Browse) -> None:
    with world.scope():
        Email.objects.create(team=world.team, client=world.jo, address="partner@example.com")
        bill(world.jo, "90.00", title="Outside tap")
    page = browse(world.jo_user)
    page.goto(f"{P}billing/")
    page.get_by_text("Outside tap").wait_for()
    with world.scope():
        access = PortalAccess.objects.get(client=world.jo)
        people.invite(world.jo, address="partner@example.com", toggles=Toggles(SECTIONS), access=access)
    poll(page)
    page.get_by_text("404").wait_for()
    assert "Outside tap" not in page.content()


@pytest.mark.parametrize("script", [True, False])
def test_contact_details(world: World, browse: Browse, script: bool) -> None:
    """POR-14: corrected on a phone, refused with what was typed, saved, told in the timeline."""
    with world.scope():
        Phone.objects.create(team=world.team, client=world.jo, number="0113 496 0001", is_primary=True)
    page = browse(world.jo_user, width=360, script=script)
    page.goto(P)
    page.locator("details.menu summary").click()
    page.get_by_role("link", name="Your details").click()
    page.get_by_label("Phone", exact=True).fill("call me")
    page.get_by_label("Postcode").fill("LS1 1AA")
    page.get_by_role("button", name="Save your details").click()
    page.get_by_text("Write the number in figures").wait_for()
    assert page.get_by_label("Phone", exact=True).input_value() == "call me"
    assert page.get_by_label("Postcode").input_value() == "LS1 1AA"
    if script:
        looks(page, "refused")
    page.get_by_label("Phone", exact=True).fill("0113 496 0002")
    page.get_by_role("button", name="Save your details").click()
    page.get_by_text("Saved. Kirkstall Plumbing has been told.").wait_for()
    assert page.get_by_label("Phone", exact=True).input_value() == "0113 496 0002"
    office = browse(world.alice)
    office.goto(record(world.jo))
    office.get_by_text("Phone corrected by Jo Whitaker: 0113 496 0001, now 0113 496 0002").wait_for()


def test_asking_for_data_and_being_done_with_it(world: World, page: Page, browse: Browse) -> None:
    jo = browse(world.jo_user, width=360)
    jo.goto(P)
    jo.get_by_role("link", name="Ask for your data").click()
    jo.get_by_role("button", name="Ask for your data").click()
    jo.get_by_text("You asked on").wait_for()
    page.goto(record(world.jo))
    page.get_by_text("asked for their data on").wait_for()
    page.get_by_role("button", name="Mark as done").click()
    page.get_by_text("Done. It stays in the log.").wait_for()
    assert page.get_by_role("button", name="Mark as done").count() == 0
    with world.scope():
        assert DataRequest.objects.get().done_by == world.alice
