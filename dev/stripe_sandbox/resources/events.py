"""Events: what happened in the account."""

from __future__ import annotations

import fnmatch

from dev.stripe_sandbox.account import Account
from dev.stripe_sandbox.errors import bad_request
from dev.stripe_sandbox.resources.lists import page
from dev.stripe_sandbox.store import Object


def retrieve(account: Account, _params: Object, identifier: str) -> Object:
    """GET /v1/events/{id}."""
    return with_pending(account, account.get("event", identifier))


def list_all(account: Account, params: Object) -> Object:
    """GET /v1/events, by type, types, created and delivery_success."""
    if "type" in params and "types" in params:
        raise bad_request("You may pass either `type` or `types`, but not both.", param="types")
    if len(params.get("types", [])) > 20:
        raise bad_request("You may pass at most 20 `types`.", param="types")
    events = account.all("event")
    if "type" in params:
        events = [event for event in events if fnmatch.fnmatchcase(event["type"], params["type"])]
    if "types" in params:
        events = [event for event in events if event["type"] in params["types"]]
    if "delivery_success" in params:
        open_ones = _undelivered(account)
        events = [event for event in events if (event["id"] not in open_ones) is params["delivery_success"]]
    listed = page(events, params, "/v1/events")
    listed["data"] = [with_pending(account, event) for event in listed["data"]]
    return listed


def with_pending(account: Account, event: Object) -> Object:
    """The event with the number of endpoints that have not taken it yet."""
    waiting = account.store.rows(
        "SELECT DISTINCT endpoint FROM deliveries WHERE event = ? AND state NOT IN ('sent', 'failed')",
        event["id"],
    )
    return {**event, "pending_webhooks": len(waiting)}


def _undelivered(account: Account) -> set[str]:
    sql = "SELECT DISTINCT event FROM deliveries WHERE account = ? AND state != 'sent'"
    return {row["event"] for row in account.store.rows(sql, account.name)}
