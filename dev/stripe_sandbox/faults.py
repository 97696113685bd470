"""Trouble on demand: failing requests, latency, answers that never arrive."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from .errors import ApiError


@dataclass
class Fault:
    """What happens to the next `count` requests that match.

    `how` is "error" (an answer with `status`), "disconnect" (the connection closes without an
    answer) or "timeout" (nothing comes for `seconds`, then the connection closes). With `commit`
    the request does its work first: the caller cannot know.
    """

    account: str | None
    count: int = 1
    status: int = 500
    how: str = "error"
    commit: bool = False
    method: str | None = None
    path: str = ""
    seconds: float = 120.0

    def matches(self, account: str, method: str, path: str) -> bool:
        same_account = self.account in (None, account)
        return same_account and self.method in (None, method) and path.startswith(self.path)

    def error(self) -> ApiError:
        if self.status == 429:
            message = "Request rate limit exceeded. Learn more about rate limits at https://stripe.com/docs/rate-limits."
            return ApiError(429, message, code="rate_limit")
        return ApiError(
            self.status,
            "An unknown error occurred. Please contact support if this keeps happening.",
            kind="api_error" if self.status >= 500 else "invalid_request_error",
        )


class Faults:
    """The faults asked for, and the latency, of every account."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._latency: dict[str | None, float] = {}

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self, account: str | None) -> None:
        with self._lock:
            self._faults = [f for f in self._faults if account is not None and f.account != account]
            for name in [name for name in self._latency if account in (None, name)]:
                del self._latency[name]

    def take(self, account: str, method: str, path: str) -> Fault | None:
        """The fault that hits this request, used up by it."""
        with self._lock:
            for fault in self._faults:
                if fault.matches(account, method, path):
                    fault.count -= 1
                    if fault.count < 1:
                        self._faults.remove(fault)
                    return fault
        return None

    def set_latency(self, account: str | None, seconds: float) -> None:
        with self._lock:
            self._latency[account] = seconds

    def latency(self, account: str) -> float:
        with self._lock:
            return self._latency.get(account, self._latency.get(None, 0.0))
