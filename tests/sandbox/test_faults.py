"""Trouble on demand: errors, lost answers, slowness; and what the SDK makes of them."""

from __future__ import annotations

import time

import pytest
import stripe

from dev.stripe_sandbox import Sandbox, SandboxError, new_key
from tests.sandbox.conftest import given, make_client


def test_next_requests_fail_and_nothing_is_done(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.fail(2, 500, key=sandbox.key)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            client.v1.customers.create({"name": "Jo"})
        assert failed.value.http_status == 500
    assert client.v1.customers.list().data == []


def test_answer_can_be_lost_after_the_work(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.fail(how="disconnect", commit=True, key=sandbox.key)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"name": "Jo"}, {"idempotency_key": "once"})
    assert len(client.v1.customers.list().data) == 1
    again = client.v1.customers.create({"name": "Jo"}, {"idempotency_key": "once"})
    assert given(again.last_response).headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.customers.list().data) == 1


def test_error_can_hide_that_it_worked(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.fail(1, 500, commit=True, key=sandbox.key)
    with pytest.raises(stripe.APIError):
        client.v1.customers.create({"name": "Jo"})
    assert len(client.v1.customers.list().data) == 1


def test_connection_closes_without_work(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.fail(how="disconnect", key=sandbox.key)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"name": "Jo"})
    assert client.v1.customers.list().data == []


def test_nothing_comes_for_a_while(sandbox: Sandbox) -> None:
    key = new_key()
    impatient = make_client(sandbox, key, http_client=stripe.RequestsClient(timeout=0.2))
    sandbox.fail(how="timeout", seconds=5, commit=True, key=key)
    started = time.monotonic()
    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.customers.create({"name": "Jo"})
    assert time.monotonic() - started < 4
    assert len(make_client(sandbox, key).v1.customers.list().data) == 1


def test_sdk_gets_over_one_failure(sandbox: Sandbox) -> None:
    patient = make_client(sandbox, sandbox.key, max_network_retries=2)
    sandbox.fail(1, 503, key=sandbox.key)
    assert patient.v1.customers.create({"name": "Jo"}).name == "Jo"
    statuses = [entry["status"] for entry in sandbox.requests(sandbox.key)]
    assert statuses == [503, 200]


def test_rate_limit(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.fail(1, 429, key=sandbox.key)
    with pytest.raises(stripe.RateLimitError):
        client.v1.balance.retrieve()


def test_fault_hits_only_what_it_is_for(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.fail(1, 500, key=sandbox.key, method="POST", path="/v1/refunds")
    assert client.v1.customers.create({"name": "Jo"}).name == "Jo"
    assert client.v1.refunds.list().data == []
    assert make_client(sandbox, new_key()).v1.balance.retrieve().object == "balance"
    with pytest.raises(stripe.APIError):
        client.v1.refunds.create({"payment_intent": "pi_x"})


def test_recover_ends_it(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.fail(100, key=sandbox.key)
    sandbox.recover(sandbox.key)
    assert client.v1.balance.retrieve().object == "balance"


def test_latency(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.latency(0.15, sandbox.key)
    started = time.monotonic()
    client.v1.balance.retrieve()
    assert time.monotonic() - started >= 0.15
    sandbox.recover(sandbox.key)


def test_requests_are_on_record(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    client.v1.customers.create({"name": "Jo"}, {"idempotency_key": "k-1"})
    [entry] = sandbox.requests(sandbox.key)
    assert (entry["method"], entry["path"], entry["status"]) == ("POST", "/v1/customers", 200)
    assert entry["idempotency_key"] == "k-1"
    assert sandbox.key not in str(entry)


def test_wrong_control_is_said(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="No such control: dance"):
        sandbox.control("dance")
    with pytest.raises(SandboxError, match="No such mode"):
        sandbox.deliver("sideways")
    with pytest.raises(SandboxError, match="No such"):
        sandbox.refund("pi_nothing")
    with pytest.raises(SandboxError, match="Missing: 'mode'"):
        sandbox.control("deliver")


def test_reading_changes_nothing(sandbox: Sandbox) -> None:
    assert sandbox.visit(f"/_sandbox/books?key={sandbox.key}").status == 200
    assert sandbox.visit("/_sandbox/deliver?mode=drop").status == 405
    assert sandbox.visit("/_sandbox/deliver", {"mode": "drop"}).status == 415


def test_reset_forgets_one_account(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    other = make_client(sandbox, new_key())
    client.v1.customers.create({"name": "Jo"})
    other.v1.customers.create({"name": "Lee"})
    sandbox.reset()
    assert client.v1.customers.list().data == []
    assert len(other.v1.customers.list().data) == 1


def test_unknown_address_is_not_found(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.v1.products.list()
