"""Voiding an invoice: what becomes of the money, and of an open card page (INV-12, PAY-8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from invoices.models import Invoice
from payments.models import AttemptState, Refund
from tests.payments.conftest import Shop
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


def address(invoice: Invoice) -> str:
    return f"/t/kirkstall-plumbing/payments/invoices/{invoice.pk}/void/"


def state_of(world: World, invoice: Invoice) -> str:
    with world.scope():
        invoice.refresh_from_db()
    return invoice.state


def test_nothing_paid_nothing_asked(world: World, bob: Browser, invoice: Invoice) -> None:
    html = bob.get(address(invoice), headers=HTMX).content.decode()
    assert "Its number stays taken" in html
    assert "Confirm" in html
    assert 'name="money"' not in html
    assert bob.post(address(invoice)).status_code == 303
    assert state_of(world, invoice) == "void"
    with world.scope():
        entry = world.team.audit_entries.latest("pk")
    assert (entry.verb, entry.actor_id) == ("invoice.voided", world.bob.pk)


def test_the_money_becomes_credit(world: World, bob: Browser, invoice: Invoice) -> None:
    with world.scope():
        pay(invoice, "120.00")
    html = bob.get(address(invoice)).content.decode()
    assert "£120.00 has been paid" in html
    assert bob.post(address(invoice), {"money": "credit"}).status_code == 303
    with world.scope():
        assert figures(invoice) == ("0.00", "300.00", "120.00")
        assert invoice.is_void
        assert not Refund.objects.exists()


def test_the_money_is_recorded_as_refunded(world: World, bob: Browser, invoice: Invoice) -> None:
    with world.scope():
        pay(invoice, "120.00")
    assert bob.post(address(invoice), {"money": "refunded"}).status_code == 303
    with world.scope():
        assert figures(invoice) == ("0.00", "300.00", "0.00")
        assert [str(refund.amount) for refund in Refund.objects.all()] == ["120.00"]
    assert state_of(world, invoice) == "void"


@pytest.mark.parametrize("answer", [{}, {"money": "keep"}])
def test_without_an_answer_nothing_happens(
    world: World, bob: Browser, invoice: Invoice, answer: dict[str, str]
) -> None:
    """Also when the money came after the question was drawn without asking."""
    with world.scope():
        pay(invoice, "120.00")
    response = bob.post(address(invoice), answer, headers=HTMX)
    assert response.status_code == 422
    assert "What becomes of it?" in response.content.decode()
    assert state_of(world, invoice) == "issued"
    with world.scope():
        assert figures(invoice)[0] == "120.00"


def test_card_money_is_refunded_at_stripe(world: World, bob: Browser, invoice: Invoice) -> None:
    with world.scope():
        by_stripe(invoice, "300.00", "pi_1")
    assert "Refund it in your Stripe dashboard" in bob.get(address(invoice)).content.decode()


def test_draft_and_void_are_refused(world: World, bob: Browser, invoice: Invoice) -> None:
    with world.scope():
        draft = Invoice.objects.create(
            team=world.team, client=world.jo, reference="D-1", issue_on="2026-11-01", due_on="2026-12-01"
        )
    bob.post(address(invoice))
    for refused, words in ((draft, "is a draft"), (invoice, "is void already")):
        for response in (bob.get(address(refused)), bob.post(address(refused), headers=HTMX)):
            assert response.status_code == 409
            assert words in response.content.decode()
    with world.scope():
        assert world.team.audit_entries.filter(verb="invoice.voided").count() == 1


def test_who_may_not(world: World, bob: Browser, invoice: Invoice) -> None:
    assert world.browser(world.ann).post(address(invoice)).status_code == 403
    assert world.browser(world.charlie).post(address(invoice)).status_code == 404
    with world.other_scope():
        foreign = issued(world.lee)
    assert bob.post(address(foreign)).status_code == 404
    assert bob.put(address(invoice)).status_code == 405
    assert state_of(world, invoice) == "issued"


@pytest.mark.django_db(transaction=True)
def test_an_open_card_page_is_closed(shop: Shop, run_tasks: Callable[[], int]) -> None:
    """The page is closed at Stripe once the void has committed; who tries it then cannot pay."""
    attempt = shop.start()
    world: Any = shop.world
    assert world.browser(world.bob).post(address(shop.invoice)).status_code == 303
    assert shop.read(attempt).state == AttemptState.OPEN
    run_tasks()
    assert shop.read(attempt).state == AttemptState.EXPIRED


@pytest.mark.django_db(transaction=True)
def test_money_on_its_way_at_stripe_becomes_credit(shop: Shop) -> None:
    """Paid on Stripe's page, voided before we heard of it: nothing is lost."""
    shop.paid()
    shop.world.browser(shop.world.bob).post(address(shop.invoice))
    shop.deliver()
    assert shop.figures() == ("0.00", "100.00", 1)
    assert state_of(shop.world, shop.invoice) == "void"
