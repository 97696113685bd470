"""Lists: filters and pages, of events and of everything else."""

from __future__ import annotations

import pytest
import stripe

from dev.stripe_sandbox import Sandbox
from tests.sandbox.conftest import given, pay_now


def test_filter_by_type_and_types(client: stripe.StripeClient) -> None:
    pay_now(client)
    client.v1.customers.create({"name": "Jo"})
    one = client.v1.events.list({"type": "charge.succeeded"}).data
    assert [event.type for event in one] == ["charge.succeeded"]
    family = client.v1.events.list({"type": "payment_intent.*"}).data
    assert [event.type for event in family] == ["payment_intent.succeeded", "payment_intent.created"]
    several = client.v1.events.list({"types": ["customer.created", "charge.succeeded"]}).data
    assert [event.type for event in several] == ["customer.created", "charge.succeeded"]
    with pytest.raises(stripe.InvalidRequestError, match="not both"):
        client.v1.events.list({"type": "charge.succeeded", "types": ["charge.succeeded"]})


def test_filter_by_time(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    first = client.v1.customers.create({"name": "Jo"})
    sandbox.advance(3600)
    second = client.v1.customers.create({"name": "Kit"})
    later = client.v1.events.list({"created": {"gt": first.created}}).data
    assert [event.data.object["id"] for event in later] == [second.id]
    earlier = client.v1.customers.list({"created": {"lte": first.created}}).data
    assert [customer.id for customer in earlier] == [first.id]
    exact = client.v1.customers.list({"created": second.created}).data
    assert [customer.id for customer in exact] == [second.id]


def test_pages(client: stripe.StripeClient) -> None:
    made = [client.v1.customers.create({"name": f"Client {n}"}).id for n in range(7)]
    first = client.v1.customers.list({"limit": 3})
    assert [customer.id for customer in first.data] == made[:3:-1]
    assert first.has_more is True
    rest = client.v1.customers.list({"limit": 10, "starting_after": first.data[-1].id})
    assert [customer.id for customer in rest.data] == made[3::-1]
    assert rest.has_more is False
    before = client.v1.customers.list({"limit": 2, "ending_before": rest.data[0].id})
    assert [customer.id for customer in before.data] == made[5:3:-1]
    assert [customer.id for customer in first.auto_paging_iter()] == made[::-1]


@pytest.mark.parametrize("limit", [0, 101])
def test_limit_out_of_range_is_refused(client: stripe.StripeClient, limit: int) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="limit"):
        client.v1.events.list({"limit": limit})


def test_unknown_cursor_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such"):
        client.v1.events.list({"starting_after": "evt_nothing"})


def test_event_names_the_request_that_caused_it(client: stripe.StripeClient) -> None:
    client.v1.customers.create({"name": "Jo"}, {"idempotency_key": "key-1"})
    [event] = client.v1.events.list().data
    assert given(event.request).idempotency_key == "key-1"
    assert str(given(event.request).id).startswith("req_")


def test_expansion_in_lists(client: stripe.StripeClient) -> None:
    pay_now(client)
    listed = client.v1.payment_intents.list({"expand": ["data.latest_charge.balance_transaction"]})
    charge = listed.data[0].latest_charge
    assert isinstance(charge, stripe.Charge)
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
