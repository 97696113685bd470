"""Generate invoice, and the way back from it (INV-5)."""

from __future__ import annotations

from django.urls import reverse

from invoices.models import Invoice
from tests.invoices.helpers import issued
from tests.quotes.making import accepted, draft
from tests.quotes.office import get, post


def invoice_url(world, name, invoice):
    return reverse(f"invoices:{name}", args=[world.team.slug, invoice.pk])


def test_it_leads_to_the_draft_and_pressed_again_to_the_same(world):
    with world.scope():
        acceptance = accepted(world)
    quote = acceptance.quote
    assert "Generate invoice" in get(world, "quote", quote).text
    first = post(world, "quote-generate-invoice", quote)
    with world.scope():
        invoice = Invoice.objects.get()
        assert invoice.total == acceptance.total
    assert first.status_code == 303
    assert first.url == invoice_url(world, "invoice-edit", invoice)
    assert post(world, "quote-generate-invoice", quote).url == first.url
    with world.scope():
        assert Invoice.objects.count() == 1


def test_once_it_is_sent_it_leads_to_the_invoice(world):
    with world.scope():
        quote = accepted(world).quote
    post(world, "quote-generate-invoice", quote)
    with world.scope():
        invoice = Invoice.objects.get()
        invoice.issue(by=world.alice)
    assert post(world, "quote-generate-invoice", quote).url == invoice_url(world, "invoice", invoice)


def test_both_pages_name_the_other(world):
    with world.scope():
        quote = accepted(world).quote
    post(world, "quote-generate-invoice", quote, world.bob)
    with world.scope():
        invoice = Invoice.objects.get()
    page = get(world, "quote", quote).text
    assert "Open invoice" in page
    assert "Generate invoice" not in page
    assert invoice_url(world, "invoice", invoice) in page
    there = world.browser(world.ann).get(invoice_url(world, "invoice", invoice)).text
    assert "From quote QUO-0001" in there
    assert f"/quotes/{quote.pk}/" in there


def test_an_invoice_of_its_own_comes_from_no_quote(world):
    with world.scope():
        invoice = issued(world)
    page = world.browser(world.alice).get(invoice_url(world, "invoice", invoice)).text
    assert "From quote" not in page


def test_with_a_changed_vat_registration_it_says_why_not(world):
    with world.scope():
        quote = accepted(world).quote
        world.team.vat_number = ""
        world.team.save(update_fields=["vat_number"])
    response = post(world, "quote-generate-invoice", quote)
    assert response.status_code == 409
    assert "Your VAT registration has changed" in response.text
    with world.scope():
        assert not Invoice.objects.exists()


def test_a_draft_of_a_quote_makes_none(world):
    with world.scope():
        quote = draft(world)
    assert post(world, "quote-generate-invoice", quote).status_code == 409
    assert get(world, "quote-generate-invoice", quote).status_code == 405
