"""Delivery of events: signed, retried, and in every disorder a test may ask for."""

from __future__ import annotations

import json
import time
from collections import Counter
from itertools import pairwise

import pytest
import stripe

from dev.stripe_sandbox import Sandbox
from tests.sandbox.conftest import Receiver, new_session, pay_now, types_of


def test_signed_events_arrive(sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver) -> None:
    receiver.listen(client)
    sandbox.pay(new_session(client).id)
    sandbox.wait_until_delivered(sandbox.key)
    assert receiver.types == types_of(client)
    assert {entry["result"] for entry in sandbox.log(sandbox.key)} == {"200"}


def test_event_is_as_the_api_shows_it(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client, "checkout.session.completed")
    session = new_session(client)
    sandbox.pay(session.id)
    receiver.wait_for(lambda: len(receiver.events) == 1)
    sandbox.wait_until_delivered(sandbox.key)
    sent = receiver.events[0]
    assert sent["data"]["object"]["id"] == session.id
    assert sent["data"]["object"]["payment_status"] == "paid"
    assert (sent["api_version"], sent["pending_webhooks"]) == (stripe.api_version, 1)
    kept = client.v1.events.retrieve(sent["id"])
    assert kept.data.object.to_dict() == sent["data"]["object"]
    assert kept.pending_webhooks == 0


def test_only_wanted_kinds_are_sent(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client, "payment_intent.succeeded", "charge.refunded")
    sandbox.refund(pay_now(client).id)
    sandbox.wait_until_delivered(sandbox.key)
    assert receiver.types == ["payment_intent.succeeded", "charge.refunded"]


def test_no_event_reaches_another_account(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client)
    stranger = stripe.StripeClient("sk_test_stranger000000000", base_addresses={"api": sandbox.url})
    pay_now(stranger)
    client.v1.customers.create({"name": "Jo"})
    sandbox.wait_until_delivered(sandbox.key)
    assert receiver.types == ["customer.created"]


def test_wrong_secret_does_not_verify(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client)
    sandbox.deliver("hold", sandbox.key)
    client.v1.customers.create({"name": "Jo"})
    [webhook] = sandbox.take(sandbox.key)
    assert stripe.Webhook.construct_event(webhook.body, webhook.signature, receiver.secret)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(webhook.body, webhook.signature, "whsec_other")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(webhook.body + b" ", webhook.signature, receiver.secret)


def test_signature_has_the_real_time_even_when_the_clock_was_moved(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client)
    sandbox.advance(40 * 86400)
    client.v1.customers.create({"name": "Jo"})
    sandbox.wait_until_delivered(sandbox.key)
    assert receiver.types == ["customer.created"]
    assert receiver.events[0]["created"] > time.time() + 39 * 86400


def test_refused_event_is_sent_again(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client)
    receiver.answers = [500, 302, 400]
    client.v1.customers.create({"name": "Jo"})
    sandbox.wait_until_delivered(sandbox.key)
    log = sandbox.log(sandbox.key)
    assert [(entry["attempt"], entry["result"]) for entry in log] == [
        (1, "500"),
        (2, "302"),
        (3, "400"),
        (4, "200"),
    ]
    assert len({entry["event"] for entry in log}) == 1
    assert receiver.types == ["customer.created"]


def test_waits_grow_between_attempts(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client)
    receiver.answers = [500] * 4
    client.v1.customers.create({"name": "Jo"})
    sandbox.wait_until_delivered(sandbox.key)
    times = [entry["at"] for entry in sandbox.log(sandbox.key)]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert all(wait >= 0.02 * 2**place for place, wait in enumerate(waits))


def test_receiver_that_is_down_gets_it_later(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    endpoint = client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:1/", "enabled_events": ["*"]})
    receiver.secret = str(endpoint.secret)
    client.v1.customers.create({"name": "Jo"})
    with pytest.raises(TimeoutError):
        sandbox.wait_until_delivered(sandbox.key, timeout=0.05)
    client.v1.webhook_endpoints.update(endpoint.id, {"url": receiver.url})
    sandbox.wait_until_delivered(sandbox.key)
    assert sandbox.log(sandbox.key)[0]["result"] == "ConnectionRefusedError"
    assert receiver.types == ["customer.created"]


def test_duplicate_mode_sends_everything_twice(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client)
    sandbox.deliver("duplicate", sandbox.key)
    sandbox.pay(new_session(client).id)
    sandbox.wait_until_delivered(sandbox.key)
    assert set(Counter(event["id"] for event in receiver.events).values()) == {2}
    assert set(receiver.types) == set(types_of(client))


def test_reorder_mode_holds_and_sends_newest_first(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client)
    sandbox.deliver("reorder", sandbox.key)
    pay_now(client)
    sandbox.wait_until_delivered(sandbox.key)
    assert receiver.types == []
    assert sandbox.flush(sandbox.key) == 4
    sandbox.wait_until_delivered(sandbox.key)
    assert receiver.types == list(reversed(types_of(client)))


def test_hold_mode_keeps_the_order(sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver) -> None:
    receiver.listen(client)
    sandbox.deliver("hold", sandbox.key)
    pay_now(client)
    assert receiver.types == []
    sandbox.flush(sandbox.key)
    sandbox.wait_until_delivered(sandbox.key)
    assert receiver.types == types_of(client)


def test_drop_mode_loses_events_that_the_api_still_lists(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client)
    sandbox.deliver("drop", sandbox.key)
    intent = pay_now(client)
    sandbox.deliver("normal", sandbox.key)
    client.v1.customers.create({"name": "Jo"})
    sandbox.wait_until_delivered(sandbox.key)
    assert receiver.types == ["customer.created"]
    lost = client.v1.events.list({"delivery_success": False, "types": ["payment_intent.succeeded"]}).data
    assert [event.data.object["id"] for event in lost] == [intent.id]
    arrived = client.v1.events.list({"delivery_success": True}).data
    assert [event.type for event in arrived] == ["customer.created"]


def test_lost_event_can_be_sent_by_hand(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client)
    sandbox.deliver("drop", sandbox.key)
    client.v1.customers.create({"name": "Jo"})
    [event] = client.v1.events.list({"delivery_success": False}).data
    assert sandbox.resend(event.id) == 1
    sandbox.wait_until_delivered(sandbox.key)
    assert [sent["id"] for sent in receiver.events] == [event.id]
    assert client.v1.events.list({"delivery_success": False}).data == []


def test_delivered_event_can_be_sent_again(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client)
    client.v1.customers.create({"name": "Jo"})
    sandbox.wait_until_delivered(sandbox.key)
    sandbox.resend(receiver.events[0]["id"])
    sandbox.wait_until_delivered(sandbox.key)
    assert len(receiver.events) == 2
    assert receiver.events[0]["id"] == receiver.events[1]["id"]


def test_held_webhooks_can_be_taken_and_posted_by_the_test(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client, "checkout.session.completed", "payment_intent.succeeded")
    sandbox.deliver("hold", sandbox.key)
    sandbox.pay(new_session(client).id)
    taken = sandbox.take(sandbox.key)
    assert [webhook.event["type"] for webhook in taken] == [
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    assert {webhook.path for webhook in taken} == {"/hook"}
    assert all(stripe.Webhook.construct_event(w.body, w.signature, receiver.secret) for w in taken)
    assert sandbox.take(sandbox.key) == []
    assert receiver.types == []


def test_held_webhooks_of_reorder_mode_are_taken_newest_first(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client, "checkout.session.completed", "payment_intent.succeeded")
    sandbox.deliver("reorder", sandbox.key)
    sandbox.pay(new_session(client).id)
    assert [webhook.event["type"] for webhook in sandbox.take(sandbox.key)] == [
        "checkout.session.completed",
        "payment_intent.succeeded",
    ]


def test_time_alone_expires_a_session(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client)
    session = new_session(client)
    sandbox.advance(24 * 3600 + 1)
    receiver.wait_for(lambda: receiver.types == ["checkout.session.expired"])
    assert receiver.events[0]["data"]["object"]["id"] == session.id


def test_mode_for_everybody_holds_for_accounts_without_their_own(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client)
    sandbox.deliver("drop")
    client.v1.customers.create({"name": "Jo"})
    sandbox.deliver("normal")
    client.v1.customers.create({"name": "Kit"})
    sandbox.wait_until_delivered(sandbox.key)
    assert [event["data"]["object"]["name"] for event in receiver.events] == ["Kit"]


def test_many_events_arrive_once_each_and_in_order(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client, "customer.created")
    for number in range(120):
        client.v1.customers.create({"name": f"Client {number}"})
    sandbox.wait_until_delivered(sandbox.key, timeout=30)
    names = [event["data"]["object"]["name"] for event in receiver.events]
    assert names == [f"Client {number}" for number in range(120)]


def test_two_endpoints_get_everything_once(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen(client)
    other = Receiver()
    other.listen(client)
    client.v1.customers.create({"name": "Jo"})
    sandbox.wait_until_delivered(sandbox.key)
    assert receiver.types == other.types == ["customer.created"]
    other.server.shutdown()
    other.server.server_close()


def test_body_is_what_was_signed(sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver) -> None:
    receiver.listen(client)
    sandbox.deliver("hold", sandbox.key)
    client.v1.customers.create({"name": "Jo £ – ü"})
    [webhook] = sandbox.take(sandbox.key)
    assert json.loads(webhook.body)["data"]["object"]["name"] == "Jo £ – ü"
    parts = dict(part.split("=") for part in webhook.signature.split(","))
    assert set(parts) == {"t", "v1"}
    assert len(parts["v1"]) == 64
