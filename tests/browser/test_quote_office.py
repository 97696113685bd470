"""The office's quotes in a browser, on a phone and at a desk (QUO-3, QUO-5, QUO-11, INV-5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from invoices.models import Invoice
from quotes.answering import ask
from quotes.models import Acceptance, Comment, Side
from tests.browser.conftest import axe, overflows
from tests.browser.test_invoice_pages import picture
from tests.quotes.making import accepted, draft, sent
from tests.quotes.office import url
from tests.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Browse

pytestmark = pytest.mark.browser
# What the texts of the dialog's button are in every dialog that changes something (SCR-3).
CONFIRM = "Confirm"


def sign(page: Page) -> None:
    """Draw a stroke on the pad."""
    page.locator("[data-sign]").scroll_into_view_if_needed()
    box = page.locator("[data-sign]").bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 20, steps=5)
    page.mouse.move(box["x"] + 160, box["y"] + 70, steps=5)
    page.mouse.up()


@pytest.mark.parametrize("width", [360, 1280])
def test_from_the_draft_to_the_invoice(browse: Browse, world: World, width: int) -> None:
    with world.scope():
        quote = draft(world, title="Bathroom")
    page = browse(world.alice, width=width)
    page.goto(url(world, "quote-list"))
    page.get_by_role("link", name="QUO-0001").first.click()
    page.locator("a:visible", has_text="Send…").first.click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Email the client now").uncheck()
    dialog.get_by_role("button", name=CONFIRM).click()
    page.locator("a:visible", has_text="Share link…").first.click()
    page.locator("dialog[open]").get_by_role("button", name="Copy link").click()
    link = page.locator("dialog[open]").get_by_label("The link")
    assert re.search(r"/p/kirkstall-plumbing/.+", link.input_value())
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    page.get_by_role("link", name="Sign face to face").locator("visible=true").first.click()
    page.get_by_label(re.compile("^Best")).check()
    page.locator("[data-t=total-dock]:visible, .side [data-t=total]:visible").filter(
        has_text="£2,379.98"
    ).wait_for()
    page.get_by_role("button", name="Continue to sign").locator("visible=true").click()
    page.get_by_label("Your full name").fill("Jo Whitaker")
    sign(page)
    page.get_by_label(re.compile("I accept quote QUO-0001")).check()
    page.get_by_role("button", name=re.compile("Accept and sign")).click()
    page.get_by_role("heading", name="Thank you, Jo Whitaker").wait_for()
    page.get_by_role("link", name="Back to the office").click()
    page.get_by_role("button", name="Generate invoice").locator("visible=true").click()
    page.wait_for_url("**/edit/")
    with world.scope():
        assert Acceptance.objects.get().in_person_with == world.alice
        invoice = Invoice.objects.get()
    page.goto(f"/t/{world.team.slug}/invoices/{invoice.pk}/")
    page.get_by_role("link", name="From quote QUO-0001").click()
    page.wait_for_url(f"**/quotes/{quote.pk}/")


def test_a_question_is_answered_under_it(page: Page, world: World) -> None:
    with world.scope():
        quote = sent(world)
        line = quote.lines.get(description="Labour").key
        ask(quote, line_key=line, text="Is the skip in it?", by_name="Jo", user=world.jo_user)
    page.goto(url(world, "quote", quote.pk))
    page.get_by_label("Your answer about “Labour”").fill("Yes, it is.")
    page.get_by_role("button", name="Answer").first.click()
    page.get_by_text("Yes, it is.").wait_for()
    with world.scope():
        assert Comment.objects.filter(side=Side.TEAM).count() == 1


def test_without_script_a_draft_is_sent_and_signed(browse: Browse, world: World) -> None:
    with world.scope():
        quote = draft(world)
    page = browse(world.alice, width=360, script=False)
    page.goto(url(world, "quote", quote.pk))
    page.locator(".bar").get_by_role("link", name="Send…").click()
    page.get_by_role("button", name=CONFIRM).click()
    page.goto(url(world, "quote-in-person", quote.pk))
    page.get_by_role("button", name="Continue to sign").locator("visible=true").click()
    page.get_by_label("Your full name").fill("Jo Whitaker")
    page.get_by_label("Type your name as your signature").fill("Jo Whitaker")
    page.get_by_label(re.compile("I accept quote")).check()
    page.get_by_role("button", name=re.compile("Accept and sign")).click()
    page.get_by_role("heading", name="Thank you, Jo Whitaker").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_axe_finds_nothing(browse: Browse, world: World, width: int, theme: str) -> None:
    with world.scope():
        first = draft(world, title="Plant room", terms="Half in advance.")
        open_one = sent(world, site="4 Beck Lane\nLeeds")
        line = open_one.lines.get(description="Labour").key
        ask(open_one, line_key=line, text="With skip?", by_name="Jo", user=None)
        second = sent(world).new_version(by=world.alice)
        second.send(by=world.alice, email_client=False)
        signed = accepted(world).quote
    page = browse(world.alice, width=width, theme=theme)
    pages = {
        "list": url(world, "quote-list"),
        "draft": url(world, "quote", first.pk),
        "sent": url(world, "quote", open_one.pk),
        "accepted": url(world, "quote", signed.pk),
        "second": url(world, "quote", second.pk),
        "send": url(world, "quote-send", first.pk),
        "share": url(world, "quote-share", open_one.pk),
        "duplicate": url(world, "quote-duplicate", open_one.pk),
        "changed": url(world, "quote-differences", second.pk),
        "in-person": url(world, "quote-in-person", open_one.pk),
        "sign": url(world, "quote-in-person-sign", open_one.pk),
        "done": url(world, "quote-in-person-done", signed.pk),
        "client": url(world, "client-quotes", world.jo.pk),
    }
    for name, address in pages.items():
        page.goto(address)
        picture(page, f"quote-{name}-{width}-{theme}")
        assert axe(page) == [], name
        assert not overflows(page), name
