"""The invoice of an accepted quote (INV-5): what was signed, to the penny."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue.models import VatRate
from invoices.models import Invoice
from quotes import convert
from quotes.answering import choose
from quotes.convert import NotEqual, generate_invoice
from quotes.drafting import GroupInput, LineInput, save_draft
from quotes.errors import NotReady
from quotes.models import LineKind, QuoteInvoice
from teams.models import AuditEntry, WrongState
from tests.quotes.making import accepted, choice, draft, extra, item, key_of, sent, signer, verbs
from tests.quotes.making import seen as seen_now


def agreed_figures(quote):
    agreed = quote.acceptance
    return agreed.net, agreed.vat, agreed.total, agreed.vat_rows


def figures(invoice: Invoice):
    return invoice.net, invoice.vat, invoice.total, invoice.vat_rows


def test_it_works(inside):
    """Fixed lines with their heading, then choices by the name of their group, then extras."""
    quote = sent(inside, title="Boiler", site="1 Mill Lane\nLeeds")
    choose(
        quote, {key_of(quote, "Best"): Decimal(1), key_of(quote, "Radiator"): Decimal("4.5")}, by_name="Jo"
    )
    accepted(inside, quote)
    invoice = quote.generate_invoice(by=inside.bob)
    assert (invoice.reference, invoice.state, invoice.client, invoice.title) == (
        "INV-0001", "draft", inside.jo, "Boiler",
    )  # fmt: skip
    assert [(x.kind, x.description, x.quantity, x.net) for x in invoice.lines.all()] == [
        ("heading", "Works", Decimal(1), Decimal(0)),
        ("item", "Labour", Decimal(1), Decimal("333.33")),
        ("item", "Boiler: Best", Decimal(1), Decimal("1500.00")),
        ("item", "Radiator", Decimal("4.5"), Decimal("360.23")),
    ]
    assert figures(invoice) == agreed_figures(quote)
    assert "QUO-0001, version 1, accepted on" in invoice.note
    assert "1 Mill Lane, Leeds" in invoice.note
    assert verbs(quote)[-1] == "quote.invoiced"
    entry = AuditEntry.objects.get(verb="invoice.generated")
    assert (entry.actor_name, entry.details["source"]) == ("Bob Nowak", "QUO-0001")
    invoice.issue(by=inside.alice)


def test_again_it_is_the_one_it_made(inside):
    quote = accepted(inside).quote
    invoice = generate_invoice(quote, by=inside.alice)
    assert generate_invoice(quote, by=inside.bob) == invoice
    invoice.issue(by=inside.alice)
    assert generate_invoice(quote, by=inside.bob) == invoice
    assert Invoice.objects.count() == QuoteInvoice.objects.count() == 1


def test_after_its_draft_was_deleted_a_new_one(inside):
    quote = accepted(inside).quote
    generate_invoice(quote, by=inside.alice).delete_draft(by=inside.alice)
    again = generate_invoice(quote, by=inside.alice)
    assert QuoteInvoice.objects.get().invoice == again
    assert figures(again) == agreed_figures(quote)


def test_only_of_what_is_accepted(inside):
    for quote in (draft(inside), sent(inside)):
        with pytest.raises(WrongState, match="made of what was signed"):
            quote.generate_invoice(by=inside.alice)
    assert not Invoice.objects.exists()


def test_vat_as_it_was_agreed(inside):
    """Not as the catalogue has it today."""
    quote = accepted(inside).quote
    VatRate.objects.filter(pk=inside.rate.pk).update(percent=Decimal("17.5"), name="17.5%")
    invoice = quote.generate_invoice(by=inside.alice)
    assert figures(invoice) == agreed_figures(quote)
    assert invoice.vat_rows[0]["label"] == "20%"


@pytest.mark.parametrize(("before", "after"), [("GB999999973", ""), ("", "GB999999973")])
def test_another_vat_registration(inside, before, after):
    inside.team.change(vat_number=before)
    quote = accepted(inside).quote
    inside.team.change(vat_number=after)
    with pytest.raises(NotReady, match="Create the invoice by hand"):
        quote.generate_invoice(by=inside.alice)
    assert not Invoice.objects.exists()


def test_without_vat(inside):
    inside.team.change(vat_number="")
    quote = accepted(inside).quote
    invoice = quote.generate_invoice(by=inside.alice)
    assert (invoice.charges_vat, invoice.vat, invoice.total) == (
        False,
        Decimal(0),
        quote.agreed_total,
    )


def test_headings_over_nothing_are_left_out(inside):
    """A part that held options alone is told by the options; one of words alone stays."""

    def heading(text: str) -> LineInput:
        return LineInput(description=text, kind=LineKind.HEADING)

    quote = sent(
        inside,
        heading("Works"),
        item("Labour"),
        extra("Skip"),
        heading("If you like"),
        LineInput(description="All of it white", kind=LineKind.NOTE),
        extra("Shelf", suggested=True),
        heading("To know"),
        LineInput(description="We bring dust sheets", kind=LineKind.NOTE),
    )
    accepted(inside, quote)
    assert [line.description for line in quote.generate_invoice(by=inside.alice).lines.all()] == [
        "Works", "Labour", "To know", "We bring dust sheets", "Shelf",
    ]  # fmt: skip


def test_a_name_too_long_for_both(inside):
    group = GroupInput(name="G" * 120)
    quote = sent(inside, choice("L" * 100, "10", suggested=True), groups=[group])
    accepted(inside, quote)
    assert quote.generate_invoice(by=inside.alice).lines.get().description == "L" * 100


def test_another_sum_is_refused_loudly(inside, monkeypatch):
    """Whatever goes wrong on the way: no invoice for anything but what was signed."""
    quote = accepted(inside).quote
    real = convert.lines_of
    monkeypatch.setattr("quotes.convert.lines_of", lambda quote: real(quote)[:-1])
    with pytest.raises(NotEqual, match=r"2019\.98 agreed, 1840\.00 to be invoiced"):
        quote.generate_invoice(by=inside.alice)
    assert not Invoice.objects.exists()


prices = st.decimals("0", "5000", places=4)
quantities = st.decimals("0.001", "50", places=3)


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(quantities, prices, st.integers(0, 3), st.sampled_from([0, 7, 100])), min_size=1, max_size=6
    ),
    st.data(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_to_the_penny_whatever_was_offered_and_taken(inside, given_lines, data):
    """Every rate, any quantity, discounts: the invoice comes to what was signed for."""
    rates = list(inside.team.vat_rates.filter(archived_at=None).order_by("pk")[:4])
    lines = [
        LineInput(
            description=f"Line {n}",
            kind=LineKind.OPTIONAL if n % 2 else LineKind.ITEM,
            quantity=quantity,
            unit_price=price,
            vat_rate=rates[rate % len(rates)],
            discount_percent=Decimal(discount),
            least_quantity=Decimal("0.001") if n % 2 else None,
            most_quantity=quantity if n % 2 else None,
        )
        for n, (quantity, price, rate, discount) in enumerate(given_lines)
    ]
    quote = save_draft(
        inside.team, client=inside.jo, lines=[*lines, item("Base", vat_rate=rates[0])], by=inside.alice
    )
    quote.send(by=inside.alice, email_client=False)
    picks = {
        line.key: data.draw(st.decimals("0.001", line.quantity, places=3))
        for line in quote.lines.filter(kind="optional")
        if data.draw(st.booleans())
    }
    choose(quote, picks, by_name="Jo")
    typed = signer(inside, how="typed", drawn=None, typed="Jo")
    quote.accept(signer=typed, seen=seen_now(quote))
    assert figures(quote.generate_invoice(by=inside.alice)) == agreed_figures(quote)
