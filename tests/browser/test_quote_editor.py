"""The quote editor with its script: sections, choices, kits, files, memory (QUO-1, QUO-2, INV-4)."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from PIL import Image

from quotes.drafting import GroupInput, LineInput, save_draft, save_kit
from quotes.models import Kit, LineKind, Quote
from tests.browser.conftest import Browse, axe, overflows
from tests.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser


def url(world: World, name: str, *args: int) -> str:
    return reverse(f"quotes:{name}", args=[world.team.slug, *args])


def draft(world: World) -> Quote:
    """Two fixed lines, a choice of two, one extra: £120.00 fixed, £60.00 suggested, £24.00 to add."""

    def line(text: str, price: int, **more: object) -> LineInput:
        from decimal import Decimal

        return LineInput(description=text, unit_price=Decimal(price), vat_rate=world.rate, **more)  # type: ignore[arg-type]

    with world.scope():
        return save_draft(
            world.team,
            client=world.jo,
            groups=[GroupInput(name="Shower")],
            lines=[
                line("Strip out", 60),
                line("First fix", 40),
                line("Bar shower", 30, kind=LineKind.CHOICE, group=0),
                line("Mixer", 50, kind=LineKind.CHOICE, group=0, suggested=True),
                line("Towel rail", 20, kind=LineKind.OPTIONAL),
            ],
            by=world.alice,
        )


def part(page: Page, name: str) -> Locator:
    """A section's list: `fixed`, `optional`, or a choice by its place from 1."""
    if name.isdecimal():
        return page.locator("#groups > .group").nth(int(name) - 1).locator("[data-lines]")
    return page.locator(f'[data-part="{name}"]')


def names(page: Page, section: str) -> list[str]:
    found: list[str] = (
        part(page, section)
        .locator("textarea[name$='-description']")
        .evaluate_all("all => all.map(one => one.value)")
    )
    return found


def line(page: Page, name: str) -> Locator:
    return page.locator("[data-line]").filter(has=page.locator(f"textarea:text-is('{name}')"))


def cell(line: Locator, name: str) -> Locator:
    return line.locator(f"[name$='-{name}']")


def expect_total(page: Page, total: str) -> None:
    page.wait_for_function(
        "total => ['#totals dd.total', '#bar-total', '#phone-total']"
        ".every(place => document.querySelector(place).textContent === total)",
        arg=total,
    )


def expect_names(page: Page, section: str, wanted: list[str]) -> None:
    assert names(page, section) == wanted


def save(page: Page) -> None:
    page.locator(".savebar").get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/quotes/\d+/$"))


def edit(page: Page, world: World) -> Quote:
    quote = draft(world)
    page.goto(url(world, "quote-edit", quote.pk))
    expect_total(page, "£180.00")
    return quote


def test_a_quote_is_written_with_a_choice_and_an_extra(page: Page, world: World) -> None:
    page.goto(f"{url(world, 'quote-create')}?client={world.jo.pk}")
    fixed = part(page, "fixed").locator("[data-line]").first
    cell(fixed, "description").fill("Strip out")
    cell(fixed, "unit_price").fill("100")
    expect_total(page, "£120.00")
    page.locator(".add").get_by_role("button", name="Choice", exact=True).click()
    page.keyboard.type("Shower")
    for place, (name, price) in enumerate((("Bar", "50"), ("Mixer", "80"))):
        one = part(page, "1").locator("[data-line]").nth(place)
        cell(one, "description").fill(name)
        cell(one, "unit_price").fill(price)
    page.locator(".add").get_by_role("button", name="Optional line").click()
    page.keyboard.type("Rail")
    extra = part(page, "optional").locator("[data-line]").first
    cell(extra, "unit_price").fill("10")
    expect_total(page, "£120.00")
    page.locator("#bar-range", has_text="£180.00 to £228.00").wait_for()
    part(page, "1").get_by_label("Suggest this one").nth(1).check()
    cell(extra, "suggested").check()
    expect_total(page, "£228.00")
    page.get_by_role("button", name="1 Jo Whitaker Street").click()
    assert page.get_by_label("Address of the work").input_value() == "1 Jo Whitaker Street\nLeeds\nLS6 1AA"
    save(page)
    with world.scope():
        quote = Quote.objects.get()
        assert [one.kind for one in quote.lines.all()] == ["item", "choice", "choice", "optional"]
        assert (str(quote.total), quote.groups.get().name) == ("228.00", "Shower")


def test_where_one_is_chosen_one_is_suggested(page: Page, world: World) -> None:
    edit(page, world)
    ticks = part(page, "1").get_by_label("Suggest this one")
    ticks.nth(0).check()
    assert [ticks.nth(n).is_checked() for n in (0, 1)] == [True, False]
    expect_total(page, "£156.00")
    page.get_by_label("How many may be chosen").select_option("range")
    assert page.get_by_label("Choose at most").is_visible()
    page.get_by_label("Choose at most").fill("2")
    ticks.nth(1).check()
    assert [ticks.nth(n).is_checked() for n in (0, 1)] == [True, True]
    expect_total(page, "£216.00")


def test_by_keyboard_a_line_goes_from_section_to_section(page: Page, world: World) -> None:
    quote = edit(page, world)
    cell(line(page, "First fix"), "description").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect_names(page, "fixed", ["First fix", "Strip out"])
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowDown")
    expect_names(page, "1", ["First fix", "Bar shower", "Mixer"])
    assert line(page, "First fix").get_by_label("Suggest this one").is_visible()
    for _step in range(3):
        page.keyboard.press("Alt+ArrowDown")
    expect_names(page, "optional", ["First fix", "Towel rail"])
    assert page.evaluate("document.activeElement.value") == "First fix"
    page.locator("#lines-news", has_text="First fix is now line 1 of 2 in Client may add.").wait_for(
        state="attached"
    )
    expect_total(page, "£132.00")
    save(page)
    with world.scope():
        assert quote.lines.get(description="First fix").kind == "optional"


@pytest.mark.parametrize("finger", [False, True])
def test_a_line_is_dragged_into_another_section(browse: Browse, world: World, finger: bool) -> None:
    page = browse(world.alice, has_touch=finger)
    edit(page, world)
    moving = line(page, "First fix")
    target = line(page, "Bar shower")
    moving.scroll_into_view_if_needed()
    page.evaluate("y => scrollBy(0, y)", 250)
    grip = moving.locator("[data-grip]").bounding_box()
    there = target.bounding_box()
    assert grip
    assert there
    x, y = grip["x"] + 10, grip["y"] + 10
    if finger:
        session = page.context.new_cdp_session(page)

        def touch(kind: str, at: float | None) -> None:
            points = [] if at is None else [{"x": x, "y": at}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", y)
        touch("touchMove", y + 30)
        touch("touchMove", there["y"] + 10)
    else:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y + 30, steps=3)
        page.mouse.move(x, there["y"] + 5, steps=5)
    page.locator(".drop-before").wait_for()
    if finger:
        touch("touchEnd", None)
    else:
        page.mouse.up()
    page.wait_for_function("() => !document.querySelector('.dragging')")
    assert "First fix" in names(page, "1")
    expect_names(page, "fixed", ["Strip out"])
    expect_total(page, "£132.00")


def test_choices_are_duplicated_moved_removed_and_brought_back(page: Page, world: World) -> None:
    edit(page, world)
    head = page.locator(".group-head").first
    head.locator("summary").click()
    head.get_by_role("button", name="Duplicate").click()
    assert page.locator(".group").count() == 2
    expect_names(page, "2", ["Bar shower", "Mixer"])
    expect_total(page, "£240.00")
    page.keyboard.type("Second")
    page.keyboard.press("Alt+ArrowUp")
    named = page.get_by_label("Name of the choice")
    assert [named.nth(n).input_value() for n in (0, 1)] == ["Second", "Shower"]
    head = page.locator(".group-head").first
    head.locator("summary").click()
    head.get_by_role("button", name="Remove").click()
    assert page.locator(".group").count() == 1
    expect_total(page, "£180.00")
    page.get_by_role("button", name="Undo").click()
    expect_total(page, "£240.00")


def test_twenty_choices_are_enough(page: Page, world: World) -> None:
    page.goto(url(world, "quote-create"))
    button = page.locator(".add").get_by_role("button", name="Choice", exact=True)
    for _number in range(21):
        button.click()
    assert page.locator(".group").count() == 20
    assert page.locator("#groups-full").is_visible()


def test_a_kit_is_put_in_and_one_is_kept(page: Page, world: World) -> None:
    with world.scope():
        save_kit(
            world.team,
            name="Taps",
            groups=[GroupInput(name="Tap")],
            lines=[
                LineInput(description="Fitting", vat_rate=world.rate),
                LineInput(description="Chrome", kind=LineKind.CHOICE, group=0),
                LineInput(description="Brass", kind=LineKind.CHOICE, group=0),
            ],
            by=world.alice,
        )
    page.goto(f"{url(world, 'quote-create')}?client={world.jo.pk}")
    page.get_by_label("Title").fill("Kitchen")
    page.get_by_role("button", name="Insert kit…").click()
    page.locator("#dialog").get_by_role("button", name="Taps").click()
    page.get_by_text("“Taps” is put in.").wait_for()
    assert not page.locator("#dialog").is_visible()
    assert page.get_by_label("Title").input_value() == "Kitchen"
    expect_names(page, "fixed", ["Fitting"])
    expect_names(page, "1", ["Chrome", "Brass"])
    # The lines that came are as alive as the others.
    cell(line(page, "Fitting"), "unit_price").fill("10")
    expect_total(page, "£12.00")
    page.get_by_label("More about kits").click()
    page.get_by_role("button", name="Save as kit…").click()
    page.locator("#dialog").get_by_label("Name of the kit").fill("Kitchen taps")
    page.keyboard.press("Enter")
    page.get_by_text("The kit “Kitchen taps” is saved.").wait_for()
    with world.scope():
        assert sorted(kit.name for kit in Kit.objects.all()) == ["Kitchen taps", "Taps"]


def test_a_kit_without_a_name_is_asked_for_one(page: Page, world: World) -> None:
    edit(page, world)
    page.get_by_label("More about kits").click()
    page.get_by_role("button", name="Save as kit…").click()
    page.locator("#dialog").get_by_role("button", name="Save kit").click()
    page.locator("#kit_name-problem", has_text="Give the kit a name.").wait_for()
    assert page.evaluate("document.activeElement.id") == "kit_name"
    assert axe(page) == []
    page.locator(".kit-panel").get_by_role("button", name="Go back").click()
    page.locator(".kit-panel").wait_for(state="detached")
    expect_total(page, "£180.00")


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG")
    return out.getvalue()


def test_photos_survive_a_refused_form(page: Page, world: World) -> None:
    quote = edit(page, world)
    files = [
        {"name": "kitchen.jpg", "mimeType": "image/jpeg", "buffer": photo()},
        {"name": "plan.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"},
    ]
    page.locator("#files").set_input_files(files)  # type: ignore[arg-type]
    page.get_by_label("Title").fill("Bathroom")
    page.locator(".savebar").get_by_role("button", name="Save", exact=True).click()
    page.locator("#files-problem", has_text="“plan.svg”").wait_for()
    assert page.get_by_label("Title").input_value() == "Bathroom"
    picture = page.locator(".files img")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.files img').naturalWidth > 0")
    page.get_by_label("Name of the file").fill("Kitchen, before")
    save(page)
    with world.scope():
        assert [one.name for one in quote.attachments.all()] == ["Kitchen, before"]


def test_a_half_filled_form_is_offered_again(page: Page, world: World) -> None:
    page.goto(url(world, "quote-create"))
    page.get_by_label("Title").fill("Wet room")
    page.locator(".add").get_by_role("button", name="Choice", exact=True).click()
    page.keyboard.type("Tray")
    one = part(page, "1").locator("[data-line]").first
    cell(one, "description").fill("Slate")
    cell(one, "unit_price").fill("50")
    cell(one, "suggested").check()
    expect_total(page, "£60.00")
    page.goto(url(world, "quote-create"))
    page.get_by_role("button", name="Go on with it").click()
    assert page.get_by_label("Title").input_value() == "Wet room"
    assert page.get_by_label("Name of the choice").input_value() == "Tray"
    expect_names(page, "1", ["Slate", ""])
    expect_total(page, "£60.00")


def test_what_was_sent_meanwhile_offers_a_new_version(page: Page, world: World) -> None:
    from quotes.sending import send

    quote = edit(page, world)
    with world.scope():
        quote.team = world.team
        send(quote, by=world.alice, email_client=False)
    page.get_by_label("Title").fill("Too late")
    page.locator(".savebar").get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="New version").wait_for()
    assert page.get_by_role("link", name="See the quote").is_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_view_as_client(browse: Browse, world: World, width: int) -> None:
    page = browse(world.alice, width=width)
    edit(page, world)
    page.get_by_label("Title").fill("Bathroom")
    if width == 360:
        page.get_by_label("More: save, view as client").click()
    page.get_by_role("button", name="View as client").locator("visible=true").click()
    page.wait_for_url(re.compile(r"/as-client/$"))
    page.get_by_role("heading", name="Bathroom").wait_for()
    assert axe(page) == []
    assert not overflows(page)
    page.get_by_role("link", name="Stop").click()
    page.wait_for_url(re.compile(r"/edit/$"))


def test_save_and_send_leads_to_the_dialog_for_it(page: Page, world: World) -> None:
    edit(page, world)
    page.get_by_role("button", name="Save and send…").click()
    page.wait_for_url(re.compile(r"/quotes/\d+/send/$"))


@pytest.mark.parametrize(
    ("width", "theme"), [(360, "light"), (360, "dark"), (768, "light"), (1280, "light"), (1280, "dark")]
)
def test_axe_finds_nothing(browse: Browse, world: World, width: int, theme: str) -> None:
    page = browse(world.alice, width=width, theme=theme)
    edit(page, world)
    page.get_by_label("How many may be chosen").select_option("range")
    assert axe(page) == []
    assert not overflows(page)
    for name in ("quote-create", "kit-list", "settings"):
        page.goto(url(world, name))
        assert axe(page) == []
        assert not overflows(page)


def test_a_thumb_hits_everything(browse: Browse, world: World) -> None:
    page = browse(world.alice, width=360)
    edit(page, world)
    small = page.locator("#editor").evaluate(
        """form => [...form.querySelectorAll('button, input, select, summary, textarea')]
        .filter(one => !one.matches('[type=hidden], [type=checkbox]'))
        .filter(one => one.offsetParent && !one.classList.contains('sr') && !one.closest('.head'))
        .map(one => [one.name || one.className, one.getBoundingClientRect().height])
        .filter(([, height]) => height < 43.5)"""
    )
    assert small == []


def test_without_script_a_quote_is_written(browse: Browse, world: World) -> None:
    page = browse(world.alice, script=False)
    page.goto(f"{url(world, 'quote-create')}?client={world.jo.pk}")
    fixed = part(page, "fixed").locator("[data-line]").first
    cell(fixed, "description").fill("Strip out")
    cell(fixed, "unit_price").fill("100")
    page.get_by_role("button", name="Choice", exact=True).click()
    page.get_by_label("Name of the choice").fill("Shower")
    for place in (0, 1):
        one = part(page, "1").locator("[data-line]").nth(place)
        cell(one, "description").fill(f"Shower {place}")
        cell(one, "unit_price").fill("50")
    page.locator("#files").set_input_files(
        [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}]  # type: ignore[arg-type]
    )
    page.locator(".savebar").get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/quotes/\d+/$"))
    with world.scope():
        quote = Quote.objects.get()
        assert (quote.lines.count(), quote.attachments.count()) == (3, 1)
