"""The hosted pages: what a payer's browser asks for and sends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from . import pages
from .account import Account
from .api import Api
from .cards import find_card
from .errors import ApiError
from .resources import checkout, checkout_payer
from .resources.checkout_payer import Outcome
from .store import Object


@dataclass(frozen=True)
class Page:
    status: int
    html: str = ""
    location: str | None = None


_KINDS = {
    "pay": ("checkout.session",),
    "3ds": ("payment_intent", "setup_intent"),
    "receipt": ("payment_intent",),
}


class HostedPages:
    """/c/pay/<session>, /c/3ds/<intent> and /c/receipt/<payment intent>."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def handle(self, method: str, path: str, query: str, body: bytes) -> Page:
        """The page for a request; posts change things under the store's lock, one at a time."""
        form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        asked = dict(parse_qsl(query))
        found = re.fullmatch(r"/c/(pay|3ds|receipt)/(\w+)", path)
        with self.api.store.transaction():
            thing = self.api.store.find(found[2]) if found else None
            if found is None or thing is None or thing[1]["object"] not in _KINDS[found[1]]:
                text = "There is nothing to pay at this address."
                return Page(
                    404, pages.message_page(business="Stripe sandbox", heading="Not found", text=text)
                )
            account = self.api.account(thing[0])
            checkout.expire_due(account)
            sent = form if method == "POST" else None
            if found[1] == "pay":
                page = self._pay(account, found[2], sent, asked)
            elif found[1] == "3ds":
                page = self._three_d_secure(account, found[2], sent)
            else:
                page = _receipt(account, thing[1])
            self.api.check_events(account, f"{method} {path}")
            return page

    def _pay(
        self, account: Account, identifier: str, form: dict[str, str] | None, asked: dict[str, str]
    ) -> Page:
        session = account.get("checkout.session", identifier)
        if session["status"] != "open":
            return self._closed(account, session, 200 if form is None else 409)
        chosen = (form or asked).get("method", "card")
        chosen = chosen if chosen in session["payment_method_types"] else session["payment_method_types"][0]
        if form is None:
            return Page(200, self._form(account, session, chosen, {}, ""))
        try:
            outcome = _pay_with(account, session, chosen, form)
        except ApiError as error:
            return Page(422, self._form(account, session, chosen, form, str(error)))
        if outcome.status == "refused":
            return Page(402, self._form(account, session, chosen, form, outcome.message))
        return Page(303, location=outcome.location)

    def _three_d_secure(self, account: Account, identifier: str, form: dict[str, str] | None) -> Page:
        kind = "setup_intent" if identifier.startswith("seti_") else "payment_intent"
        intent = account.get(kind, identifier)
        business = _business(account)
        session = account.get("checkout.session", intent["_session"]) if intent.get("_session") else None
        if session is not None and session["status"] != "open":
            return self._closed(account, session, 200 if form is None else 409)
        if intent["status"] != "requires_action":
            text = "Your bank has no more questions about this payment."
            return Page(409, pages.message_page(business=business, heading="Already answered", text=text))
        if form is None:
            amount = pages.money(intent["amount"], intent["currency"]) if "amount" in intent else ""
            return Page(200, pages.three_d_secure_page(business=business, amount=amount))
        outcome = checkout_payer.answer_3ds(account, intent, passed=form.get("answer") == "complete")
        if outcome.status == "refused" and session is not None:
            return Page(402, self._form(account, session, "card", {}, outcome.message))
        return Page(303, location=outcome.location)

    def _form(self, account: Account, session: Object, method: str, typed: dict[str, str], error: str) -> str:
        return pages.pay_page(session, business=_business(account), method=method, typed=typed, error=error)

    def _closed(self, account: Account, session: Object, status: int) -> Page:
        link: tuple[str, str] | None
        if session["status"] == "complete":
            heading, text = "You are all done here", "This payment has been made. It cannot be made twice."
            if session["mode"] == "setup":
                text = "Your details have been saved."
            link = ("Continue", checkout_payer.success_location(session))
        else:
            heading = "This page has expired"
            text = "This payment page is no longer open. Nothing was charged."
            link = ("Go back", session["cancel_url"]) if session["cancel_url"] else None
        return Page(
            status, pages.message_page(business=_business(account), heading=heading, text=text, link=link)
        )


def _receipt(account: Account, intent: Object) -> Page:
    text = f"{pages.money(intent['amount_received'], intent['currency'])} received. Thank you."
    return Page(200, pages.message_page(business=_business(account), heading="Receipt", text=text))


def _pay_with(account: Account, session: Object, method: str, form: dict[str, str]) -> Outcome:
    """Raises ApiError for what the payer typed wrong."""
    name, email = form.get("name", "").strip(), form.get("email", "").strip()
    if method == "bacs_debit":
        _require(name, "Enter the name of the account holder.")
        sort_code, number = form.get("sort_code", ""), form.get("account_number", "")
        return checkout_payer.pay_by_bacs(
            account, session, sort_code=sort_code, number=number, name=name, email=email
        )
    card = find_card(form.get("number", ""))
    month, year = _expiry(form.get("expiry", ""), account.now())
    _require(
        re.fullmatch(r"[0-9]{3,4}", form.get("cvc", "").strip()), "Your card's security code is incomplete."
    )
    _require(name, "Enter the name on the card.")
    return checkout_payer.pay_by_card(account, session, card, month=month, year=year, name=name, email=email)


def _expiry(text: str, now: int) -> tuple[int, int]:
    found = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*[/ -]?\s*(?:20)?([0-9]{2})\s*", text)
    if found is None:
        raise ApiError(422, "Your card's expiry date is incomplete.")
    month, year = int(found[1]), 2000 + int(found[2])
    today = datetime.fromtimestamp(now, UTC)
    _require((year, month) >= (today.year, today.month), "Your card's expiry date is in the past.")
    return month, year


def _require(fulfilled: object, message: str) -> None:
    if not fulfilled:
        raise ApiError(422, message)


def _business(account: Account) -> str:
    return str(account.setting("business_name", "Sandbox business"))
