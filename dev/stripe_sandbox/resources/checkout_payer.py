"""What a payer does with a Checkout session: pay, answer the bank, save a card."""

from __future__ import annotations

from dataclasses import dataclass

from dev.stripe_sandbox.account import Account
from dev.stripe_sandbox.cards import Card
from dev.stripe_sandbox.errors import CardError, bad_request
from dev.stripe_sandbox.resources import (
    customers,
    payment_intents,
    payment_methods,
    setup_intents,
    taking,
)
from dev.stripe_sandbox.store import Object


@dataclass(frozen=True)
class Outcome:
    """Where the payer goes next, or why they stay. `status` is done, action or refused."""

    status: str
    location: str = ""
    message: str = ""


def pay_by_card(
    account: Account, session: Object, card: Card, *, month: int, year: int, name: str, email: str = ""
) -> Outcome:
    """The payer sends the card form."""
    billing = {"name": name, "email": email or _email(session)}
    method = payment_methods.new_card(account, card, month=month, year=year, billing=billing)
    return _use(account, session, method)


def pay_by_bacs(
    account: Account, session: Object, *, sort_code: str, number: str, name: str, email: str = ""
) -> Outcome:
    """The payer agrees to a Direct Debit: complete, but not paid yet."""
    billing = {"name": name, "email": email or _email(session)}
    method = payment_methods.new_bacs(account, sort_code, number, billing=billing)
    return _use(account, session, method)


def answer_3ds(account: Account, intent: Object, *, passed: bool) -> Outcome:
    """The payer answers the bank's question."""
    session = account.get("checkout.session", intent["_session"]) if intent.get("_session") else None
    resource = taking if intent["object"] == "payment_intent" else setup_intents
    try:
        resource.answer_3ds(account, intent, passed=passed)
    except CardError as error:
        if session is None:
            return Outcome("done", intent.get("_return_url") or "/")
        return Outcome("refused", session["url"], str(error))
    if session is None:
        return Outcome("done", intent.get("_return_url") or "/")
    return _after(account, session, intent)


def success_location(session: Object) -> str:
    """Where a payer who is done is sent."""
    location: str = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
    return location


def _use(account: Account, session: Object, method: Object) -> Outcome:
    if session["status"] != "open":
        raise bad_request("This Checkout Session is no longer open.")
    if method["type"] not in session["payment_method_types"]:
        raise bad_request("This way to pay is not offered here.")
    _remember_payer(account, session, method)
    intent = _intent(account, session)
    try:
        if session["mode"] == "setup":
            setup_intents.set_up(account, intent, method)
        else:
            taking.take(account, intent, method)
    except CardError as error:
        return Outcome("refused", message=str(error))
    return _after(account, session, intent)


def _intent(account: Account, session: Object) -> Object:
    """The session's intent; in payment mode it is made with the first attempt."""
    if session["mode"] == "setup":
        return account.get("setup_intent", session["setup_intent"])
    if session["payment_intent"]:
        return account.get("payment_intent", session["payment_intent"])
    intent = payment_intents.new(
        account,
        amount=session["amount_total"],
        currency=session["currency"],
        params={**session["_intent_params"], "customer": session["customer"]},
        types=session["payment_method_types"],
    )
    account.change(intent, _session=session["id"])
    account.change(session, payment_intent=intent["id"])
    return intent


def _after(account: Account, session: Object, intent: Object) -> Outcome:
    if intent["status"] == "requires_action":
        return Outcome("action", f"/c/3ds/{intent['id']}")
    paid = intent["status"] == "succeeded"
    payment_status = "no_payment_required" if session["mode"] == "setup" else "paid" if paid else "unpaid"
    account.change(session, status="complete", url=None, payment_status=payment_status)
    account.emit("checkout.session.completed", session)
    return Outcome("done", success_location(session))


def _remember_payer(account: Account, session: Object, method: Object) -> None:
    billing = method["billing_details"]
    details = session["customer_details"] or {"tax_exempt": "none", "tax_ids": None, "phone": None}
    details |= {"name": billing["name"], "email": billing["email"] or details.get("email")}
    details["address"] = {**billing["address"], "country": "GB"}
    account.change(session, customer_details=details)
    if not session["customer"] and _wants_customer(session):
        made = customers.create(account, {n: details[n] for n in ("name", "email") if details[n]})
        account.change(session, customer=made["id"])
        if session["setup_intent"]:
            account.change(account.get("setup_intent", session["setup_intent"]), customer=made["id"])


def _wants_customer(session: Object) -> bool:
    """Asked for, or needed to keep the payment method."""
    keeps = session.get("_intent_params", {}).get("setup_future_usage")
    return session["customer_creation"] == "always" or bool(keeps)


def _email(session: Object) -> str | None:
    return session["customer_email"] or (session["customer_details"] or {}).get("email")
