"""Charges: one per attempt to take money."""

from __future__ import annotations

from typing import Any

import stripe

from dev.stripe_sandbox.account import Account
from dev.stripe_sandbox.resources.balance import bacs_fee, book, card_fee
from dev.stripe_sandbox.schema import blank_part
from dev.stripe_sandbox.store import Object


def attempt(account: Account, intent: Object, method: Object, *, status: str, **fields: Any) -> Object:
    """A charge of an intent's whole amount, "succeeded", "pending" or "failed"; the intent points to it."""
    paid = status == "succeeded"
    charge = account.new(
        "charge",
        prefix="ch" if method["type"] == "card" else "py",
        amount=intent["amount"],
        amount_captured=intent["amount"] if paid else 0,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        metadata=dict(intent["metadata"]),
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=_details(method),
        billing_details=dict(method["billing_details"]),
        receipt_email=intent["receipt_email"],
        paid=paid,
        captured=status != "failed",
        status=status,
        disputed=False,
        refunded=False,
        outcome=_outcome(status),
        fraud_details={},
        calculated_statement_descriptor="SANDBOX",
        receipt_url=f"{account.base_url}/c/receipt/{intent['id']}" if paid else None,
    )
    account.change(charge, **fields)
    account.change(intent, latest_charge=charge["id"])
    return charge


def succeed(account: Account, charge: Object) -> Object:
    """Money has come: book it with its fee. The event comes first, without the booking, as at Stripe."""
    account.change(
        charge,
        status="succeeded",
        paid=True,
        amount_captured=charge["amount"],
        outcome=_outcome("succeeded"),
    )
    account.emit("charge.succeeded", charge)
    fee = bacs_fee if charge["payment_method_details"]["type"] == "bacs_debit" else card_fee
    amount = charge["amount"]
    entry = book(account, kind="charge", amount=amount, fee=fee(amount), source=charge, category="charge")
    return account.change(charge, balance_transaction=entry["id"])


def announce_booking(account: Account, charge: Object) -> None:
    """The later event that carries the balance transaction."""
    account.emit("charge.updated", charge, previous={"balance_transaction": None})


def fail(account: Account, charge: Object, *, code: str, message: str, decline: str | None = None) -> Object:
    """The bank said no."""
    outcome = _outcome("failed") | {"reason": decline, "seller_message": message}
    account.change(
        charge,
        status="failed",
        paid=False,
        captured=False,
        failure_code=code,
        failure_message=message,
        outcome=outcome,
    )
    account.emit("charge.failed", charge)
    return charge


def _details(method: Object) -> Object:
    if method["type"] == "card":
        card = blank_part(stripe.Charge.PaymentMethodDetails.Card)
        kept = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "checks")
        card |= {name: method["card"][name] for name in kept}
        card["network"] = method["card"]["brand"]
        return {"type": "card", "card": card}
    if method["type"] == "bacs_debit":
        debit = {**method["bacs_debit"], "expected_debit_date": None, "mandate": method.get("_mandate")}
        return {"type": "bacs_debit", "bacs_debit": debit}
    return {"type": method["type"], method["type"]: {}}


def _outcome(status: str) -> Object:
    outcome = blank_part(stripe.Charge.Outcome)
    if status == "failed":
        return outcome | {
            "network_status": "declined_by_network",
            "type": "issuer_declined",
            "risk_level": "normal",
        }
    return outcome | {
        "network_status": "approved_by_network",
        "type": "authorized",
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "Payment complete.",
    }
