"""A handle on a running sandbox for tests: pay as a customer, act as the dashboard, cause trouble.

with running() as sandbox:
    client = stripe.StripeClient(sandbox.key, base_addresses={"api": sandbox.url})
    session = client.v1.checkout.sessions.create({...})
    sandbox.pay(session.id)
    sandbox.wait_until_delivered()
"""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from .delivery import FIRST_RETRY
from .server import SandboxServer


class SandboxError(Exception):
    """The control API did not do what was asked."""


@dataclass(frozen=True)
class Visit:
    """What the payer saw last: redirected to `location`, or a page with `message`."""

    status: int
    location: str | None
    message: str
    html: str = ""

    @property
    def is_done(self) -> bool:
        return self.location is not None


@dataclass(frozen=True)
class Webhook:
    """A signed request the sandbox would have sent."""

    url: str
    body: bytes
    signature: str

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event


class Sandbox:
    """A running sandbox. `key` names an account; without it, all accounts are meant."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.key = new_key()

    def control(self, name: str, **given: Any) -> Any:
        """Any control by its name; see `control.py`. Raises SandboxError."""
        body = json.dumps({field: value for field, value in given.items() if value is not None}).encode()
        status, _, text = _request(f"{self.url}/_sandbox/{name}", body, "application/json")
        answer = json.loads(text)
        if status != 200:
            raise SandboxError(answer["error"]["message"])
        return answer

    # As the payer

    def pay(
        self,
        session: str,
        card: str = "4242 4242 4242 4242",
        *,
        name: str = "Jo Client",
        expiry: str = "12 / 34",
        cvc: str = "123",
        authenticate: bool = True,
        **more: str,
    ) -> Visit:
        """Send the card form of a session's page; 3-D Secure is completed, or failed."""
        form = {"method": "card", "number": card, "expiry": expiry, "cvc": cvc, "name": name, **more}
        visit = self.visit(f"/c/pay/{session}", form)
        if visit.location and "/c/3ds/" in visit.location:
            return self.visit(visit.location, {"answer": "complete" if authenticate else "fail"})
        return visit

    def pay_by_bacs(self, session: str, *, name: str = "Jo Client", **more: str) -> Visit:
        """Send the Direct Debit form of a session's page; `settle()` decides it later."""
        form = {
            "method": "bacs_debit",
            "sort_code": "10-88-00",
            "account_number": "00012345",
            "name": name,
            **more,
        }
        return self.visit(f"/c/pay/{session}", form)

    def page(self, session: str) -> str:
        """The HTML of a session's page."""
        return self.visit(f"/c/pay/{session}").html

    def visit(self, address: str, form: dict[str, str] | None = None) -> Visit:
        """Open any page of the sandbox, or send its form. Redirects are not followed."""
        body = None if form is None else urlencode(form).encode()
        kind = "application/x-www-form-urlencoded" if body is not None else ""
        status, location, html = _request(urljoin(self.url, address), body, kind)
        return Visit(status, location, _message(html), html)

    # As Stripe's dashboard and the banks

    def refund(self, payment: str, amount: int | None = None, **more: Any) -> dict[str, Any]:
        """Refund a payment intent, charge or session, wholly or by an amount in pence."""
        return dict(self.control("refund", id=payment, amount=amount, **more))

    def dispute(self, payment: str, amount: int | None = None, **more: Any) -> dict[str, Any]:
        """The payer disputes a payment intent, charge or session."""
        return dict(self.control("dispute", id=payment, amount=amount, **more))

    def close_dispute(self, dispute: str, *, won: bool) -> dict[str, Any]:
        return dict(self.control("close_dispute", id=dispute, won=won))

    def settle(self, payment: str, *, passed: bool = True) -> dict[str, Any]:
        """A processing debit (payment intent or session) or a pending refund succeeds or fails."""
        return dict(self.control("settle", id=payment, passed=passed))

    # Webhooks

    def deliver(self, mode: str, key: str | None = None) -> None:
        """normal, duplicate, reorder (held, newest first), hold, or drop."""
        self.control("deliver", mode=mode, key=key)

    def flush(self, key: str | None = None) -> int:
        """Send what was held; the number of deliveries."""
        return int(self.control("flush", key=key)["released"])

    def take(self, key: str | None = None) -> list[Webhook]:
        """What was held, as signed requests to post yourself (with Django's test client, say)."""
        taken = self.control("take", key=key)
        return [Webhook(each["url"], each["body"].encode(), each["signature"]) for each in taken]

    def resend(self, event: str) -> int:
        return int(self.control("resend", event=event)["queued"])

    def log(self, key: str | None = None) -> list[dict[str, Any]]:
        """Attempts to deliver: event, type, endpoint, attempt, result ("200", "ConnectionRefusedError")."""
        return list(self.control("log", key=key))

    def wait_until_delivered(self, key: str | None = None, timeout: float = 10.0) -> None:
        """Return when nothing is left to send. Raises TimeoutError."""
        left = self.control("quiet", key=key, timeout=timeout)["waiting"]
        if left:
            raise TimeoutError(f"{left} webhooks still to deliver after {timeout} s")

    # Trouble, time, what happened

    def fail(self, count: int = 1, status: int = 500, *, key: str | None = None, **more: Any) -> None:
        """The next API requests fail. More: how, commit, method, path, seconds; see `faults.Fault`."""
        self.control("fail", count=count, status=status, key=key, **more)

    def recover(self, key: str | None = None) -> None:
        self.control("recover", key=key)

    def latency(self, seconds: float, key: str | None = None) -> None:
        self.control("latency", seconds=seconds, key=key)

    def advance(self, seconds: float) -> int:
        """Move the sandbox's clock; sessions expire and retries fall due."""
        return int(self.control("clock", advance=seconds)["now"])

    def revoke(self, key: str, *, undo: bool = False) -> None:
        self.control("revoke", key=key, undo=undo)

    def without_rights(self, key: str, *rights: str) -> None:
        """A restricted key lacks these permissions (none named: has all)."""
        self.control("rights", key=key, without=list(rights))

    def account(self, key: str | None = None, **settings: Any) -> None:
        """business_name, payment_method_types (["card", "bacs_debit"])."""
        self.control("account", key=key, **settings)

    def requests(self, key: str | None = None) -> list[dict[str, Any]]:
        """API requests that came in: method, path, status, idempotency_key, masked key."""
        return list(self.control("requests", key=key))

    def books(self, key: str | None = None) -> dict[str, Any]:
        return dict(self.control("books", key=key or self.key))

    def reset(self, key: str | None = None) -> None:
        self.control("reset", key=key or self.key)

    def bad(self) -> list[str]:
        """Answers that were not as the SDK's types describe them; assert that it is empty."""
        return list(self.control("bad"))


@contextmanager
def running(
    port: int = 0, state: Path | str | None = None, *, first_retry: float = FIRST_RETRY
) -> Iterator[Sandbox]:
    """A sandbox in this process on a free port, in memory unless a folder is given."""
    server = SandboxServer(port, Path(state) if state else None, first_retry=first_retry)
    server.start()
    try:
        yield Sandbox(server.url)
    finally:
        server.stop()


def new_key(prefix: str = "sk_test_") -> str:
    """A key nobody else has: an account of its own."""
    return prefix + secrets.token_hex(12)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def _request(url: str, body: bytes | None = None, content_type: str = "") -> tuple[int, str | None, str]:
    request = urllib.request.Request(url, body, {"Content-Type": content_type} if content_type else {})
    try:
        with _opener.open(request, timeout=120) as answer:
            return answer.status, None, answer.read().decode()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.headers.get("Location"), answer.read().decode()


def _message(html: str) -> str:
    """What an alert, or else the page, says."""
    for start in ('<p role="alert">', "<p>"):
        if start in html:
            return unescape(html.split(start, 1)[1].split("</p>", 1)[0])
    return ""
