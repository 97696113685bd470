"""Money under concurrency (trust 2), each race with its control: the same without the guard goes wrong."""

from __future__ import annotations

import os
import random
from typing import Any

import psycopg
import pytest
import stripe
from django.db import IntegrityError

from dev.stripe_sandbox import new_key
from invoices.models import Invoice
from mail.models import Message
from payments import account, checkout, ledger, tasks, webhooks
from payments.books import check_ledger
from payments.models import CheckoutAttempt, EventState, Method, Payment, StripeAccount, WebhookEvent
from teams.models import Team
from teams.scope import team_scope
from tests.payments.conftest import Shop
from tests.payments.making import by_stripe, issued
from tests.payments.racing import at_once, meet, without_index, without_locks
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def books_are_true(world: World) -> None:
    with world.scope():
        assert check_ledger(world.team) == []


# ---- Two payments of one invoice


def _pay_at_once(world: World, invoice: Invoice, count: int) -> list[Any]:
    def job(number: int) -> Any:
        def pay() -> int:
            with team_scope(world.team.pk):
                return by_stripe(Invoice.objects.get(pk=invoice.pk), "100.00", f"pi_race_{number}").pk

        return pay

    return at_once(*(job(number) for number in range(count)))


def test_an_invoice_paid_eight_times_at_once_is_paid_once_and_the_rest_is_credit(world: World) -> None:
    with world.scope():
        invoice = issued(world.jo)
    results = _pay_at_once(world, invoice, 8)
    assert [result for result in results if isinstance(result, Exception)] == []
    with world.scope():
        invoice.refresh_from_db()
        assert invoice.paid == 100
        assert ledger.credit_of(world.jo) == 700
    books_are_true(world)


def test_control_without_lock_and_second_look_one_payment_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.scope():
        invoice = issued(world.jo)
    without_locks(monkeypatch)
    with world.scope():
        by_stripe(issued(world.jo), "1.00", "pi_before")
    monkeypatch.setattr(Invoice, "refresh_from_db", lambda *_, **__: None)
    meet(monkeypatch, ledger, "_already_booked")
    results = _pay_at_once(world, invoice, 2)
    assert sum(isinstance(result, IntegrityError) for result in results) == 1


# ---- The same payment told many times


def _book_at_once(shop: Shop, attempt: CheckoutAttempt, times: int = 2) -> list[Any]:
    return at_once(*[lambda: checkout.settle_session(shop.world.team.pk, attempt.session or "")] * times)


def test_two_handlers_of_one_payment_book_it_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = shop.paid()
    meet(monkeypatch, ledger, "_already_booked")
    results = _book_at_once(shop, attempt)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert shop.figures() == ("100.00", "0.00", 1)
    books_are_true(shop.world)


def test_control_without_locks_and_index_it_is_booked_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, owner: psycopg.Connection[Any]
) -> None:
    attempt = shop.paid()
    with shop.world.scope():
        # Making the client's account would be a lock of its own.
        by_stripe(issued(shop.world.jo), "1.00", "pi_before")
    with monkeypatch.context() as patched, without_index(owner, "payments_payment_intent_once"):
        without_locks(patched)
        meet(patched, ledger, "_already_booked", wait=5.0)
        _book_at_once(shop, attempt)
        assert shop.figures()[2] == 3


# The whole proof takes ten minutes: `CMA_PROOF=full bin/test tests/payments -m slow`.
MANY = (50, 200) if os.environ.get("CMA_PROOF") == "full" else (12, 30)


@pytest.mark.parametrize(("payments", "deliveries"), [(4, 12), pytest.param(*MANY, marks=pytest.mark.slow)])
def test_payments_delivered_many_times_with_crashing_handlers(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, payments: int, deliveries: int
) -> None:
    """Two kinds of events each, delivered and handled at once: one payment and one receipt each."""
    team_id = shop.world.team.pk
    with shop.world.scope():
        invoices = [issued(shop.world.jo) for _ in range(payments)]
    for invoice in invoices:
        assert shop.sandbox.pay(shop.start("100.00", invoice).session or "").is_done
    wanted = ("checkout.session.completed", "payment_intent.succeeded")
    sent = [webhook for webhook in shop.webhooks() if webhook.event["type"] in wanted] * deliveries
    chance = random.Random(7)
    chance.shuffle(sent)
    real = ledger._tell_of_payment
    with shop.world.scope():
        secret = account.signing_secret_of(StripeAccount.objects.get())

    def crashing(*args: Any) -> None:
        real(*args)
        if chance.random() < 0.3:
            raise RuntimeError("the handler died here")

    def deliver(webhook: Any) -> Any:
        def job() -> None:
            # Signed anew, as each delivery is: the proof takes longer than a signature lasts.
            signature = stripe.WebhookSignature.generate_signature_header(webhook.body.decode(), secret)
            webhooks.receive(team_id, webhook.body, signature)
            with team_scope(team_id):
                event = WebhookEvent.objects.get(event=webhook.event["id"])
            tasks.handle_event(team_id, event.pk)

        return job

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "_tell_of_payment", crashing)
        results = at_once(*(deliver(webhook) for webhook in sent), threads=12)
    assert [result for result in results if isinstance(result, Exception)] == []
    with shop.world.scope():
        failed = list(WebhookEvent.objects.exclude(state=EventState.DONE).values_list("pk", flat=True))
    for event_pk in failed:
        assert webhooks.handle(team_id, event_pk) in (EventState.DONE, None)
    with shop.world.scope():
        assert WebhookEvent.objects.count() == 2 * payments
        assert Payment.objects.count() == payments
        assert Message.objects.filter(kind="receipt").count() == payments
        assert ledger.credit_of(shop.world.jo) == 0
    books_are_true(shop.world)


def test_the_same_event_delivered_at_once_is_stored_once(shop: Shop) -> None:
    shop.paid()
    webhook = shop.webhooks()[0]
    results = at_once(*[lambda: webhooks.receive(shop.world.team.pk, webhook.body, webhook.signature)] * 10)
    assert results == [None] * 10
    with shop.world.scope():
        assert WebhookEvent.objects.count() == 1


# ---- Two tabs that start paying


def _start_at_once(shop: Shop) -> list[Any]:
    return at_once(shop.start, shop.start)


def test_two_tabs_open_one_session(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    meet(monkeypatch, checkout, "_check")
    _start_at_once(shop)
    with shop.world.scope():
        assert CheckoutAttempt.objects.count() == 1


def test_control_without_lock_and_index_two_sessions_are_open(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, owner: psycopg.Connection[Any]
) -> None:
    with monkeypatch.context() as patched, without_index(owner, "payments_attempt_one_open"):
        without_locks(patched)
        meet(patched, checkout, "_check")
        results = _start_at_once(shop)
        assert len({attempt.session for attempt in results}) == 2


# ---- A refund while a payment comes in


def test_verbs_that_touch_the_same_money_from_different_ends_do_not_lock_each_other_out(shop: Shop) -> None:
    """Refunds come by the payment, payments by the invoice: locked in one order, nobody waits in a circle."""
    world = shop.world
    with world.scope():
        one, two = issued(world.jo), issued(world.jo)
        first, second = by_stripe(one, "100.00", "pi_x"), by_stripe(two, "130.00", "pi_y")

    def refund(payment: Payment, number: int) -> Any:
        def job() -> None:
            with team_scope(world.team.pk):
                ledger.record_refund(
                    Payment.objects.get(pk=payment.pk),
                    amount=payment.amount / 10,
                    refunded_on=payment.received_on,
                    method=Method.STRIPE,
                    stripe_refund=f"re_{payment.pk}_{number}",
                )

        return job

    def pay(invoice: Invoice, number: int) -> Any:
        def job() -> None:
            with team_scope(world.team.pk):
                by_stripe(Invoice.objects.get(pk=invoice.pk), "10.00", f"pi_{invoice.pk}_{number}")

        return job

    jobs = [
        job
        for number in range(5)
        for job in (refund(first, number), refund(second, number), pay(one, number), pay(two, number))
    ]
    results = at_once(*jobs, threads=8)
    assert [result for result in results if isinstance(result, Exception)] == []
    books_are_true(world)
    with world.scope():
        assert Team.objects.get(pk=world.team.pk).payments.count() == 12


# ---- A key that is changed while somebody starts to pay


def test_a_page_opened_while_the_key_is_changed_is_closed_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The payer comes between the closing of open pages and the storing of the new key."""
    opened: list[CheckoutAttempt] = []
    real = account._leave

    def leave(old: Any, *, stays: bool) -> None:
        real(old, stays=stays)
        if not opened:
            opened.append(shop.start())

    monkeypatch.setattr(account, "_leave", leave)
    key = new_key()
    shop.sandbox.deliver("hold", key)
    account.save_key(shop.world.team.pk, key)
    assert shop.read(opened[0]).state == "expired"
    assert not shop.sandbox.pay(opened[0].session or "").is_done
