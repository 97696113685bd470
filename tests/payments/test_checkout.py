"""Paying on Stripe's page (PAY-7, PAY-8): starting, coming back, losing answers, closing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from payments import account, checkout, ledger, tasks, webhooks
from payments.booking import book
from payments.errors import (
    AlreadyUnderWay,
    AmountRefused,
    CardsDown,
    NotPayable,
    StripeAway,
    UnknownSession,
)
from payments.models import AttemptState, CheckoutAttempt, Method, Payment, StripeAccount
from payments.stripe import PaymentFacts
from teams.models import Team
from tests.payments.conftest import Shop, Sweep
from tests.payments.making import DAY, issued, void

SESSIONS = "/v1/checkout/sessions"


def created(shop: Shop) -> int:
    """How many Checkout sessions Stripe was asked to make."""
    asked = shop.sandbox.requests(shop.sandbox.key)
    return sum(entry["method"] == "POST" and entry["path"] == SESSIONS for entry in asked)


def late(attempt: CheckoutAttempt, shop: Shop, **ago: int) -> None:
    """As if the attempt had been made, and last been asked about, that long ago."""
    with shop.world.scope():
        then = timezone.now() - timedelta(**ago)
        row = CheckoutAttempt.objects.filter(pk=attempt.pk)
        row.update(created_at=then, check_after=then)
        row.exclude(checked_at=None).update(checked_at=then)


def test_the_payer_comes_back_and_it_is_booked(shop: Shop) -> None:
    attempt = shop.paid()
    back = checkout.returned(shop.world.team.pk, attempt.session or "")
    assert back.state == AttemptState.PAID
    assert shop.figures() == ("100.00", "0.00", 1)
    payment = back.payment
    assert payment is not None
    assert payment.paid_with == "Visa ending 4242"
    assert payment.stripe_fee == Decimal("1.70")
    assert payment.recorded_by == shop.world.jo_user
    assert set(shop.deliver()) == {200}
    assert shop.figures() == ("100.00", "0.00", 1)


def test_amount_and_currency_are_the_servers(shop: Shop) -> None:
    attempt = shop.start("40.00")
    session = account.stripe_of(shop.world.team.pk).session(attempt.session or "")
    assert (session.amount, session.currency, session.livemode) == (4000, "GBP", False)
    assert session.metadata["cma_invoice"] == str(shop.invoice.pk)


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("0", "more than nothing"),
        ("-1", "more than nothing"),
        ("0.29", "£0.30"),
        ("100.01", "£100.00 is still to pay"),
        ("10000000", "the most"),
    ],
)
def test_amounts_that_cannot_be_paid(shop: Shop, amount: str, sentence: str) -> None:
    with pytest.raises(AmountRefused, match=sentence):
        shop.start(amount)
    assert created(shop) == 0


def test_more_than_stripe_takes_at_once(shop: Shop) -> None:
    with shop.world.scope():
        dear = issued(shop.world.jo, "1200000.00")
    with pytest.raises(AmountRefused, match=r"£999,999\.99"):
        shop.start("1200000.00", dear)


def test_a_part_only_where_the_team_takes_parts(shop: Shop) -> None:
    with shop.world.scope():
        Team.objects.filter(pk=shop.world.team.pk).update(allow_part_payment=False)
    with pytest.raises(AmountRefused, match="whole amount"):
        shop.start("99.00")


def test_what_cannot_be_paid_by_card(shop: Shop) -> None:
    world = shop.world
    with world.scope():
        paid, voided, of_kit = issued(world.jo), issued(world.jo), issued(world.kit)
        ledger.record_payment(
            client=world.jo, invoice=paid, amount=Decimal(100), method=Method.CASH, received_on=DAY
        )
        void(voided)
    of_kit.client = world.jo
    for invoice in (paid, voided, of_kit):
        with pytest.raises(NotPayable):
            shop.start("1.00", invoice)
    account.remove_key(world.team.pk)
    with pytest.raises(NotPayable, match="not set up"):
        shop.start()


def test_pressing_twice_opens_one_session(shop: Shop) -> None:
    assert shop.start().session == shop.start().session
    assert created(shop) == 1


def test_another_amount_closes_the_first_session(shop: Shop) -> None:
    first, second = shop.start("100.00"), shop.start("40.00")
    assert shop.read(first).state == AttemptState.EXPIRED
    assert shop.read(second).state == AttemptState.OPEN
    assert not shop.sandbox.pay(first.session or "").is_done


def test_a_lost_answer_is_settled_with_the_same_key(shop: Shop) -> None:
    """Stripe did it, and we never heard: asking again finds the one session there is."""
    shop.sandbox.fail(9, how="disconnect", commit=True, method="POST", path=SESSIONS, key=shop.sandbox.key)
    with pytest.raises(StripeAway, match="Nothing was charged"):
        shop.start()
    with shop.world.scope():
        attempt = CheckoutAttempt.objects.get()
    assert attempt.state == AttemptState.UNKNOWN
    shop.sandbox.recover(shop.sandbox.key)
    assert shop.start().pk == attempt.pk
    assert shop.read(attempt).state == AttemptState.OPEN
    listed = account.stripe_of(shop.world.team.pk)
    assert listed.find_session(str(attempt.idempotency_key), since=attempt.created_at - timedelta(hours=1))


def test_an_unknown_outcome_keeps_others_from_starting(shop: Shop) -> None:
    shop.sandbox.fail(50, status=500, method="POST", path=SESSIONS, key=shop.sandbox.key)
    with pytest.raises(StripeAway):
        shop.start()
    with pytest.raises(AlreadyUnderWay, match="charged twice"):
        shop.start("40.00")
    with shop.world.scope():
        assert CheckoutAttempt.objects.count() == 1


def test_an_attempt_that_never_came_to_be_is_given_up_after_asking_twice(shop: Shop) -> None:
    shop.sandbox.fail(50, status=500, method="POST", path=SESSIONS, key=shop.sandbox.key)
    with pytest.raises(StripeAway):
        shop.start()
    with shop.world.scope():
        attempt = CheckoutAttempt.objects.get()
    late(attempt, shop, minutes=6)
    assert checkout.sweep(shop.world.team.pk) == 1
    assert shop.read(attempt).state == AttemptState.UNKNOWN
    late(attempt, shop, hours=1)
    checkout.sweep(shop.world.team.pk)
    assert shop.read(attempt).state == AttemptState.FAILED
    shop.sandbox.recover(shop.sandbox.key)
    assert shop.start().state == AttemptState.OPEN


def test_a_process_that_died_before_asking_is_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(checkout, "_open", die)
        with pytest.raises(SystemExit):
            shop.start()
    with pytest.raises(AlreadyUnderWay):
        shop.start()
    with shop.world.scope():
        attempt = CheckoutAttempt.objects.get()
    late(attempt, shop, minutes=3)
    checkout.sweep(shop.world.team.pk)
    assert shop.read(attempt).state == AttemptState.OPEN


def test_stripe_says_no(shop: Shop) -> None:
    shop.sandbox.fail(1, status=400, method="POST", path=SESSIONS, key=shop.sandbox.key)
    with pytest.raises(CardsDown, match="Please pay another way"):
        shop.start()
    with shop.world.scope():
        assert "Stripe refused" in StripeAccount.objects.get().problem
    assert shop.start().state == AttemptState.OPEN


def test_a_payer_is_not_told_about_the_trades_key(shop: Shop) -> None:
    shop.sandbox.revoke(shop.sandbox.key)
    with pytest.raises(CardsDown, match="do not work at the moment"):
        shop.start()
    with shop.world.scope():
        assert "does not accept this key" in StripeAccount.objects.get().problem


def test_a_declined_card_leaves_the_page_open_for_another(shop: Shop) -> None:
    attempt = shop.start()
    assert not shop.sandbox.pay(attempt.session or "", card="4000 0000 0000 0002").is_done
    shop.deliver()
    assert shop.figures() == ("0.00", "0.00", 0)
    assert shop.sandbox.pay(attempt.session or "").is_done
    shop.deliver()
    assert shop.figures() == ("100.00", "0.00", 1)


def test_paying_another_way_closes_the_page(shop: Shop) -> None:
    attempt = shop.start()
    with shop.world.scope():
        ledger.record_payment(
            client=shop.world.jo,
            invoice=shop.invoice,
            amount=Decimal(10),
            method=Method.CASH,
            received_on=DAY,
        )
    tasks.close_checkouts(shop.world.team.pk, shop.invoice.pk)
    assert shop.read(attempt).state == AttemptState.EXPIRED


def test_the_sweeper_closes_what_a_lost_broker_left_open(shop: Shop, sweep: Sweep) -> None:
    attempt = shop.start()
    with shop.world.scope():
        void(shop.invoice)
    sweep(tasks.sweep_checkouts)
    assert shop.read(attempt).state == AttemptState.EXPIRED


def test_money_for_an_invoice_that_was_paid_or_voided_meanwhile_is_credit(shop: Shop) -> None:
    attempt = shop.start()
    with shop.world.scope():
        void(shop.invoice)
    assert shop.sandbox.pay(attempt.session or "").is_done
    shop.deliver()
    assert shop.figures() == ("0.00", "100.00", 1)


def test_all_webhooks_lost_the_sweepers_book_it(shop: Shop, sweep: Sweep) -> None:
    attempt = shop.paid()
    assert shop.webhooks()
    late(attempt, shop, minutes=5)
    sweep(tasks.sweep_checkouts)
    assert shop.figures() == ("100.00", "0.00", 1)


def test_all_webhooks_lost_the_events_are_fetched(shop: Shop, sweep: Sweep) -> None:
    attempt = shop.paid()
    checkout.returned(shop.world.team.pk, attempt.session or "")
    shop.sandbox.refund(attempt.session or "", 3000)
    assert shop.webhooks()
    assert webhooks.fetch_missed(shop.world.team.pk) > 0
    sweep(tasks.sweep_missed_events)
    shop.handle_all()
    assert shop.figures()[0] == "70.00"
    with shop.world.scope():
        assert StripeAccount.objects.get().events_asked_at is not None


def test_a_direct_debit_is_under_way_for_days(shop: Shop) -> None:
    shop.sandbox.account(shop.sandbox.key, payment_method_types=["card", "bacs_debit"])
    attempt = shop.start()
    shop.sandbox.pay_by_bacs(attempt.session or "")
    shop.deliver()
    assert shop.read(attempt).state == AttemptState.PROCESSING
    with pytest.raises(AlreadyUnderWay, match=r"£100\.00 is already on its way"):
        shop.start("1.00")
    shop.sandbox.settle(attempt.session or "")
    shop.deliver()
    assert shop.figures() == ("100.00", "0.00", 1)
    with shop.world.scope():
        assert Payment.objects.get().paid_with.startswith("Direct Debit")


def test_a_direct_debit_that_fails_leaves_the_invoice_to_pay(shop: Shop) -> None:
    shop.sandbox.account(shop.sandbox.key, payment_method_types=["card", "bacs_debit"])
    attempt = shop.start()
    shop.sandbox.pay_by_bacs(attempt.session or "")
    shop.deliver()
    shop.sandbox.settle(attempt.session or "", passed=False)
    shop.deliver()
    assert shop.read(attempt).state == AttemptState.FAILED
    assert "insufficient funds" in shop.read(attempt).error
    assert shop.start().state == AttemptState.OPEN


def test_a_transfer_that_the_payer_still_has_to_make_is_under_way(shop: Shop) -> None:
    """Stripe's own bank transfer: the page is done with, the money comes when it comes."""
    attempt = shop.start()
    door = account.stripe_of(shop.world.team.pk)
    session = replace(door.session(attempt.session or ""), status="complete", payment_intent="pi_transfer")
    payment = PaymentFacts("pi_transfer", "requires_action", 0, "GBP", False, session.metadata)
    with shop.world.scope():
        assert book(shop.world.team, session=session, payment=payment).state == AttemptState.PROCESSING
        refused = replace(payment, status="canceled", problem="It never came.")
        assert book(shop.world.team, payment=refused).error == "It never came."
        came = replace(payment, status="succeeded", amount_received=10000, charge="ch_1")
        assert book(shop.world.team, payment=came).state == AttemptState.PAID
    assert shop.figures() == ("100.00", "0.00", 1)


def test_coming_back_with_somebody_elses_session(shop: Shop) -> None:
    attempt = shop.paid()
    for session, client in (("cs_test_nothing", None), (attempt.session or "", shop.world.kit.pk)):
        with pytest.raises(UnknownSession):
            checkout.returned(shop.world.team.pk, session, client_id=client)
    with pytest.raises(UnknownSession):
        checkout.returned(shop.world.other.pk, attempt.session or "")


def test_no_transaction_is_open_while_stripe_is_asked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from payments.stripe import Stripe
    from teams.scope import current_scope

    asked = []
    real = Stripe.create_session

    def looking(self: Stripe, *args: object, **more: object) -> object:
        asked.append(current_scope())
        return real(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Stripe, "create_session", looking)
    shop.start()
    assert asked == [None]
