"""Doors, members and settings in a real browser: read, used by keyboard, with a passkey, without script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mail.models import AccountMessage, Message
from teams.models import Team
from tests.browser.conftest import Browse, axe, overflows
from tests.world import PASSWORD, World

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

T = "/t/kirkstall-plumbing/"
DOORS = ("/account/login/", "/account/signup/", "/account/password/reset/", "/account/login/code/")
OWN = ("/account/", "/?switch=1", "/account/2fa/", "/account/sessions/", "/account/password/change/")
OFFICE = (
    "first-steps/",
    "settings/business/",
    "settings/branding/",
    "settings/wording/",
    "settings/wording/receipt/",
    "settings/security/",
    "members/",
    "members/invite/",
    "members/hand-over/",
    "audit-log/",
)


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (768, "dark"), (1280, "light"), (1280, "dark")])
def test_every_page_can_be_read(world: World, browse: Browse, width: int, theme: str) -> None:
    nobody, alice = browse(width=width, theme=theme), browse(world.alice, width=width, theme=theme)
    pages = [(nobody, path) for path in DOORS]
    pages += [(alice, path) for path in (*OWN, *(f"{T}{path}" for path in OFFICE))]
    for page, address in pages:
        page.goto(address)
        assert axe(page) == [], address
        assert not overflows(page), address


def test_signing_up_by_keyboard_alone(browse: Browse) -> None:
    page = browse(width=360)
    page.goto("/account/signup/")
    page.wait_for_function("document.activeElement.name === 'name'")
    for words in ("Dora Finch", "Finch & Sons", "dora@example.com", PASSWORD):
        page.keyboard.type(words)
        page.keyboard.press("Enter" if words == PASSWORD else "Tab")
    page.wait_for_url("**/confirm-email/")
    code = re.search(r"^([A-Z0-9-]{6,9})$", AccountMessage.objects.get().text, re.MULTILINE)
    assert code
    page.wait_for_function("document.activeElement.name === 'code'")
    page.keyboard.type(code[1])
    page.keyboard.press("Enter")
    page.wait_for_url("**/t/finch-sons/first-steps/")
    assert page.get_by_role("link", name="Fill in business details").is_visible()


def with_authenticator(page: Page) -> None:
    """Give the browser a fingerprint reader that always says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_and_signs_in(world: World, page: Page) -> None:
    with_authenticator(page)
    page.goto("/account/2fa/webauthn/add/")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/webauthn/add/")
    page.get_by_label("What it is called").fill("Van phone")
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/")
    page.goto("/account/2fa/webauthn/")
    assert page.get_by_text("Van phone").first.is_visible()
    page.goto("/account/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login/**")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"**{T}")


def test_inviting_in_a_dialog_and_joining_without_script(world: World, page: Page, browse: Browse) -> None:
    page.goto(f"{T}members/")
    page.get_by_role("link", name="Invite…").first.click()
    page.get_by_label("E-mail address").fill("nonsense")
    page.get_by_role("button", name="Send invitation").click()
    page.get_by_text("Type a whole e-mail address").wait_for()
    assert page.get_by_label("E-mail address").input_value() == "nonsense"
    page.get_by_label("E-mail address").fill("nia@example.com")
    page.get_by_role("button", name="Send invitation").click()
    page.get_by_text("An invitation is on its way").wait_for()
    with world.scope():
        link = re.search(r"/join/\S+/", Message.objects.get().text)
    assert link
    guest = browse(width=360, script=False)
    guest.goto(link[0])
    guest.get_by_label("Your name").fill("Nia Ward")
    guest.get_by_label("New password").fill(PASSWORD)
    guest.get_by_role("button", name="Join").click()
    guest.wait_for_url(f"**{T}")


def test_a_section_saves_and_a_refusal_takes_the_focus(world: World, page: Page) -> None:
    page.goto(f"{T}settings/business/")
    details = page.locator("form#details")
    details.get_by_label("Phone").fill("ring me")
    assert "btn-main" in (details.get_by_role("button").get_attribute("class") or "")
    details.get_by_role("button", name="Save").click()
    page.locator("[data-problems]").wait_for()
    assert page.evaluate("document.activeElement.hasAttribute('data-problems')")
    assert page.locator("form#details").get_by_label("Phone").input_value() == "ring me"
    page.locator("form#details").get_by_label("Phone").fill("0113 496 0143")
    page.locator("form#details").get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    with world.scope():
        assert Team.objects.get().phone == "0113 496 0143"


def test_a_colour_is_seen_before_it_is_saved(world: World, page: Page) -> None:
    page.goto(f"{T}settings/branding/")
    page.get_by_label("Your colour").evaluate(
        "field => { field.value = '#f5c518'; field.dispatchEvent(new Event('input', {bubbles: true})) }"
    )
    page.locator("#preview [fill='#f5c518']").first.wait_for()
    with world.scope():
        assert Team.objects.get().colour == "#0b6e69"


def test_a_mail_is_seen_before_it_is_saved(page: Page) -> None:
    page.goto(f"{T}settings/wording/receipt/")
    page.get_by_label("Text").fill("Dear {client_name}, <b>thanks</b>")
    page.locator("#preview").get_by_text("Dear Jo Whitaker, <b>thanks</b>").wait_for()


def test_the_log_is_searched_as_one_types(world: World, page: Page) -> None:
    page.goto(f"{T}settings/business/")
    page.locator("form#details").get_by_label("Phone").fill("0113 496 0143")
    page.locator("form#details").get_by_role("button", name="Save").click()
    page.goto(f"{T}audit-log/")
    page.get_by_label("Search", exact=True).fill("zebra")
    page.get_by_text("Nothing of the kind").wait_for()
    assert page.url.endswith("?q=zebra")
    page.get_by_label("Search", exact=True).fill("0143")
    page.get_by_text("Business details changed by Alice Hartley").click()
    assert page.get_by_role("cell", name="0113 496 0143").is_visible()
