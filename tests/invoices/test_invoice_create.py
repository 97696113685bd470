"""The editor for a new invoice (INV-1, INV-2, INV-4, INV-6, SCR-3, SCR-4)."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal

import pytest

from clients.models import Client
from invoices.models import Invoice
from tests.invoices.helpers import draft, item, typed, url


def save(world, *lines, user=None, status=303, **fields):
    """Send the form; by default for Jo, and saved."""
    fields = {"client": world.jo.pk, "client_name": "Jo Whitaker"} | fields
    browser = world.browser(user or world.alice)
    response = browser.post(url(world, "invoice-create"), typed(*(lines or (item(world),)), **fields))
    assert response.status_code == status, response.content.decode()[:2000]
    return response


def only(world):
    with world.scope():
        return Invoice.objects.select_related("client").get()


def test_the_form_is_filled_in(world):
    with world.scope():
        today = world.team.today()
    page = (
        world.browser(world.alice)
        .get(url(world, "invoice-create") + f"?client={world.jo.pk}")
        .content.decode()
    )
    assert 'value="INV-0001"' in page
    assert f'value="{today.isoformat()}"' in page
    assert 'value="Jo Whitaker"' in page


def test_it_saves_a_draft(world):
    response = save(
        world,
        item(world, "33.33", "Copper pipe", quantity="3", unit="m"),
        {"kind": "heading", "description": "Kitchen"},
        {"description": "", "unit_price": ""},
        title="Kitchen",
        note="Thanks",
    )
    invoice = only(world)
    assert response.url == url(world, "invoice", invoice.pk)
    assert (invoice.reference, invoice.total, invoice.title, invoice.note) == (
        "INV-0001",
        Decimal("119.99"),
        "Kitchen",
        "Thanks",
    )
    with world.scope():
        assert [one.description for one in invoice.lines.all()] == ["Copper pipe", "Kitchen"]


def test_lines_are_saved_in_the_order_of_the_page(world):
    data = typed(
        item(world, text="Second", key="b"), item(world, text="First", key="a"), client=world.jo.pk
    ) | {"line": ["a", "b"]}
    world.browser(world.alice).post(url(world, "invoice-create"), data)
    with world.scope():
        assert [one.description for one in only(world).lines.all()] == ["First", "Second"]


def test_a_number_taken_meanwhile_gives_way_to_the_next_and_the_person_is_told(world):
    with world.scope():
        draft(world)
    browser = world.browser(world.bob)
    data = typed(item(world), client=world.jo.pk)
    page = browser.post(url(world, "invoice-create"), data, follow=True).content.decode()
    assert "INV-0001 was taken meanwhile, this one is INV-0002." in page


def test_a_typed_reference_that_is_taken_is_refused_with_a_free_one(world):
    with world.scope():
        draft(world, reference="JOB-7")
    page = save(world, reference="JOB-7", status=422).content.decode()
    assert "JOB-7 is taken already. INV-0001 is free." in page
    assert 'value="JOB-7"' in page


def test_the_same_form_twice_is_one_invoice(world):
    key = str(uuid.uuid4())
    first, second = save(world, form_key=key), save(world, form_key=key)
    assert first.url == second.url
    only(world)


def test_without_a_due_date_the_clients_terms_decide(world):
    save(world, issue_on="2026-01-31", due_on="")
    assert only(world).due_on.isoformat() == "2026-03-02"


def test_a_due_date_before_the_issue_date_is_refused(world):
    page = save(world, due_on="2026-11-20", status=422).content.decode()
    assert "The due date cannot be before the issue date." in page


def test_a_client_by_name_without_script(world):
    save(world, client="", client_name="jo whitaker")
    assert only(world).client.name == "Jo Whitaker"


def test_several_clients_of_that_name_are_offered(world):
    with world.scope():
        Client.objects.create(team=world.team, name="Jo Whitaker")
    page = save(world, client="", client_name="Jo Whitaker", status=422).content.decode()
    assert len(re.findall('name="client_choice"', page)) == 2
    save(world, client="", client_name="Jo Whitaker", client_choice=world.jo.pk)
    assert only(world).client_id == world.jo.pk


def test_a_client_is_added_on_the_spot(world):
    save(world, client="", new_client_name="Nia Bell", new_client_email="nia@example.com")
    with world.scope():
        client = only(world).client
        assert (client.name, client.primary_email()) == ("Nia Bell", "nia@example.com")


def test_the_discount_is_percent_or_money(world):
    save(world, item(world, "100.00", discount="10%"), item(world, "100.00", discount="16.50"))
    with world.scope():
        assert [(one.discount_percent, one.discount_amount, one.net) for one in only(world).lines.all()] == [
            (Decimal("10.00"), Decimal("0.00"), Decimal("90.00")),
            (Decimal("0.00"), Decimal("16.50"), Decimal("83.50")),
        ]


BAD = [
    ({"unit_price": "abc"}, "That is not a number. Write one such as 1234.50."),
    ({"unit_price": "1,234.50"}, "Write 1234.50, without the comma."),
    ({"unit_price": "12,50"}, "Write 12.50, with a point."),
    ({"unit_price": "-5"}, "It cannot be below nought."),
    ({"unit_price": "10000000"}, "That is too much: at most 9,999,999.99."),
    ({"unit_price": "1.23456"}, "At most 4 places after the point."),
    ({"unit_price": "NaN"}, "That is not a number."),
    ({"unit_price": "1e5"}, "That is not a number."),
    ({"unit_price": "٣"}, "That is not a number."),
    ({"unit_price": ""}, "That is not a number."),
    ({"quantity": "0"}, "A quantity of 0 bills nothing."),
    ({"quantity": "-1"}, "It cannot be below nought."),
    ({"quantity": "1000000"}, "That is too much"),
    ({"quantity": "1.2345"}, "At most 3 places"),
    ({"discount": "101%"}, "More than 100% cannot be taken off."),
    ({"discount": "85.01"}, "That is more than the line comes to."),
    ({"discount": "half"}, "That is not a number."),
    ({"vat_rate": ""}, "Choose a VAT rate."),
    ({"vat_rate": "x"}, "That VAT rate is not one of yours."),
    ({"description": ""}, "Say what it is"),
    ({"description": "x" * 201}, "At most 200 characters."),
    ({"product": "x"}, "That product is not one of yours."),
]


@pytest.mark.parametrize(("wrong", "words"), BAD)
def test_bad_input_is_answered_and_kept(world, wrong, words):
    page = save(world, item(world) | wrong, status=422).content.decode()
    assert words in page
    assert "put right" in page
    for text in wrong.values():
        if text:
            assert text[:200] in page
    with world.scope():
        assert not Invoice.objects.exists()


def test_nothing_of_another_team_can_be_put_in(world):
    page = save(world, client=world.lee.pk, client_name="Lee Marsh", status=422).content.decode()
    assert "That client is not one of yours." in page
    page = save(world, item(world) | {"vat_rate": world.other_rate.pk}, status=422).content.decode()
    assert "That VAT rate is not one of yours." in page
    page = save(world, item(world) | {"product": world.other_product.pk}, status=422).content.decode()
    assert "That product is not one of yours." in page
    with world.scope():
        assert not Invoice.objects.exists()


def test_two_hundred_and_one_lines_are_refused(world):
    lines = [item(world, "1.00", f"Part {n}") for n in range(201)]
    page = save(world, *lines, status=422).content.decode()
    assert "A document holds at most 200 lines; this one has 201." in page
    save(world, *[item(world, "1.00", f"Part {n}") for n in range(200)])


def test_a_document_that_is_too_dear_is_refused(world):
    page = save(world, item(world, "9999999.99"), status=422).content.decode()
    assert "at most £9,999,999.99" in page


@pytest.mark.parametrize("wrong", ["yesterday", "2026-02-30", "99999-01-01"])
def test_a_date_that_is_none_is_refused(world, wrong):
    page = save(world, issue_on=wrong, status=422).content.decode()
    assert "That is not a date. Write one such as 21/11/2026." in page


@pytest.mark.parametrize("wrong", ["0206-11-21", "9999-12-31"])
def test_a_year_that_cannot_be_meant_is_asked_about(world, wrong):
    page = save(world, issue_on=wrong, due_on="", status=422).content.decode()
    assert "Is the year right? It can be from 1990 to 2100." in page


def test_typed_dates_are_understood(world):
    save(world, issue_on="21/11/2026", due_on="21 Dec 2026")
    assert only(world).due_on.isoformat() == "2026-12-21"


def keys(page):
    return re.findall(r'name="line" value="([^"]+)"', page.split("<template")[0])


def test_every_button_works_without_script(world):
    browser, address = world.browser(world.alice), url(world, "invoice-create")

    def press(do, **more):
        lines = (item(world, text="One"), item(world, text="Two"))
        return browser.post(address, typed(*lines, do=do, **more)).content.decode()

    assert keys(press("up:l2")) == ["l2", "l1"]
    assert keys(press("down:l1")) == ["l2", "l1"]
    assert keys(press("remove:l1")) == ["l2"]
    assert keys(press("copy:l1")) == ["l1", "n1", "l2"]
    assert keys(press("heading")) == ["l1", "l2", "n1"]
    assert "£204.00" in press("total")
    page = press("add", add="boiler")
    assert keys(page) == ["l1", "l2", "n1"]
    assert page.count('value="85.00"') == 3
    assert "Something else" in press("add", add="Something else")
    with world.scope():
        assert not Invoice.objects.exists()


def test_a_team_without_a_vat_number_has_no_vat_column(world):
    with world.scope():
        world.team.vat_number = ""
        world.team.save(update_fields=["vat_number"])
    page = world.browser(world.alice).get(url(world, "invoice-create")).content.decode()
    assert "vat_rate" not in page
    save(world, item(world) | {"vat_rate": ""})
    assert only(world).total == Decimal("85.00")


def test_saving_goes_on_to_what_was_asked(world):
    assert save(world, do="finalize").url == url(world, "invoice-issue", only(world).pk)


def test_the_accountant_reads_only(world):
    assert world.browser(world.ann).get(url(world, "invoice-create")).status_code == 403
    assert world.browser(world.charlie).get(url(world, "invoice-create")).status_code == 404
