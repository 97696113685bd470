"""The list and the page of an invoice in a browser (INV-10, INV-15, INV-16)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from invoices.models import Invoice
from tests.browser.conftest import axe, overflows
from tests.invoices.helpers import draft, issued, line, pay, url
from tests.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Browse

pytestmark = pytest.mark.browser


def picture(page: Page, name: str) -> None:
    """Kept for looking at when CMA_SHOTS names a folder."""
    if folder := os.environ.get("CMA_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_payment_shows_on_the_open_page_without_a_reload(page: Page, world: World) -> None:
    with world.scope():
        invoice = issued(world)
    page.goto(url(world, "invoice", invoice.pk))
    page.evaluate("window.same = true")
    page.get_by_role("heading", name="Still to pay").wait_for()
    with world.scope():
        pay(world, invoice)
    page.get_by_role("link", name="Download receipt").first.wait_for()
    assert page.evaluate("window.same")
    assert page.locator("h1 ~ .state, h1 ~ details .state").inner_text() == "Paid"


def test_an_open_menu_is_not_drawn_over(page: Page, world: World) -> None:
    with world.scope():
        invoice = issued(world)
    page.goto(url(world, "invoice", invoice.pk))
    page.locator("summary[aria-label^='Status']").click()
    with world.scope():
        pay(world, invoice, "1.00")
    page.wait_for_timeout(3500)
    assert page.get_by_text("Record a part payment").is_visible()
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Payments").wait_for()


def test_finalize_and_lock_from_the_dialog(page: Page, world: World) -> None:
    with world.scope():
        invoice = draft(world)
    page.goto(url(world, "invoice", invoice.pk))
    page.get_by_role("link", name="Finalize & Lock").first.click()
    page.get_by_role("heading", name="Finalize & Lock INV-0001?").wait_for()
    picture(page, "finalize")
    assert axe(page) == []
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("INV-0001 is finalised and locked.").wait_for()
    with world.scope():
        assert Invoice.objects.get().is_issued


def test_a_dialog_that_is_refused_stays_open(page: Page, world: World) -> None:
    with world.scope():
        invoice = draft(world, line("Free", "0", vat_rate=world.rate))
    page.goto(url(world, "invoice", invoice.pk))
    page.get_by_role("link", name="Finalize & Lock").first.click()
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("INV-0001 comes to nothing.").wait_for()
    assert page.locator("dialog[open]").count() == 1


def test_choosing_tells_how_many_and_how_much(page: Page, world: World) -> None:
    with world.scope():
        first, second = draft(world), issued(world)
        pay(world, second, "2.00")
    page.goto(url(world, "invoice-list"))
    assert page.locator(".bulk").is_hidden()
    page.get_by_label(f"Choose {first.reference}").check()
    page.get_by_label(f"Choose {second.reference}").check()
    assert page.locator(".bulk b").inner_text() == "2 chosen"
    assert page.locator("[data-picked-sum]").inner_text() == "£202.00"
    picture(page, "bulk")
    assert axe(page) == []
    page.get_by_role("button", name="Mark Sent").click()
    page.get_by_role("heading", name="Finalize & Lock 1 invoice?").wait_for()
    picture(page, "bulk-sure")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("1 invoice is marked Sent.").wait_for()


def test_tabs_and_search_swap_the_list_and_push_the_address(page: Page, world: World) -> None:
    with world.scope():
        draft(world)
        issued(world, line("Stopcock", "10.00", vat_rate=world.rate))
    page.goto(url(world, "invoice-list"))
    page.evaluate("window.same = true")
    page.get_by_role("link", name="Draft").first.click()
    page.wait_for_url("**?status=draft")
    assert page.locator("tbody tr").count() == 1
    page.go_back()
    page.get_by_label("Search invoices").fill("stop")
    page.wait_for_url("**?q=stop")
    page.wait_for_function("document.querySelectorAll('tbody tr').length === 1")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_every_page_fits_and_is_accessible(browse: Browse, world: World, width: int) -> None:
    with world.scope():
        made = {
            "draft": draft(world, title="Plant room and kitchen"),
            "sent": issued(world),
            "paid": issued(world),
        }
        pay(world, made["sent"], "40.00")
        pay(world, made["paid"])
    addresses = {name: url(world, "invoice", one.pk) for name, one in made.items()}
    addresses |= {"list": url(world, "invoice-list"), "register": url(world, "number-register")}
    addresses |= {"email": url(world, "invoice-email", made["sent"].pk)}
    page = browse(world.alice, width=width, theme="dark" if width == 768 else "light")
    found = []
    for name, address in addresses.items():
        page.goto(address)
        found += [f"{name}: {problem}" for problem in axe(page)]
        found += [f"{name} scrolls sideways"] if overflows(page) else []
        picture(page, f"{name}-{width}")
    assert found == []
