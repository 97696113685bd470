"""Disputes: money withdrawn, evidence, won and lost."""

from __future__ import annotations

import pytest
import stripe

from dev.stripe_sandbox import Sandbox, SandboxError
from tests.sandbox.conftest import given, pay_now, types_of


def test_dispute_takes_the_money_and_a_fee(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = pay_now(client, 10000)
    made = sandbox.dispute(intent.id, reason="product_not_received")
    dispute = client.v1.disputes.retrieve(made["id"])
    assert (dispute.status, dispute.amount, dispute.reason) == (
        "needs_response",
        10000,
        "product_not_received",
    )
    assert given(dispute.evidence_details.due_by) - dispute.created == 7 * 86400
    assert (dispute.balance_transactions[0].amount, dispute.balance_transactions[0].fee) == (-10000, 2000)
    assert client.v1.charges.retrieve(str(intent.latest_charge)).disputed is True
    assert types_of(client)[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert client.v1.disputes.list({"payment_intent": intent.id}).data[0].id == dispute.id


def test_won_brings_the_money_back(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = pay_now(client, 10000)
    made = sandbox.dispute(intent.id)
    sandbox.close_dispute(made["id"], won=True)
    assert client.v1.disputes.retrieve(made["id"]).status == "won"
    assert types_of(client)[-2:] == ["charge.dispute.funds_reinstated", "charge.dispute.closed"]
    books = sandbox.books()
    assert (books["disputed"], books["fees"], books["net"]) == (0, 170 + 2000, 10000 - 170 - 2000)


def test_lost_ends_it(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    made = sandbox.dispute(pay_now(client, 10000).id)
    sandbox.close_dispute(made["id"], won=False)
    assert client.v1.disputes.retrieve(made["id"]).status == "lost"
    assert types_of(client)[-1] == "charge.dispute.closed"
    assert sandbox.books()["disputed"] == 10000
    with pytest.raises(SandboxError, match="already lost"):
        sandbox.close_dispute(made["id"], won=True)


def test_business_gives_in(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    made = sandbox.dispute(pay_now(client).id)
    assert client.v1.disputes.close(made["id"]).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        client.v1.disputes.close(made["id"])


def test_evidence_is_saved_then_submitted(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    made = sandbox.dispute(pay_now(client).id)
    draft = client.v1.disputes.update(
        made["id"], {"evidence": {"product_description": "A boiler"}, "submit": False}
    )
    assert draft.status == "needs_response"
    assert (draft.evidence.product_description, draft.evidence_details.has_evidence) == ("A boiler", True)
    sent = client.v1.disputes.update(made["id"], {"submit": True})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    assert types_of(client)[-1] == "charge.dispute.updated"


def test_part_can_be_disputed(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    made = sandbox.dispute(pay_now(client, 10000).id, 2500)
    assert made["amount"] == 2500
    assert sandbox.books()["disputed"] == 2500


def test_inquiry_takes_no_money(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    made = sandbox.dispute(pay_now(client).id, inquiry=True)
    assert made["status"] == "warning_needs_response"
    assert types_of(client)[-1] == "charge.dispute.created"
    assert sandbox.books()["disputed"] == 0
    sandbox.close_dispute(made["id"], won=True)
    assert client.v1.disputes.retrieve(made["id"]).status == "warning_closed"


def test_charge_is_disputed_once_and_not_refunded_meanwhile(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = pay_now(client)
    sandbox.dispute(intent.id)
    with pytest.raises(SandboxError, match="cannot be disputed"):
        sandbox.dispute(intent.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_disputed"


def test_test_card_disputes_by_itself(client: stripe.StripeClient) -> None:
    intent = pay_now(client, method="pm_card_createDispute")
    assert intent.status == "succeeded"
    [dispute] = client.v1.disputes.list({"payment_intent": intent.id}).data
    assert dispute.reason == "fraudulent"
