"""Cards, Bacs debits and bank transfers that people pay with."""

from __future__ import annotations

import hashlib
from typing import Any

import stripe

from dev.stripe_sandbox.account import Account
from dev.stripe_sandbox.cards import BY_NUMBER, BY_TOKEN, Card, find_card
from dev.stripe_sandbox.errors import bad_request
from dev.stripe_sandbox.resources import customers
from dev.stripe_sandbox.resources.lists import merge_metadata, page
from dev.stripe_sandbox.schema import blank_part
from dev.stripe_sandbox.store import Object

_CAN_BE_KEPT = {"card", "bacs_debit"}


def create(account: Account, params: Object) -> Object:
    """POST /v1/payment_methods."""
    kind = params.get("type")
    billing = params.get("billing_details")
    metadata = merge_metadata({}, params.get("metadata", {}))
    if kind == "card":
        given = params.get("card", {})
        if "token" in given:
            raise bad_request(
                "The sandbox takes card numbers and pm_card_… names, no tokens.", param="card[token]"
            )
        number, month, year = given.get("number", ""), given.get("exp_month", 0), given.get("exp_year", 0)
        made = new_card(account, find_card(number), month=month, year=year, billing=billing)
    elif kind == "bacs_debit":
        given = params.get("bacs_debit", {})
        made = new_bacs(account, given.get("sort_code", ""), given.get("account_number", ""), billing=billing)
    elif kind == "customer_balance":
        made = account.new(
            "payment_method", type=kind, customer_balance={}, billing_details=_billing(billing)
        )
    else:
        raise bad_request(f"The sandbox knows no payment method of type {kind}.", param="type")
    return account.change(made, metadata=metadata)


def new_card(
    account: Account, card: Card, *, month: int = 12, year: int = 2034, billing: Any = None
) -> Object:
    """A payment method for one of the test cards."""
    details = blank_part(stripe.PaymentMethod.Card)
    details |= {
        "brand": card.brand,
        "display_brand": card.brand,
        "last4": card.last4,
        "exp_month": month,
        "exp_year": year,
        "country": "GB",
        "funding": "credit",
        "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "networks": {"available": [card.brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
    }
    return account.new(
        "payment_method",
        type="card",
        card=details,
        billing_details=_billing(billing),
        allow_redisplay="unspecified",
        metadata={},
        _number=card.number,
    )


def new_bacs(account: Account, sort_code: str, number: str, *, billing: Any = None) -> Object:
    """A Bacs debit. Raises ApiError for details that are none."""
    sort_code, number = sort_code.replace("-", "").replace(" ", ""), number.replace(" ", "")
    if not (sort_code.isdigit() and len(sort_code) == 6):
        raise bad_request("Invalid sort code.", code="invalid_bacs_sort_code", param="bacs_debit[sort_code]")
    if not (number.isdigit() and len(number) == 8):
        raise bad_request(
            "Invalid account number.", code="account_number_invalid", param="bacs_debit[account_number]"
        )
    details = {
        "fingerprint": hashlib.sha256(f"{sort_code}{number}".encode()).hexdigest()[:16],
        "last4": number[-4:],
        "sort_code": sort_code,
    }
    billing_details = _billing(billing)
    return account.new(
        "payment_method",
        type="bacs_debit",
        bacs_debit=details,
        billing_details=billing_details,
        allow_redisplay="unspecified",
        metadata={},
    )


def card_of(method: Object) -> Card:
    """The test card behind a payment method, which knows how it behaves."""
    return BY_NUMBER[method["_number"]]


def find(account: Account, identifier: str) -> Object:
    """A payment method by id, or a new one for Stripe's names (`pm_card_visa`)."""
    if identifier in BY_TOKEN:
        return new_card(account, BY_NUMBER[BY_TOKEN[identifier]])
    return account.get("payment_method", identifier, param="payment_method")


def attach(account: Account, params: Object, identifier: str) -> Object:
    """POST /v1/payment_methods/{id}/attach."""
    method = find(account, identifier)
    customer = params.get("customer", "")
    customers.existing(account, customer)
    if method["customer"] not in (None, customer):
        raise bad_request("The payment method you provided has already been attached to a customer.")
    return keep(account, method, customer)


def keep(account: Account, method: Object, customer: str) -> Object:
    """Attach a payment method to a customer, unless it is already or cannot be."""
    if method["type"] in _CAN_BE_KEPT and method["customer"] != customer:
        account.change(method, customer=customer)
        account.emit("payment_method.attached", method)
    return method


def detach(account: Account, _params: Object, identifier: str) -> Object:
    """POST /v1/payment_methods/{id}/detach: it may not be used again."""
    method = account.get("payment_method", identifier)
    if method["customer"] is None:
        raise bad_request(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    customer = method["customer"]
    account.change(method, customer=None, _detached=True)
    account.emit("payment_method.detached", method, previous={"customer": customer})
    return method


def of_customer(account: Account, params: Object, customer: str) -> Object:
    """GET /v1/customers/{id}/payment_methods."""
    account.get("customer", customer)
    equal = {"type": params["type"]} if "type" in params else {}
    methods = account.all("payment_method", customer=customer, **equal)
    return page(methods, params, f"/v1/customers/{customer}/payment_methods")


def list_all(account: Account, params: Object) -> Object:
    """GET /v1/payment_methods: the attached ones."""
    equal = {name: params[name] for name in ("customer", "type") if name in params}
    attached = [method for method in account.all("payment_method", **equal) if method["customer"]]
    return page(attached, params, "/v1/payment_methods")


def _billing(given: Any) -> Object:
    given = given or {}
    address = given.get("address") or {}
    names = ("city", "country", "line1", "line2", "postal_code", "state")
    details = blank_part(stripe.PaymentMethod.BillingDetails)
    details |= {name: given.get(name) or None for name in ("email", "name", "phone")}
    details["address"] = {name: address.get(name) for name in names}
    return details
