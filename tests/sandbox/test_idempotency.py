"""Idempotency keys: the same answer for the same request, once."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from dev.stripe_sandbox import Sandbox, new_key
from tests.sandbox.conftest import given, make_client, new_session, pay_now, session_params

DECLINED: Any = {
    "amount": 500,
    "currency": "gbp",
    "payment_method": "pm_card_chargeDeclined",
    "confirm": True,
}


def key() -> Any:
    return {"idempotency_key": str(uuid.uuid4())}


def test_same_key_and_parameters_answer_the_same(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    options = key()
    first = client.v1.checkout.sessions.create(session_params(), options)
    again = client.v1.checkout.sessions.create(session_params(), options)
    assert first.id == again.id
    assert "Idempotent-Replayed" not in given(first.last_response).headers
    assert given(again.last_response).headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_replay_is_the_first_answer_even_when_the_object_moved_on(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    options = key()
    session = client.v1.checkout.sessions.create(session_params(), options)
    sandbox.pay(session.id)
    assert client.v1.checkout.sessions.create(session_params(), options).status == "open"


def test_other_parameters_are_refused(client: stripe.StripeClient) -> None:
    options = key()
    client.v1.checkout.sessions.create(session_params(100), options)
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
        client.v1.checkout.sessions.create(session_params(200), options)
    assert refused.value.http_status == 400


def test_other_account_may_use_the_same_key(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    options = key()
    first = client.v1.checkout.sessions.create(session_params(), options)
    stranger = make_client(sandbox, new_key())
    assert stranger.v1.checkout.sessions.create(session_params(), options).id != first.id


def test_refusal_by_the_bank_is_repeated_not_tried_again(client: stripe.StripeClient) -> None:
    options = key()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            client.v1.payment_intents.create(DECLINED, options)
        assert refused.value.code == "card_declined"
    assert len(client.v1.charges.list().data) == 1


def test_refused_parameters_do_not_use_the_key_up(client: stripe.StripeClient) -> None:
    options = key()
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(session_params(bogus="1"), options)
    assert client.v1.checkout.sessions.create(session_params(), options).status == "open"


def test_key_is_forgotten_after_a_day(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    options = key()
    first = client.v1.customers.create({"name": "Jo"}, options)
    sandbox.advance(24 * 3600 + 1)
    assert client.v1.customers.create({"name": "Jo"}, options).id != first.id


def test_key_in_use_is_a_conflict(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.latency(0.5, sandbox.key)
    options = key()

    def create(_: int) -> str:
        try:
            client.v1.customers.create({"name": "Jo"}, options)
        except stripe.StripeError as error:
            return str(given(error.error).code)
        return "made"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(create, range(4)))
    sandbox.recover(sandbox.key)
    assert answers == ["idempotency_key_in_use"] * 3 + ["made"]
    assert len(client.v1.customers.list().data) == 1


def test_sdk_repeats_a_conflict_by_itself(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    patient = make_client(sandbox, sandbox.key, max_network_retries=5)
    sandbox.latency(0.2, sandbox.key)
    options = key()
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: patient.v1.customers.create({"name": "Jo"}, options).id, range(2)))
    sandbox.recover(sandbox.key)
    assert made[0] == made[1]


def test_refund_twice_with_one_key_refunds_once(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = pay_now(client)
    options = key()
    ids = {
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 100}, options).id for _ in range(3)
    }
    assert len(ids) == 1
    assert sandbox.books()["refunded"] == 100


def test_answers_are_json_with_a_request_id(client: stripe.StripeClient) -> None:
    answer = given(new_session(client).last_response)
    assert answer.headers["Request-Id"].startswith("req_")
    assert answer.headers["Stripe-Version"] == stripe.api_version
    assert json.loads(answer.body)["object"] == "checkout.session"
