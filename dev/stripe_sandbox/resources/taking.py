"""Taking money for a payment intent: paid, refused, a question of the bank, or days of waiting."""

from __future__ import annotations

from dev.stripe_sandbox.account import Account, public
from dev.stripe_sandbox.cards import refusal
from dev.stripe_sandbox.errors import CardError, bad_request
from dev.stripe_sandbox.resources import bank_payments, charges, disputes, payment_methods
from dev.stripe_sandbox.store import Object

NOT_AUTHENTICATED = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try "
    "again."
)


def take(
    account: Account,
    intent: Object,
    method: Object,
    *,
    off_session: bool = False,
    authenticated: bool = False,
) -> None:
    """Try to take the money. The intent is then succeeded, processing or requires_action.

    Raises CardError when the bank refuses; what was booked until then stays.
    """
    account.change(intent, payment_method=method["id"], next_action=None, last_payment_error=None)
    if method["type"] == "bacs_debit":
        bank_payments.start_debit(account, intent, method)
        return
    if method["type"] == "customer_balance":
        bank_payments.show_bank_details(account, intent)
        return
    card = payment_methods.card_of(method)
    set_up = bool(method.get("_set_up")) and not card.always_3ds
    if card.needs_3ds and not authenticated and not (off_session and set_up):
        if not off_session:
            ask_for_3ds(account, intent)
            return
        refuse(account, intent, method, decline="authentication_required")
    if card.decline:
        refuse(account, intent, method, decline=card.decline)
    charge = charges.attempt(account, intent, method, status="succeeded")
    succeed(account, intent, charge, method)
    if card.disputes:
        disputes.open_dispute(account, charge)


def succeed(account: Account, intent: Object, charge: Object, method: Object) -> None:
    """processing, requires_… → succeeded: the money is there."""
    charges.succeed(account, charge)
    account.change(
        intent, status="succeeded", amount_received=intent["amount"], next_action=None, processing=None
    )
    if intent["setup_future_usage"]:
        account.change(method, _set_up=True)
        if intent["customer"]:
            payment_methods.keep(account, method, intent["customer"])
    account.emit("payment_intent.succeeded", intent)
    charges.announce_booking(account, charge)


def refuse(account: Account, intent: Object, method: Object, *, decline: str) -> None:
    """A failed charge; the intent waits for another payment method. Raises CardError."""
    code, message = refusal(decline)
    charge = charges.attempt(account, intent, method, status="failed")
    charges.fail(account, charge, code=code, message=message, decline=decline)
    fail(account, intent, method, code=code, message=message, decline=decline, charge=charge["id"])
    raise CardError(
        message,
        code=code,
        decline_code=decline,
        charge=charge["id"],
        payment_intent=public(intent),
        payment_method=public(method),
    )


def fail(
    account: Account,
    intent: Object,
    method: Object,
    *,
    code: str,
    message: str,
    decline: str | None = None,
    charge: str | None = None,
) -> None:
    """→ requires_payment_method, with the reason on the intent."""
    error: Object = {"type": "card_error" if method["type"] == "card" else "invalid_request_error"}
    error |= {"code": code, "message": message, "payment_method": public(method)}
    error |= {"decline_code": decline} if decline else {}
    error |= {"charge": charge} if charge else {}
    account.change(
        intent,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        processing=None,
        last_payment_error=error,
    )
    account.emit("payment_intent.payment_failed", intent)


def ask_for_3ds(account: Account, intent: Object) -> None:
    """→ requires_action: the payer's bank wants to ask."""
    action = {
        "type": "redirect_to_url",
        "redirect_to_url": {
            "url": f"{account.base_url}/c/3ds/{intent['id']}",
            "return_url": intent.get("_return_url"),
        },
    }
    account.change(intent, status="requires_action", next_action=action)
    account.emit("payment_intent.requires_action", intent)


def answer_3ds(account: Account, intent: Object, *, passed: bool) -> None:
    """What the payer told the bank. Raises CardError when it failed or the card is refused."""
    if intent["status"] != "requires_action":
        raise unexpected_state(intent, "authenticate")
    method = account.get("payment_method", intent["payment_method"])
    if passed:
        take(account, intent, method, authenticated=True)
        return
    code = "payment_intent_authentication_failure"
    fail(account, intent, method, code=code, message=NOT_AUTHENTICATED)
    raise CardError(NOT_AUTHENTICATED, code=code, payment_intent=public(intent))


def unexpected_state(intent: Object, verb: str) -> Exception:
    """The refusal of a step that the status does not allow."""
    message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
    return bad_request(message, code="payment_intent_unexpected_state", payment_intent=public(intent))
