"""Customers, their payment methods, and saving one for later."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from dev.stripe_sandbox import Sandbox
from tests.sandbox.conftest import given, pay_now, types_of


def setup_session(client: stripe.StripeClient, **more: Any) -> stripe.checkout.Session:
    params: Any = {"mode": "setup", "currency": "gbp", "success_url": "http://localhost:9/saved"} | more
    return client.v1.checkout.sessions.create(params)


def test_customer_is_made_changed_and_deleted(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create({"name": "Jo", "email": "jo@example.com", "metadata": {"client": "7"}})
    changed = client.v1.customers.update(made.id, {"name": "Jo Client", "address": {"line1": "1 The Row"}})
    assert (changed.name, changed.email) == ("Jo Client", "jo@example.com")
    assert given(changed.address).line1 == "1 The Row"
    assert [c.id for c in client.v1.customers.list({"email": "jo@example.com"}).data] == [made.id]
    assert client.v1.customers.delete(made.id).deleted is True
    assert client.v1.customers.retrieve(made.id).deleted is True
    assert client.v1.customers.list().data == []
    assert types_of(client) == ["customer.created", "customer.updated", "customer.deleted"]


def test_deleted_customer_cannot_pay(client: stripe.StripeClient) -> None:
    gone = client.v1.customers.create({"name": "Jo"}).id
    client.v1.customers.delete(gone)
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        setup_session(client, customer=gone)
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        pay_now(client, customer=gone)
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.payment_methods.attach("pm_card_visa", {"customer": gone})


def test_cards_are_attached_listed_and_detached(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "Jo"})
    card: Any = {"number": "5555555555554444", "exp_month": 4, "exp_year": 2033, "cvc": "123"}
    method = client.v1.payment_methods.create({"type": "card", "card": card})
    client.v1.payment_methods.attach(method.id, {"customer": customer.id})
    client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    listed = client.v1.customers.payment_methods.list(customer.id, {"type": "card"}).data
    assert [each.card and each.card.brand for each in listed] == ["visa", "mastercard"]
    assert [each.id for each in client.v1.payment_methods.list({"customer": customer.id}).data] == [
        each.id for each in listed
    ]
    client.v1.payment_methods.detach(method.id)
    assert len(client.v1.customers.payment_methods.list(customer.id).data) == 1
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        client.v1.payment_methods.detach(method.id)


def test_card_stays_with_its_customer(client: stripe.StripeClient) -> None:
    first, second = (client.v1.customers.create({"name": name}).id for name in ("Jo", "Kit"))
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": first})
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.v1.payment_methods.attach(method.id, {"customer": second})


def test_number_that_is_no_card_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_methods.create({"type": "card", "card": {"number": "4242424242424241"}})
    assert refused.value.code == "incorrect_number"


def test_setup_session_saves_a_card(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "Jo"})
    session = setup_session(client, customer=customer.id, setup_intent_data={"metadata": {"client": "7"}})
    assert (session.payment_status, session.amount_total) == ("no_payment_required", None)
    assert "Save" in sandbox.page(session.id)
    assert sandbox.pay(session.id).location == "http://localhost:9/saved"
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent.payment_method"]})
    intent: Any = done.setup_intent
    assert (done.status, intent.status, intent.payment_method.card.last4) == ("complete", "succeeded", "4242")
    assert intent.metadata["client"] == "7"
    assert intent.payment_method.customer == customer.id
    charged = pay_now(client, 900, intent.payment_method.id, customer=customer.id, off_session=True)
    assert charged.status == "succeeded"
    assert "setup_intent.succeeded" in types_of(client)
    assert "payment_method.attached" in types_of(client)


def test_setup_session_with_3d_secure(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "Jo"})
    session = setup_session(client, customer=customer.id)
    assert not sandbox.pay(session.id, "4000 0025 0000 3155", authenticate=False).is_done
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert sandbox.pay(session.id, "4000 0025 0000 3155").is_done
    assert "setup_intent.setup_failed" in types_of(client)


def test_setup_session_with_a_declined_card(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = setup_session(client)
    assert sandbox.pay(session.id, "4000 0000 0000 0002").message == "Your card was declined."
    intent = client.v1.setup_intents.retrieve(str(session.setup_intent))
    assert given(intent.last_setup_error).decline_code == "generic_decline"


def test_setup_session_needs_a_currency(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="currency"):
        setup_session(client, currency="")
    with pytest.raises(stripe.InvalidRequestError, match="line_items"):
        setup_session(client, line_items=[{"quantity": 1}])


def test_setup_session_for_a_debit(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "Jo"})
    session = setup_session(client, customer=customer.id)
    assert sandbox.pay_by_bacs(session.id).is_done
    [method] = client.v1.customers.payment_methods.list(customer.id).data
    assert method.type == "bacs_debit"


def test_setup_intent_through_the_api(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "Jo"})
    intent = client.v1.setup_intents.create({"customer": customer.id, "usage": "off_session"})
    done = client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert done.status == "succeeded"
    other = client.v1.setup_intents.create({"customer": customer.id})
    assert client.v1.setup_intents.cancel(other.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        client.v1.setup_intents.confirm(other.id, {"payment_method": "pm_card_visa"})
    assert len(client.v1.setup_intents.list({"customer": customer.id}).data) == 2


def test_declined_card_cannot_be_set_up(client: stripe.StripeClient) -> None:
    intent = client.v1.setup_intents.create({})
    with pytest.raises(stripe.CardError):
        client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})
    assert types_of(client)[-1] == "setup_intent.setup_failed"
