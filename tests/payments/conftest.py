"""A Stripe sandbox for all tests of payments, and teams with a key of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from dev.stripe_sandbox import Sandbox, Webhook, new_key, running
from invoices.models import Invoice
from payments import account, checkout
from payments.models import CheckoutAttempt, Method, Payment, WebhookEvent
from payments.tasks import handle_event
from tests.payments.making import issued
from tests.world import World

RETURN = "http://localhost:8000/p/kirkstall-plumbing/pay/return?session={CHECKOUT_SESSION_ID}"


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[Sandbox]:
    with running() as sandbox:
        yield sandbox
        assert sandbox.bad() == []


@pytest.fixture
def sandbox(stripe_server: Sandbox, settings: Any) -> Iterator[Sandbox]:
    """The sandbox with a fresh account, its events held back until a test takes them."""
    settings.CMA_STRIPE_BASE = stripe_server.url
    settings.CMA_MASTER_KEYS = {"k1": os.urandom(32)}
    stripe_server.key = new_key()
    stripe_server.deliver("hold", stripe_server.key)
    yield stripe_server
    stripe_server.recover()


@dataclass
class Shop:
    """Alice's team with a key in the sandbox."""

    world: World
    sandbox: Sandbox
    invoice: Invoice

    def start(self, amount: str = "100.00", invoice: Invoice | None = None) -> CheckoutAttempt:
        invoice = invoice or self.invoice
        return checkout.start(
            team_id=invoice.team_id,
            client_id=invoice.client_id,
            invoice_id=invoice.pk,
            amount=Decimal(amount),
            started_by_id=self.world.jo_user.pk,
            success_url=RETURN,
            cancel_url="http://localhost:8000/",
        )

    def paid(self, amount: str = "100.00") -> CheckoutAttempt:
        """An attempt that the payer has finished on Stripe's page; nobody has told us yet."""
        attempt = self.start(amount)
        assert attempt.session is not None
        assert self.sandbox.pay(attempt.session).is_done
        return attempt

    def webhooks(self) -> list[Webhook]:
        """The signed requests that Stripe would have sent by now."""
        return self.sandbox.take(self.sandbox.key)

    def deliver(self, webhooks: list[Webhook] | None = None) -> list[int]:
        """Post them to our own address and handle what was stored; answers the statuses."""
        statuses = [self.post(webhook) for webhook in (self.webhooks() if webhooks is None else webhooks)]
        self.handle_all()
        return statuses

    def post(self, webhook: Webhook) -> int:
        response = self.world.browser().post(
            webhook.path,
            webhook.body,
            content_type="application/json",
            headers={"Stripe-Signature": webhook.signature},
        )
        return response.status_code

    def handle_all(self) -> None:
        with self.world.scope():
            waiting = list(
                WebhookEvent.objects.filter(state="received").order_by("pk").values_list("pk", flat=True)
            )
        for event in waiting:
            handle_event(self.world.team.pk, event)

    def figures(self) -> tuple[str, str, int]:
        """Paid, credit, and how many card payments were booked."""
        from payments import ledger

        with self.world.scope():
            self.invoice.refresh_from_db()
            booked = Payment.objects.filter(method=Method.STRIPE, reverses=None).count()
            return str(self.invoice.paid), str(ledger.credit_of(self.invoice.client)), booked

    def read(self, attempt: CheckoutAttempt) -> CheckoutAttempt:
        with self.world.scope():
            return CheckoutAttempt.objects.get(pk=attempt.pk)


@pytest.fixture
def shop(world: World, sandbox: Sandbox) -> Shop:
    account.save_key(world.team.pk, sandbox.key)
    with world.scope():
        invoice = issued(world.jo)
        world.team.refresh_from_db()
    return Shop(world, sandbox, invoice)


Sweep = Callable[[Any], None]


@pytest.fixture
def sweep(run_tasks: Callable[[], int]) -> Sweep:
    """Start a sweeper and do what it hands to the teams' own tasks."""

    def run(sweeper: Any) -> None:
        sweeper()
        run_tasks()

    return run
