"""What the sandbox remembers: one SQLite database, so that a restart or `kill -9` loses nothing.

Objects are kept as JSON, as they are sent. A key that begins with an underscore is the
sandbox's own note on an object and never leaves it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .clock import Clock

Object = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (account, kind, seq);
CREATE TABLE IF NOT EXISTS idempotency (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created REAL NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE INDEX IF NOT EXISTS deliveries_by_state ON deliveries (state, due);
CREATE TABLE IF NOT EXISTS delivery_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    delivery INTEGER NOT NULL,
    event TEXT NOT NULL,
    type TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    result TEXT NOT NULL,
    at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS settings (
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account, name)
);
CREATE TABLE IF NOT EXISTS findings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request TEXT NOT NULL,
    line TEXT NOT NULL
);
"""

EVERYWHERE = "*"
"""In place of an account: a setting for every account without its own."""


class Store:
    """One connection behind one lock: every request is one transaction, one after the other."""

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        path = ":memory:" if folder is None else str(folder / "stripe-sandbox.sqlite3")
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _SCHEMA)
        self.lock = threading.RLock()
        self._depth = 0
        self.clock = Clock(float(self.setting(EVERYWHERE, "clock_offset", 0.0)))

    def close(self) -> None:
        with self.lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Alone with the data; committed at the end, rolled back on an exception. May be nested."""
        with self.lock:
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                if outermost:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        with self.lock:
            return self._connection.execute(sql, values)

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self.lock:
            return self._connection.execute(sql, values).fetchall()

    def save(self, account: str, body: Object) -> Object:
        """Insert an object, or write its new state."""
        self.execute(
            "INSERT INTO objects (id, account, kind, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            body["id"],
            account,
            body["object"],
            json.dumps(body),
        )
        return body

    def find(self, identifier: str) -> tuple[str, Object] | None:
        """The account and the object with this id, whoever's it is."""
        for row in self.rows("SELECT account, body FROM objects WHERE id = ?", identifier):
            return row["account"], json.loads(row["body"])
        return None

    def forget(self, identifier: str) -> None:
        self.execute("DELETE FROM objects WHERE id = ?", identifier)

    def newest_first(self, account: str, kind: str, **equal: Any) -> list[Object]:
        """An account's objects of one kind whose fields have these values."""
        rows = self.rows(
            "SELECT body FROM objects WHERE account = ? AND kind = ? AND NOT EXISTS ("
            " SELECT 1 FROM json_each(?) AS wanted"
            " WHERE json_extract(body, '$.' || wanted.key) IS NOT wanted.value"
            ") ORDER BY seq DESC",
            account,
            kind,
            json.dumps(equal),
        )
        return [json.loads(row["body"]) for row in rows]

    def queue(self, account: str, event: str, endpoint: str, state: str) -> None:
        """Note that an event must be delivered to an endpoint."""
        self.execute(
            "INSERT INTO deliveries (account, event, endpoint, state, due) VALUES (?, ?, ?, ?, ?)",
            account,
            event,
            endpoint,
            state,
            self.clock.time(),
        )

    def setting(self, account: str, name: str, default: Any = None) -> Any:
        """An account's setting, else everybody's, else the default."""
        sql = "SELECT value FROM settings WHERE name = ? AND account IN (?, ?) ORDER BY account = ? LIMIT 1"
        for row in self.rows(sql, name, account, EVERYWHERE, EVERYWHERE):
            return json.loads(row["value"])
        return default

    def set_setting(self, account: str, name: str, value: Any) -> None:
        """Remember a setting; for everywhere, accounts lose their own."""
        if account == EVERYWHERE:
            self.execute("DELETE FROM settings WHERE name = ?", name)
        self.execute("INSERT OR REPLACE INTO settings VALUES (?, ?, ?)", account, name, json.dumps(value))

    def move_clock(self, offset: float) -> None:
        """Set how far the sandbox's time is from the machine's."""
        self.clock.offset = offset
        self.set_setting(EVERYWHERE, "clock_offset", offset)

    def reset(self, account: str) -> None:
        """Forget everything of an account."""
        self.execute("DELETE FROM objects WHERE account = ?", account)
        self.execute("DELETE FROM idempotency WHERE account = ?", account)
        self.execute("DELETE FROM deliveries WHERE account = ?", account)
        self.execute("DELETE FROM delivery_log WHERE account = ?", account)
        self.execute("DELETE FROM settings WHERE account = ?", account)

    def add_findings(self, request: str, lines: list[str]) -> None:
        for line in lines:
            self.execute("INSERT INTO findings (request, line) VALUES (?, ?)", request, line)

    def findings(self) -> list[str]:
        """Answers that did not pass the check against the SDK's types."""
        return [f"{row['request']}: {row['line']}" for row in self.rows("SELECT * FROM findings ORDER BY id")]
