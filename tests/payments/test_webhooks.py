"""Stripe's events (PAY-5, PAY-6): what is let in, what is done with it, in whatever order it comes."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import stripe
from django.utils import timezone

from dev.stripe_sandbox import Webhook, new_key
from payments import account, ledger, tasks, webhooks
from payments.account import signing_secret_of
from payments.booking import book
from payments.models import CheckoutAttempt, EventState, Payment, StripeAccount, WebhookEvent
from teams.models import Team
from tests.payments.conftest import Shop, Sweep
from tests.payments.making import issued


def secret(shop: Shop) -> str:
    with shop.world.scope():
        return signing_secret_of(StripeAccount.objects.get())


def address(shop: Shop) -> str:
    with shop.world.scope():
        return f"/hooks/stripe/{StripeAccount.objects.get().webhook_token}/"


def events(shop: Shop) -> list[WebhookEvent]:
    with shop.world.scope():
        return list(WebhookEvent.objects.order_by("pk"))


def send(
    shop: Shop, body: str, *, key: str = "", at: int | None = None, path: str = "", **headers: str
) -> int:
    signature = stripe.WebhookSignature.generate_signature_header(body, key or secret(shop), at)
    return (
        shop.world.browser()
        .post(
            path or address(shop),
            body,
            content_type="application/json",
            headers={"Stripe-Signature": signature, **headers},
        )
        .status_code
    )


def event(kind: str, object_id: str, **more: Any) -> str:
    made = {"id": f"evt_{object_id}", "type": kind, "livemode": False, "data": {"object": {"id": object_id}}}
    return json.dumps({**made, **more})


PLAIN = event("payment_intent.succeeded", "pi_1")


# ---- At the door


def test_a_signed_event_is_stored_and_handed_on(shop: Shop) -> None:
    assert send(shop, PLAIN) == 200
    (stored,) = events(shop)
    assert (stored.type, stored.object_id, stored.state) == ("payment_intent.succeeded", "pi_1", "received")
    with shop.world.scope():
        assert StripeAccount.objects.get().last_event_at is not None


def test_the_same_event_again_is_stored_once(shop: Shop) -> None:
    assert [send(shop, PLAIN) for _ in range(3)] == [200] * 3
    assert len(events(shop)) == 1


@pytest.mark.parametrize("seconds", [-301, 301, -86400, 86400])
def test_stale_and_future_signatures_are_refused(shop: Shop, seconds: int) -> None:
    assert send(shop, PLAIN, at=int(time.time()) + seconds) == 400
    assert events(shop) == []


@pytest.mark.parametrize("seconds", [-290, 290])
def test_clocks_may_differ_a_little(shop: Shop, seconds: int) -> None:
    assert send(shop, PLAIN, at=int(time.time()) + seconds) == 200


@pytest.mark.parametrize("header", ["", "t=1,v1=abc", "v1=abc", "nonsense", "t=x,v1=abc", "t=,v1="])
def test_unsigned_events_are_refused(shop: Shop, header: str) -> None:
    response = shop.world.browser().post(
        address(shop), PLAIN, content_type="application/json", headers={"Stripe-Signature": header}
    )
    assert response.status_code == 400
    assert events(shop) == []


def test_without_any_signature(shop: Shop) -> None:
    response = shop.world.browser().post(address(shop), PLAIN, content_type="application/json")
    assert response.status_code == 400


def test_a_changed_body_is_refused(shop: Shop) -> None:
    signature = stripe.WebhookSignature.generate_signature_header(PLAIN, secret(shop))
    response = shop.world.browser().post(
        address(shop),
        PLAIN.replace("pi_1", "pi_2"),
        content_type="application/json",
        headers={"Stripe-Signature": signature},
    )
    assert response.status_code == 400
    assert events(shop) == []


def test_another_teams_signature_is_refused(shop: Shop) -> None:
    shop.sandbox.deliver("hold", other := new_key())
    account.save_key(shop.world.other.pk, other)
    with shop.world.other_scope():
        theirs = signing_secret_of(StripeAccount.objects.get())
    assert send(shop, PLAIN, key=theirs) == 400
    assert events(shop) == []


@pytest.mark.parametrize("body", ["", "[]", "{}", "nonsense", '{"id": 1}', event("x", "y" * 300), "null"])
def test_what_is_no_event_is_refused(shop: Shop, body: str) -> None:
    assert send(shop, body) == 400
    assert events(shop) == []


def test_a_body_of_five_megabytes_is_refused_unread(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object) -> None:
        raise AssertionError("nothing of it may be read")

    monkeypatch.setattr(webhooks, "receive", read)
    assert send(shop, json.dumps({"id": "x" * 5_000_000})) == 413


def test_unknown_and_overlong_addresses(shop: Shop) -> None:
    for path in ("/hooks/stripe/nobody/", f"/hooks/stripe/{'x' * 500}/"):
        assert send(shop, PLAIN, path=path) == 404


def test_only_posts(shop: Shop) -> None:
    assert shop.world.browser().get(address(shop)).status_code == 405
    assert shop.world.browser().put(address(shop)).status_code == 405


def test_no_login_and_no_csrf_token_are_asked_for(shop: Shop) -> None:
    body = PLAIN
    signature = stripe.WebhookSignature.generate_signature_header(body, secret(shop))
    response = shop.world.browser(enforce_csrf_checks=True).post(
        address(shop), body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    assert response.status_code == 200


def test_kinds_and_modes_that_do_not_concern_us_are_put_aside(shop: Shop) -> None:
    assert send(shop, event("customer.created", "cus_1")) == 200
    assert send(shop, event("payment_intent.succeeded", "pi_live", livemode=True)) == 200
    assert {stored.state for stored in events(shop)} == {EventState.IGNORED}
    assert all(stored.error for stored in events(shop))


# ---- What is done with them


def test_events_alone_book_the_payment(shop: Shop) -> None:
    attempt = shop.paid()
    assert set(shop.deliver()) == {200}
    assert shop.figures() == ("100.00", "0.00", 1)
    assert shop.read(attempt).state == "paid"
    assert {stored.state for stored in events(shop)} <= {EventState.DONE}


def test_another_use_of_the_stripe_account_is_ignored(shop: Shop) -> None:
    """The trade may sell elsewhere with the same account: that is no payment of an invoice."""
    theirs = stripe.StripeClient(shop.sandbox.key, base_addresses={"api": shop.sandbox.url})
    intent = theirs.v1.payment_intents.create(
        {
            "amount": 5000,
            "currency": "gbp",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "http://localhost/",
        }
    )
    assert intent.status == "succeeded"
    shop.deliver()
    assert shop.figures() == ("0.00", "0.00", 0)
    assert {stored.state for stored in events(shop)} == {EventState.IGNORED}
    assert "not made by CMA" in events(shop)[0].error


@pytest.mark.parametrize("lie", ["team", "attempt", "key"])
def test_an_event_that_names_another_teams_invoice_is_booked_nowhere(shop: Shop, lie: str) -> None:
    attempt = shop.start()
    with shop.world.other_scope():
        foreign = issued(shop.world.lee)
    metadata = {
        "cma_team": str(shop.world.other.pk if lie == "team" else shop.world.team.pk),
        "cma_invoice": str(foreign.pk),
        "cma_attempt": "999999" if lie == "attempt" else str(attempt.pk),
        "cma_key": "0" * 8 if lie == "key" else str(attempt.idempotency_key),
    }
    theirs = stripe.StripeClient(shop.sandbox.key, base_addresses={"api": shop.sandbox.url})
    theirs.v1.payment_intents.create(
        {
            "amount": 10000,
            "currency": "gbp",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "http://localhost/",
            "metadata": metadata,
        }
    )
    shop.deliver()
    assert {stored.state for stored in events(shop)} == {EventState.IGNORED}
    assert shop.figures() == ("0.00", "0.00", 0)
    with shop.world.other_scope():
        foreign.refresh_from_db()
        assert foreign.paid == 0


@pytest.mark.parametrize(
    ("pence", "figures"), [(12500, ("100.00", "25.00", 1)), (4000, ("40.00", "0.00", 1))]
)
def test_another_amount_than_was_asked_for_is_booked_and_shown(
    shop: Shop, pence: int, figures: tuple[str, str, int]
) -> None:
    """Nobody expects it, but it is our money: it must not be dropped."""
    attempt = shop.start()
    pay_with(shop, attempt, amount=pence)
    shop.deliver()
    assert shop.figures() == figures
    with shop.world.scope():
        verbs = [entry.verb for entry in shop.world.team.audit_entries.order_by("pk")]
    assert "payment.unexpected_amount" in verbs


def test_another_currency_is_not_booked_and_shown(shop: Shop) -> None:
    pay_with(shop, shop.start(), amount=10000, currency="eur")
    shop.deliver()
    assert shop.figures() == ("0.00", "0.00", 0)
    failed = [stored for stored in events(shop) if stored.state == EventState.FAILED]
    assert failed
    assert "EUR" in failed[0].error


def pay_with(shop: Shop, attempt: CheckoutAttempt, *, amount: int, currency: str = "gbp") -> None:
    """A payment that carries the attempt's own marks, made past our Checkout session."""
    theirs = stripe.StripeClient(shop.sandbox.key, base_addresses={"api": shop.sandbox.url})
    theirs.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": currency,
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "http://localhost/",
            "metadata": {
                "cma_team": str(shop.world.team.pk),
                "cma_attempt": str(attempt.pk),
                "cma_key": str(attempt.idempotency_key),
            },
        }
    )


def test_refunds_one_row_each_and_a_failed_one_comes_back(shop: Shop) -> None:
    attempt = shop.paid()
    first = shop.sandbox.refund(attempt.session or "", 3000)
    shop.sandbox.refund(attempt.session or "", 2000)
    shop.deliver()
    assert shop.figures() == ("50.00", "0.00", 1)
    with shop.world.scope():
        assert sorted(refund.amount for refund in Payment.objects.get().refunds.all()) == [20, 30]
    shop.sandbox.settle(first["id"], passed=False)
    shop.deliver()
    assert shop.figures() == ("80.00", "0.00", 1)


@pytest.mark.parametrize(("won", "paid"), [(True, "100.00"), (False, "0.00")])
def test_a_dispute_from_beginning_to_end(shop: Shop, won: bool, paid: str) -> None:
    attempt = shop.paid()
    shop.deliver()
    dispute = shop.sandbox.dispute(attempt.session or "")
    shop.deliver()
    assert shop.figures() == ("0.00", "0.00", 1)
    shop.sandbox.close_dispute(dispute["id"], won=won)
    shop.deliver()
    assert shop.figures() == (paid, "0.00", 1)
    with shop.world.scope():
        row = Payment.objects.get().disputes.get()
        assert row.status == ("won" if won else "lost")
        assert row.evidence_due_at is not None


def test_a_session_that_ran_out(shop: Shop) -> None:
    attempt = shop.start()
    account.stripe_of(shop.world.team.pk).expire_session(attempt.session or "")
    shop.deliver()
    assert shop.read(attempt).state == "expired"


# ---- In whatever order


@pytest.mark.parametrize("step", [12, pytest.param(1, marks=pytest.mark.slow)])
def test_every_order_of_five_kinds_of_events_ends_the_same(shop: Shop, step: int) -> None:
    """120 orders (every twelfth in a hurry), each on an invoice of its own and with one event repeated:
    paid, partly refunded, disputed and won."""
    orders = list(itertools.permutations(range(5)))
    seen = {_after_order(shop, order, number) for number, order in enumerate(orders[::step])}
    assert seen == {("70.00", "0.00")}


def _after_order(shop: Shop, order: tuple[int, ...], number: int) -> tuple[str, str]:
    with shop.world.scope():
        invoice = issued(shop.world.jo)
    attempt = shop.start("100.00", invoice)
    assert shop.sandbox.pay(attempt.session or "").is_done
    dispute = shop.sandbox.dispute(attempt.session or "", 4000)
    shop.sandbox.close_dispute(dispute["id"], won=True)
    shop.sandbox.refund(attempt.session or "", 3000)
    kinds = [
        "checkout.session.completed",
        "payment_intent.succeeded",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
        "charge.refunded",
    ]
    by_kind = {webhook.event["type"]: webhook for webhook in shop.webhooks()}
    chosen: list[Webhook] = [by_kind[kinds[place]] for place in order]
    for webhook in [*chosen, chosen[number % 5]]:
        assert shop.deliver([webhook]) == [200]
    with shop.world.scope():
        invoice.refresh_from_db()
        return str(invoice.paid), str(ledger.credit_of(invoice.client))


def test_an_old_report_that_arrives_late_changes_nothing(shop: Shop) -> None:
    """Handler A reads Stripe, is held up, and books after handler B who knows more."""
    attempt = shop.paid()
    door = account.stripe_of(shop.world.team.pk)
    refund = shop.sandbox.refund(attempt.session or "", 3000)
    session = door.session(attempt.session or "")
    early = door.payment(session.payment_intent)
    shop.sandbox.settle(refund["id"], passed=False)
    late = door.payment(session.payment_intent)
    for facts in (late, early):
        with shop.world.scope():
            book(Team.objects.get(pk=shop.world.team.pk), session=session, payment=facts)
        assert shop.figures() == ("100.00", "0.00", 1)


def test_a_fee_that_stripe_tells_later_is_filled_in(shop: Shop) -> None:
    """The charge's booking follows a moment after the payment: `charge.updated` brings its fee."""
    attempt = shop.paid()
    door = account.stripe_of(shop.world.team.pk)
    payment = door.payment(door.session(attempt.session or "").payment_intent)
    with shop.world.scope():
        team = Team.objects.get(pk=shop.world.team.pk)
        assert book(team, payment=replace(payment, fee=None)).payment.stripe_fee is None  # type: ignore[union-attr]
    shop.deliver()
    with shop.world.scope():
        assert str(Payment.objects.get().stripe_fee) == "1.70"


# ---- When handling fails


def test_a_failure_is_shown_and_tried_again(shop: Shop, sweep: Sweep) -> None:
    shop.paid()
    shop.sandbox.fail(200, status=500, method="GET", key=shop.sandbox.key)
    shop.deliver()
    failed = [stored for stored in events(shop) if stored.state == EventState.FAILED]
    assert failed
    assert "does not answer" in failed[0].error
    assert failed[0].try_after > timezone.now()
    shop.sandbox.recover(shop.sandbox.key)
    sweep(tasks.sweep_events)
    assert shop.figures()[2] == 0
    with shop.world.scope():
        WebhookEvent.objects.update(try_after=timezone.now() - timedelta(seconds=1))
    sweep(tasks.sweep_events)
    assert shop.figures() == ("100.00", "0.00", 1)
    assert {stored.state for stored in events(shop)} == {EventState.DONE}


def test_a_bug_is_shown_too_and_books_nothing_by_halves(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.paid()

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("sk_test_planted0123456789")

    with monkeypatch.context() as patched:
        patched.setattr("payments.ledger._tell_of_payment", broken)
        shop.deliver()
    assert shop.figures() == ("0.00", "0.00", 0)
    failed = [stored for stored in events(shop) if stored.state == EventState.FAILED]
    assert failed
    assert "planted" not in failed[0].error


def test_after_many_failures_a_person_is_needed(shop: Shop) -> None:
    send(shop, PLAIN)
    with shop.world.scope():
        WebhookEvent.objects.update(
            state=EventState.FAILED,
            attempts=webhooks.MOST_ATTEMPTS,
            try_after=timezone.now() - timedelta(days=1),
        )
    assert webhooks.waiting_events(shop.world.team.pk) == []
    with shop.world.scope():
        webhooks.try_again(WebhookEvent.objects.get())
    assert len(webhooks.waiting_events(shop.world.team.pk)) == 1


def test_what_a_lost_broker_forgot_is_swept_up(shop: Shop, sweep: Sweep) -> None:
    shop.paid()
    for webhook in shop.webhooks():
        assert shop.post(webhook) == 200
    sweep(tasks.sweep_events)
    assert shop.figures()[2] == 0
    with shop.world.scope():
        WebhookEvent.objects.update(received_at=timezone.now() - timedelta(minutes=1))
    sweep(tasks.sweep_events)
    assert shop.figures() == ("100.00", "0.00", 1)


def test_one_teams_trouble_keeps_no_other_waiting(shop: Shop, sweep: Sweep) -> None:
    """Charlie's key is revoked; Alice's money is still asked for."""
    shop.sandbox.deliver("hold", other := new_key())
    account.save_key(shop.world.other.pk, other)
    shop.sandbox.revoke(other)
    attempt = shop.paid()
    assert attempt.session
    sweep(tasks.sweep_missed_events)
    shop.handle_all()
    assert shop.figures() == ("100.00", "0.00", 1)
    with shop.world.other_scope():
        assert "does not accept this key" in StripeAccount.objects.get().problem
