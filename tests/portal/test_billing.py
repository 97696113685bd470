"""Home, Billing and the invoice in the portal (POR-10, POR-11, PAY-12)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.figures import billing_figures
from invoices.models import Invoice, Rendering
from teams.models import Team
from tests.portal.making import bill, draft, pay
from tests.world import World

HOME, BILLING = "/p/kirkstall-plumbing/", "/p/kirkstall-plumbing/billing/"
HTMX = {"HX-Request": "true"}


def test_home_shows_what_needs_doing_first(world: World) -> None:
    with world.scope():
        bill(world.jo, "1240.00", title="Radiators", due_in=18)
        late = bill(world.jo, "168.00", title="Outside tap", due_in=-7)
    page = world.browser(world.jo_user).get(HOME).content.decode()
    assert "Hello Jo" in page
    assert "2 things need you" in page
    # The overdue one is the next step.
    assert page.index("Outside tap") < page.index("Radiators")
    assert f"/p/kirkstall-plumbing/invoices/{late.pk}/pay/" in page
    assert "Pay £168.00" in page
    assert "Unpaid Invoices & Credit Requests" in page
    assert page.count("Pay Now") == 2
    assert "Overdue since" in page


def test_home_with_nothing_to_pay(world: World) -> None:
    page = world.browser(world.jo_user).get(HOME).content.decode()
    assert "Nothing needs you today." in page
    assert "All paid, thank you" in page
    assert "Pay Now" not in page


def test_total_paid_and_amount_due(world: World) -> None:
    """Over issued invoices that are not void; the office sees the same two figures."""
    with world.scope():
        pay(bill(world.jo, "100.00"))
        pay(bill(world.jo, "200.00"), "60.00")
        bill(world.jo, "30.00")
        bill(world.jo, "999.00").void(by=world.alice)
        draft(world.jo, "888.00")
        bill(world.kit, "777.00")
        figures = billing_figures(world.jo)
    assert (figures.total_paid, figures.amount_due) == (Decimal("160.00"), Decimal("170.00"))
    page = world.browser(world.jo_user).get(BILLING).content.decode()
    assert "Total Paid" in page
    assert "£160.00" in page
    assert "£170<small>.00" in page
    for other in ("£888.00", "£777.00"):
        assert other not in page


def test_each_row_has_its_button(world: World) -> None:
    with world.scope():
        part, paid, void = bill(world.jo, "200.00"), bill(world.jo, "100.00"), bill(world.jo, "50.00")
        pay(part, "60.00")
        pay(paid)
        void.void(by=world.alice)
    page = world.browser(world.jo_user).get(BILLING).content.decode()
    assert f"/invoices/{part.pk}/pay/" in page
    assert "£60.00 of £200.00 paid" in page
    assert f"/invoices/{paid.pk}/receipt.pdf" in page
    assert f"/invoices/{paid.pk}/pay/" not in page
    assert f"/invoices/{void.pk}/pay/" not in page
    assert f"/invoices/{void.pk}/receipt.pdf" not in page
    assert "Void" in page


@pytest.mark.parametrize("address", [HOME, BILLING])
def test_the_number_of_queries_does_not_grow(world: World, address: str) -> None:
    browser = world.browser(world.jo_user)

    def queries() -> int:
        browser.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    with world.scope():
        bill(world.jo, "10.00")
        pay(bill(world.jo, "10.00"))
    few = queries()
    with world.scope():
        for _number in range(6):
            bill(world.jo, "10.00")
            pay(bill(world.jo, "10.00"))
    assert queries() == few


def test_pages_of_settled_bills(world: World) -> None:
    with world.scope():
        made = [bill(world.jo, "10.00", title=f"Job number {number:02}.") for number in range(28)]
        for one in made:
            pay(one)
    browser = world.browser(world.jo_user)
    first = browser.get(BILLING)
    assert first.content.decode().count("Receipt<") == 25
    older = first.context["page"].older
    second = browser.get(BILLING + older).content.decode()
    assert second.count("Receipt<") == 3
    titles = {f"Job number {number:02}." for number in range(28)}
    assert {title for title in titles if title in first.content.decode() or title in second} == titles


def test_all_that_is_to_pay(world: World) -> None:
    with world.scope():
        for number in range(27):
            bill(world.jo, "10.00", title=f"Job number {number:02}.", due_in=number)
    browser = world.browser(world.jo_user)
    assert "See all that is to pay" in browser.get(BILLING).content.decode()
    first = browser.get(BILLING + "?show=open")
    second = browser.get(BILLING + first.context["page"].older).content.decode()
    assert "Job number 26." in second
    assert "Job number 00." not in second


def test_the_invoice(world: World) -> None:
    with world.scope():
        one = bill(world.jo, "1240.00", title="Radiators, back bedrooms")
        pay(one, "40.00")
    page = world.browser(world.jo_user).get(f"/p/kirkstall-plumbing/invoices/{one.pk}/").content.decode()
    for words in (
        "Radiators, back bedrooms",
        one.reference,
        "Still to pay",
        "£1,200.00",
        "Download PDF",
        "Pay Now",
    ):
        assert words in page
    assert "£40.00" in page


def test_a_paid_invoice_offers_its_receipt(world: World) -> None:
    with world.scope():
        one = bill(world.jo, "90.00")
        pay(one)
    page = world.browser(world.jo_user).get(f"/p/kirkstall-plumbing/invoices/{one.pk}/").content.decode()
    assert "Receipt" in page
    assert "Pay Now" not in page


def test_a_void_invoice_is_shown_as_void(world: World) -> None:
    with world.scope():
        one = bill(world.jo, "90.00")
        one.void(by=world.alice)
    page = world.browser(world.jo_user).get(f"/p/kirkstall-plumbing/invoices/{one.pk}/").content.decode()
    assert "This invoice was cancelled" in page
    assert "Pay Now" not in page


def test_without_vat_there_is_no_vat_column(world: World) -> None:
    with world.scope():
        Team.objects.update(vat_number="")
        world.jo.team.refresh_from_db()
        one = bill(world.jo, "90.00")
    page = world.browser(world.jo_user).get(f"/p/kirkstall-plumbing/invoices/{one.pk}/").content.decode()
    assert "VAT" not in page


def test_the_first_look_is_marked_and_told_once_an_hour(world: World) -> None:
    with world.scope():
        one = bill(world.jo, "90.00")
    browser = world.browser(world.jo_user)
    for _time in range(3):
        browser.get(f"/p/kirkstall-plumbing/invoices/{one.pk}/")
    with world.scope():
        one.refresh_from_db()
        first = one.viewed_at
        assert first
        entries = world.team.audit_entries.filter(verb="invoice.viewed", subject_id=one.pk)
        assert entries.count() == 1
        assert entries.get().actor_name == "Jo Whitaker"
    browser.get(f"/p/kirkstall-plumbing/invoices/{one.pk}/?v=x", headers=HTMX)
    with world.scope():
        one.refresh_from_db()
        assert one.viewed_at == first


@pytest.mark.parametrize("address", ["", "billing/", "invoices/{pk}/", "invoices/{pk}/pay/"])
def test_an_open_page_changes_when_money_comes(world: World, address: str) -> None:
    """PAY-12: 204 while all is as drawn, then the part anew."""
    with world.scope():
        one = bill(world.jo, "90.00")
    url = f"/p/kirkstall-plumbing/{address.format(pk=one.pk)}"
    browser = world.browser(world.jo_user)
    poll = browser.get(url).context["poll"]
    assert poll.startswith(f"{url}?")
    assert browser.get(poll, headers=HTMX).status_code == 204
    with world.scope():
        pay(one, "20.00")
    part = browser.get(poll, headers=HTMX)
    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    assert 'id="live"' in part.content.decode()
    assert "£70" in part.content.decode()
    poll = part.context["poll"]
    assert browser.get(poll, headers=HTMX).status_code == 204
    with world.scope():
        pay(one)
    part = browser.get(poll, headers=HTMX)
    assert "Receipt" in part.content.decode()
    assert "Pay with Stripe" not in part.content.decode()


def test_money_that_moves_between_two_bills_is_seen(world: World) -> None:
    """The sums stay as they are; the pages change all the same."""
    with world.scope():
        one, two = bill(world.jo, "50.00"), bill(world.jo, "50.00")
        payment = pay(one)
    browser = world.browser(world.jo_user)
    poll = browser.get(BILLING).context["poll"]
    with world.scope():
        from payments import ledger

        ledger.undo_payment(payment, by=world.alice)
        pay(two)
    assert browser.get(poll, headers=HTMX).status_code == 200


@pytest.mark.parametrize("kind", ["invoice", "receipt"])
def test_downloads(world: World, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.scope():
        one = bill(world.jo, "90.00")
        pay(one)
    monkeypatch.setattr("invoices.documents.render_safely", lambda _document: b"%PDF-printed")
    response = world.browser(world.jo_user).get(f"/p/kirkstall-plumbing/invoices/{one.pk}/{kind}.pdf")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert response.content == b"%PDF-printed"
    with world.scope():
        assert bytes(Rendering.objects.get(invoice=one, kind=kind).pdf) == response.content


def test_there_is_no_receipt_before_it_is_paid(world: World) -> None:
    with world.scope():
        one, part, void = bill(world.jo, "90.00"), bill(world.jo, "90.00"), bill(world.jo, "90.00")
        pay(part, "89.99")
        void.void(by=world.alice)
    for invoice in (one, part, void):
        address = f"/p/kirkstall-plumbing/invoices/{invoice.pk}/receipt.pdf"
        assert world.browser(world.jo_user).get(address).status_code == 404


def test_a_pdf_that_cannot_be_printed_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from documents.worker import RenderFailed

    def broken(_document: object) -> bytes:
        raise RenderFailed("no")

    with world.scope():
        one = bill(world.jo, "90.00")
    monkeypatch.setattr("invoices.documents.render_safely", broken)
    response = world.browser(world.jo_user).get(f"/p/kirkstall-plumbing/invoices/{one.pk}/invoice.pdf")
    assert response.status_code == 503
    assert b"could not be made just now" in response.content


@pytest.mark.parametrize("address", [HOME, BILLING])
def test_wrong_method(world: World, address: str) -> None:
    assert world.browser(world.jo_user).post(address).status_code == 405


def test_text_by_people_is_escaped(world: World) -> None:
    with world.scope():
        one = bill(world.jo, "90.00", title="<script>alert(1)</script>")
    for address in (HOME, BILLING, f"/p/kirkstall-plumbing/invoices/{one.pk}/"):
        assert b"<script>alert(1)" not in world.browser(world.jo_user).get(address).content


def test_drafts_are_never_counted(world: World) -> None:
    with world.scope():
        draft(world.jo, "123.45")
        assert Invoice.objects.count() == 1
    assert "123.45" not in world.browser(world.jo_user).get(BILLING).content.decode()
