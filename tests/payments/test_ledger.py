"""The verbs of the ledger (PAY-1 to PAY-3, INV-11, INV-12), one at a time."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from mail.models import Message
from payments import ledger
from payments.books import check_ledger
from payments.errors import AmountRefused, BooksDiffer
from payments.models import Allocation, ClientAccount, Method, Payment, Refund
from teams.models import AuditEntry, WrongState
from tests.payments.making import DAY, by_stripe, figures, fresh_client, issued, pay, void
from tests.world import World


@pytest.fixture(autouse=True)
def _books_are_true(request: pytest.FixtureRequest, inside: World):
    yield
    assert check_ledger(inside.team) == []


def test_a_payment_pays_its_invoice(inside: World) -> None:
    invoice = issued(inside.jo, "120.00")
    pay(invoice, "50.00", by=inside.bob)
    assert figures(invoice) == ("50.00", "70.00", "0.00")
    pay(invoice, "70.00", by=inside.bob)
    assert figures(invoice) == ("120.00", "0.00", "0.00")
    assert [entry.verb for entry in AuditEntry.objects.order_by("id")] == ["payment.recorded"] * 2


def test_money_above_the_balance_is_credit_and_the_owner_is_told(inside: World) -> None:
    invoice = issued(inside.jo, "100.00")
    payment = pay(invoice, "130.00")
    assert figures(invoice) == ("100.00", "0.00", "30.00")
    assert ledger.free_of(payment) == Decimal("30.00")
    message = Message.objects.get(kind="overpayment")
    assert message.to_address == inside.alice.email
    assert "£30.00" in message.text


def test_a_paid_a_draft_and_a_void_invoice_take_no_payment_by_hand(inside: World) -> None:
    paid, voided = issued(inside.jo, "10.00"), issued(inside.jo, "10.00")
    pay(paid, "10.00")
    void(voided)
    for invoice in (paid, voided):
        with pytest.raises(WrongState, match=invoice.reference):
            pay(invoice, "1.00")


def test_a_stripe_payment_of_a_paid_or_void_invoice_is_booked_as_credit(inside: World) -> None:
    paid, voided = issued(inside.jo, "10.00"), issued(inside.jo, "10.00")
    pay(paid, "10.00")
    void(voided)
    by_stripe(paid, "10.00", "pi_a")
    by_stripe(voided, "7.00", "pi_b")
    assert ledger.credit_of(inside.jo) == Decimal("17.00")
    assert Message.objects.filter(kind="overpayment").count() == 2


@pytest.mark.parametrize("amount", ["0", "-5", "10000000", "1.005"])
def test_amounts_that_are_no_sum_of_money_are_refused(inside: World, amount: str) -> None:
    with pytest.raises(AmountRefused):
        pay(issued(inside.jo), amount)
    assert not Payment.objects.exists()


def test_the_same_form_or_the_same_stripe_payment_twice_is_one_payment(inside: World) -> None:
    invoice, key = issued(inside.jo), uuid4()
    assert pay(invoice, "40.00", form_key=key).pk == pay(invoice, "40.00", form_key=key).pk
    assert by_stripe(invoice, "10.00", "pi_1").pk == by_stripe(invoice, "10.00", "pi_1").pk
    assert figures(invoice) == ("50.00", "50.00", "0.00")


def test_undo_takes_the_payment_back_and_says_so(inside: World) -> None:
    invoice = issued(inside.jo)
    payment = pay(invoice, "100.00")
    ledger.undo_payment(payment, by=inside.alice)
    assert figures(invoice) == ("0.00", "100.00", "0.00")
    assert AuditEntry.objects.latest("id").verb == "payment.undone"
    with pytest.raises(WrongState, match="already undone"):
        ledger.undo_payment(payment, by=inside.alice)


def test_undoing_one_of_two_payments_leaves_the_other_paying(inside: World) -> None:
    """A transfer that was recorded twice: the second lies as credit until the first is undone."""
    invoice = issued(inside.jo)
    first = pay(invoice, "100.00")
    by_stripe(invoice, "100.00", "pi_2")
    ledger.undo_payment(first, by=inside.alice)
    assert figures(invoice) == ("100.00", "0.00", "0.00")


def test_what_came_through_stripe_or_was_refunded_is_not_undone(inside: World) -> None:
    invoice = issued(inside.jo)
    cash = pay(invoice, "50.00", Method.CASH)
    ledger.record_refund(cash, amount=Decimal("10.00"), refunded_on=DAY, method=Method.CASH)
    for payment in (cash, by_stripe(invoice, "5.00", "pi_3")):
        with pytest.raises(WrongState):
            ledger.undo_payment(payment, by=inside.alice)


@pytest.mark.parametrize(("refunded", "credit", "went"), [(False, "60.00", "0.00"), (True, "0.00", "60.00")])
def test_voiding_frees_the_money(inside: World, refunded: bool, credit: str, went: str) -> None:
    invoice = issued(inside.jo)
    pay(invoice, "40.00"), pay(invoice, "20.00", Method.CASH)
    assert ledger.release(invoice, refunded=refunded, by=inside.alice) == Decimal("60.00")
    void(invoice)
    assert figures(invoice)[0] == "0.00"
    account = ClientAccount.objects.get(client=inside.jo)
    assert (str(account.credit), str(account.money_out)) == (credit, went)


def test_a_refund_takes_from_the_invoice_and_leaves_the_rest(inside: World) -> None:
    invoice = issued(inside.jo)
    payment = by_stripe(invoice, "100.00", "pi_4")
    ledger.record_refund(
        payment, amount=Decimal("30.00"), refunded_on=DAY, method=Method.STRIPE, stripe_refund="re_1"
    )
    assert figures(invoice) == ("70.00", "30.00", "0.00")
    ledger.record_refund(
        payment, amount=Decimal("30.00"), refunded_on=DAY, method=Method.STRIPE, stripe_refund="re_1"
    )
    assert figures(invoice) == ("70.00", "30.00", "0.00")


def test_a_refund_of_one_of_two_payments_leaves_the_invoice_paid(inside: World) -> None:
    invoice = issued(inside.jo)
    first = by_stripe(invoice, "100.00", "pi_5")
    by_stripe(invoice, "100.00", "pi_6")
    ledger.record_refund(
        first, amount=Decimal("100.00"), refunded_on=DAY, method=Method.STRIPE, stripe_refund="re_2"
    )
    assert figures(invoice) == ("100.00", "0.00", "0.00")


def test_a_refund_that_failed_pays_the_invoice_again(inside: World) -> None:
    invoice = issued(inside.jo)
    payment = by_stripe(invoice, "100.00", "pi_7")
    refund = ledger.record_refund(
        payment, amount=Decimal("100.00"), refunded_on=DAY, method=Method.STRIPE, stripe_refund="re_3"
    )
    assert ledger.fail_refund(refund) is not None
    assert ledger.fail_refund(refund) is None
    assert figures(invoice) == ("100.00", "0.00", "0.00")


def test_more_than_came_cannot_go_back(inside: World) -> None:
    payment = by_stripe(issued(inside.jo), "100.00", "pi_8")
    with pytest.raises(BooksDiffer, match=r"£100\.01"):
        ledger.record_refund(
            payment, amount=Decimal("100.01"), refunded_on=DAY, method=Method.STRIPE, stripe_refund="re_4"
        )


def test_stripes_own_refund_takes_the_place_of_one_recorded_at_voiding(inside: World) -> None:
    invoice = issued(inside.jo)
    payment = by_stripe(invoice, "120.00", "pi_9")
    ledger.release(invoice, refunded=True, by=inside.alice)
    void(invoice)
    assert figures(invoice)[2] == "20.00"
    ledger.record_refund(
        payment, amount=Decimal("60.00"), refunded_on=DAY, method=Method.STRIPE, stripe_refund="re_5"
    )
    assert ledger.spent_of(payment) == Decimal("100.00")
    ledger.record_refund(
        payment, amount=Decimal("60.00"), refunded_on=DAY, method=Method.STRIPE, stripe_refund="re_6"
    )
    assert ledger.spent_of(payment) == Decimal("120.00")
    assert figures(invoice)[2] == "0.00"


def _dispute(payment: Payment, status: str, *, withdrawn: bool = True, reinstated: bool = False) -> None:
    ledger.record_dispute(
        payment,
        stripe_dispute="dp_1",
        amount=payment.amount,
        status=status,
        withdrawn=withdrawn,
        reinstated=reinstated,
    )


def test_a_dispute_makes_the_invoice_due_again_until_it_is_won(inside: World) -> None:
    invoice = issued(inside.jo)
    payment = by_stripe(invoice, "100.00", "pi_10")
    _dispute(payment, "needs_response")
    _dispute(payment, "needs_response")
    assert figures(invoice) == ("0.00", "100.00", "0.00")
    _dispute(payment, "won", reinstated=True)
    assert figures(invoice) == ("100.00", "0.00", "0.00")
    _dispute(payment, "needs_response")
    dispute = payment.disputes.get()
    assert dispute.status == "won"
    assert dispute.closed_at is not None


def test_a_lost_dispute_stays_due(inside: World) -> None:
    invoice = issued(inside.jo)
    payment = by_stripe(invoice, "100.00", "pi_11")
    _dispute(payment, "lost")
    assert figures(invoice) == ("0.00", "100.00", "0.00")
    assert AuditEntry.objects.latest("id").verb == "payment.dispute_lost"


def test_an_inquiry_moves_no_money(inside: World) -> None:
    invoice = issued(inside.jo)
    _dispute(by_stripe(invoice, "100.00", "pi_12"), "warning_needs_response", withdrawn=False)
    assert figures(invoice) == ("100.00", "0.00", "0.00")


def test_a_receipt_is_mailed_when_stripe_pays_it_in_full_and_only_then(inside: World) -> None:
    by_hand, in_parts = issued(inside.jo), issued(inside.jo)
    pay(by_hand, "100.00")
    by_stripe(in_parts, "40.00", "pi_13")
    assert not Message.objects.filter(kind="receipt").exists()
    by_stripe(in_parts, "60.00", "pi_14")
    message = Message.objects.get(kind="receipt")
    assert (message.to_address, message.subject_id) == ("jo@example.com", in_parts.pk)
    assert "£60.00" in message.text


def test_a_claim_tells_the_owner_once_pays_nothing_and_ends_with_the_payment(inside: World) -> None:
    invoice = issued(inside.jo)
    claim = ledger.claim_transfer(invoice, Decimal("100.00"), inside.jo_user)
    assert ledger.claim_transfer(invoice, Decimal("100.00"), inside.jo_user).pk == claim.pk
    assert figures(invoice) == ("0.00", "100.00", "0.00")
    assert Message.objects.get(kind="bank_transfer_claimed").to_address == inside.alice.email
    pay(invoice, "100.00")
    claim.refresh_from_db()
    assert claim.closed_at is not None
    with pytest.raises(WrongState):
        ledger.claim_transfer(invoice, Decimal("1.00"), inside.jo_user)


def test_nothing_is_taken_for_another_clients_invoice(inside: World) -> None:
    with pytest.raises(ValueError, match="another client"):
        ledger.record_payment(
            client=inside.kit,
            invoice=issued(inside.jo),
            amount=Decimal(5),
            method=Method.CASH,
            received_on=DAY,
        )


# What the database itself refuses.


@pytest.mark.parametrize("sql", ["update {} set amount = amount + 1", "delete from {}"])
@pytest.mark.parametrize(
    "table", ["payments_payment", "payments_allocation", "payments_refund", "payments_clientaccount"]
)
def test_rows_of_the_ledger_cannot_be_changed(inside: World, table: str, sql: str) -> None:
    payment = pay(issued(inside.jo), "10.00")
    ledger.record_refund(payment, amount=Decimal("1.00"), refunded_on=DAY, method=Method.CASH)
    sql = sql.replace("amount", "money_in") if "account" in table else sql
    with (
        pytest.raises((IntegrityError, Exception)) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.format(table))
    assert isinstance(
        refusal.value.__cause__, psycopg.errors.InsufficientPrivilege | psycopg.errors.RestrictViolation
    )


def test_the_database_refuses_to_give_more_than_came(inside: World) -> None:
    payment, other = pay(issued(inside.jo), "10.00"), issued(inside.jo)
    pay(issued(inside.jo), "150.00")
    with pytest.raises(IntegrityError, match="more than came"), transaction.atomic():
        Allocation.objects.create(
            team=inside.team, client=inside.jo, payment=payment, invoice=other, amount=Decimal("5.00")
        )


def test_the_database_refuses_a_reversal_of_another_amount(inside: World) -> None:
    payment = pay(issued(inside.jo), "10.00")
    allocation = payment.allocations.get()
    with pytest.raises(IntegrityError, match="would be reversed"), transaction.atomic():
        Allocation.objects.create(
            team=inside.team,
            client=inside.jo,
            payment=payment,
            invoice_id=allocation.invoice_id,
            amount=Decimal("-4.00"),
            reverses=allocation,
        )


def test_a_fee_is_filled_in_once(inside: World) -> None:
    payment = by_stripe(issued(inside.jo), "10.00", "pi_15")
    payment.learn_fee(Decimal("0.35"))
    payment.learn_fee(Decimal("9.99"))
    payment.refresh_from_db()
    assert payment.stripe_fee == Decimal("0.35")


def test_the_account_of_a_new_client_is_empty(inside: World) -> None:
    assert ledger.credit_of(fresh_client(inside.jo, "Max")) == Decimal("0.00")
    assert Refund.objects.count() == 0
