"""Webhook endpoints: where events are sent. The signing secret is shown once, at creation."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from dev.stripe_sandbox.account import Account
from dev.stripe_sandbox.errors import bad_request
from dev.stripe_sandbox.resources.lists import merge_metadata
from dev.stripe_sandbox.store import Object

MOST = 16


def create(account: Account, params: Object) -> Object:
    """POST /v1/webhook_endpoints; the only answer with the secret."""
    _check_url(account, params["url"])
    if not params["enabled_events"]:
        raise bad_request("Invalid array: enabled_events must not be empty.", param="enabled_events")
    if len(account.all("webhook_endpoint")) >= MOST:
        mode = "live" if account.is_live else "test"
        raise bad_request(f"You have reached the maximum of {MOST} {mode} webhook endpoints.")
    endpoint = account.new(
        "webhook_endpoint",
        url=params["url"],
        enabled_events=params["enabled_events"],
        description=params.get("description") or None,
        api_version=params.get("api_version"),
        metadata=merge_metadata({}, params.get("metadata", {})),
        status="enabled",
        _secret="whsec_" + secrets.token_hex(16),
    )
    return {**endpoint, "secret": endpoint["_secret"]}


def update(account: Account, params: Object, identifier: str) -> Object:
    """POST /v1/webhook_endpoints/{id}."""
    endpoint = account.get("webhook_endpoint", identifier)
    changes: Object = {
        name: params[name] for name in ("url", "enabled_events", "description") if name in params
    }
    if "url" in changes:
        _check_url(account, changes["url"])
    if "metadata" in params:
        changes["metadata"] = merge_metadata(endpoint["metadata"], params["metadata"])
    if "disabled" in params:
        changes["status"] = "disabled" if params["disabled"] else "enabled"
    return account.change(endpoint, **changes)


def delete(account: Account, _params: Object, identifier: str) -> Object:
    """DELETE /v1/webhook_endpoints/{id}: nothing more is sent to it."""
    account.get("webhook_endpoint", identifier)
    account.store.forget(identifier)
    account.store.execute("DELETE FROM deliveries WHERE endpoint = ?", identifier)
    return {"id": identifier, "object": "webhook_endpoint", "deleted": True}


def _check_url(account: Account, url: str) -> None:
    parts = urlsplit(url)
    allowed = ("https",) if account.is_live else ("https", "http")
    if parts.scheme not in allowed or not parts.hostname:
        raise bad_request(
            "Invalid URL: An explicit scheme (such as https) must be provided.",
            code="url_invalid",
            param="url",
        )
