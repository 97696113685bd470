"""A running sandbox, a fresh account for each test, and a receiver of webhooks. No database."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe

from dev.stripe_sandbox import Sandbox, new_key, running


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    with running(first_retry=0.02) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The module's sandbox, with an account nobody else has; at the end nothing was malformed."""
    shared_sandbox.key = new_key()
    yield shared_sandbox
    shared_sandbox.control("clock", reset=True)
    assert shared_sandbox.bad() == []


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    return make_client(sandbox, sandbox.key)


def make_client(sandbox: Sandbox, key: str, **more: Any) -> stripe.StripeClient:
    """The unmodified SDK, pointed at the sandbox, without retries of its own."""
    options = {"max_network_retries": 0} | more
    return stripe.StripeClient(key, base_addresses={"api": sandbox.url}, **options)


class Receiver:
    """An endpoint that checks signatures and keeps what it was sent."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.refused = 0
        self.answers: list[int] = []
        self.secret = ""
        self.arrived = threading.Condition()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(outer.receive(body, self.headers["Stripe-Signature"]))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def receive(self, body: bytes, signature: str) -> int:
        with self.arrived:
            status = self.answers.pop(0) if self.answers else 200
            if status == 200:
                stripe.Webhook.construct_event(body, signature, self.secret)
                self.events.append(json.loads(body))
            else:
                self.refused += 1
            self.arrived.notify_all()
            return status

    def wait_for(self, fulfilled: Callable[[], bool]) -> None:
        with self.arrived:
            assert self.arrived.wait_for(fulfilled, timeout=10), self.types

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def listen(self, client: stripe.StripeClient, *kinds: str) -> stripe.WebhookEndpoint:
        """Register with an account; only then is there a secret to check with."""
        wanted: Any = list(kinds) or ["*"]
        endpoint = client.v1.webhook_endpoints.create({"url": self.url, "enabled_events": wanted})
        assert endpoint.secret
        self.secret = endpoint.secret
        return endpoint


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def session_params(amount: int = 12345, **more: Any) -> Any:
    """The parameters of a Checkout session over one invoice, in pence."""
    return {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "gbp",
                    "unit_amount": amount,
                    "product_data": {"name": "Invoice INV-7"},
                },
            }
        ],
        "success_url": "http://localhost:9/thanks?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://localhost:9/invoice",
    } | more


def new_session(client: stripe.StripeClient, amount: int = 12345, **more: Any) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(session_params(amount, **more))


def pay_now(
    client: stripe.StripeClient, amount: int = 12345, method: str = "pm_card_visa", **more: Any
) -> stripe.PaymentIntent:
    """A payment intent confirmed at once, as a charge without the payer is."""
    params: Any = {"amount": amount, "currency": "gbp", "payment_method": method, "confirm": True} | more
    return client.v1.payment_intents.create(params)


def types_of(client: stripe.StripeClient) -> list[str]:
    """Every event of the account, oldest first."""
    events = client.v1.events.list({"limit": 100}).data
    return [event.type for event in reversed(events)]


def given[T](value: T | None) -> T:
    """A value that the SDK's types call optional and that must be there."""
    assert value is not None
    return value
