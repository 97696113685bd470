"""The statement of account agrees with every other figure (POR-11, PAY-2)."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest
from pypdf import PdfReader

from clients.figures import billing_figures
from payments import ledger
from payments.models import Method
from payments.statement import statement_of
from tests.payments.making import issued, pay, void
from tests.world import World


def closing(world: World) -> Decimal:
    statement = statement_of(world.jo)
    return statement.opening + statement.charged - statement.paid


def test_it_agrees_with_what_is_due_and_the_credit(inside: World) -> None:
    first, second = issued(inside.jo, "100.00"), issued(inside.jo, "40.00")
    pay(first, "130.00")
    payment = pay(second, "15.00")
    ledger.record_refund(
        payment,
        amount=Decimal("5.00"),
        refunded_on=inside.team.today(),
        method=Method.BANK,
        by=inside.alice,
    )
    figures = billing_figures(inside.jo)
    assert closing(inside) == figures.amount_due - figures.credit
    assert [line.balance for line in statement_of(inside.jo).lines][-1] == closing(inside)


def test_undone_payments_and_void_invoices_leave_nothing(inside: World) -> None:
    invoice = issued(inside.jo, "80.00")
    ledger.undo_payment(pay(invoice, "30.00"), by=inside.alice)
    void(invoice)
    assert closing(inside) == 0
    assert statement_of(inside.jo).due == 0


def test_what_is_older_than_a_year_is_the_opening_balance(inside: World) -> None:
    old = inside.team.today() - dt.timedelta(days=500)
    issued(inside.jo, "60.00", issue_on=old, due_on=old)
    statement = statement_of(inside.jo)
    assert statement.opening == Decimal("60.00")
    assert statement.lines == ()
    assert statement.ages[-1].amount == Decimal("60.00")


@pytest.mark.parametrize("side", ["office", "portal"])
def test_both_sides_can_have_it_as_pdf(world: World, side: str) -> None:
    with world.scope():
        invoice = issued(world.jo, "120.00")
        pay(invoice, "20.00")
        issued(world.kit, "77.77")
    slug = world.team.slug
    url = (
        f"/t/{slug}/payments/clients/{world.jo.pk}/statement.pdf"
        if side == "office"
        else f"/p/{slug}/billing/statement.pdf"
    )
    response = world.browser(world.ann if side == "office" else world.jo_user).get(url)
    assert response.headers["Content-Type"] == "application/pdf"
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)
    assert "Statement" in text
    assert invoice.reference in text
    assert "100.00" in text
    assert "77.77" not in text
