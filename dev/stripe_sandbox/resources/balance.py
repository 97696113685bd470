"""Balance transactions (what Stripe books, with its fees), the balance, the account."""

from __future__ import annotations

from typing import Any

import stripe

from dev.stripe_sandbox.account import Account
from dev.stripe_sandbox.errors import ApiError
from dev.stripe_sandbox.resources.lists import page
from dev.stripe_sandbox.schema import blank, blank_part
from dev.stripe_sandbox.store import Object

DAYS_UNTIL_AVAILABLE = 3


def card_fee(amount: int) -> int:
    """1.5% + 20p, Stripe's price for UK cards, rounded half up, in pence."""
    return (amount * 15 + 500) // 1000 + 20


def bacs_fee(amount: int) -> int:
    """1%, at least 20p and at most £2, in pence."""
    return min(max((amount + 50) // 100, 20), 200)


def book(account: Account, *, kind: str, amount: int, fee: int, source: Object, category: str) -> Object:
    """Add a balance transaction: `amount` is signed, `fee` is taken from it."""
    detail = {
        "amount": fee,
        "application": None,
        "currency": source["currency"],
        "description": "Stripe dispute fee" if category == "dispute" else "Stripe processing fees",
        "type": "stripe_fee",
    }
    return account.new(
        "balance_transaction",
        type=kind,
        amount=amount,
        fee=fee,
        net=amount - fee,
        currency=source["currency"],
        source=source["id"],
        reporting_category=category,
        balance_type="payments",
        status="pending",
        available_on=account.now() + DAYS_UNTIL_AVAILABLE * 86400,
        fee_details=[detail] if fee else [],
    )


def settled(account: Account, entry: Object) -> Object:
    """The transaction as of now: available when its day has come."""
    return {**entry, "status": "available" if entry["available_on"] <= account.now() else "pending"}


def retrieve_transaction(account: Account, _params: Object, identifier: str) -> Object:
    """GET /v1/balance_transactions/{id}."""
    return settled(account, account.get("balance_transaction", identifier))


def list_transactions(account: Account, params: Object) -> Object:
    """GET /v1/balance_transactions."""
    equal = {name: params[name] for name in ("type", "source", "currency") if name in params}
    listed = page(account.all("balance_transaction", **equal), params, "/v1/balance_transactions")
    listed["data"] = [settled(account, entry) for entry in listed["data"]]
    return listed


def retrieve_balance(account: Account, _params: Object) -> Object:
    """GET /v1/balance: what is available, what is still on its way."""
    entries = [settled(account, entry) for entry in account.all("balance_transaction")]
    return {
        **blank("balance"),
        "livemode": account.is_live,
        "available": [_total(entries, "available")],
        "pending": [_total(entries, "pending")],
    }


def retrieve_own_account(account: Account, params: Object, identifier: str) -> Object:
    """GET /v1/accounts/{id}: only one's own."""
    if identifier != account.id:
        raise ApiError(
            403,
            f"The provided key does not have access to account '{identifier}' (or that account does not "
            "exist). Application access may have been revoked.",
            code="account_invalid",
        )
    return retrieve_account(account, params)


def retrieve_account(account: Account, _params: Object) -> Object:
    """GET /v1/account: whose key it is."""
    profile = blank_part(stripe.Account.BusinessProfile)
    profile["name"] = account.setting("business_name", "Sandbox business")
    return {
        **blank("account"),
        "id": account.id,
        "business_profile": profile,
        "type": "standard",
        "country": "GB",
        "default_currency": "gbp",
        "email": "owner@example.com",
        "charges_enabled": True,
        "payouts_enabled": True,
        "details_submitted": True,
        "created": 1735689600,
        "metadata": {},
        "capabilities": {"card_payments": "active", "bacs_debit_payments": "active", "transfers": "active"},
    }


def books(account: Account) -> dict[str, Any]:
    """What went through the account, in pence, for a reconciliation to compare with."""
    entries = account.all("balance_transaction")

    def total(name: str, *categories: str) -> int:
        return sum(entry[name] for entry in entries if entry["reporting_category"] in categories)

    charges = [c for c in account.all("charge") if c["status"] == "succeeded"]
    return {
        "account": account.name,
        "payments": len(charges),
        "charged": total("amount", "charge"),
        "refunded": -total("amount", "refund", "refund_failure"),
        "disputed": -total("amount", "dispute", "dispute_reversal"),
        "fees": sum(entry["fee"] for entry in entries),
        "net": sum(entry["net"] for entry in entries),
        "by_payment_intent": {
            charge["payment_intent"]: {
                "amount": charge["amount"],
                "refunded": charge["amount_refunded"],
                "disputed": charge["disputed"],
                "currency": charge["currency"],
            }
            for charge in charges
        },
    }


def _total(entries: list[Object], status: str) -> Object:
    amount = sum(entry["net"] for entry in entries if entry["status"] == status)
    return {"amount": amount, "currency": "gbp", "source_types": {"card": amount}}
