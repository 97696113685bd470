"""The whole story in one go, on a whole instance: web, worker, beat, mail catcher, Stripe sandbox.

A plumber signs up, bills a client and lets him into the portal; he pays by card (declined once, then
accepted), Stripe's webhook arrives, both open pages say Paid, and both download the papers.
"""

from __future__ import annotations

import io
import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from pypdf import PdfReader

from dev.instance import Instance, running_instance
from dev.process import wait_until
from dev.stripe_sandbox import Sandbox

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OWNER, PASSWORD = "dana@example.com", "three-random-words"
CLIENT, CLIENT_PASSWORD = "rob@example.com", "another-three-words"
STRIPE_KEY = "sk_test_StoryOfDanaAndRob000001"
TOTAL = Decimal("283.20")


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    folder: Path = tmp_path_factory.mktemp("story")
    with running_instance(folder) as started:
        yield started


@pytest.fixture
def open_context(chromium: Browser, instance: Instance) -> Iterator[Callable[[], BrowserContext]]:
    contexts = []

    def fresh() -> BrowserContext:
        context = chromium.new_context(
            base_url=instance.url,
            locale="en-GB",
            timezone_id="Europe/London",
            viewport={"width": 1280, "height": 900},
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context

    yield fresh
    for context in contexts:
        context.close()


def mail_to(instance: Instance, address: str, subject: str) -> dict[str, Any]:
    """The newest mail to `address` whose subject has `subject` in it; waits for the worker to send it."""
    found: list[dict[str, Any]] = []

    def arrived() -> bool:
        with urllib.request.urlopen(f"{instance.mail_url}/api/messages?to={quote(address)}") as answer:
            fitting = [mail for mail in json.load(answer) if subject.lower() in mail["subject"].lower()]
        found[:] = fitting[:1]
        return bool(fitting)

    assert wait_until(arrived, 45), f"no mail “{subject}” to {address}"
    with urllib.request.urlopen(f"{instance.mail_url}/api/messages/{found[0]['id']}") as answer:
        mail: dict[str, Any] = json.load(answer)
    return mail


def pdf_text(context: BrowserContext, address: str) -> str:
    """The text of a PDF that this person may download."""
    response = context.request.get(address)
    assert response.status == 200, address
    assert response.headers["content-type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(response.body()))
    return "\n".join(page.extract_text() for page in reader.pages)


def sign_up(page: Page, instance: Instance) -> None:
    page.goto("/account/signup/")
    page.get_by_label("Your name").fill("Dana Frost")
    page.get_by_label("Business name").fill("Frost Plumbing")
    page.get_by_label("E-mail address").fill(OWNER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    mail = mail_to(instance, OWNER, "is your code")
    code = re.match(r"([A-Z0-9-]+) is your code", mail["subject"])
    assert code, mail["subject"]
    page.get_by_label(re.compile("code", re.IGNORECASE)).fill(code[1])
    page.get_by_role("button", name=re.compile("Confirm")).click()
    page.wait_for_url("**/first-steps/")


def save_with(page: Page, label: str) -> None:
    """Press Save of the section that has this field; each section saves on its own."""
    section = page.locator("form", has=page.get_by_label(label))
    section.get_by_role("button", name=re.compile("^Save")).click()
    page.wait_for_load_state()


def set_up(page: Page) -> None:
    """Business details, one client, one product, the Stripe key."""
    team = page.url.split("/t/")[1].split("/")[0]
    page.goto(f"/t/{team}/settings/business/")
    page.get_by_label("Phone").fill("0113 496 0999")
    save_with(page, "Phone")
    page.get_by_label("VAT number").fill("GB999999981")
    save_with(page, "VAT number")
    page.goto(f"/t/{team}/clients/new/")
    page.get_by_label("Name", exact=True).fill("Rob Aldous")
    page.locator("[data-rows=emails] input[type=email]").fill(CLIENT)
    page.get_by_role("button", name="Save").first.click()
    page.get_by_role("heading", name="Rob Aldous").wait_for()
    page.goto(f"/t/{team}/products/new/")
    page.get_by_label("Name", exact=True).fill("Labour")
    page.get_by_label("Unit price").fill("52")
    page.locator("[name=unit]").fill("h")
    page.get_by_role("button", name="Save").first.click()
    page.get_by_role("link", name="Labour").wait_for()
    page.goto(f"/t/{team}/payments/settings/")
    page.get_by_label("Stripe Key", exact=True).fill(STRIPE_KEY)
    section = page.locator("#stripe")
    section.get_by_label(re.compile("password")).fill(PASSWORD)
    section.get_by_role("button", name=re.compile("^Save")).click()
    page.get_by_text(STRIPE_KEY[-4:]).first.wait_for()


def raise_invoice(page: Page) -> str:
    """A draft with a product and a one-off, totals seen live, then Finalize & Lock; its address."""
    team = page.url.split("/t/")[1].split("/")[0]
    page.goto(f"/t/{team}/invoices/")
    page.get_by_role("link", name="Create").first.click()
    assert page.get_by_label("Reference").input_value() == "INV-0001"
    page.get_by_label("Client", exact=True).fill("Rob")
    page.get_by_role("option", name=re.compile("Rob Aldous")).click()
    add = page.get_by_label(re.compile("^Add item"))
    add.fill("Lab")
    page.get_by_role("option", name=re.compile("Labour")).first.click()
    page.get_by_label("Quantity").nth(0).fill("3")
    add.fill("Copper pipe and fittings")
    page.get_by_role("option", name=re.compile("one-off item")).click()
    page.get_by_label("Unit price").nth(1).fill("80.00")
    page.locator("#bar-total", has_text="£283.20").wait_for()
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.wait_for_url(re.compile(r"/invoices/\d+/$"))
    page.get_by_role("link", name="Finalize & Lock").first.click()
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("Still to pay").first.wait_for()
    return page.url


def let_in(page: Page, instance: Instance, client_page: Page) -> None:
    """Invite Rob; Rob sets a password from his mail and is in."""
    team = page.url.split("/t/")[1].split("/")[0]
    page.goto(f"/t/{team}/clients/")
    page.get_by_role("link", name="Rob Aldous").click()
    page.get_by_role("link", name="Portal access").click()
    page.get_by_role("button", name="Send invite").click()
    page.get_by_text("Invited", exact=False).first.wait_for()
    mail = mail_to(instance, CLIENT, "")
    link = next(link for link in mail["links"] if "/invite/" in link)
    client_page.goto(link)
    client_page.get_by_label(re.compile("[Pp]assword")).first.fill(CLIENT_PASSWORD)
    client_page.get_by_role("button", name="Set password and sign in").click()
    client_page.get_by_role("heading", name=re.compile("Hello")).wait_for()


def pay(page: Page, sandbox: Sandbox) -> None:
    """From Billing to Stripe's page: declined, then accepted, and back."""
    page.get_by_role("link", name="Billing").first.click()
    page.get_by_role("link", name=re.compile("Pay Now")).first.click()
    page.get_by_role("button", name=re.compile("Pay with Stripe")).click()
    page.wait_for_url(re.compile(re.escape(sandbox.url.split("://")[1].split(":")[1])))
    enter_card(page, "4000 0000 0000 0002")
    page.get_by_text(re.compile("declined", re.IGNORECASE)).first.wait_for()
    enter_card(page, "4242 4242 4242 4242")
    page.wait_for_url("**/paid/**")
    page.get_by_role("link", name="Receipt").first.wait_for()


def enter_card(page: Page, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("CVC").fill("123")
    page.get_by_label("Name on card").fill("Rob Aldous")
    page.get_by_role("button", name=re.compile("^Pay")).click()


def test_from_sign_up_to_a_paid_invoice(instance, open_context):
    office, portal = open_context(), open_context()
    dana, rob = office.new_page(), portal.new_page()
    sandbox = Sandbox(instance.stripe_url)

    sign_up(dana, instance)
    set_up(dana)
    invoice_url = raise_invoice(dana)
    let_in(dana, instance, rob)

    # Two pages stay open and are not reloaded: the invoice in the office, Billing in the portal.
    dana.goto(invoice_url)
    watching = portal.new_page()
    watching.goto(rob.url.rstrip("/") + "/billing/")
    watching.get_by_role("link", name=re.compile("Pay Now")).first.wait_for()

    pay(rob, sandbox)

    dana.locator(".state", has_text="Paid").first.wait_for()
    dana.get_by_text(re.compile("Visa ending 4242")).first.wait_for()
    watching.get_by_role("link", name=re.compile("Receipt")).first.wait_for()
    assert watching.get_by_role("link", name=re.compile("Pay Now")).count() == 0

    # The webhook was delivered for real and handled.
    delivered = [
        entry for entry in sandbox.log(key=STRIPE_KEY) if entry["type"] == "checkout.session.completed"
    ]
    assert delivered
    assert {entry["result"] for entry in delivered} == {"200"}, delivered
    assert sandbox.bad() == []

    number = invoice_url.rstrip("/").rsplit("/", 1)[1]
    for context, base in (
        (office, invoice_url),
        (portal, watching.url.replace("/billing/", f"/invoices/{number}/")),
    ):
        invoice = pdf_text(context, base + "invoice.pdf")
        receipt = pdf_text(context, base + "receipt.pdf")
        assert "INV-0001" in invoice
        assert "GB999999981" in invoice
        for figure in ("156.00", "80.00", "236.00", "47.20", "283.20"):
            assert figure in invoice, figure
        assert "RECEIPT" in receipt.upper()
        assert "283.20" in receipt
        assert "4242" in receipt

    books = sandbox.books(key=STRIPE_KEY)
    assert TOTAL * 100 in books.values(), books
