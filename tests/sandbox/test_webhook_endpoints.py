"""Webhook endpoints through the API."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from dev.stripe_sandbox import Sandbox
from tests.sandbox.conftest import Receiver, make_client

URL = "https://cma.example.com/hooks/stripe/token/"


def create(client: stripe.StripeClient, **more: Any) -> stripe.WebhookEndpoint:
    params: Any = {"url": URL, "enabled_events": ["checkout.session.completed"]} | more
    return client.v1.webhook_endpoints.create(params)


def test_secret_is_shown_once(client: stripe.StripeClient) -> None:
    made = create(client, api_version=stripe.api_version, description="CMA", metadata={"team": "7"})
    assert str(made.secret).startswith("whsec_")
    assert (made.url, made.status, made.api_version) == (URL, "enabled", stripe.api_version)
    again = client.v1.webhook_endpoints.retrieve(made.id)
    assert "secret" not in again.to_dict()
    assert [endpoint.id for endpoint in client.v1.webhook_endpoints.list().data] == [made.id]


def test_update(client: stripe.StripeClient) -> None:
    made = create(client)
    changed = client.v1.webhook_endpoints.update(
        made.id, {"url": URL + "new", "enabled_events": ["*"], "disabled": True, "metadata": {"a": "1"}}
    )
    assert (changed.url, changed.enabled_events, changed.status) == (URL + "new", ["*"], "disabled")
    assert changed.metadata["a"] == "1"


def test_disabled_endpoint_gets_nothing(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    endpoint = receiver.listen(client)
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    client.v1.customers.create({"name": "Jo"})
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": False})
    client.v1.customers.create({"name": "Kit"})
    sandbox.wait_until_delivered(sandbox.key)
    assert [event["data"]["object"]["name"] for event in receiver.events] == ["Kit"]


def test_deleted_endpoint_is_gone_with_what_waits_for_it(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    endpoint = receiver.listen(client)
    sandbox.deliver("hold", sandbox.key)
    client.v1.customers.create({"name": "Jo"})
    deleted = client.v1.webhook_endpoints.delete(endpoint.id)
    assert deleted.deleted is True
    assert sandbox.flush(sandbox.key) == 0
    with pytest.raises(stripe.InvalidRequestError, match="No such webhook_endpoint"):
        client.v1.webhook_endpoints.retrieve(endpoint.id)


def test_endpoint_of_another_account_is_not_found(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    made = create(client)
    stranger = make_client(sandbox, "sk_test_stranger000000000")
    with pytest.raises(stripe.InvalidRequestError, match="No such"):
        stranger.v1.webhook_endpoints.delete(made.id)
    assert client.v1.webhook_endpoints.retrieve(made.id).status == "enabled"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"url": "cma.example.com"}, "Invalid URL"),
        ({"url": "ftp://cma.example.com"}, "Invalid URL"),
        ({"enabled_events": []}, "enabled_events"),
        ({"enabled_events": ["checkout.session.paid"]}, "must be one of"),
        ({"api_version": "2001-01-01"}, "must be one of"),
    ],
)
def test_wrong_endpoints_are_refused(
    client: stripe.StripeClient, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message):
        create(client, **change)


def test_live_endpoint_needs_https(sandbox: Sandbox) -> None:
    live = make_client(sandbox, sandbox.key.replace("sk_test_", "sk_live_"))
    with pytest.raises(stripe.InvalidRequestError, match="Invalid URL"):
        create(live, url="http://cma.example.com/")
    assert create(live).livemode is True


def test_sixteen_endpoints_are_the_most(client: stripe.StripeClient) -> None:
    for _ in range(16):
        create(client)
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16 test webhook endpoints"):
        create(client)
