"""A client signs a quote: by finger, by mouse, by keyboard alone, and without script (QUO-4 to QUO-8)."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from quotes import answering, drafting, sending
from quotes.models import Acceptance, Line, Quote
from tests.browser.conftest import Browse, axe, overflows
from tests.quotes.making import accepted, draft
from tests.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

pytestmark = pytest.mark.browser

SLUG = "kirkstall-plumbing"
# The largest layout shift that people do not notice (trust: ui.md).
STILL = 0.05
SHIFTS = """
window.shifts = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


def address(name: str, quote: Quote) -> str:
    return reverse(f"portal:{name}", args=[SLUG, quote.pk])


@pytest.fixture
def quote(world: World) -> Quote:
    with world.scope():
        made = draft(world, title="Bathroom refit", terms="Pay within 14 days.", intro="Thank you.")
        sending.send(made, by=world.alice, email_client=False)
        return made


def signed(world: World) -> Acceptance | None:
    with world.scope():
        return Acceptance.objects.first()


def scribble(page: Page) -> None:
    """A stroke over the pad with the mouse."""
    pad = page.locator("[data-sign]")
    # Clear of the bar at the thumb.
    pad.evaluate("pad => pad.scrollIntoView({block: 'center'})")
    box = pad.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 90)
    page.mouse.down()
    for x, y in ((80, 40), (120, 110), (160, 50), (200, 100)):
        page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
    page.mouse.up()


def swipe(page: Page) -> None:
    """The same with a finger."""
    pad = page.locator("[data-sign]")
    # Clear of the bar at the thumb.
    pad.evaluate("pad => pad.scrollIntoView({block: 'center'})")
    box = pad.bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)
    points = [(40, 90), (80, 40), (120, 110), (160, 50), (200, 100)]
    for index, (x, y) in enumerate(points):
        kind = "touchStart" if index == 0 else "touchMove"
        at = {"x": box["x"] + x, "y": box["y"] + y}
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def ready_to_sign(page: Page, quote: Quote) -> None:
    page.goto(address("quote-sign", quote))
    page.get_by_label("Your full name").fill("Jo Whitaker")
    page.locator("[name=agree]").check()


def test_on_a_phone_with_a_finger(world: World, browse: Browse, quote: Quote) -> None:
    """QUO-4, QUO-6: choose, see the total follow, and sign; nothing jumps on the way."""
    page = browse(world.jo_user, width=360, has_touch=True)
    page.add_init_script(SHIFTS)
    page.goto(address("quote", quote))
    total = page.locator(".dock [data-t=total-dock]")
    assert total.text_content() == "£2,019.98"
    with page.expect_response(re.compile("choose")):
        page.get_by_text("Best", exact=True).tap()
    page.wait_for_function("document.querySelector('.dock [data-t=total-dock]').textContent === '£2,379.98'")
    assert page.locator("#totals-2 [data-t=total]").text_content() == "£2,379.98"
    assert page.evaluate("window.shifts") <= STILL
    assert not overflows(page)
    page.locator(".dock").get_by_role("button", name="Continue to sign").tap()
    page.wait_for_url(f"**{address('quote-sign', quote)}")
    assert page.locator("[name=how][value=drawn]").is_checked()
    page.get_by_label("Your full name").fill("Jo Whitaker")
    swipe(page)
    page.locator("[name=agree]").check()
    assert page.evaluate("window.shifts") <= STILL
    assert not overflows(page)
    # Pressed at once after the swipe, a simulated tap would be taken for a part of it.
    page.get_by_role("button", name="Accept and sign").click()
    page.wait_for_url(f"**{address('quote-accepted', quote)}")
    found = signed(world)
    assert found
    assert found.how == "drawn"
    assert found.signature
    assert str(found.total) == "2379.98"


def test_at_a_desk_with_a_mouse(world: World, browse: Browse, quote: Quote) -> None:
    """QUO-6: what was cleared is not sent."""
    page = browse(world.jo_user)
    page.add_init_script(SHIFTS)
    ready_to_sign(page, quote)
    scribble(page)
    assert page.locator("[data-drawn]").input_value().startswith("data:image/png;base64,")
    page.get_by_role("button", name="Clear").click()
    assert page.locator("[data-drawn]").input_value() == ""
    page.get_by_role("button", name="Accept and sign").click()
    page.get_by_text("Sign in the box, or type your name instead.").first.wait_for()
    assert signed(world) is None
    scribble(page)
    assert page.evaluate("window.shifts") <= STILL
    page.get_by_role("button", name="Accept and sign").click()
    page.wait_for_url(f"**{address('quote-accepted', quote)}")
    assert page.get_by_alt_text("Signature of Jo Whitaker").evaluate("image => image.naturalWidth") > 0


def test_a_refused_form_keeps_the_drawing(world: World, browse: Browse, quote: Quote) -> None:
    page = browse(world.jo_user)
    ready_to_sign(page, quote)
    scribble(page)
    page.locator("[name=agree]").uncheck()
    page.get_by_role("button", name="Accept and sign").click()
    page.get_by_text("Tick “I agree” to sign.").first.wait_for()
    ink = """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
        .data.some((value, index) => index % 4 === 3 && value > 0)"""
    page.wait_for_function(f"({ink})(document.querySelector('[data-sign]'))")
    page.locator("[name=agree]").check()
    page.get_by_role("button", name="Accept and sign").click()
    page.wait_for_url(f"**{address('quote-accepted', quote)}")


def test_with_the_keyboard_alone(world: World, browse: Browse, quote: Quote) -> None:
    """QUO-6: ticks, the typed signature and the button, each reached with Tab, Space and arrows."""
    page = browse(world.jo_user)
    page.goto(address("quote", quote))
    tab_to(page, "input[type=radio]:checked")
    with page.expect_response(re.compile("choose")):
        page.keyboard.press("ArrowDown")
    page.wait_for_function("document.querySelector('#totals [data-t=total]').textContent === '£2,379.98'")
    tab_to(page, "aside button[value=sign]")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address('quote-sign', quote)}")
    tab_to(page, "[name=name]")
    page.keyboard.type("Jo Whitaker")
    tab_to(page, "[name=how]")
    page.keyboard.press("ArrowRight")
    tab_to(page, "[name=typed]")
    page.keyboard.type("Jo Whitaker")
    tab_to(page, "[name=agree]")
    page.keyboard.press("Space")
    tab_to(page, ".dock button")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address('quote-accepted', quote)}")
    found = signed(world)
    assert found
    assert (found.how, found.typed, str(found.total)) == ("typed", "Jo Whitaker", "2379.98")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def test_without_script(world: World, browse: Browse, quote: Quote) -> None:
    """QUO-4, QUO-6: "Update the total" and typing; to the penny what script shows."""
    page = browse(world.jo_user, width=360, script=False)
    page.goto(address("quote", quote))
    page.get_by_text("Best", exact=True).click()
    page.get_by_role("button", name="Update the total").click()
    assert page.locator(".dock [data-t=total-dock]").text_content() == "£2,379.98"
    page.locator(".dock").get_by_role("button", name="Continue to sign").click()
    assert not page.locator("[data-sign]").is_visible()
    page.get_by_label("Your full name").fill("Jo Whitaker")
    page.get_by_label("Type your name as your signature").fill("Jo W.")
    page.locator("[name=agree]").check()
    page.get_by_role("button", name="Accept and sign").click()
    assert page.get_by_text("Agreed, thank you").is_visible()
    found = signed(world)
    assert found
    assert (found.how, found.typed) == ("typed", "Jo W.")


def test_a_double_press_is_one_acceptance(world: World, browse: Browse, quote: Quote) -> None:
    page = browse(world.jo_user)
    ready_to_sign(page, quote)
    scribble(page)
    page.get_by_role("button", name="Accept and sign").dblclick()
    page.wait_for_url(f"**{address('quote-accepted', quote)}")
    with world.scope():
        assert Acceptance.objects.count() == 1


def test_an_edit_between_looking_and_signing(world: World, browse: Browse, quote: Quote) -> None:
    """QUO-8: version 2 is shown with what changed, and nothing is accepted."""
    page = browse(world.jo_user, width=360)
    ready_to_sign(page, quote)
    scribble(page)
    with world.scope():
        second = drafting.new_version(quote, by=world.alice)
        Line.objects.filter(quote=second, description="Labour").update(description="Labour, two men")
        sending.send(second, by=world.alice, email_client=False)
    page.get_by_role("button", name="Accept and sign").click()
    page.get_by_text("Nothing was signed.").wait_for()
    assert page.get_by_text("Labour, now Labour, two men").is_visible()
    assert signed(world) is None
    page.locator(".dock").get_by_role("button", name="Continue to sign").click()
    page.wait_for_url(f"**{address('quote-sign', second)}")


def test_a_quantity_out_of_bounds_is_said_beside_it(world: World, browse: Browse, quote: Quote) -> None:
    page = browse(world.jo_user)
    page.goto(address("quote", quote))
    many = page.get_by_label("How many: Radiator")
    with page.expect_response(re.compile("choose")):
        many.fill("3")
    page.wait_for_function("document.querySelector('#totals [data-t=total]').textContent === '£2,308.16'")
    many.fill("12")
    page.get_by_text("Choose a quantity from 1 to 8.").first.wait_for()
    assert page.locator("#totals [data-t=total]").text_content() == "£2,308.16"
    with world.scope():
        assert answering.figures_of(quote).totals.total.to_eng_string() == "2308.16"


def test_asking_about_a_line(world: World, browse: Browse, quote: Quote) -> None:
    """QUO-5."""
    page = browse(world.jo_user, width=360)
    page.goto(address("quote", quote))
    page.get_by_text("Ask about this line").first.click()
    page.get_by_label("Your question about “Labour”").fill("How many days?")
    page.get_by_role("button", name="Send question").first.click()
    page.get_by_text("Waiting for an answer").wait_for()


def test_by_the_mailed_link(world: World, browse: Browse, quote: Quote) -> None:
    """Trust 6: no login, nothing from anybody else's server, and no way to other pages."""
    with world.scope():
        link = sending.make_link(quote, "jo@example.com")
    page = browse(width=360)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(link[link.index("/p/") :])
    assert page.url.endswith(address("quote", quote))
    home = page.url[: page.url.index("/p/")]
    assert all(url.startswith((home, "data:")) for url in asked)
    assert page.locator("nav.places").count() == 0
    ready_to_sign(page, quote)
    scribble(page)
    page.get_by_role("button", name="Accept and sign").click()
    page.wait_for_url(f"**{address('quote-accepted', quote)}")


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (768, "dark"), (1280, "light"), (1280, "dark")])
def test_every_page_can_be_read(world: World, browse: Browse, quote: Quote, width: int, theme: str) -> None:
    with world.scope():
        other = draft(world)
        sending.send(other, by=world.alice, email_client=False)
        answering.ask(other, line_key=None, text="When?", by_name="Jo Whitaker", user=world.jo_user)
        answering.ask(quote, line_key=None, text="When?", by_name="Jo Whitaker", user=world.jo_user)
        done = accepted(world, other)
    page = browse(world.jo_user, width=width, theme=theme)
    pages = [address(name, quote) for name in ("quote", "quote-sign", "quote-changes", "quote-decline")]
    pages += [address(name, other) for name in ("quote", "quote-accepted")]
    pages += [reverse("portal:quotes", args=[SLUG]), f"/p/{SLUG}/", "/check/", f"/check/{done.sha256}/"]
    for url in [*pages, f"/check/{'a' * 64}/"]:
        page.goto(url)
        assert axe(page) == [], url
        assert not overflows(page), url


def test_the_first_visit_is_light(world: World, browse: Browse, quote: Quote) -> None:
    """Under 150 kB over the wire with style, font and script, compressed as production serves them."""
    page = browse(world.jo_user, width=360)
    bodies: list[bytes] = []

    def weigh(request: Request) -> None:
        response = request.response()
        assert response
        bodies.append(response.body())

    page.on("requestfinished", weigh)
    page.goto(address("quote", quote))
    page.wait_for_load_state("networkidle")
    weight = sum(min(len(body), len(gzip.compress(body))) for body in bodies)
    assert len(bodies) > 6
    assert weight < 150_000
