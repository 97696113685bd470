"""Payment intents: charging a saved card without the payer, and everything that may happen."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from dev.stripe_sandbox import Sandbox
from tests.sandbox.conftest import given, new_session, pay_now, types_of


def saved_card(client: stripe.StripeClient, name: str = "pm_card_visa") -> tuple[str, str]:
    """A customer and the card kept for them."""
    customer = client.v1.customers.create({"name": "Jo"})
    method = client.v1.payment_methods.attach(name, {"customer": customer.id})
    return customer.id, method.id


def charge_saved(
    client: stripe.StripeClient, customer: str, method: str, **more: Any
) -> stripe.PaymentIntent:
    return pay_now(client, 2000, method, customer=customer, off_session=True, **more)


def test_saved_card_is_charged_without_the_payer(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    customer, method = saved_card(client)
    intent = charge_saved(client, customer, method, metadata={"invoice": "7"}, description="Boiler")
    assert (intent.status, intent.amount_received) == ("succeeded", 2000)
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.paid, charge.amount, charge.customer) == (True, 2000, customer)
    assert charge.metadata["invoice"] == "7"
    assert client.v1.payment_intents.list({"customer": customer}).data[0].id == intent.id


def test_declined_card_raises_and_stays_on_record(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError, match="declined") as refused:
        pay_now(client, 2000, "pm_card_chargeDeclined", off_session=True)
    error: Any = refused.value.error
    assert (refused.value.http_status, error.code, error.decline_code) == (
        402,
        "card_declined",
        "generic_decline",
    )
    intent = client.v1.payment_intents.retrieve(error.payment_intent.id)
    assert intent.status == "requires_payment_method"
    assert given(intent.last_payment_error).code == "card_declined"
    assert types_of(client) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    [charge] = client.v1.charges.list({"payment_intent": intent.id}).data
    assert (charge.status, charge.paid, charge.balance_transaction) == ("failed", False, None)


def test_insufficient_funds(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refused:
        pay_now(client, method="pm_card_chargeDeclinedInsufficientFunds")
    error: Any = refused.value.error
    assert error.decline_code == "insufficient_funds"


def test_declined_intent_can_be_paid_with_another_card(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refused:
        pay_now(client, method="pm_card_chargeDeclined")
    error: Any = refused.value.error
    paid = client.v1.payment_intents.confirm(error.payment_intent.id, {"payment_method": "pm_card_visa"})
    assert paid.status == "succeeded"
    assert sandbox.books()["payments"] == 1


def test_authentication_needed_without_the_payer_is_a_decline(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refused:
        pay_now(client, method="pm_card_authenticationRequired", off_session=True)
    assert refused.value.code == "authentication_required"


def test_authentication_with_the_payer_is_a_step(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = pay_now(client, method="pm_card_authenticationRequired", return_url="http://localhost:9/back")
    assert intent.status == "requires_action"
    step = str(given(given(intent.next_action).redirect_to_url).url)
    assert sandbox.visit(step, {"answer": "complete"}).location == "http://localhost:9/back"
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_card_set_up_with_3d_secure_is_charged_without_the_payer(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    customer = client.v1.customers.create({"name": "Jo"}).id
    session = new_session(
        client, customer=customer, payment_intent_data={"setup_future_usage": "off_session"}
    )
    assert sandbox.pay(session.id, "4000 0025 0000 3155").is_done
    [method] = client.v1.customers.payment_methods.list(customer).data
    assert charge_saved(client, customer, method.id).status == "succeeded"


def test_create_then_confirm(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 900, "currency": "gbp"})
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        client.v1.payment_intents.confirm(intent.id)
    assert (
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"
    )
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})


def test_cancel(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 900, "currency": "gbp"})
    canceled = client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled") as refused:
        client.v1.payment_intents.cancel(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    assert types_of(client)[-1] == "payment_intent.canceled"


def test_paid_intent_cannot_be_canceled(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        client.v1.payment_intents.cancel(pay_now(client).id)


def test_card_of_another_customer_is_refused(client: stripe.StripeClient) -> None:
    _, method = saved_card(client)
    stranger = client.v1.customers.create({"name": "Kit"})
    with pytest.raises(stripe.InvalidRequestError, match="belongs to a customer"):
        charge_saved(client, stranger.id, method)


def test_detached_card_cannot_be_charged(client: stripe.StripeClient) -> None:
    customer, method = saved_card(client)
    client.v1.payment_methods.detach(method)
    assert client.v1.customers.payment_methods.list(customer).data == []
    with pytest.raises(stripe.InvalidRequestError, match="detached"):
        charge_saved(client, customer, method)


@pytest.mark.parametrize("amount", [0, -100, 29, 100_000_000])
def test_wrong_amounts_are_refused(client: stripe.StripeClient, amount: int) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({"amount": amount, "currency": "gbp"})
    assert types_of(client) == []


def test_old_parameter_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="payment_method_types") as refused:
        pay_now(client, payment_method_types=["card"])
    assert refused.value.code == "parameter_unknown"


def test_manual_capture_is_not_done(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="manual capture"):
        pay_now(client, capture_method="manual")


def test_update_changes_description_and_metadata(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 900, "currency": "gbp", "metadata": {"a": "1"}})
    changed = client.v1.payment_intents.update(intent.id, {"description": "Tap", "metadata": {"b": "2"}})
    assert changed.description == "Tap"
    assert changed.metadata.to_dict() == {"a": "1", "b": "2"}
