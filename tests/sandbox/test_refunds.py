"""Refunds through the API and from the dashboard."""

from __future__ import annotations

import pytest
import stripe

from dev.stripe_sandbox import Sandbox, SandboxError
from tests.sandbox.conftest import given, new_session, pay_now, types_of


def test_whole_refund(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = pay_now(client, 2000)
    refund = client.v1.refunds.create(
        {"payment_intent": intent.id, "reason": "requested_by_customer", "metadata": {"by": "alice"}}
    )
    assert (refund.amount, refund.status, refund.reason) == (2000, "succeeded", "requested_by_customer")
    charge = client.v1.charges.retrieve(str(intent.latest_charge), {"expand": ["refunds"]})
    assert (charge.refunded, charge.amount_refunded) == (True, 2000)
    assert [each.id for each in given(charge.refunds).data] == [refund.id]
    assert types_of(client)[-2:] == ["refund.created", "charge.refunded"]


def test_parts_add_up_and_no_more(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = pay_now(client, 2000)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 500})
    with pytest.raises(stripe.InvalidRequestError, match=r"£16.00.*greater than unrefunded.*£15.00"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 1600})
    client.v1.refunds.create({"charge": str(intent.latest_charge), "amount": 1500})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_already_refunded"
    refunds = client.v1.refunds.list({"payment_intent": intent.id}).data
    assert [refund.amount for refund in refunds] == [1500, 500]


@pytest.mark.parametrize("amount", [0, -1])
def test_no_refund_of_nothing(client: stripe.StripeClient, amount: int) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="greater than or equal to 1"):
        client.v1.refunds.create({"payment_intent": pay_now(client).id, "amount": amount})


def test_unpaid_intent_cannot_be_refunded(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 900, "currency": "gbp"})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": intent.id})


def test_refund_needs_a_payment(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        client.v1.refunds.create({"amount": 100})


def test_refund_from_the_dashboard(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client, 2000)
    sandbox.pay(session.id)
    made = sandbox.refund(session.id, 700)
    assert client.v1.refunds.retrieve(made["id"]).amount == 700
    [event] = client.v1.events.list({"type": "charge.refunded"}).data
    assert event.data.object["amount_refunded"] == 700
    assert given(event.data.previous_attributes)["amount_refunded"] == 0
    with pytest.raises(SandboxError, match="greater than"):
        sandbox.refund(session.id, 1400)


def test_refund_that_waits_then_comes(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay_now(client, method="pm_card_pendingRefund").id})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    sandbox.settle(refund.id)
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_refund_that_fails_comes_back(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = pay_now(client, 2000)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    sandbox.settle(refund.id, passed=False)
    failed = client.v1.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.refunded, charge.amount_refunded) == (False, 0)
    assert types_of(client)[-3:] == ["refund.updated", "charge.refund.updated", "refund.failed"]
    assert sandbox.books()["refunded"] == 0


def test_metadata_of_a_refund_can_be_changed(client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay_now(client).id})
    changed = client.v1.refunds.update(refund.id, {"metadata": {"seen": "yes"}})
    assert given(changed.metadata)["seen"] == "yes"
    with pytest.raises(stripe.InvalidRequestError, match="Cannot cancel"):
        client.v1.refunds.cancel(refund.id)
