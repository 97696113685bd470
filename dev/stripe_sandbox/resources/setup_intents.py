"""Setup intents: save a payment method for later, with the payer's consent."""

from __future__ import annotations

import secrets

from dev.stripe_sandbox.account import Account, new_id, public
from dev.stripe_sandbox.cards import refusal
from dev.stripe_sandbox.errors import CardError, bad_request
from dev.stripe_sandbox.resources import customers, payment_methods
from dev.stripe_sandbox.resources.lists import merge_metadata
from dev.stripe_sandbox.resources.payment_intents import offered_types
from dev.stripe_sandbox.resources.taking import NOT_AUTHENTICATED
from dev.stripe_sandbox.store import Object

_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(account: Account, params: Object) -> Object:
    """POST /v1/setup_intents, confirmed at once when asked."""
    intent = new(account, params)
    if params.get("confirm"):
        return _confirm_with(account, intent, params)
    if "payment_method" in params:
        method = payment_methods.find(account, params["payment_method"])
        account.change(intent, payment_method=method["id"], status="requires_confirmation")
    return intent


def new(account: Account, params: Object, *, currency: str = "gbp") -> Object:
    """A setup intent that waits for a payment method."""
    customer = params.get("customer")
    if customer:
        customers.existing(account, customer)
    identifier = new_id("seti")
    intent = account.new(
        "setup_intent",
        id=identifier,
        customer=customer,
        description=params.get("description"),
        metadata=merge_metadata({}, params.get("metadata") or {}),
        payment_method_types=offered_types(account, currency, params),
        allowed_payment_method_types=params.get("allowed_payment_method_types"),
        automatic_payment_methods={"allow_redirects": "always", "enabled": True},
        usage=params.get("usage", "off_session"),
        status="requires_payment_method",
        client_secret=f"{identifier}_secret_{secrets.token_hex(12)}",
    )
    account.emit("setup_intent.created", intent)
    return intent


def confirm(account: Account, params: Object, identifier: str) -> Object:
    """POST /v1/setup_intents/{id}/confirm."""
    return _confirm_with(account, account.get("setup_intent", identifier), params)


def _confirm_with(account: Account, intent: Object, params: Object) -> Object:
    chosen = params.get("payment_method") or intent["payment_method"]
    if intent.get("_session") or intent["status"] not in _OPEN or not chosen:
        raise unexpected_state(intent, "confirm")
    account.change(intent, _return_url=params.get("return_url"))
    set_up(account, intent, payment_methods.find(account, chosen))
    return intent


def set_up(account: Account, intent: Object, method: Object, *, authenticated: bool = False) -> None:
    """→ succeeded, or requires_action for the bank's question. Raises CardError when the card is refused."""
    account.change(intent, payment_method=method["id"], next_action=None, last_setup_error=None)
    if method["type"] == "card":
        card = payment_methods.card_of(method)
        if card.needs_3ds and not authenticated:
            _ask_for_3ds(account, intent)
            return
        if card.decline:
            code, message = refusal(card.decline)
            fail(account, intent, method, code=code, message=message, decline=card.decline)
    account.change(method, _set_up=True)
    account.change(intent, status="succeeded")
    if intent["customer"]:
        payment_methods.keep(account, method, intent["customer"])
    account.emit("setup_intent.succeeded", intent)


def answer_3ds(account: Account, intent: Object, *, passed: bool) -> None:
    """What the payer told the bank. Raises CardError when it failed."""
    if intent["status"] != "requires_action":
        raise unexpected_state(intent, "authenticate")
    method = account.get("payment_method", intent["payment_method"])
    if passed:
        set_up(account, intent, method, authenticated=True)
        return
    message = NOT_AUTHENTICATED
    fail(account, intent, method, code="setup_intent_authentication_failure", message=message)


def fail(
    account: Account, intent: Object, method: Object, *, code: str, message: str, decline: str | None = None
) -> None:
    """→ requires_payment_method. Raises CardError."""
    error: Object = {"type": "card_error", "code": code, "message": message, "payment_method": public(method)}
    if decline:
        error["decline_code"] = decline
    account.change(
        intent,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_setup_error=error,
    )
    account.emit("setup_intent.setup_failed", intent)
    raise CardError(message, code=code, decline_code=decline, setup_intent=public(intent))


def cancel(account: Account, params: Object, identifier: str) -> Object:
    """POST /v1/setup_intents/{id}/cancel."""
    intent = account.get("setup_intent", identifier)
    if intent.get("_session") or intent["status"] not in _OPEN:
        raise unexpected_state(intent, "cancel")
    account.change(intent, status="canceled", cancellation_reason=params.get("cancellation_reason"))
    account.emit("setup_intent.canceled", intent)
    return intent


def _ask_for_3ds(account: Account, intent: Object) -> None:
    redirect = {"url": f"{account.base_url}/c/3ds/{intent['id']}", "return_url": intent.get("_return_url")}
    action = {"type": "redirect_to_url", "redirect_to_url": redirect}
    account.change(intent, status="requires_action", next_action=action)
    account.emit("setup_intent.requires_action", intent)


def unexpected_state(intent: Object, verb: str) -> Exception:
    """The refusal of a step that the status does not allow."""
    message = f"You cannot {verb} this SetupIntent because it has a status of {intent['status']}."
    return bad_request(message, code="setup_intent_unexpected_state", setup_intent=public(intent))
