"""The editor for a draft (INV-2, INV-4, INV-14)."""

from __future__ import annotations

from decimal import Decimal

from invoices.models import Invoice
from tests.invoices.helpers import draft, issued, item, line, typed, url


def send(world, invoice, *lines, user=None, **fields):
    fields = {"client": world.jo.pk, "client_name": "Jo Whitaker", "version": invoice.version} | fields
    browser = world.browser(user or world.alice)
    return browser.post(url(world, "invoice-edit", invoice.pk), typed(*(lines or (item(world),)), **fields))


def test_it_shows_what_is_stored(world):
    with world.scope():
        invoice = draft(
            world,
            line("Pipe", "10.5", quantity=Decimal("9.9"), vat_rate=world.rate, discount_percent=Decimal(10)),
        )
    page = world.browser(world.alice).get(url(world, "invoice-edit", invoice.pk)).content.decode()
    for shown in ("Pipe", 'value="9.9"', 'value="10.50"', 'value="10%"', "93.56"):
        assert shown in page


def test_it_saves(world):
    with world.scope():
        invoice = draft(world)
    assert send(world, invoice, item(world, "10.00")).status_code == 303
    with world.scope():
        invoice.refresh_from_db()
        assert (invoice.total, invoice.version) == (Decimal("12.00"), 2)


def test_somebody_else_was_quicker(world):
    with world.scope():
        invoice = draft(world)
    send(world, invoice, item(world, "10.00"), user=world.bob, title="Bob’s")
    response = send(world, invoice, item(world, "20.00"), title="Mine")
    page = response.content.decode()
    assert response.status_code == 409
    assert "Bob Nowak changed this invoice while you were typing." in page
    assert "£12.00" in page
    assert "Bob’s" in page
    assert 'value="Mine"' in page
    assert 'value="20.00"' in page
    assert 'name="version" value="2"' in page
    invoice.version = 2
    assert send(world, invoice, item(world, "20.00"), title="Mine").status_code == 303


def test_an_issued_invoice_answers_409(world):
    with world.scope():
        invoice = issued(world)
    browser = world.browser(world.alice)
    assert browser.get(url(world, "invoice-edit", invoice.pk)).status_code == 409
    assert send(world, invoice).status_code == 409
    with world.scope():
        assert Invoice.objects.get().total == Decimal("102.00")


def test_an_archived_client_may_stay_on_the_draft(world):
    with world.scope():
        invoice = draft(world)
        world.jo.archive()
    assert send(world, invoice).status_code == 303


def test_strangers_find_nothing(world):
    with world.scope():
        invoice = draft(world)
    assert world.browser(world.charlie).get(url(world, "invoice-edit", invoice.pk)).status_code == 404
    assert world.browser(world.ann).get(url(world, "invoice-edit", invoice.pk)).status_code == 403
