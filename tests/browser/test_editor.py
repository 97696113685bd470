"""The invoice editor with its script: figures, lines, pickers, memory (INV-2 to INV-4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from catalogue.models import Product
from invoices.drafting import LineInput, save_draft
from invoices.models import Invoice
from tests.browser.conftest import Browse, axe, overflows
from tests.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

pytestmark = pytest.mark.browser


def new(world: World) -> str:
    return reverse("invoices:invoice-create", args=[world.team.slug])


def line(page: Page, number: int) -> Locator:
    """The line, counted from 1."""
    return page.locator("#lines > li").nth(number - 1)


def cell(page: Page, number: int, name: str) -> Locator:
    return line(page, number).locator(f"[name$='-{name}']")


def names(page: Page) -> list[str]:
    """What stands in the lines, in their order."""
    found: list[str] = page.locator("#lines [name$='-description']").evaluate_all(
        "all => all.map(one => one.value)"
    )
    return found


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.name || document.activeElement.id")
    return found


def menu(page: Page, number: int, entry: str) -> None:
    line(page, number).locator("summary").click()
    line(page, number).get_by_role("button", name=entry).click()


def expect_total(page: Page, total: str) -> None:
    """In the well, the save bar and the phone's bar alike."""
    page.wait_for_function(
        "total => ['#totals dd.total', '#bar-total', '#phone-total']"
        ".every(place => document.querySelector(place).textContent === total)",
        arg=total,
    )


def three_lines(page: Page, world: World) -> None:
    page.goto(new(world))
    for number, (name, price) in enumerate((("Tap", "10"), ("Pipe", "20"), ("Labour", "30")), start=1):
        if number > 1:
            page.get_by_role("button", name="Add item").click()
        cell(page, number, "description").fill(name)
        cell(page, number, "unit_price").fill(price)
    expect_total(page, "£72.00")


def saved(page: Page) -> None:
    page.wait_for_url(re.compile(r"/invoices/\d+/$"))


def draft(world: World, **more: Any) -> Invoice:
    with world.scope():
        given = LineInput(
            description="Boiler service", unit_price=world.product.unit_price, vat_rate=world.rate
        )
        return save_draft(world.team, client=world.jo, lines=[given], by=world.alice, **more)


def test_totals_follow_the_keys(page: Page, world: World) -> None:
    page.goto(new(world))
    cell(page, 1, "description").fill("Valve")
    cell(page, 1, "quantity").fill("3")
    cell(page, 1, "unit_price").press_sequentially("33.33")
    expect_total(page, "£119.99")
    assert line(page, 1).locator("output").inner_text() == "99.99"
    assert page.locator("#totals").inner_text().split() == (
        "Totals Subtotal £99.99 VAT 20% on £99.99 £20.00 Total £119.99".split()
    )
    cell(page, 1, "discount").fill("10%")
    expect_total(page, "£107.99")
    assert cell(page, 1, "unit_price").input_value() == "33.33"


def test_an_overtaken_answer_is_never_shown(page: Page, world: World) -> None:
    # The first question is answered last, and its being called off is ignored.
    page.add_init_script(
        """const real = fetch; window.asked = 0;
        window.fetch = async (url, {signal, ...rest} = {}) => {
          const first = ++window.asked === 1;
          const answer = await real(url, rest);
          if (first) await new Promise(done => { window.release = done });
          return answer;
        }"""
    )
    page.goto(new(world))
    cell(page, 1, "description").fill("Valve")
    cell(page, 1, "unit_price").fill("1")
    page.wait_for_function("() => window.release")
    cell(page, 1, "unit_price").fill("2")
    expect_total(page, "£2.40")
    page.evaluate("window.release()")
    page.evaluate("new Promise(done => setTimeout(done, 100))")
    expect_total(page, "£2.40")


def test_out_of_reach_nothing_is_lost(page: Page, world: World) -> None:
    page.goto(new(world))
    fill_in(page)
    page.context.set_offline(True)
    cell(page, 1, "unit_price").fill("6")
    page.get_by_text("These figures are from before").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("That did not get through.").wait_for()
    assert names(page) == ["Tap", "Kitchen"]
    page.context.set_offline(False)
    cell(page, 1, "unit_price").fill("7")
    expect_total(page, "£16.80")
    assert page.locator("#totals-stale").is_hidden()
    page.get_by_role("button", name="Save").click()
    saved(page)


def test_a_product_fills_its_line(page: Page, world: World) -> None:
    with world.scope():
        rate = world.team.vat_rates.get(name="5%")
        Product.objects.create(
            team=world.team,
            name="Boiler",
            description="Condensing",
            unit="each",
            unit_price="1200.5",
            vat_rate=rate,
        )
    page.goto(new(world))
    field = page.get_by_role("combobox", name="Add item")
    field.press_sequentially("boil")
    options = page.locator("#product-list [role=option]")
    options.nth(2).wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    assert field.get_attribute("aria-activedescendant") == options.nth(0).get_attribute("id")
    field.press("ArrowDown")
    field.press("ArrowUp")
    field.press("Enter")
    # The empty first line is taken before another is made.
    assert page.locator("#lines > li").count() == 1
    assert [
        cell(page, 1, name).input_value() for name in ("description", "details", "unit", "unit_price")
    ] == [
        "Boiler",
        "Condensing",
        "each",
        "1200.50",
    ]
    assert cell(page, 1, "vat_rate").locator("option:checked").inner_text() == "5%"
    assert focused(page) == "n1-quantity"
    page.keyboard.type("2")
    expect_total(page, "£2,521.05")


def test_the_last_entry_is_a_one_off(page: Page, world: World) -> None:
    page.goto(new(world))
    field = page.get_by_role("combobox", name="Add item")
    field.press_sequentially("boiler flue")
    page.locator("#product-new").wait_for()
    field.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    assert field.input_value() == "boiler flue"
    field.press("ArrowDown")
    page.locator("#product-new").wait_for()
    field.press("ArrowUp")
    field.press("Enter")
    assert names(page) == ["boiler flue"]


def test_a_client_is_chosen_and_their_terms_move_the_due_date(page: Page, world: World) -> None:
    with world.scope():
        world.kit.terms_days = 7
        world.kit.save(update_fields=["terms_days"])
    page.goto(new(world))
    page.locator("#id_issue_on").fill("2026-01-31")
    page.locator("#id_issue_on").blur()
    assert page.locator("#id_due_on").input_value() == "2026-03-02"
    field = page.get_by_role("combobox", name="Client")
    field.press_sequentially("kit")
    page.locator(f"#client-{world.kit.pk}").wait_for()
    field.press("Enter")
    assert field.input_value() == "Kit Okafor"
    assert page.locator("#id_due_on").input_value() == "2026-02-07"
    assert "pays in 7 days" in page.locator("#client-hint").inner_text()
    page.locator("#id_due_on").fill("2026-02-20")
    field.fill("jo")
    page.locator(f"#client-{world.jo.pk}").click()
    assert page.locator("#id_due_on").input_value() == "2026-02-20"


def test_a_name_typed_before_the_script_came_finds_its_client(page: Page, world: World) -> None:
    """On a slow line people begin before the script is there (SCR-2)."""
    held: list[Route] = []
    page.route("**/editor/pickers*.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it
    with page.expect_request("**/editor/pickers*.js"):
        page.goto(new(world), wait_until="commit")
    page.get_by_label("Client", exact=True).fill("whit")
    assert not page.locator("[role=option]").count()
    for route in held:
        route.continue_()
    page.get_by_role("option", name=re.compile("Jo Whitaker")).click()
    assert page.get_by_label("Client", exact=True).input_value() == "Jo Whitaker"


def test_a_new_client_on_the_spot(page: Page, world: World) -> None:
    page.goto(new(world))
    page.get_by_role("combobox", name="Client").press_sequentially("Ada Moor")
    page.locator("#client-new").click()
    assert focused(page) == "new_client_email"
    page.keyboard.type("ada@example.com")
    cell(page, 1, "description").fill("Tap")
    cell(page, 1, "unit_price").fill("10")
    page.get_by_role("button", name="Save").click()
    saved(page)
    with world.scope():
        client = world.team.invoices.get().client
        assert (client.name, client.emails.get().address) == ("Ada Moor", "ada@example.com")


def test_lines_move_by_keyboard_and_menu(page: Page, world: World) -> None:
    three_lines(page, world)
    cell(page, 3, "unit_price").press("Alt+ArrowUp")
    assert names(page) == ["Tap", "Labour", "Pipe"]
    assert focused(page) == "n3-unit_price"
    page.wait_for_function(
        "() => document.getElementById('lines-news').textContent === 'Labour is now line 2 of 3.'"
    )
    menu(page, 2, "Move up")
    assert names(page) == ["Labour", "Tap", "Pipe"]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "More for Labour"
    menu(page, 1, "Move down")
    assert names(page) == ["Tap", "Labour", "Pipe"]


@pytest.mark.parametrize("finger", [False, True], ids=["mouse", "finger"])
def test_a_line_is_dragged_by_its_grip(browse: Browse, world: World, finger: bool) -> None:
    page = browse(world.alice, width=360 if finger else 1280, has_touch=finger, is_mobile=finger)
    three_lines(page, world)
    grip = line(page, 1).locator("[data-grip]")
    grip.scroll_into_view_if_needed()
    page.evaluate("document.activeElement.blur()")
    start, end = grip.bounding_box(), line(page, 2).bounding_box()
    assert start
    assert end
    x, y = start["x"] + 12, start["y"] + 12
    if finger:
        touch = page.context.new_cdp_session(page)
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in range(1, 9):
            point = {"x": x, "y": y + step * end["height"] / 7}
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
            page.wait_for_timeout(30)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    else:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y + end["height"] * 0.9, steps=8)
        page.wait_for_timeout(60)
        page.mouse.up()
    page.wait_for_function("() => !document.querySelector('.dragging')")
    assert names(page) == ["Pipe", "Tap", "Labour"]


def test_escape_puts_a_dragged_line_back(page: Page, world: World) -> None:
    three_lines(page, world)
    box = line(page, 1).locator("[data-grip]").bounding_box()
    assert box
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 10, box["y"] + 150, steps=6)
    page.wait_for_function("() => document.querySelector('#lines > li [name$=description]').value === 'Pipe'")
    page.keyboard.press("Escape")
    page.mouse.up()
    assert names(page) == ["Tap", "Pipe", "Labour"]


def test_duplicate_remove_and_undo(page: Page, world: World) -> None:
    three_lines(page, world)
    menu(page, 2, "Duplicate")
    assert names(page) == ["Tap", "Pipe", "Pipe", "Labour"]
    assert focused(page) == "n4-description"
    expect_total(page, "£96.00")
    menu(page, 1, "Remove")
    assert names(page) == ["Pipe", "Pipe", "Labour"]
    assert focused(page) == "n2-description"
    page.get_by_role("button", name="Undo").click()
    assert names(page) == ["Tap", "Pipe", "Pipe", "Labour"]
    expect_total(page, "£96.00")
    menu(page, 4, "Remove")
    assert focused(page) == "n4-description"


def test_headings_and_notes(page: Page, world: World) -> None:
    page.goto(new(world))
    page.get_by_role("button", name="Heading").click()
    page.keyboard.type("Kitchen")
    page.get_by_role("button", name="Note", exact=True).click()
    page.keyboard.type("Old tap taken away")
    assert names(page) == ["", "Kitchen", "Old tap taken away"]
    assert focused(page) == "n3-description"


def test_two_hundred_lines_are_enough(page: Page, world: World) -> None:
    page.goto(new(world))
    page.evaluate(
        "() => { const add = document.querySelector('.add button[value=add]');"
        "for (let n = 0; n < 205; n += 1) add.click(); }"
    )
    assert page.locator("#lines > li").count() == 200
    assert page.get_by_text("A document holds at most 200 lines. Split it in two.").first.is_visible()
    menu(page, 200, "Remove")
    assert page.locator("#lines-full").is_hidden()


def fill_in(page: Page) -> None:
    page.get_by_role("combobox", name="Client").press_sequentially("jo w")
    page.locator("#client-list [role=option]").first.click()
    cell(page, 1, "description").fill("Tap")
    cell(page, 1, "quantity").fill("2")
    cell(page, 1, "unit_price").fill("10.50")
    page.get_by_role("button", name="Heading").click()
    page.keyboard.type("Kitchen")


def test_a_half_filled_form_is_offered_again(page: Page, world: World) -> None:
    page.goto(new(world))
    fill_in(page)
    page.goto(reverse("invoices:invoice-list", args=[world.team.slug]))
    page.goto(new(world))
    assert names(page) == [""]
    page.get_by_role("button", name="Go on with it").click()
    assert names(page) == ["Tap", "Kitchen"]
    assert page.get_by_role("combobox", name="Client").input_value() == "Jo Whitaker"
    assert "pays in 30 days" in page.locator("#client-hint").inner_text()
    expect_total(page, "£25.20")
    page.get_by_role("button", name="Save").click()
    saved(page)
    assert page.evaluate("localStorage.length") == 0
    with world.scope():
        invoice = world.team.invoices.get()
        assert (str(invoice.total), invoice.client_id) == ("25.20", world.jo.pk)


def test_what_is_thrown_away_is_not_offered_again(page: Page, world: World) -> None:
    page.goto(new(world))
    fill_in(page)
    page.reload()
    page.get_by_role("button", name="Throw it away").click()
    page.reload()
    assert page.locator("#kept").is_hidden()
    assert page.evaluate("localStorage.length") == 0


def test_never_on_top_of_a_newer_version(page: Page, world: World) -> None:
    invoice = draft(world)
    edit = reverse("invoices:invoice-edit", args=[world.team.slug, invoice.pk])
    page.goto(edit)
    cell(page, 1, "unit_price").fill("1")
    page.reload()
    assert page.get_by_role("button", name="Go on with it").is_visible()
    draft(world, invoice=invoice, version=invoice.version)
    page.reload()
    assert page.locator("#kept").is_hidden()


def test_kept_for_one_invoice(page: Page, world: World) -> None:
    invoice = draft(world)
    page.goto(new(world))
    fill_in(page)
    page.goto(reverse("invoices:invoice-edit", args=[world.team.slug, invoice.pk]))
    assert page.locator("#kept").is_hidden()


def test_a_refused_form_keeps_everything(page: Page, world: World) -> None:
    page.goto(new(world))
    cell(page, 1, "description").fill("Tap")
    cell(page, 1, "unit_price").fill("1,234.50")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Write 1234.50, without the comma.").first.wait_for()
    assert cell(page, 1, "unit_price").input_value() == "1,234.50"
    assert page.locator("#kept").is_hidden()
    # The page that was swapped in is alive.
    cell(page, 1, "unit_price").fill("1234.50")
    expect_total(page, "£1,481.40")
    page.get_by_role("combobox", name="Client").press_sequentially("jo w")
    page.locator("#client-list [role=option]").first.click()
    page.get_by_role("button", name="Save").click()
    saved(page)


def test_what_was_issued_meanwhile_says_so(page: Page, world: World) -> None:
    invoice = draft(world)
    page.goto(reverse("invoices:invoice-edit", args=[world.team.slug, invoice.pk]))
    with world.scope():
        invoice.issue(by=world.alice)
    cell(page, 1, "unit_price").fill("6")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("can no longer be changed").wait_for()
    assert page.get_by_role("link", name="See how it stands now").is_visible()


def test_a_double_click_saves_once(page: Page, world: World) -> None:
    page.goto(new(world))
    fill_in(page)
    page.get_by_role("button", name="Save").dblclick()
    saved(page)
    with world.scope():
        invoice = world.team.invoices.get()
        assert invoice.version == 1


def test_back_after_saving_leads_to_the_draft(page: Page, world: World) -> None:
    page.goto(new(world))
    fill_in(page)
    page.get_by_role("button", name="Save").click()
    saved(page)
    page.go_back()
    page.wait_for_url("**/edit/")
    assert names(page) == ["Tap", "Kitchen"]
    with world.scope():
        assert world.team.invoices.count() == 1


def test_enter_in_a_field_does_not_leave_the_page(page: Page, world: World) -> None:
    page.goto(new(world))
    cell(page, 1, "description").fill("Tap")
    cell(page, 1, "description").press("Enter")
    assert focused(page) == "n1-quantity"
    cell(page, 1, "unit_price").fill("10")
    cell(page, 1, "unit_price").press("Enter")
    expect_total(page, "£12.00")
    assert cell(page, 1, "unit_price").evaluate("one => one === document.activeElement")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_axe_finds_nothing(browse: Browse, world: World, width: int, theme: str) -> None:
    page = browse(world.alice, width=width, theme=theme)
    page.goto(new(world))
    fill_in(page)
    field = page.get_by_role("combobox", name="Add item")
    field.press_sequentially("boil")
    page.locator("#product-new").wait_for()
    assert axe(page) == []
    assert not overflows(page)


def test_a_thumb_hits_everything(browse: Browse, world: World) -> None:
    page = browse(world.alice, width=360)
    page.goto(new(world))
    fill_in(page)
    small = page.locator("#editor, .bar").locator(
        "button:visible:not(.sr), summary:visible, input:visible, select:visible, textarea:visible"
    )
    boxes = small.evaluate_all(
        "all => all.map(one => [one.name || one.className, one.getBoundingClientRect()])"
        ".map(([name, box]) => [name, box.width, box.height])"
        ".filter(([, width, height]) => width < 44 || height < 44)"
    )
    assert boxes == []
    assert cell(page, 1, "quantity").get_attribute("inputmode") == "decimal"


def test_without_script_every_button_submits(browse: Browse, world: World) -> None:
    page = browse(world.alice, script=False)
    page.goto(new(world))
    page.locator("[name=client_name]").fill("Jo Whitaker")
    page.locator("#add-item").fill("boiler serv")
    page.get_by_role("button", name="Add item").click()
    assert names(page) == ["", "Boiler service"]
    menu(page, 2, "Move up")
    menu(page, 1, "Duplicate")
    page.get_by_role("button", name="Update the total").last.click()
    assert page.locator("#bar-total").inner_text() == "£204.00"
    page.get_by_role("button", name="Preview PDF").first.click()
    assert re.search(r"/invoices/\d+/edit/", page.url)
    assert page.get_by_role("link", name="Download PDF").is_visible()
    page.get_by_role("button", name="Save").first.click()
    saved(page)
