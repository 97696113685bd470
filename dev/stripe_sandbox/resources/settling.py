"""What banks decide days later: a Direct Debit or a bank transfer arrives, or does not."""

from __future__ import annotations

from dev.stripe_sandbox.account import Account
from dev.stripe_sandbox.resources import charges, taking
from dev.stripe_sandbox.store import Object


def settle(account: Account, intent: Object, *, passed: bool) -> None:
    """→ succeeded, or requires_payment_method. Raises ApiError when nothing is awaited."""
    method = account.get("payment_method", intent["payment_method"])
    if intent["status"] == "requires_action" and method["type"] == "customer_balance" and passed:
        charge = charges.attempt(account, intent, method, status="pending")
    elif intent["status"] == "processing":
        charge = account.get("charge", intent["latest_charge"])
    else:
        raise taking.unexpected_state(intent, "settle")
    if passed:
        taking.succeed(account, intent, charge, method)
    else:
        _refuse(account, intent, charge, method)
    if intent.get("_session"):
        _tell_session(account, intent["_session"], passed=passed)


def _tell_session(account: Account, identifier: str, *, passed: bool) -> None:
    session = account.get("checkout.session", identifier)
    account.change(session, payment_status="paid" if passed else "unpaid")
    account.emit(f"checkout.session.async_payment_{'succeeded' if passed else 'failed'}", session)


def _refuse(account: Account, intent: Object, charge: Object, method: Object) -> None:
    message = "The customer's account has insufficient funds to cover this payment."
    charges.fail(account, charge, code="insufficient_funds", message=message)
    code = "payment_method_provider_decline"
    taking.fail(account, intent, method, code=code, message=message, charge=charge["id"])
