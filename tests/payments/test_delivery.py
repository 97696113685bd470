"""Webhooks as they really come: Stripe's own requests to our server, over the network (PAY-5, PAY-7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from dev.stripe_sandbox import Sandbox
from payments import account, webhooks
from payments.books import check_ledger
from payments.models import EventState, WebhookEvent
from tests.payments.conftest import Shop
from tests.payments.making import issued
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def open_shop(world: World, sandbox: Sandbox, live_server: LiveServer, settings: Any) -> Shop:
    """A shop whose endpoint Stripe can reach."""
    settings.CMA_BASE_URL = live_server.url
    sandbox.deliver("normal", sandbox.key)
    account.save_key(world.team.pk, sandbox.key)
    with world.scope():
        invoice = issued(world.jo)
        world.team.refresh_from_db()
    return Shop(world, sandbox, invoice)


@pytest.mark.parametrize("mode", ["normal", "duplicate", "reorder"])
def test_what_stripe_delivers_is_booked_once(
    open_shop: Shop, mode: str, run_tasks: Callable[[], int]
) -> None:
    open_shop.sandbox.deliver(mode, open_shop.sandbox.key)
    attempt = open_shop.paid()
    open_shop.sandbox.refund(attempt.session or "", 2500)
    open_shop.sandbox.flush(open_shop.sandbox.key)
    open_shop.sandbox.wait_until_delivered(open_shop.sandbox.key)
    run_tasks()
    assert open_shop.figures() == ("75.00", "0.00", 1)
    with open_shop.world.scope():
        assert set(WebhookEvent.objects.values_list("state", flat=True)) == {EventState.DONE}
        assert check_ledger(open_shop.world.team) == []
    assert {entry["result"] for entry in open_shop.sandbox.log(open_shop.sandbox.key)} == {"200"}


def test_dropped_deliveries_are_fetched(open_shop: Shop) -> None:
    open_shop.sandbox.deliver("drop", open_shop.sandbox.key)
    open_shop.paid()
    assert webhooks.fetch_missed(open_shop.world.team.pk) > 0
    open_shop.handle_all()
    assert open_shop.figures() == ("100.00", "0.00", 1)
    connection.close()
