"""Refunds: asked for through the API or from the dashboard."""

from __future__ import annotations

from typing import Any

from dev.stripe_sandbox.account import Account
from dev.stripe_sandbox.errors import bad_request
from dev.stripe_sandbox.resources import payment_methods
from dev.stripe_sandbox.resources.balance import book
from dev.stripe_sandbox.resources.lists import merge_metadata
from dev.stripe_sandbox.store import Object


def create(account: Account, params: Object) -> Object:
    """POST /v1/refunds."""
    if not params.get("payment_intent") and not params.get("charge"):
        raise bad_request(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    charge = _charge_of(account, params)
    return give_back(
        account,
        charge,
        amount=params.get("amount"),
        reason=params.get("reason"),
        metadata=merge_metadata({}, params.get("metadata") or {}),
    )


def give_back(
    account: Account,
    charge: Object,
    *,
    amount: int | None = None,
    reason: str | None = None,
    metadata: dict[str, str] | None = None,
) -> Object:
    """Refund a charge, wholly when no amount (in pence) is given."""
    left = charge["amount"] - charge["amount_refunded"]
    amount = left if amount is None else amount
    _check(charge, amount, left)
    method = account.get("payment_method", charge["payment_method"])
    is_card = method["type"] == "card"
    waits = not is_card or payment_methods.card_of(method).refund_waits
    refund = account.new(
        "refund",
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        payment_method=method["id"],
        customer=charge["customer"],
        reason=reason,
        metadata=metadata or {},
        status="pending" if waits else "succeeded",
        pending_reason="processing" if waits else None,
        destination_details={"type": "card", "card": _card_destination()} if is_card else None,
    )
    entry = book(account, kind="refund", amount=-amount, fee=0, source=refund, category="refund")
    account.change(refund, balance_transaction=entry["id"])
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    _set_refunded(account, charge, charge["amount_refunded"] + amount)
    account.emit("refund.created", refund)
    account.emit("charge.refunded", charge, previous=before)
    return refund


def settle(account: Account, refund: Object) -> Object:
    """Pending → succeeded."""
    account.change(refund, status="succeeded", pending_reason=None)
    _announce(account, refund, {"status": "pending"})
    return refund


def fail(account: Account, refund: Object, *, reason: str = "lost_or_stolen_card") -> Object:
    """pending, succeeded → failed: the bank sent the money back to the business."""
    if refund["status"] not in ("pending", "succeeded"):
        raise bad_request(f"This refund cannot fail: it has a status of {refund['status']}.")
    before = refund["status"]
    entry = book(
        account,
        kind="refund_failure",
        amount=refund["amount"],
        fee=0,
        source=refund,
        category="refund_failure",
    )
    account.change(
        refund,
        status="failed",
        failure_reason=reason,
        failure_balance_transaction=entry["id"],
        pending_reason=None,
    )
    charge = account.get("charge", refund["charge"])
    _set_refunded(account, charge, charge["amount_refunded"] - refund["amount"])
    _announce(account, refund, {"status": before})
    account.emit("refund.failed", refund)
    return refund


def cancel(account: Account, _params: Object, identifier: str) -> Object:
    """POST /v1/refunds/{id}/cancel: card refunds cannot be."""
    refund = account.get("refund", identifier)
    raise bad_request(f"Cannot cancel a refund with status {refund['status']}.")


def _announce(account: Account, refund: Object, previous: Object) -> None:
    account.emit("refund.updated", refund, previous=previous)
    account.emit("charge.refund.updated", refund, previous=previous)


def _charge_of(account: Account, params: Object) -> Object:
    if params.get("charge"):
        return account.get("charge", params["charge"], param="charge")
    intent = account.get("payment_intent", params["payment_intent"], param="payment_intent")
    if intent["status"] != "succeeded":
        raise bad_request(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return account.get("charge", intent["latest_charge"])


def _check(charge: Object, amount: int, left: int) -> None:
    if charge["status"] != "succeeded":
        raise bad_request(f"Charge {charge['id']} has not succeeded and cannot be refunded.", param="charge")
    if charge["disputed"] and not charge.get("_dispute_won"):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise bad_request(message, code="charge_disputed")
    if left == 0:
        raise bad_request(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount < 1:
        raise bad_request(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount > left:
        raise bad_request(
            f"Refund amount (£{amount / 100:,.2f}) is greater than unrefunded amount on charge "
            f"(£{left / 100:,.2f})",
            code="amount_too_large",
            param="amount",
        )


def _set_refunded(account: Account, charge: Object, amount: int) -> None:
    account.change(charge, amount_refunded=amount, refunded=amount == charge["amount"])


def _card_destination() -> dict[str, Any]:
    return {
        "reference": None,
        "reference_status": "pending",
        "reference_type": "acquirer_reference_number",
        "type": "refund",
    }
