"""Checkout sessions: what the API does with them. What the payer does is in `checkout_payer.py`."""

from __future__ import annotations

import secrets
from typing import Any

import stripe

from dev.stripe_sandbox.account import Account, new_id
from dev.stripe_sandbox.errors import bad_request
from dev.stripe_sandbox.resources import customers, payment_intents, setup_intents
from dev.stripe_sandbox.resources.lists import merge_metadata, page
from dev.stripe_sandbox.schema import blank, blank_part
from dev.stripe_sandbox.store import Object

LONGEST = 24 * 3600
SHORTEST = 30 * 60
_NOT_DONE = (
    "automatic_tax",
    "custom_fields",
    "discounts",
    "invoice_creation",
    "optional_items",
    "shipping_address_collection",
    "shipping_options",
    "subscription_data",
    "tax_id_collection",
)
_COPIED = (
    "allowed_payment_method_types",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "excluded_payment_method_types",
    "locale",
    "submit_type",
    "success_url",
)


def create(account: Account, params: Object) -> Object:
    """POST /v1/checkout/sessions."""
    for name in _NOT_DONE:
        if name in params:
            raise bad_request(f"The sandbox does not do {name}.", param=name)
    mode = params.get("mode", "payment")
    if mode == "subscription" or params.get("ui_mode", "hosted_page") != "hosted_page":
        raise bad_request("The sandbox does hosted pages in the modes payment and setup.", param="mode")
    if not params.get("success_url"):
        raise bad_request(
            "Missing required param: success_url.", code="parameter_missing", param="success_url"
        )
    if params.get("customer"):
        customers.existing(account, params["customer"])
    return _payment(account, params) if mode == "payment" else _setup(account, params)


def _payment(account: Account, params: Object) -> Object:
    items = [_line_item(account, entry, place) for place, entry in enumerate(params.get("line_items", []))]
    if not items:
        raise bad_request(
            "The `line_items` parameter is required in payment mode.",
            code="parameter_missing",
            param="line_items",
        )
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise bad_request("All line items must have the same currency.", param="line_items")
    total, currency = sum(item["amount_total"] for item in items), currencies.pop()
    payment_intents.check_amount(total, currency, param="line_items")
    if (params.get("payment_intent_data") or {}).get("capture_method") == "manual":
        raise bad_request(
            "The sandbox does not do manual capture.", param="payment_intent_data[capture_method]"
        )
    details = blank_part(stripe.checkout.Session.TotalDetails)
    return _new(
        account,
        params,
        mode="payment",
        currency=currency,
        amount_total=total,
        amount_subtotal=total,
        payment_status="unpaid",
        total_details={name: value for name, value in details.items() if name != "breakdown"},
        _items=items,
        _intent_params=params.get("payment_intent_data") or {},
    )


def _setup(account: Account, params: Object) -> Object:
    if params.get("line_items"):
        raise bad_request("You can not pass `line_items` in `setup` mode.", param="line_items")
    if not params.get("currency") and not params.get("allowed_payment_method_types"):
        raise bad_request("Missing required param: currency.", code="parameter_missing", param="currency")
    data = {**(params.get("setup_intent_data") or {}), "customer": params.get("customer")}
    currency = params.get("currency") or "gbp"
    data["allowed_payment_method_types"] = params.get("allowed_payment_method_types")
    intent = setup_intents.new(account, data, currency=currency)
    session = _new(
        account,
        params,
        mode="setup",
        currency=params.get("currency"),
        payment_status="no_payment_required",
        setup_intent=intent["id"],
        _items=[],
    )
    account.change(intent, _session=session["id"])
    return session


def _new(account: Account, params: Object, **fields: Any) -> Object:
    identifier = new_id("cs_live" if account.is_live else "cs_test", 58)
    fields |= {name: params.get(name) for name in _COPIED}
    creation = params.get("customer_creation", "if_required")
    return account.new(
        "checkout.session",
        prefix="cs",
        id=identifier,
        status="open",
        ui_mode="hosted_page",
        customer=params.get("customer"),
        customer_creation=None if params.get("customer") else creation,
        customer_details=_known_details(account, params),
        expires_at=_expiry(account, params),
        metadata=merge_metadata({}, params.get("metadata") or {}),
        payment_method_types=payment_intents.offered_types(account, fields.get("currency") or "gbp", params),
        payment_method_collection="if_required" if fields["mode"] == "payment" else "always",
        payment_method_options={},
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        phone_number_collection={"enabled": False},
        integration_identifier=secrets.token_hex(8),
        url=f"{account.base_url}/c/pay/{identifier}",
        **fields,
    )


def _known_details(account: Account, params: Object) -> Object | None:
    details = blank_part(stripe.checkout.Session.CustomerDetails) | {"tax_exempt": "none", "tax_ids": None}
    if params.get("customer"):
        customer = account.get("customer", params["customer"])
        return details | {name: customer[name] for name in ("email", "name", "phone")}
    return details | {"email": params["customer_email"]} if params.get("customer_email") else None


def _expiry(account: Account, params: Object) -> int:
    expires_at: int = params.get("expires_at", account.now() + LONGEST)
    if not account.now() + SHORTEST - 60 <= expires_at <= account.now() + LONGEST + 60:
        raise bad_request(
            "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from Checkout "
            "Session creation.",
            param="expires_at",
        )
    return expires_at


def _line_item(account: Account, entry: Object, place: int) -> Object:
    data = entry.get("price_data")
    path = f"line_items[{place}]"
    if data is None:
        raise bad_request("The sandbox knows no stored prices: give price_data.", param=f"{path}[price]")
    if "product_data" not in data or "unit_amount" not in data:
        missing = "product_data" if "product_data" not in data else "unit_amount"
        raise bad_request(
            f"Missing required param: {path}[price_data][{missing}].",
            code="parameter_missing",
            param=f"{path}[price_data][{missing}]",
        )
    quantity = entry.get("quantity", 1)
    if data["unit_amount"] < 0 or quantity < 1:
        raise bad_request("Invalid non-negative integer", code="parameter_invalid_integer", param=path)
    price = blank("price") | {
        "id": new_id("price"),
        "active": False,
        "created": account.now(),
        "currency": data["currency"].lower(),
        "livemode": account.is_live,
        "product": new_id("prod", 14),
        "tax_behavior": data.get("tax_behavior", "unspecified"),
        "type": "one_time",
        "unit_amount": data["unit_amount"],
        "unit_amount_decimal": str(data["unit_amount"]),
    }
    amount = data["unit_amount"] * quantity
    return blank("item") | {
        "id": new_id("li"),
        "amount_subtotal": amount,
        "amount_total": amount,
        "currency": price["currency"],
        "description": data["product_data"]["name"],
        "price": price,
        "quantity": quantity,
        "metadata": {},
        "adjustable_quantity": None,
        "discounts": None,
        "taxes": None,
    }


def expire(account: Account, _params: Object, identifier: str) -> Object:
    """POST /v1/checkout/sessions/{id}/expire."""
    session = account.get("checkout.session", identifier, param="session")
    if session["status"] != "open":
        raise bad_request(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a '
            f"status of {session['status']}.",
        )
    return expire_now(account, session)


def expire_now(account: Account, session: Object) -> Object:
    """Open → expired; what was begun is cancelled."""
    account.change(session, status="expired", url=None)
    if session["payment_intent"]:
        payment_intents.cancel_now(
            account, account.get("payment_intent", session["payment_intent"]), "expired"
        )
    account.emit("checkout.session.expired", session)
    return session


def expire_due(account: Account) -> None:
    """Close every session whose time is over."""
    for row in account.store.rows(
        "SELECT id FROM objects WHERE account = ? AND kind = 'checkout.session'"
        " AND json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= ?",
        account.name,
        account.now(),
    ):
        expire_now(account, account.get("checkout.session", row["id"]))


def update(account: Account, params: Object, identifier: str) -> Object:
    """POST /v1/checkout/sessions/{id}: metadata only."""
    session = account.get("checkout.session", identifier, param="session")
    unknown = sorted(set(params) - {"metadata"})
    if unknown:
        raise bad_request(f"The sandbox does not change {unknown[0]}.", param=unknown[0])
    return account.change(session, metadata=merge_metadata(session["metadata"], params.get("metadata", {})))


def line_items(account: Account, params: Object, identifier: str) -> Object:
    """GET /v1/checkout/sessions/{id}/line_items."""
    session = account.get("checkout.session", identifier, param="session")
    return page(session["_items"], params, f"/v1/checkout/sessions/{identifier}/line_items")


def list_all(account: Account, params: Object) -> Object:
    """GET /v1/checkout/sessions."""
    equal = {n: params[n] for n in ("payment_intent", "customer", "status") if n in params}
    sessions = account.all("checkout.session", **equal)
    email = (params.get("customer_details") or {}).get("email")
    if email:
        sessions = [s for s in sessions if (s["customer_details"] or {}).get("email") == email]
    return page(sessions, params, "/v1/checkout/sessions")
