"""The hosted page in a real browser, with and without JavaScript, on a phone and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from playwright.sync_api import sync_playwright

from dev.stripe_sandbox import Sandbox
from tests.sandbox.conftest import Receiver, new_session

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "dev" / "vendor" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as started:
        launched = started.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(params=[True, False], ids=["javascript", "plain"])
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, java_script_enabled=request.param, is_mobile=True
    )
    yield context.new_page()
    context.close()


def fill_in(page: Any, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("CVC").fill("123")
    page.get_by_label("Name on card").fill("Jo Client")


def test_declined_then_paid(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver, page: Any
) -> None:
    session = new_session(client, success_url=f"{sandbox.url}/?thanks={{CHECKOUT_SESSION_ID}}")
    page.goto(session.url)
    fill_in(page, "4000 0000 0000 0002")
    page.get_by_role("button", name="Pay £123.45").click()
    assert page.get_by_role("alert").inner_text() == "Your card was declined."
    fill_in(page, "4242 4242 4242 4242")
    page.get_by_role("button", name="Pay £123.45").click()
    page.wait_for_url(f"{sandbox.url}/?thanks={session.id}")
    page.goto(session.url)
    assert page.get_by_role("heading", name="You are all done here").is_visible()
    page.get_by_role("link", name="Continue").click()
    page.wait_for_url(f"{sandbox.url}/?thanks={session.id}")


def test_3d_secure(sandbox: Sandbox, client: stripe.StripeClient, page: Any) -> None:
    session = new_session(client, success_url=f"{sandbox.url}/?thanks")
    page.goto(session.url)
    fill_in(page, "4000 0025 0000 3155")
    page.get_by_role("button", name="Pay £123.45").click()
    page.get_by_role("button", name="Fail").click()
    assert "unable to authenticate" in page.get_by_role("alert").inner_text()
    fill_in(page, "4000 0025 0000 3155")
    page.get_by_role("button", name="Pay £123.45").click()
    page.get_by_role("button", name="Complete").click()
    page.wait_for_url(f"{sandbox.url}/?thanks")


def test_direct_debit(sandbox: Sandbox, client: stripe.StripeClient, page: Any) -> None:
    session = new_session(client, success_url=f"{sandbox.url}/?thanks")
    page.goto(session.url)
    page.get_by_role("link", name="Direct Debit").click()
    page.get_by_label("Sort code").fill("10-88-00")
    page.get_by_label("Account number").fill("00012345")
    page.get_by_label("Name of account holder").fill("Jo Client")
    page.get_by_role("button", name="Pay £123.45").click()
    page.wait_for_url(f"{sandbox.url}/?thanks")


def test_back_leads_to_the_business(sandbox: Sandbox, client: stripe.StripeClient, page: Any) -> None:
    session = new_session(client, cancel_url=f"{sandbox.url}/?back")
    page.goto(session.url)
    page.get_by_role("link", name="Back").click()
    page.wait_for_url(f"{sandbox.url}/?back")


@pytest.mark.parametrize("page", [True], indirect=True)
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_scrolls_sideways(
    sandbox: Sandbox, client: stripe.StripeClient, page: Any, width: int
) -> None:
    sandbox.account(sandbox.key, business_name="Ridiculouslylongnamedplumbingandheatingbusiness of Leeds")
    page.set_viewport_size({"width": width, "height": 740})
    for address in (str(new_session(client, 99_999_999).url), f"{sandbox.url}/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("page", [True], indirect=True)
def test_whole_form_by_keyboard(sandbox: Sandbox, client: stripe.StripeClient, page: Any) -> None:
    session = new_session(client, customer_email="jo@example.com", success_url=f"{sandbox.url}/?thanks")
    page.goto(session.url)
    page.get_by_label("Card number").focus()
    for typed in ("4242424242424242", "1234", "123", "Jo Client"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{sandbox.url}/?thanks")


@pytest.mark.parametrize("page", [True], indirect=True)
def test_form_sent_twice_pays_once(sandbox: Sandbox, client: stripe.StripeClient, page: Any) -> None:
    session = new_session(client, success_url=f"{sandbox.url}/?thanks")
    page.goto(session.url)
    fill_in(page, "4242 4242 4242 4242")
    page.evaluate("document.forms[0].submit(); document.forms[0].submit()")
    page.wait_for_load_state("networkidle")
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert sandbox.books()["payments"] == 1


@pytest.mark.parametrize("page", [True], indirect=True)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(sandbox: Sandbox, client: stripe.StripeClient, page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    session = new_session(client)
    form = {"method": "card", "number": "4000002500003155", "expiry": "1234", "cvc": "123", "name": "Jo"}
    step = sandbox.visit(f"/c/pay/{session.id}", form).location
    addresses = [session.url, f"{session.url}?method=bacs_debit", f"{sandbox.url}{step}", f"{sandbox.url}/"]
    for address in addresses:
        page.goto(address)
        page.evaluate(AXE.read_text())
        violations = page.evaluate("async () => (await axe.run()).violations")
        assert [violation["id"] for violation in violations] == []
