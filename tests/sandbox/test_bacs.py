"""Bacs Direct Debit and bank transfers: decided days later."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from dev.stripe_sandbox import Sandbox, SandboxError
from tests.sandbox.conftest import given, new_session, types_of


def test_debit_completes_the_session_unpaid(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    assert sandbox.pay_by_bacs(session.id).is_done
    waiting = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    intent: Any = waiting.payment_intent
    assert (waiting.status, waiting.payment_status, intent.status) == ("complete", "unpaid", "processing")
    assert types_of(client) == [
        "payment_intent.created",
        "charge.pending",
        "payment_intent.processing",
        "checkout.session.completed",
    ]
    assert sandbox.books()["payments"] == 0


def test_debit_that_arrives(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client, 10000)
    sandbox.pay_by_bacs(session.id)
    sandbox.settle(session.id)
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    intent: Any = paid.payment_intent
    assert (paid.payment_status, intent.status) == ("paid", "succeeded")
    assert intent.latest_charge.payment_method_details.bacs_debit.mandate.startswith("mandate_")
    mandate = client.v1.mandates.retrieve(intent.latest_charge.payment_method_details.bacs_debit.mandate)
    assert mandate.status == "active"
    assert types_of(client)[-1] == "checkout.session.async_payment_succeeded"
    assert sandbox.books()["fees"] == 100


def test_debit_that_bounces(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    sandbox.pay_by_bacs(session.id)
    sandbox.settle(session.id, passed=False)
    failed = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    intent: Any = failed.payment_intent
    assert (failed.payment_status, intent.status) == ("unpaid", "requires_payment_method")
    assert intent.last_payment_error.message
    assert types_of(client)[-3:] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]


def test_debit_is_decided_once(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    sandbox.pay_by_bacs(session.id)
    sandbox.settle(session.id)
    with pytest.raises(SandboxError, match="status of succeeded"):
        sandbox.settle(session.id, passed=False)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"sort_code": "10-88"}, "Invalid sort code."),
        ({"account_number": "123"}, "Invalid account number."),
        ({"name": ""}, "Enter the name of the account holder."),
    ],
)
def test_wrong_bank_details_are_said(
    sandbox: Sandbox, client: stripe.StripeClient, form: dict[str, str], message: str
) -> None:
    visit = sandbox.pay_by_bacs(new_session(client).id, **form)
    assert (visit.status, visit.message) == (422, message)


def test_debit_is_not_taken_where_it_is_not_offered(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client, allowed_payment_method_types=["card"])
    assert not sandbox.pay_by_bacs(session.id).is_done
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_debit_without_the_payer(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    method = client.v1.payment_methods.create(
        {"type": "bacs_debit", "bacs_debit": {"sort_code": "108800", "account_number": "00012345"}}
    )
    params: Any = {"amount": 900, "currency": "gbp", "payment_method": method.id, "confirm": True}
    intent = client.v1.payment_intents.create(params)
    assert intent.status == "processing"
    sandbox.settle(intent.id)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_refund_of_a_debit_waits(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    sandbox.pay_by_bacs(session.id)
    sandbox.settle(session.id)
    intent = str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    refund = client.v1.refunds.create({"payment_intent": intent, "amount": 1000})
    assert refund.status == "pending"
    sandbox.settle(refund.id)
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert types_of(client)[-2:] == ["refund.updated", "charge.refund.updated"]


def test_bank_transfer_shows_where_to_pay(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.account(sandbox.key, payment_method_types=["card", "customer_balance"])
    customer = client.v1.customers.create({"name": "Jo"})
    params: Any = {
        "amount": 2000,
        "currency": "gbp",
        "customer": customer.id,
        "allowed_payment_method_types": ["customer_balance"],
        "payment_method_data": {"type": "customer_balance"},
        "confirm": True,
    }
    intent = client.v1.payment_intents.create(params)
    assert given(intent.next_action).type == "display_bank_transfer_instructions"
    sandbox.settle(intent.id)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
