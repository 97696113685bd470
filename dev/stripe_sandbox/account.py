"""One account's books: what the resources read, write and announce through."""

from __future__ import annotations

import copy
import secrets
from dataclasses import dataclass, field
from typing import Any, cast

import stripe

from .errors import no_such
from .schema import blank
from .store import Object, Store

API_VERSION = stripe.api_version

_PREFIXES = {
    "balance_transaction": "txn",
    "charge": "ch",
    "customer": "cus",
    "dispute": "du",
    "event": "evt",
    "item": "li",
    "mandate": "mandate",
    "payment_intent": "pi",
    "payment_method": "pm",
    "refund": "re",
    "setup_attempt": "setatt",
    "setup_intent": "seti",
    "webhook_endpoint": "we",
}


def new_id(prefix: str, length: int = 24) -> str:
    """An id that looks like Stripe's."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return f"{prefix}_" + "".join(secrets.choice(alphabet) for _ in range(length))


@dataclass
class Account:
    """An account in one mode (test or live), within one request."""

    store: Store
    name: str
    request_id: str | None = None
    idempotency_key: str | None = None
    base_url: str = ""
    events: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.name.split("/")[0]

    @property
    def is_live(self) -> bool:
        return self.name.endswith("/live")

    def now(self) -> int:
        return self.store.clock.now()

    def new(self, kind: str, *, prefix: str | None = None, **fields: Any) -> Object:
        """A new object, saved."""
        made = blank(kind)
        made["id"] = new_id(prefix or _PREFIXES[kind])
        if "livemode" in made:
            made["livemode"] = self.is_live
        if "created" in made:
            made["created"] = self.now()
        made.update(fields)
        return self.save(made)

    def save(self, thing: Object) -> Object:
        return self.store.save(self.name, thing)

    def change(self, thing: Object, **fields: Any) -> Object:
        """Set fields of an object and save it."""
        thing.update(fields)
        return self.save(thing)

    def get(self, kind: str, identifier: str | None, *, param: str = "id") -> Object:
        """The account's object of this kind. Raises ApiError 404."""
        found = self.store.find(identifier or "")
        if found is None or found[0] != self.name or found[1]["object"] != kind:
            raise no_such(kind, identifier or "", param=param)
        return found[1]

    def all(self, kind: str, **equal: Any) -> list[Object]:
        """Newest first."""
        return self.store.newest_first(self.name, kind, **equal)

    def setting(self, name: str, default: Any = None) -> Any:
        return self.store.setting(self.name, name, default)

    def emit(self, kind: str, thing: Object, *, previous: Object | None = None) -> Object:
        """Record an event about an object as it is now, and queue it for the endpoints that listen."""
        data: Object = {"object": copy.deepcopy(public(thing))}
        if previous is not None:
            data["previous_attributes"] = previous
        listening = [e for e in self.all("webhook_endpoint") if listens(e, kind)]
        event = self.new(
            "event",
            type=kind,
            api_version=API_VERSION,
            data=data,
            pending_webhooks=len(listening),
            request={"id": self.request_id, "idempotency_key": self.idempotency_key},
        )
        for endpoint in reversed(listening):
            self._queue(event, endpoint)
        self.events.append(event["id"])
        return event

    def _queue(self, event: Object, endpoint: Object) -> None:
        mode = self.setting("delivery_mode", "normal")
        state = {"drop": "dropped", "hold": "held", "reorder": "reordered"}.get(mode, "pending")
        for _ in range(2 if mode == "duplicate" else 1):
            self.store.queue(self.name, event["id"], endpoint["id"], state)


def listens(endpoint: Object, kind: str) -> bool:
    """Whether a webhook endpoint asked for events of this kind."""
    wanted = endpoint["enabled_events"]
    return endpoint["status"] == "enabled" and ("*" in wanted or kind in wanted)


def public(thing: Object) -> Object:
    """The object without the sandbox's own notes, as it is sent."""
    return cast("Object", _public(thing))


def _public(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _public(entry) for name, entry in value.items() if not str(name).startswith("_")}
    if isinstance(value, list):
        return [_public(entry) for entry in value]
    return value
