"""Which keys open which account, and how the others are refused."""

from __future__ import annotations

import pytest
import stripe

from dev.stripe_sandbox import Sandbox, new_key
from tests.sandbox.conftest import given, make_client, new_session


def test_key_is_an_account_of_its_own(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"email": "jo@example.com"})
    stranger = make_client(sandbox, new_key())
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stranger.v1.customers.retrieve(customer.id)
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    assert stranger.v1.customers.list().data == []


def test_account_is_named(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.retrieve_current()
    assert account.id.startswith("acct_")
    assert account.country == "GB"
    assert account.charges_enabled


def test_account_of_others_is_closed(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    own = client.v1.accounts.retrieve_current().id
    assert client.v1.accounts.retrieve(own).id == own
    with pytest.raises(stripe.PermissionError, match="does not have access to account"):
        client.v1.accounts.retrieve("acct_1other")


def test_second_key_opens_the_same_account(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    second = make_client(sandbox, sandbox.key + "__rolled")
    restricted = make_client(sandbox, sandbox.key.replace("sk_test_", "rk_test_"))
    customer = client.v1.customers.create({"name": "Jo"})
    assert second.v1.customers.retrieve(customer.id).name == "Jo"
    assert restricted.v1.customers.retrieve(customer.id).name == "Jo"


def test_live_key_makes_live_objects_apart_from_test_ones(sandbox: Sandbox) -> None:
    key = sandbox.key.replace("sk_test_", "sk_live_")
    live = make_client(sandbox, key)
    session = new_session(live)
    assert session.livemode is True
    assert session.id.startswith("cs_live_")
    assert sandbox.pay(session.id).is_done
    assert {event.livemode for event in live.v1.events.list().data} == {True}
    assert make_client(sandbox, sandbox.key).v1.events.list().data == []


@pytest.mark.parametrize(
    "key", ["sk_test_short", "nonsense", "sk_test_with-dashes-and-blanks", "sk_test_invalid0000000000000"]
)
def test_wrong_key_is_refused(sandbox: Sandbox, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided") as refused:
        make_client(sandbox, key).v1.accounts.retrieve_current()
    assert refused.value.http_status == 401
    assert key not in str(refused.value)


def test_publishable_key_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.PermissionError, match="publishable") as refused:
        make_client(sandbox, "pk_test_" + "a" * 24).v1.accounts.retrieve_current()
    assert given(refused.value.error).code == "secret_key_required"


def test_revoked_key_is_refused_and_others_of_the_account_are_not(sandbox: Sandbox) -> None:
    first, second = sandbox.key, sandbox.key + "__second"
    sandbox.revoke(first)
    with pytest.raises(stripe.AuthenticationError, match="Expired API Key"):
        make_client(sandbox, first).v1.balance.retrieve()
    assert make_client(sandbox, second).v1.balance.retrieve().object == "balance"
    sandbox.revoke(first, undo=True)
    assert make_client(sandbox, first).v1.balance.retrieve().object == "balance"


def test_restricted_key_without_rights_names_what_is_missing(sandbox: Sandbox) -> None:
    client = make_client(sandbox, new_key("rk_test_norights"))
    with pytest.raises(stripe.PermissionError) as refused:
        new_session(client)
    message = str(refused.value)
    assert refused.value.http_status == 403
    assert "The provided key 'rk_test_" in message
    assert (
        "Having the 'rak_checkout_session_write' permission would allow this request to continue." in message
    )


def test_restricted_key_can_lack_single_rights(sandbox: Sandbox) -> None:
    key = new_key("rk_test_")
    client = make_client(sandbox, key)
    sandbox.without_rights(key, "rak_webhook_write")
    with pytest.raises(stripe.PermissionError, match="rak_webhook_write"):
        client.v1.webhook_endpoints.create({"url": "http://localhost:9/", "enabled_events": ["*"]})
    assert new_session(client).status == "open"
    sandbox.without_rights(key)
    made = client.v1.webhook_endpoints.create({"url": "http://localhost:9/", "enabled_events": ["*"]})
    assert made.status == "enabled"
