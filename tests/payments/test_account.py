"""The team's Stripe key (PAY-4, PAY-5): tried, sealed, changed, removed, and its endpoint."""

from __future__ import annotations

import logging
import os
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from dev.stripe_sandbox import Sandbox, new_key
from payments import account, checkout, tasks
from payments.errors import KeyRefused, RightsMissing, StripeAway
from payments.keys import read_key
from payments.models import StripeAccount
from payments.stripe import EVENTS, Stripe, api_version
from teams.models import AuditEntry, Team
from tests.payments.conftest import Shop, Sweep
from tests.world import World

RIGHTS = {
    "rak_accounts_kyc_basic_read": "Account: Read",
    "rak_balance_transaction_read": "Balance Transactions: Read",
    "rak_checkout_session_read": "Checkout Sessions: Write",
    "rak_checkout_session_write": "Checkout Sessions: Write",
    "rak_payment_intent_read": "Payment Intents: Read",
    "rak_charge_read": "Charges and Refunds: Read",
    "rak_dispute_read": "Disputes: Read",
    "rak_event_read": "Events: Read",
    "rak_webhook_read": "Webhook Endpoints: Write",
    "rak_webhook_write": "Webhook Endpoints: Write",
}


def stored(world: World) -> StripeAccount | None:
    with world.scope():
        return StripeAccount.objects.first()


def endpoints(key: str, row: StripeAccount) -> list[str]:
    return [endpoint.id for endpoint in Stripe(key).endpoints(account.endpoint_url(row))]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("pk_test_abcdefgh12345678", "publishable"),
        ("pk_live_abcdefgh12345678", "publishable"),
        (" sk_test_abcdefgh12345678", "blanks before or after"),
        ("sk_test_abcdefgh12345678\n", "blanks before or after"),
        ("sk_test_abcd efgh12345678", "blank inside"),
        ("whsec_abcdefgh12345678", "signing secret"),
        ("sk_test_", "not a Stripe key"),
        ("sk_prod_abcdefgh12345678", "not a Stripe key"),
        ("hello", "not a Stripe key"),
        ("sk_test_" + "x" * 400, "not a Stripe key"),
        ("sk_test_abcdefgh-12345678", "not a Stripe key"),
    ],
)
def test_what_is_no_key_is_refused_with_a_reason(text: str, sentence: str) -> None:
    with pytest.raises(KeyRefused, match=sentence):
        read_key(text)


def test_the_four_kinds_of_keys() -> None:
    for prefix, live, restricted in (
        ("sk_live_", True, False),
        ("rk_live_", True, True),
        ("sk_test_", False, False),
        ("rk_test_", False, True),
    ):
        key = read_key(prefix + "abcdefgh1234")
        assert (key.livemode, key.is_restricted, key.last4) == (live, restricted, "1234")
        assert "abcdefgh" not in repr(key)


def test_a_good_key_is_sealed_and_its_endpoint_registered(world: World, sandbox: Sandbox) -> None:
    saved = account.save_key(world.team.pk, sandbox.key)
    assert (saved.livemode, saved.problem) == (False, "")
    row = stored(world)
    assert row is not None
    assert (row.key_last4, row.livemode, row.account_name) == (sandbox.key[-4:], False, "Sandbox business")
    assert account.key_of(row) == sandbox.key
    assert account.signing_secret_of(row).startswith("whsec_")
    (endpoint,) = Stripe(sandbox.key).endpoints(account.endpoint_url(row))
    assert endpoint.id == row.endpoint
    assert endpoint.events == frozenset(EVENTS)
    assert endpoint.api_version == api_version() == row.api_version
    assert len(row.webhook_token) >= 43
    with world.scope():
        assert Team.objects.get(pk=world.team.pk).stripe_mode == "test"
        entry = AuditEntry.objects.get(verb="team.stripe_key_saved")
        assert entry.details == {"ending": sandbox.key[-4:], "mode": "test"}


def test_the_key_is_found_nowhere_but_sealed(
    world: World, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        account.save_key(world.team.pk, sandbox.key)
        row = stored(world)
        assert row is not None
        whsec = account.signing_secret_of(row)
    planted = [sandbox.key.encode(), whsec.encode()]
    with world.scope(), connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        for (table,) in cursor.fetchall():
            if table == "django_migrations":
                continue
            cursor.execute(f"select convert_to(t::text, 'UTF8') from \"{table}\" t")  # noqa: S608
            rows = b"".join(bytes(found[0]) for found in cursor.fetchall())
            for secret in planted:
                assert secret not in rows, table
                assert secret.hex().encode() not in rows, table
    assert all(secret.decode() not in caplog.text for secret in planted)


def test_a_key_that_stripe_refuses_changes_nothing(world: World, sandbox: Sandbox) -> None:
    with pytest.raises(KeyRefused, match="does not accept this key"):
        account.save_key(world.team.pk, "sk_test_invalid0123456789")
    assert stored(world) is None


@pytest.mark.parametrize("right", RIGHTS)
def test_a_missing_right_is_named(world: World, sandbox: Sandbox, right: str) -> None:
    key = new_key("rk_test_")
    sandbox.without_rights(key, right)
    with pytest.raises(RightsMissing) as refusal:
        account.save_key(world.team.pk, key)
    assert refusal.value.rights == [RIGHTS[right]]
    assert RIGHTS[right] in str(refusal.value)
    assert stored(world) is None


def test_a_restricted_key_with_the_rights_it_needs(world: World, sandbox: Sandbox) -> None:
    assert account.save_key(world.team.pk, new_key("rk_test_")).problem == ""


def test_stripe_is_away_while_the_key_is_saved(world: World, sandbox: Sandbox) -> None:
    sandbox.fail(20, status=503, key=sandbox.key)
    with pytest.raises(StripeAway):
        account.save_key(world.team.pk, sandbox.key)
    assert stored(world) is None


def test_an_endpoint_that_could_not_be_made_is_made_later(
    world: World, sandbox: Sandbox, sweep: Sweep
) -> None:
    sandbox.fail(20, status=503, method="POST", path="/v1/webhook_endpoints", key=sandbox.key)
    assert "does not answer" in account.save_key(world.team.pk, sandbox.key).problem
    row = stored(world)
    assert row is not None
    assert row.problem
    sandbox.recover(sandbox.key)
    sweep(tasks.sweep_checkouts)
    row = stored(world)
    assert row is not None
    assert (row.problem, bool(row.endpoint)) == ("", True)


def test_a_crash_between_stripes_answer_and_ours_leaves_one_endpoint(
    world: World, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe made it, we died before its secret was stored: the next try replaces it."""
    real = Stripe.create_endpoint

    def die(self: Stripe, url: str) -> None:
        real(self, url)
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(Stripe, "create_endpoint", die)
        with pytest.raises(SystemExit):
            account.save_key(world.team.pk, sandbox.key)
    row = stored(world)
    assert row is not None
    (orphan,) = endpoints(sandbox.key, row)
    account.save_key(world.team.pk, sandbox.key)
    row = stored(world)
    assert row is not None
    assert endpoints(sandbox.key, row) == [row.endpoint]
    assert row.endpoint != orphan


def test_saving_the_same_key_again_keeps_the_endpoint(world: World, sandbox: Sandbox) -> None:
    account.save_key(world.team.pk, sandbox.key)
    before = stored(world)
    account.save_key(world.team.pk, sandbox.key)
    after = stored(world)
    assert before is not None
    assert after is not None
    assert (after.endpoint, account.signing_secret_of(after)) == (
        before.endpoint,
        account.signing_secret_of(before),
    )


def test_a_new_key_closes_what_the_old_one_opened_with_the_old_one(shop: Shop) -> None:
    attempt, old_key, old = shop.start(), shop.sandbox.key, stored(shop.world)
    assert old is not None
    new = new_key()
    shop.sandbox.deliver("hold", new)
    account.save_key(shop.world.team.pk, new)
    assert shop.read(attempt).state == "expired"
    assert not shop.sandbox.pay(attempt.session or "").is_done
    assert endpoints(old_key, old) == []
    row = stored(shop.world)
    assert row is not None
    assert (account.key_of(row), row.webhook_token) == (new, old.webhook_token)


def test_rolling_the_key_of_one_account_keeps_the_endpoint(shop: Shop) -> None:
    before = stored(shop.world)
    assert before is not None
    account.save_key(shop.world.team.pk, shop.sandbox.key + "__second")
    after = stored(shop.world)
    assert after is not None
    assert after.endpoint == before.endpoint


def test_money_that_came_before_the_key_was_changed_is_booked(shop: Shop) -> None:
    shop.paid()
    new = new_key()
    shop.sandbox.deliver("hold", new)
    account.save_key(shop.world.team.pk, new)
    assert shop.figures() == ("100.00", "0.00", 1)


def test_a_revoked_key_can_be_replaced(shop: Shop) -> None:
    attempt = shop.start()
    shop.sandbox.revoke(shop.sandbox.key)
    new = new_key()
    shop.sandbox.deliver("hold", new)
    account.save_key(shop.world.team.pk, new)
    gone = shop.read(attempt)
    assert gone.state == "expired"
    assert "key was changed" in gone.error
    assert checkout.sweep(shop.world.team.pk) == 0


@pytest.mark.parametrize("what_next", ["paste", "remove"])
def test_a_key_that_no_master_key_opens_any_more(shop: Shop, settings: Any, what_next: str) -> None:
    """After a restore without its master keys each owner pastes theirs again (docs/operations.md)."""
    attempt, team_id = shop.start(), shop.world.team.pk
    settings.CMA_MASTER_KEYS = {"k9": os.urandom(32)}
    with pytest.raises(KeyRefused, match="Paste it again"):
        account.stripe_of(team_id)
    if what_next == "paste":
        assert account.save_key(team_id, shop.sandbox.key).problem == ""
        assert account.stripe_of(team_id).account().id
        row = stored(shop.world)
        assert row is not None
        assert account.signing_secret_of(row).startswith("whsec_")
        assert shop.read(attempt).state == "open"
    else:
        account.remove_key(team_id)
        assert stored(shop.world) is None
        assert shop.read(attempt).state == "expired"


def test_removing_the_key(shop: Shop) -> None:
    attempt, row = shop.start(), stored(shop.world)
    assert row is not None
    account.remove_key(shop.world.team.pk)
    assert shop.read(attempt).state == "expired"
    assert endpoints(shop.sandbox.key, row) == []
    assert stored(shop.world) is None
    with shop.world.scope():
        assert Team.objects.get(pk=shop.world.team.pk).stripe_mode == ""
        assert AuditEntry.objects.filter(verb="team.stripe_key_removed").exists()
    account.remove_key(shop.world.team.pk)


def test_a_key_is_not_removed_while_stripe_cannot_be_asked(shop: Shop) -> None:
    shop.start()
    shop.sandbox.fail(50, status=503, key=shop.sandbox.key)
    with pytest.raises(StripeAway):
        account.remove_key(shop.world.team.pk)
    assert stored(shop.world) is not None


def test_no_secret_leaves_in_what_is_printed_of_the_door(sandbox: Sandbox) -> None:
    assert sandbox.key not in repr(Stripe(sandbox.key))


def test_production_refuses_a_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    from cma import settings as live

    for name, value in {
        "CMA_ENV": "production",
        "SECRET_KEY": "x" * 60,
        "CMA_MASTER_KEYS": "k1:" + "A" * 43 + "=",
        "CMA_BASE_URL": "https://cma.example",
        "CMA_STRIPE_BASE": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match="CMA_STRIPE_BASE"):
        importlib.reload(live)
    monkeypatch.undo()
    reloaded: Any = importlib.reload(live)
    assert reloaded.CMA_ENV == "test"
