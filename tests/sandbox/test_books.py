"""Balance, fees, and the books that a reconciliation is compared with."""

from __future__ import annotations

import stripe

from dev.stripe_sandbox import Sandbox
from dev.stripe_sandbox.resources.balance import bacs_fee, card_fee
from tests.sandbox.conftest import pay_now


def test_fees() -> None:
    assert [card_fee(amount) for amount in (30, 100, 10000, 12345)] == [20, 22, 170, 205]
    assert [bacs_fee(amount) for amount in (100, 5000, 50000)] == [20, 50, 200]


def test_balance_becomes_available(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    pay_now(client, 10000)
    balance = client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (0, 9830)
    sandbox.advance(4 * 86400)
    balance = client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (9830, 0)


def test_every_penny_is_in_the_transactions(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    first, second = pay_now(client, 10000), pay_now(client, 5000)
    client.v1.refunds.create({"payment_intent": first.id, "amount": 1000})
    sandbox.dispute(second.id)
    entries = list(client.v1.balance_transactions.list({"limit": 100}).auto_paging_iter())
    books = sandbox.books()
    assert sum(entry.net for entry in entries) == books["net"]
    assert sum(entry.fee for entry in entries) == books["fees"] == 170 + 95 + 2000
    assert (books["charged"], books["refunded"], books["disputed"]) == (15000, 1000, 5000)
    assert books["net"] == books["charged"] - books["refunded"] - books["disputed"] - books["fees"]
    assert books["by_payment_intent"][first.id] == {
        "amount": 10000,
        "refunded": 1000,
        "disputed": False,
        "currency": "gbp",
    }


def test_transaction_names_its_source(client: stripe.StripeClient) -> None:
    intent = pay_now(client, 10000)
    [entry] = client.v1.balance_transactions.list({"type": "charge"}).data
    assert (entry.source, entry.net, entry.status) == (intent.latest_charge, 9830, "pending")
    again = client.v1.balance_transactions.retrieve(entry.id, {"expand": ["source"]})
    assert isinstance(again.source, stripe.Charge)
    assert again.fee_details[0].amount == 170


def test_declined_cards_cost_nothing(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    client.v1.payment_intents.create({"amount": 900, "currency": "gbp"})
    assert sandbox.books()["net"] == 0
    assert client.v1.balance_transactions.list().data == []
