"""One request to /v1: authentication, faults, idempotency, checks, the handler, the answer."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import traceback
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from . import keys
from .account import API_VERSION, Account, new_id
from .errors import ApiError
from .expand import expanded
from .faults import Fault, Faults
from .forms import nest
from .resources import checkout
from .routes import Route, find_route
from .schema import check_object, parse_params
from .store import Object, Store

KEYS_LIVE = 24 * 3600
"""Seconds an idempotency key is remembered."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str = ""
    body: bytes = b""
    authorization: str | None = None
    idempotency_key: str | None = None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        text = self.query if self.method in ("GET", "DELETE") else self.body.decode(errors="replace")
        return parse_qsl(text, keep_blank_values=True)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps([self.path, sorted(self.pairs)]).encode()).hexdigest()


@dataclass
class Answer:
    status: int
    body: Object
    headers: dict[str, str] = field(default_factory=dict)
    silence: float | None = None
    """When set, no answer is sent: the connection closes after so many seconds."""
    is_executed: bool = False
    """Whether the handler ran, so that an idempotency key must be remembered."""


class Api:
    """The part of Stripe under /v1."""

    def __init__(self, store: Store, base_url: str) -> None:
        self.store = store
        self.base_url = base_url
        self.faults = Faults()
        self.requests: deque[dict[str, Any]] = deque(maxlen=2000)
        self.stopping = threading.Event()
        self._in_use: set[tuple[str, str]] = set()
        self._in_use_lock = threading.Lock()

    def handle(self, request: Request) -> Answer:
        """The answer to a request; never raises."""
        request_id = new_id("req", 14)
        entry: dict[str, Any] = {"id": request_id, "method": request.method, "path": request.path}
        entry["idempotency_key"] = request.idempotency_key
        try:
            key = keys.authenticate(self.store, request.authorization)
            entry |= {"account": key.account, "key": key.masked}
            answer = self._with_faults(request, key, request_id)
        except ApiError as error:
            answer = Answer(error.status, error.body)
        except Exception:  # noqa: BLE001 - a bug here must be seen, not end the connection
            traceback.print_exc(file=sys.stderr)
            self.store.add_findings(f"{request.method} {request.path}", [traceback.format_exc(limit=-1)])
            answer = Answer(500, ApiError(500, "The sandbox failed; see its output.", kind="api_error").body)
        self.requests.append(entry | {"status": answer.status})
        answer.headers |= {"Request-Id": request_id, "Stripe-Version": API_VERSION}
        return answer

    def account(
        self, name: str, request_id: str | None = None, idempotency_key: str | None = None
    ) -> Account:
        return Account(self.store, name, request_id, idempotency_key, self.base_url)

    def check_events(self, account: Account, label: str) -> list[str]:
        """What is wrong with the events of one request; written down, too."""
        events = [account.get("event", identifier) for identifier in account.events]
        findings = [line for event in events for line in check_object(event)]
        self.store.add_findings(label, findings)
        return findings

    def _with_faults(self, request: Request, key: keys.Key, request_id: str) -> Answer:
        fault = self.faults.take(key.account, request.method, request.path)
        if fault is None or fault.commit:
            answer = self._idempotent(request, key, request_id)
        if fault is None:
            return answer
        return self._faulty(fault)

    def _faulty(self, fault: Fault) -> Answer:
        error = fault.error()
        silence = {"error": None, "disconnect": 0.0, "timeout": fault.seconds}[fault.how]
        return Answer(error.status, error.body, silence=silence)

    def _idempotent(self, request: Request, key: keys.Key, request_id: str) -> Answer:
        """Repeat the first answer for a key already used; refuse it while the first is under way."""
        text = request.idempotency_key
        if request.method != "POST" or not text:
            self._wait(key.account)
            return self._answer(request, key, request_id)
        used = (key.account, text)
        with self._in_use_lock:
            if used in self._in_use:
                raise _key_in_use(text)
            self._in_use.add(used)
        try:
            self._wait(key.account)
            with self.store.transaction():
                remembered = self._remembered(request, key.account, text)
                if remembered is not None:
                    return remembered
                answer = self._answer(request, key, request_id)
                self._remember(request, key.account, text, answer)
            answer.headers["Idempotency-Key"] = text
            return answer
        finally:
            with self._in_use_lock:
                self._in_use.discard(used)

    def _wait(self, account: str) -> None:
        seconds = self.faults.latency(account)
        if seconds:
            self.stopping.wait(seconds)

    def _remembered(self, request: Request, account: str, text: str) -> Answer | None:
        rows = self.store.rows(
            "SELECT * FROM idempotency WHERE account = ? AND key = ? AND created > ?",
            account,
            text,
            self.store.clock.time() - KEYS_LIVE,
        )
        if not rows:
            return None
        if rows[0]["fingerprint"] != request.fingerprint:
            raise ApiError(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                f"with. Try using a key other than '{text}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        headers = {"Idempotent-Replayed": "true", "Idempotency-Key": text}
        return Answer(rows[0]["status"], json.loads(rows[0]["body"]), headers)

    def _remember(self, request: Request, account: str, text: str, answer: Answer) -> None:
        """Only what was executed is remembered, not what was refused before."""
        if not answer.is_executed:
            return
        self.store.execute(
            "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?)",
            account,
            text,
            request.fingerprint,
            answer.status,
            json.dumps(answer.body),
            self.store.clock.time(),
        )

    def _answer(self, request: Request, key: keys.Key, request_id: str) -> Answer:
        route, ids = find_route(request.method, request.path)
        keys.check_right(self.store, key, route.right)
        params = parse_params(nest(request.pairs), route.params)
        account = self.account(key.account, request_id, request.idempotency_key)
        with self.store.transaction():
            checkout.expire_due(account)
            answer = _execute(account, route, params, ids)
            self._check(request, answer, account)
        answer.is_executed = True
        return answer

    def _check(self, request: Request, answer: Answer, account: Account) -> None:
        """Nothing leaves that the SDK's types do not describe."""
        error = answer.body.get("error")
        things = [v for v in error.values() if isinstance(v, dict)] if error else [answer.body]
        label = f"{request.method} {request.path}"
        findings = [line for thing in things for line in check_object(thing)]
        self.store.add_findings(label, findings)
        findings += self.check_events(account, label)
        if findings:
            answer.status = 500
            answer.body = ApiError(
                500, "Sandbox: not as the SDK's types: " + findings[0], kind="api_error"
            ).body


def _execute(account: Account, route: Route, params: dict[str, Any], ids: tuple[str, ...]) -> Answer:
    """Run the handler. A refusal by the bank keeps what was booked, as it would at Stripe."""
    expand = params.pop("expand", [])
    try:
        return Answer(200, expanded(account, route.handler(account, params, *ids), expand))
    except ApiError as error:
        return Answer(error.status, error.body)


def _key_in_use(text: str) -> ApiError:
    return ApiError(
        409,
        "There is currently another in-progress request using this Idempotent Key (that probably means you "
        f"submitted twice, and the other request is still going through): {text}. Please try again later.",
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )
