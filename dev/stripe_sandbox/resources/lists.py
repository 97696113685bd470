"""Lists as Stripe sends them: newest first, filtered, a page at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dev.stripe_sandbox.account import Account
from dev.stripe_sandbox.errors import bad_request, no_such
from dev.stripe_sandbox.store import Object


def page(things: list[Object], params: Object, url: str) -> Object:
    """The page of a list (newest first) that limit, starting_after and ending_before ask for."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise bad_request("Invalid limit: must be between 1 and 100", param="limit")
    things = _created_within(things, params.get("created"))
    ids = [thing["id"] for thing in things]
    if "ending_before" in params:
        before = things[: _place(ids, params["ending_before"], "ending_before")]
        chosen, has_more = before[-limit:], len(before) > limit
    else:
        if "starting_after" in params:
            things = things[_place(ids, params["starting_after"], "starting_after") + 1 :]
        chosen, has_more = things[:limit], len(things) > limit
    return {"object": "list", "url": url, "has_more": has_more, "data": chosen}


def lister(kind: str, *filters: str) -> Callable[..., Object]:
    """A handler that lists a kind, filtered by the parameters named."""

    def handler(account: Account, params: Object) -> Object:
        equal = {name: params[name] for name in filters if name in params}
        return page(account.all(kind, **equal), params, f"/v1/{kind}s")

    return handler


def retriever(kind: str, param: str = "id") -> Callable[..., Object]:
    """A handler that sends one object of a kind."""

    def handler(account: Account, _params: Object, identifier: str) -> Object:
        return account.get(kind, identifier, param=param)

    return handler


def updater(kind: str, event: str | None, *names: str) -> Callable[..., Object]:
    """A handler that changes the plain fields named, and metadata."""

    def handler(account: Account, params: Object, identifier: str) -> Object:
        thing = account.get(kind, identifier)
        changes = {name: params[name] or None for name in names if name in params}
        if "metadata" in params:
            changes["metadata"] = merge_metadata(thing["metadata"], params["metadata"])
        previous = {name: thing[name] for name in changes if thing[name] != changes[name]}
        account.change(thing, **changes)
        if event and previous:
            account.emit(event, thing, previous=previous)
        return thing

    return handler


def merge_metadata(current: dict[str, str] | None, given: Any) -> dict[str, str]:
    """Stripe's rule: an empty value takes a key away, an empty string takes all."""
    if given == "":
        return {}
    merged = {**(current or {}), **given}
    for name, value in merged.items():
        if not isinstance(value, str) or len(name) > 40 or len(value) > 500:
            raise bad_request(f"Invalid metadata: {name}", param=f"metadata[{name}]")
    return {name: value for name, value in merged.items() if value != ""}


def _created_within(things: list[Object], created: Any) -> list[Object]:
    if created is None:
        return things
    limits = created if isinstance(created, dict) else {"gte": created, "lte": created}
    checks: dict[str, Callable[[int, int], bool]] = {
        "gt": lambda a, b: a > b,
        "gte": lambda a, b: a >= b,
        "lt": lambda a, b: a < b,
        "lte": lambda a, b: a <= b,
    }
    return [thing for thing in things if all(checks[n](thing["created"], v) for n, v in limits.items())]


def _place(ids: list[str], cursor: str, param: str) -> int:
    if cursor not in ids:
        raise no_such("object", cursor, param=param)
    return ids.index(cursor)
