"""Payment intents: what the API does with them. How money is taken is in `taking.py`."""

from __future__ import annotations

import secrets

from dev.stripe_sandbox.account import Account, new_id, public
from dev.stripe_sandbox.errors import bad_request
from dev.stripe_sandbox.resources import customers, payment_methods, taking
from dev.stripe_sandbox.resources.lists import merge_metadata
from dev.stripe_sandbox.store import Object

SMALLEST = {"gbp": 30, "eur": 50, "usd": 50}
LARGEST = 99_999_999
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_COPIED = (
    "description",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
    "shipping",
)


def create(account: Account, params: Object) -> Object:
    """POST /v1/payment_intents, confirmed at once when asked."""
    intent = new(account, amount=params["amount"], currency=params["currency"], params=params)
    if params.get("confirm"):
        return _confirm_with(account, intent, params)
    if "payment_method" in params:
        method = payment_methods.find(account, params["payment_method"])
        account.change(intent, payment_method=method["id"], status="requires_confirmation")
    return intent


def new(
    account: Account, *, amount: int, currency: str, params: Object, types: list[str] | None = None
) -> Object:
    """A payment intent that waits for a payment method. Amount in pence."""
    check_amount(amount, currency, param="amount")
    if params.get("capture_method") == "manual":
        raise bad_request("The sandbox does not do manual capture.", param="capture_method")
    customer = params.get("customer")
    if customer:
        customers.existing(account, customer)
    types = types or offered_types(account, currency, params)
    identifier = new_id("pi")
    intent = account.new(
        "payment_intent",
        **{name: params.get(name) or None for name in _COPIED},
        id=identifier,
        amount=amount,
        amount_capturable=0,
        amount_received=0,
        currency=currency.lower(),
        customer=customer,
        metadata=merge_metadata({}, params.get("metadata") or {}),
        payment_method_types=types,
        allowed_payment_method_types=params.get("allowed_payment_method_types"),
        excluded_payment_method_types=params.get("excluded_payment_method_types"),
        automatic_payment_methods={"allow_redirects": "always", "enabled": True},
        status="requires_payment_method",
        capture_method="automatic_async",
        confirmation_method=params.get("confirmation_method", "automatic"),
        client_secret=f"{identifier}_secret_{secrets.token_hex(12)}",
        payment_method_options={},
    )
    account.emit("payment_intent.created", intent)
    return intent


def offered_types(account: Account, currency: str, params: Object) -> list[str]:
    """What the account offers for this currency, filtered as asked."""
    offered = account.setting("payment_method_types", ["card", "bacs_debit"])
    types = [t for t in offered if t == "card" or currency.lower() == "gbp"]
    if params.get("allowed_payment_method_types"):
        types = [t for t in types if t in params["allowed_payment_method_types"]]
    types = [t for t in types if t not in (params.get("excluded_payment_method_types") or [])]
    if not types:
        raise bad_request(
            "No valid payment method types for this request. Please ensure that you have activated payment "
            "methods compatible with the currency and filters you gave.",
            param="allowed_payment_method_types",
        )
    return types


def check_amount(amount: int, currency: str, *, param: str) -> None:
    """Raises ApiError for an amount Stripe does not take."""
    if amount < 1:
        raise bad_request(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=param
        )
    if amount < SMALLEST.get(currency.lower(), 1):
        least = f"£{SMALLEST['gbp'] / 100:.2f} gbp" if currency.lower() == "gbp" else "the minimum charge"
        raise bad_request(f"Amount must be at least {least}", code="amount_too_small", param=param)
    if amount > LARGEST:
        raise bad_request("Amount must be no more than £999,999.99", code="amount_too_large", param=param)


def confirm(account: Account, params: Object, identifier: str) -> Object:
    """POST /v1/payment_intents/{id}/confirm."""
    return _confirm_with(account, account.get("payment_intent", identifier), params)


def _confirm_with(account: Account, intent: Object, params: Object) -> Object:
    if intent.get("_session") or intent["status"] not in _OPEN:
        raise taking.unexpected_state(intent, "confirm")
    chosen = params.get("payment_method") or intent["payment_method"]
    data = params.get("payment_method_data")
    if data:
        method = payment_methods.create(account, {n: v for n, v in data.items() if n != "radar_options"})
    elif chosen:
        method = payment_methods.find(account, chosen)
    else:
        raise bad_request(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either "
            "update the PaymentIntent with a payment method and then confirm it again, or confirm it again "
            "directly with a payment method or ConfirmationToken.",
            code="payment_intent_unexpected_state",
            payment_intent=public(intent),
        )
    if method["type"] not in intent["payment_method_types"]:
        raise bad_request(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent."
        )
    if method["customer"] and method["customer"] != intent["customer"]:
        raise bad_request("The provided PaymentMethod belongs to a customer other than this PaymentIntent's.")
    if method.get("_detached"):
        raise bad_request(
            f"The provided PaymentMethod ({method['id']}) was detached and may not be used again."
        )
    account.change(intent, _return_url=params.get("return_url"))
    taking.take(account, intent, method, off_session=bool(params.get("off_session")))
    return intent


def cancel(account: Account, params: Object, identifier: str) -> Object:
    """POST /v1/payment_intents/{id}/cancel."""
    intent = account.get("payment_intent", identifier)
    if intent.get("_session"):
        raise bad_request(
            "You cannot cancel this PaymentIntent because it was created by a Checkout Session. Expire the "
            "Checkout Session instead.",
            code="payment_intent_unexpected_state",
            payment_intent=public(intent),
        )
    if intent["status"] not in _OPEN:
        raise taking.unexpected_state(intent, "cancel")
    return cancel_now(account, intent, params.get("cancellation_reason"))


def cancel_now(account: Account, intent: Object, reason: str | None) -> Object:
    """→ canceled."""
    account.change(
        intent, status="canceled", canceled_at=account.now(), cancellation_reason=reason, next_action=None
    )
    account.emit("payment_intent.canceled", intent)
    return intent
