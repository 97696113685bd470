"""Customers."""

from __future__ import annotations

from typing import Any

from dev.stripe_sandbox.account import Account
from dev.stripe_sandbox.errors import no_such
from dev.stripe_sandbox.resources.lists import merge_metadata, page
from dev.stripe_sandbox.store import Object

_PLAIN = (
    "name",
    "email",
    "phone",
    "description",
    "address",
    "preferred_locales",
    "business_name",
    "individual_name",
)


def create(account: Account, params: Object) -> Object:
    """POST /v1/customers."""
    customer = account.new(
        "customer",
        balance=0,
        delinquent=False,
        tax_exempt="none",
        invoice_settings={"custom_fields": None, "default_payment_method": None, "footer": None},
        preferred_locales=[],
        metadata=merge_metadata({}, params.get("metadata", {})),
    )
    account.change(customer, **_plain(params))
    account.emit("customer.created", customer)
    return customer


def retrieve(account: Account, _params: Object, identifier: str) -> Object:
    """GET /v1/customers/{id}; a deleted one is a stub."""
    customer = account.get("customer", identifier)
    return deleted(identifier) if customer.get("_deleted") else customer


def existing(account: Account, identifier: str) -> Object:
    """A customer that was not deleted. Raises ApiError 404."""
    customer = account.get("customer", identifier, param="customer")
    if customer.get("_deleted"):
        raise no_such("customer", identifier, param="customer")
    return customer


def list_all(account: Account, params: Object) -> Object:
    """GET /v1/customers, without deleted ones."""
    equal = {"email": params["email"]} if "email" in params else {}
    present = [customer for customer in account.all("customer", **equal) if not customer.get("_deleted")]
    return page(present, params, "/v1/customers")


def update(account: Account, params: Object, identifier: str) -> Object:
    """POST /v1/customers/{id}."""
    customer = account.get("customer", identifier)
    changes = _plain(params)
    if "metadata" in params:
        changes["metadata"] = merge_metadata(customer["metadata"], params["metadata"])
    if "invoice_settings" in params:
        changes["invoice_settings"] = {**customer["invoice_settings"], **params["invoice_settings"]}
    previous = {name: customer.get(name) for name in changes if customer.get(name) != changes[name]}
    account.change(customer, **changes)
    account.emit("customer.updated", customer, previous=previous)
    return customer


def delete(account: Account, _params: Object, identifier: str) -> Object:
    """DELETE /v1/customers/{id}: payment methods are detached."""
    customer = account.get("customer", identifier)
    account.change(customer, _deleted=True)
    account.emit("customer.deleted", customer)
    for method in account.all("payment_method", customer=identifier):
        account.change(method, customer=None)
    return deleted(identifier)


def deleted(identifier: str) -> Object:
    """What is left of a deleted customer."""
    return {"id": identifier, "object": "customer", "deleted": True}


def _plain(params: Object) -> dict[str, Any]:
    given = {name: params[name] for name in _PLAIN if name in params}
    if isinstance(given.get("address"), dict):
        names = ("city", "country", "line1", "line2", "postal_code", "state")
        given["address"] = {name: given["address"].get(name) for name in names}
    return {name: value if value != "" else None for name, value in given.items()}
