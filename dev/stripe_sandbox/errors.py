"""Errors as Stripe words them. Raised anywhere, turned into an answer by `api.py`."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer of 4xx or 5xx with Stripe's `error` body."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"message": message, "type": kind}
        if code is not None:
            self.error["code"] = code
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param is not None:
            self.error["param"] = param
        self.error |= {name: value for name, value in more.items() if value is not None}

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.error}


class CardError(ApiError):
    """402: the bank said no. What led to it stays booked (charge, events)."""

    def __init__(self, message: str, *, code: str, decline_code: str | None = None, **more: Any) -> None:
        super().__init__(402, message, kind="card_error", code=code, decline_code=decline_code, **more)


def no_such(kind: str, identifier: str, *, param: str = "id") -> ApiError:
    """404 for an id that this account does not have (another account's included)."""
    name = kind.replace(".", "").replace("checkoutsession", "checkout.session")
    return ApiError(404, f"No such {name}: '{identifier}'", code="resource_missing", param=param)


def bad_request(message: str, *, code: str | None = None, param: str | None = None, **more: Any) -> ApiError:
    """400 with a message."""
    return ApiError(400, message, code=code, param=param, **more)
