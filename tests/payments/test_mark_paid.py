""" "Mark As Paid": the balance in one step (INV-11)."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client as Browser

from invoices.models import Invoice
from payments.models import Payment
from tests.payments.making import issued, pay, void
from tests.world import World

HTMX = {"HX-Request": "true"}


@pytest.fixture
def invoice(world: World) -> Invoice:
    with world.scope():
        return issued(world.jo, "300.00")


@pytest.fixture
def bob(world: World) -> Browser:
    return world.browser(world.bob)


def address(invoice: Invoice) -> str:
    return f"/t/kirkstall-plumbing/payments/invoices/{invoice.pk}/mark-paid/"


def typed(balance: str = "300.00", **other: str) -> dict[str, str]:
    return {"method": "bank", "balance": balance, "form_key": str(uuid.uuid4()), **other}


def test_it_asks_and_then_books_the_balance(world: World, bob: Browser, invoice: Invoice) -> None:
    with world.scope():
        pay(invoice, "80.00")
    html = bob.get(address(invoice), headers=HTMX).content.decode()
    assert "Records £220.00 from Jo Whitaker" in html
    assert "Confirm" in html
    assert 'value="bank" selected' in html
    assert bob.post(address(invoice), typed("220.00")).status_code == 303
    with world.scope():
        invoice.refresh_from_db()
        payment = Payment.objects.latest("pk")
    assert invoice.is_paid
    assert (str(payment.amount), payment.method, payment.received_on) == (
        "220.00",
        "bank",
        world.team.today(),
    )
    assert payment.recorded_by_id == world.bob.pk


def test_sent_twice_it_is_one_payment(world: World, bob: Browser, invoice: Invoice) -> None:
    form = typed()
    assert [bob.post(address(invoice), form).status_code for _ in range(2)] == [303, 303]
    with world.scope():
        assert Payment.objects.count() == 1


def test_nobody_books_a_sum_they_did_not_see(world: World, bob: Browser, invoice: Invoice) -> None:
    with world.scope():
        pay(invoice, "80.00")
    response = bob.post(address(invoice), typed("300.00"), headers=HTMX)
    assert response.status_code == 409
    assert "£220.00 is still to pay" in response.content.decode()
    with world.scope():
        assert Payment.objects.count() == 1


@pytest.mark.parametrize("state", ["void", "paid"])
def test_wrong_state(world: World, bob: Browser, invoice: Invoice, state: str) -> None:
    with world.scope():
        void(invoice) if state == "void" else pay(invoice, "300.00")
    for response in (bob.get(address(invoice)), bob.post(address(invoice), typed(), headers=HTMX)):
        assert response.status_code == 409
        assert state in response.content.decode().lower()


def test_a_method_nobody_can_choose_is_refused(bob: Browser, invoice: Invoice) -> None:
    assert bob.post(address(invoice), typed(method="stripe")).status_code == 422


def test_who_may_not(world: World, bob: Browser, invoice: Invoice) -> None:
    assert world.browser(world.ann).post(address(invoice), typed()).status_code == 403
    assert world.browser(world.charlie).post(address(invoice), typed()).status_code == 404
    with world.other_scope():
        foreign = issued(world.lee)
    assert bob.post(address(foreign), typed()).status_code == 404
    assert bob.put(address(invoice)).status_code == 405
