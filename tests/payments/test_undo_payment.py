"""Undo of a payment that was recorded by hand, with a log entry (INV-11)."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from invoices.models import Invoice
from payments.models import Payment
from tests.payments.making import by_stripe, figures, issued, pay
from tests.world import World

HTMX = {"HX-Request": "true"}


@pytest.fixture
def invoice(world: World) -> Invoice:
    with world.scope():
        return issued(world.jo, "300.00")


@pytest.fixture
def bob(world: World) -> Browser:
    return world.browser(world.bob)


def address(payment: Payment) -> str:
    return f"/t/kirkstall-plumbing/payments/{payment.pk}/undo/"


def test_it_asks_and_takes_back(world: World, bob: Browser, invoice: Invoice) -> None:
    with world.scope():
        payment = pay(invoice, "300.00", by=world.alice)
    html = bob.get(address(payment)).content.decode()
    assert "£300.00 from Jo Whitaker, Bank transfer" in html
    assert "Confirm" in html
    response = bob.post(address(payment))
    assert response.status_code == 303
    assert response.headers["Location"] == f"/t/kirkstall-plumbing/invoices/{invoice.pk}/"
    with world.scope():
        assert figures(invoice) == ("0.00", "300.00", "0.00")
        entry = world.team.audit_entries.latest("pk")
    assert (entry.verb, entry.actor_id, entry.subject_id) == ("payment.undone", world.bob.pk, invoice.pk)


def test_once_only(world: World, bob: Browser, invoice: Invoice) -> None:
    with world.scope():
        payment = pay(invoice, "100.00")
    bob.post(address(payment))
    response = bob.post(address(payment), headers=HTMX)
    assert response.status_code == 409
    assert "already undone" in response.content.decode()
    with world.scope():
        assert Payment.objects.count() == 2
        reversal = Payment.objects.get(reverses=payment)
    assert bob.post(address(reversal)).status_code == 404


def test_what_came_by_stripe_is_refunded_not_undone(world: World, bob: Browser, invoice: Invoice) -> None:
    with world.scope():
        payment = by_stripe(invoice, "300.00", "pi_1")
    response = bob.post(address(payment))
    assert response.status_code == 409
    assert "refund it there" in response.content.decode()
    with world.scope():
        assert figures(invoice)[0] == "300.00"


def test_who_may_not(world: World, bob: Browser, invoice: Invoice) -> None:
    with world.scope():
        payment = pay(invoice, "100.00")
    with world.other_scope():
        foreign = pay(issued(world.lee), "100.00")
    assert world.browser(world.ann).post(address(payment)).status_code == 403
    assert world.browser(world.charlie).post(address(payment)).status_code == 404
    assert bob.post(address(foreign)).status_code == 404
    assert bob.put(address(payment)).status_code == 405
    with world.scope():
        assert Payment.objects.count() == 1
