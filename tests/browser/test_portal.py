"""The client's side with its script and without: pages that change by themselves, and who may read them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from clients.models import Client
from invoices.models import Invoice
from mail.models import Message
from portal import people
from portal.models import PortalAccess
from teams.models import Team
from tests.browser.conftest import ON_PURPOSE, Browse, axe, overflows
from tests.portal.making import bill, pay
from tests.world import World, customer

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

P = "/p/kirkstall-plumbing/"
ALL = {f"shows_{name}": True for name in ("quotes", "invoices", "files", "meetings", "messages")}


@pytest.fixture
def late(world: World) -> Invoice:
    """Jo owes 168.00 of 228.00, and has paid another one."""
    with world.scope():
        Team.objects.filter(pk=world.team.pk).update(stripe_mode="test")
        pay(bill(world.jo, "96.00", title="Annual boiler service"))
        invoice = bill(world.jo, "228.00", title="Outside tap and stopcock", due_in=-7)
        pay(invoice, "60.00")
    return invoice


def poll(page: Page) -> None:
    """Look at once, in place of waiting for three seconds to pass."""
    page.evaluate("htmx.trigger('[data-live]', 'wake')")


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (768, "dark"), (1280, "light"), (1280, "dark")])
def test_every_page_can_be_read(world: World, browse: Browse, late: Invoice, width: int, theme: str) -> None:
    jo, nobody = browse(world.jo_user, width=width, theme=theme), browse(width=width, theme=theme)
    own = f"{P}invoices/{late.pk}/"
    for page, address in [
        *((nobody, f"{P}{path}") for path in ("sign-in/", "sign-in/link/")),
        *((jo, f"{P}{path}") for path in ("", "billing/", "billing/?show=open", "password/")),
        *((jo, f"{own}{path}") for path in ("", "pay/")),
    ]:
        page.goto(address)
        assert axe(page) == [], address
        assert not overflows(page), address


@pytest.mark.parametrize("path", ["", "billing/", "invoices/{pk}/", "invoices/{pk}/pay/"])
def test_an_open_page_becomes_paid_by_itself(world: World, browse: Browse, late: Invoice, path: str) -> None:
    """PAY-12, without a reload by hand; screen readers are told."""
    page = browse(world.jo_user, width=360)
    page.goto(P + path.format(pk=late.pk))
    page.evaluate("window.stayed = true")
    with world.scope():
        pay(late)
    poll(page)
    page.locator(f"a[href$='/invoices/{late.pk}/receipt.pdf']").first.wait_for()
    assert page.locator(f"a[href$='/invoices/{late.pk}/pay/']").count() == 0
    assert page.evaluate("window.stayed")


def test_what_is_being_typed_stays(world: World, browse: Browse, late: Invoice) -> None:
    page = browse(world.jo_user, width=360)
    page.goto(f"{P}invoices/{late.pk}/pay/")
    page.get_by_text("Pay a part of it").click()
    amount = page.get_by_label("Amount to pay now")
    amount.fill("40")
    assert page.locator("button.pay .num").text_content() == "£40.00"
    with world.scope():
        pay(late, "10.00")
    poll(page)
    page.get_by_text("£158").first.wait_for()
    assert amount.input_value() == "40"
    assert page.locator("button.pay .num").text_content() == "£40.00"
    assert page.evaluate("document.activeElement.name") == "amount"


def test_a_section_that_goes_off_takes_its_open_pages_along(
    world: World, browse: Browse, late: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Here the 404 is what is wanted.
    monkeypatch.setattr("tests.browser.conftest.ON_PURPOSE", (*ON_PURPOSE, "status of 404"))
    page = browse(world.jo_user)
    page.goto(f"{P}invoices/{late.pk}/")
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(shows_invoices=False)
    poll(page)
    page.get_by_text("There is nothing at this address").wait_for()
    assert "Outside tap" not in page.content()


def test_by_invitation_without_script(world: World, browse: Browse) -> None:
    """POR-2 and SCR-2: the whole way in on plain HTML, on a phone."""
    with world.scope():
        mo = customer(world.team, "Mo Adeyemi", "mo@example.com")
        people.invite(mo, address="mo@example.com", toggles=people.Toggles(ALL))
        found = re.search(r"/p/kirkstall-plumbing/invite/[\w-]{43}/", Message.objects.get().text)
    assert found
    page = browse(width=360, script=False)
    page.goto(found.group())
    assert page.url.endswith("/invite/")
    page.get_by_label("New password").fill("three-random-words")
    page.get_by_role("button", name="Set password and sign in").click()
    page.get_by_role("heading", name="Hello Mo").wait_for()
    page.get_by_role("link", name="Billing").click()
    page.get_by_text("No invoices yet").wait_for()


def test_bank_transfer_without_script(world: World, browse: Browse, late: Invoice) -> None:
    page = browse(world.jo_user, width=360, script=False)
    page.goto(f"{P}billing/")
    page.get_by_role("link", name=re.compile("^Pay Now")).first.click()
    assert page.get_by_role("button", name="Copy").count() == 0
    page.get_by_role("button", name="I have sent a bank transfer").click()
    page.get_by_text("that a transfer is on its way").wait_for()


def test_the_office_invites(world: World, page: Page, browse: Browse) -> None:
    with world.scope():
        mo = customer(world.team, "Mo Adeyemi", "mo@example.com")
    page.goto(f"/t/kirkstall-plumbing/clients/{mo.pk}/portal/")
    assert axe(page) == []
    page.get_by_label("Files").uncheck()
    page.get_by_role("button", name="Send invite").click()
    page.get_by_text("Invite sent to mo@example.com.").wait_for()
    assert axe(page) == []
    page.get_by_label("Enable portal").uncheck()
    page.get_by_role("button", name="Save access").click()
    page.get_by_text("Access saved. Nothing was sent.").wait_for()
    with world.scope():
        assert not Client.objects.get(pk=mo.pk).portal_enabled
        assert not PortalAccess.objects.get(client=mo).shows_files
    phone = browse(world.alice, width=360, theme="dark")
    phone.goto(f"/t/kirkstall-plumbing/clients/{mo.pk}/portal/")
    assert axe(phone) == []
    assert not overflows(phone)


def test_the_refused_sign_in(world: World, browse: Browse) -> None:
    page: Any = browse(width=360)
    page.goto(f"{P}sign-in/?next={P}billing/")
    page.get_by_label("E-mail address").fill("jo@example.com")
    page.get_by_label("Password").fill("wrong-password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("have a link mailed").first.wait_for()
    assert axe(page) == []
    assert page.get_by_label("E-mail address").input_value() == "jo@example.com"
    page.get_by_label("Password").fill("a-long-test-password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**{P}billing/")
