"""Checkout sessions through the API."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe

from dev.stripe_sandbox import Sandbox
from tests.sandbox.conftest import given, new_session, session_params, types_of


def test_create_answers_an_open_session(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(
        client, client_reference_id="inv_7", metadata={"invoice": "7"}, customer_email="jo@example.com"
    )
    assert session.url == f"{sandbox.url}/c/pay/{session.id}"
    assert (session.amount_total, session.currency) == (12345, "gbp")
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.payment_intent is None
    assert session.client_reference_id == "inv_7"
    assert given(session.metadata)["invoice"] == "7"
    assert session.expires_at - session.created == 24 * 3600


def test_paid_session_knows_its_payment(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client, payment_intent_data={"metadata": {"invoice": "7"}, "description": "Boiler"})
    visit = sandbox.pay(session.id, name="Jo Client")
    assert visit.location == f"http://localhost:9/thanks?session={session.id}"
    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert given(paid.customer_details).name == "Jo Client"
    assert given(paid.line_items).data[0].description == "Invoice INV-7"
    intent: Any = paid.payment_intent
    assert (intent.status, intent.amount_received, intent.description) == ("succeeded", 12345, "Boiler")
    assert intent.metadata["invoice"] == "7"
    assert intent.latest_charge.payment_method_details.card.last4 == "4242"
    assert intent.latest_charge.balance_transaction.fee == 205


def test_events_come_in_stripes_order(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.pay(new_session(client).id)
    assert types_of(client) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
        "checkout.session.completed",
    ]


def test_balance_transaction_follows_the_charge(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.pay(new_session(client).id)
    events: dict[str, Any] = {e.type: e.data.object for e in client.v1.events.list().data}
    assert events["charge.succeeded"]["balance_transaction"] is None
    assert events["charge.updated"]["balance_transaction"].startswith("txn_")


def test_expire_closes_it(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.expire(new_session(client).id)
    assert (session.status, session.url) == ("expired", None)
    assert types_of(client) == ["checkout.session.expired"]
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        client.v1.checkout.sessions.expire(session.id)


def test_expire_is_refused_when_paid(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    sandbox.pay(session.id)
    with pytest.raises(stripe.InvalidRequestError, match="status of complete"):
        client.v1.checkout.sessions.expire(session.id)


def test_expire_cancels_a_payment_begun(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    sandbox.pay(session.id, "4000 0000 0000 0002")
    client.v1.checkout.sessions.expire(session.id)
    begun: Any = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent"]}
    ).payment_intent
    assert (begun.status, begun.cancellation_reason) == ("canceled", "expired")


def test_time_expires_it(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client, expires_at=int(time.time()) + 31 * 60)
    sandbox.advance(30 * 60)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    sandbox.advance(2 * 60)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert types_of(client) == ["checkout.session.expired"]


@pytest.mark.parametrize("seconds", [60, 25 * 3600])
def test_expiry_too_soon_or_too_late_is_refused(client: stripe.StripeClient, seconds: int) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="at least 30 minutes"):
        new_session(client, expires_at=int(time.time()) + seconds)


def test_list_and_line_items(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    first, second = new_session(client), new_session(client)
    sandbox.pay(second.id)
    listed = client.v1.checkout.sessions.list()
    assert [session.id for session in listed.data] == [second.id, first.id]
    still_open = client.v1.checkout.sessions.list({"status": "open"})
    assert [session.id for session in still_open.data] == [first.id]
    intent = client.v1.checkout.sessions.retrieve(second.id).payment_intent
    of_intent = client.v1.checkout.sessions.list({"payment_intent": str(intent)})
    assert [session.id for session in of_intent.data] == [second.id]
    items = client.v1.checkout.sessions.line_items.list(first.id)
    assert [(item.amount_total, item.quantity) for item in items.data] == [(12345, 1)]


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"bogus": "1"}, "parameter_unknown", "bogus"),
        ({"mode": "gift"}, None, "must be one of payment, setup, subscription"),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"customer": "cus_nobody"}, "resource_missing", "No such customer"),
        ({"success_url": ""}, "parameter_missing", "success_url"),
        ({"metadata": {"a": "x" * 501}}, None, "metadata"),
    ],
)
def test_wrong_parameters_are_refused(
    client: stripe.StripeClient, change: dict[str, Any], code: str | None, message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
        new_session(client, **change)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (0, "parameter_invalid_integer"),
        (-5, "parameter_invalid_integer"),
        (29, "amount_too_small"),
        (100_000_000, "amount_too_large"),
        ("12.5", "parameter_invalid_integer"),
        ("abc", "parameter_invalid_integer"),
    ],
)
def test_wrong_amounts_are_refused(client: stripe.StripeClient, amount: Any, code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        new_session(client, amount)
    assert refused.value.code == code


def test_mixed_currencies_are_refused(client: stripe.StripeClient) -> None:
    params = session_params()
    other = {"currency": "eur", "unit_amount": 500, "product_data": {"name": "x"}}
    params["line_items"].append({"quantity": 1, "price_data": other})
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        client.v1.checkout.sessions.create(params)


def test_methods_offered_are_filtered(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    assert new_session(client).payment_method_types == ["card", "bacs_debit"]
    assert new_session(client, allowed_payment_method_types=["card"]).payment_method_types == ["card"]
    assert new_session(client, excluded_payment_method_types=["card"]).payment_method_types == ["bacs_debit"]
    sandbox.account(sandbox.key, payment_method_types=["card"])
    assert new_session(client).payment_method_types == ["card"]
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method types"):
        new_session(client, allowed_payment_method_types=["bacs_debit"])


def test_customer_is_made_when_asked(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client, customer_creation="always", customer_email="jo@example.com")
    sandbox.pay(session.id, name="Jo Client")
    made: Any = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["customer"]}).customer
    assert (made.name, made.email) == ("Jo Client", "jo@example.com")


def test_card_is_kept_for_later(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "Jo"})
    session = new_session(
        client, customer=customer.id, payment_intent_data={"setup_future_usage": "off_session"}
    )
    sandbox.pay(session.id)
    kept = client.v1.customers.payment_methods.list(customer.id).data
    assert [method.card and method.card.last4 for method in kept] == ["4242"]


def test_payment_intent_of_a_session_is_left_to_it(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    sandbox.pay(session.id, "4000 0000 0000 0002")
    intent = str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session"):
        client.v1.payment_intents.cancel(intent)


def test_what_the_sandbox_cannot_do_is_said(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="sandbox does not do automatic_tax"):
        new_session(client, automatic_tax={"enabled": True})


def test_wrong_expansion_is_refused(client: stripe.StripeClient) -> None:
    session = new_session(client)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.checkout.sessions.retrieve(session.id, {"expand": ["nothing"]})
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        client.v1.checkout.sessions.retrieve(session.id, {"expand": ["a.b.c.d.e"]})


def test_metadata_can_be_changed(client: stripe.StripeClient) -> None:
    session = new_session(client, metadata={"a": "1", "b": "2"})
    changed = client.v1.checkout.sessions.update(session.id, {"metadata": {"a": "", "c": "3"}})
    assert given(changed.metadata).to_dict() == {"b": "2", "c": "3"}
