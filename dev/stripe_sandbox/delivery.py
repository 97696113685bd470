"""Sends events to webhook endpoints: signed, retried, one after the other for each endpoint.

What must be sent is a row in the store, so a restart goes on where it was.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .account import Account, public
from .resources import checkout
from .store import Object, Store

FIRST_RETRY = 0.5
LONGEST_RETRY = 60.0
MOST_ATTEMPTS = 16
TIMEOUT = 10.0
_TICK = 1.0


@dataclass(frozen=True)
class Message:
    """A signed webhook request, ready to send."""

    url: str
    body: bytes
    signature: str


def sign(event: Object, endpoint: Object) -> Message:
    """The request for an event, with Stripe's signature made now."""
    body = json.dumps(public(event), indent=2).encode()
    timestamp = int(time.time())  # the receiver compares it with its own clock, not the sandbox's
    digest = hmac.new(endpoint["_secret"].encode(), b"%d.%s" % (timestamp, body), hashlib.sha256).hexdigest()
    return Message(endpoint["url"], body, f"t={timestamp},v1={digest}")


class Delivery:
    """The queue's worker: finds what is due, sends it, writes down what came back."""

    def __init__(
        self, store: Store, make_account: Callable[[str], Account], first_retry: float = FIRST_RETRY
    ) -> None:
        self.store = store
        self.first_retry = first_retry
        self._make_account = make_account
        self._changed = threading.Condition()
        self._changes = 0
        self._busy: set[str] = set()
        self._stopping = False
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="webhook")
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def wake(self) -> None:
        """Something was queued, released or made due."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def wait_until_quiet(self, account: str | None, timeout: float) -> int:
        """Wait until nothing is left to send; the number of deliveries still waiting (0: all done)."""
        deadline = time.monotonic() + timeout
        while True:
            with self._changed:
                changes = self._changes
            left = self._waiting(account)
            remaining = deadline - time.monotonic()
            if not left or remaining <= 0 or self._stopping:
                return left
            with self._changed:
                if changes == self._changes:
                    self._changed.wait(min(remaining, _TICK))

    def release(self, account: str | None) -> int:
        """Send what was held back: in order, or newest first what reorder mode held. The number released."""
        with self.store.transaction():
            rows = self._held(account)
            start = self.store.clock.time() - 1
            for place, row in enumerate(rows):
                due = start + place * 1e-4
                self.store.execute(
                    "UPDATE deliveries SET state = 'pending', due = ? WHERE id = ?", due, row["id"]
                )
        self.wake()
        return len(rows)

    def resend(self, account: str, event: str) -> int:
        """Send an event again to every endpoint it was for, whatever became of it; the number queued."""
        rows = self.store.rows("SELECT DISTINCT endpoint FROM deliveries WHERE event = ?", event)
        endpoints = {row["endpoint"] for row in rows} or {
            endpoint["id"] for endpoint in self.store.newest_first(account, "webhook_endpoint")
        }
        with self.store.transaction():
            for endpoint in endpoints:
                self.store.execute(
                    "DELETE FROM deliveries WHERE event = ? AND endpoint = ?"
                    " AND state IN ('dropped', 'failed')",
                    event,
                    endpoint,
                )
                self.store.queue(account, event, endpoint, "pending")
        self.wake()
        return len(endpoints)

    def take(self, account: str | None) -> list[dict[str, Any]]:
        """Held deliveries handed to the caller as signed requests, in place of sending them."""
        taken = []
        with self.store.transaction():
            for row in self._held(account):
                event, endpoint = self.store.find(row["event"]), self.store.find(row["endpoint"])
                if event is None or endpoint is None:
                    continue
                message = sign(event[1], endpoint[1])
                taken.append(
                    {"url": message.url, "body": message.body.decode(), "signature": message.signature}
                )
                self._finish(row, event[1], "sent", "taken")
        return taken

    def _held(self, account: str | None) -> list[sqlite3.Row]:
        """What is held, in the order in which it is to be sent."""
        sql = (
            "SELECT * FROM deliveries WHERE state IN ('held', 'reordered') AND (? IS NULL OR account = ?)"
            " ORDER BY state, CASE state WHEN 'held' THEN id ELSE -id END"
        )
        return self.store.rows(sql, account, account)

    def _waiting(self, account: str | None) -> int:
        sql = "SELECT COUNT(*) AS n FROM deliveries WHERE state = 'pending' AND (? IS NULL OR account = ?)"
        return int(self.store.rows(sql, account, account)[0]["n"])

    def _run(self) -> None:
        while not self._stopping:
            with self._changed:
                changes = self._changes
            self._expire_sessions()
            pause = self._send_due()
            with self._changed:
                if changes == self._changes and not self._stopping:
                    self._changed.wait(pause)

    def _expire_sessions(self) -> None:
        now = self.store.clock.now()
        rows = self.store.rows(
            "SELECT DISTINCT account FROM objects WHERE kind = 'checkout.session'"
            " AND json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= ?",
            now,
        )
        for row in rows:
            with self.store.transaction():
                checkout.expire_due(self._make_account(row["account"]))

    def _send_due(self) -> float:
        """Start what is due, at most one request an endpoint; seconds until there may be more."""
        rows = self.store.rows("SELECT * FROM deliveries WHERE state = 'pending' ORDER BY due, id")
        now = self.store.clock.time()
        seen: set[str] = set()
        pause = _TICK
        for row in rows:
            if row["endpoint"] in seen:
                continue
            seen.add(row["endpoint"])
            if row["due"] > now:
                pause = min(pause, row["due"] - now)
                continue
            with self._changed:
                if row["endpoint"] in self._busy or self._stopping:
                    continue
                self._busy.add(row["endpoint"])
            self._pool.submit(self._send, row)
        return max(pause, 0.001)

    def _send(self, row: sqlite3.Row) -> None:
        try:
            self._send_once(row)
        finally:
            with self._changed:
                self._busy.discard(row["endpoint"])
            self.wake()

    def _send_once(self, row: sqlite3.Row) -> None:
        # The row was read before its endpoint was marked busy: another thread may have sent it since
        same = "SELECT 1 FROM deliveries WHERE id = ? AND state = 'pending' AND attempts = ?"
        if not self.store.rows(same, row["id"], row["attempts"]):
            return
        event, endpoint = self.store.find(row["event"]), self.store.find(row["endpoint"])
        if event is None or endpoint is None or endpoint[1]["status"] != "enabled":
            self.store.execute("UPDATE deliveries SET state = 'failed' WHERE id = ?", row["id"])
            return
        result = _post(sign(event[1], endpoint[1]))
        self._finish(row, event[1], self._next_state(row, result), result)

    def _next_state(self, row: sqlite3.Row, result: str) -> str:
        if result.isdigit() and 200 <= int(result) < 300:
            return "sent"
        return "pending" if row["attempts"] + 1 < MOST_ATTEMPTS else "failed"

    def _finish(self, row: sqlite3.Row, event: Object, state: str, result: str) -> None:
        attempt = row["attempts"] + 1
        wait = min(self.first_retry * 2 ** (attempt - 1), LONGEST_RETRY)
        now = self.store.clock.time()
        with self.store.transaction():
            self.store.execute(
                "UPDATE deliveries SET state = ?, attempts = ?, due = ? WHERE id = ?",
                state,
                attempt,
                now + wait,
                row["id"],
            )
            self.store.execute(
                "INSERT INTO delivery_log (account, delivery, event, type, endpoint, attempt, result, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                row["account"],
                row["id"],
                row["event"],
                event["type"],
                row["endpoint"],
                attempt,
                result,
                now,
            )


def _post(message: Message) -> str:
    """The status code of the answer, or the name of what went wrong."""
    parts = urlsplit(message.url)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=TIMEOUT)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": message.signature,
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, message.body, headers)
        answer = connection.getresponse()
        answer.read()
        return str(answer.status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
