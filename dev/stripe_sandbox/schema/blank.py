"""A blank object of a kind: every key Stripe would send, `null` where it may be null."""

from __future__ import annotations

import copy
import typing
from functools import cache
from types import UnionType
from typing import Any

from stripe._list_object import ListObject
from stripe._stripe_object import StripeObject

from .annotations import class_of, response_fields

_LEFT_OUT = {
    "charge": {"refunds"},
    "checkout.session": {"line_items"},
    "customer": {"cash_balance", "sources", "subscriptions", "tax", "tax_ids", "invoice_credit_balance"},
    "event": {"account", "context"},
    "webhook_endpoint": {"secret"},
}
"""Keys Stripe sends only when asked to expand them, or only at creation."""

_ONLY_OWN_TYPE = {"payment_method"}
"""Kinds with one optional hash per payment method type: only the one that applies is sent."""


def blank(kind: str) -> dict[str, Any]:
    """A new object of this kind with defaults everywhere."""
    return copy.deepcopy(_blank_kind(kind))


def blank_part(cls: type[StripeObject]) -> dict[str, Any]:
    """The same for a nested class of the SDK (`stripe.PaymentMethod.Card`)."""
    return {name: _default(expected) for name, expected in response_fields(cls).items()}


@cache
def _blank_kind(kind: str) -> dict[str, Any]:
    cls = class_of(kind)
    left_out = _LEFT_OUT.get(kind, set()) | {"deleted"}
    made = {name: value for name, value in blank_part(cls).items() if name not in left_out}
    if kind in _ONLY_OWN_TYPE:
        optional_types = {n for n, t in response_fields(cls).items() if _is_optional_object(t)}
        made = {name: value for name, value in made.items() if name not in optional_types}
    made["object"] = kind
    return made


def _is_optional_object(expected: Any) -> bool:
    args = typing.get_args(expected)
    objects = [arg for arg in args if isinstance(arg, type) and issubclass(arg, StripeObject)]
    return type(None) in args and str not in args and bool(objects)


def _default(expected: Any) -> Any:
    origin, args = typing.get_origin(expected), typing.get_args(expected)
    if origin in (typing.Union, UnionType):
        if type(None) in args:
            return None
        enums = [arg for arg in args if typing.get_origin(arg) is typing.Literal]
        return typing.get_args(enums[0])[0] if enums else _default(args[0])
    if origin is typing.Literal:
        return args[0]
    if origin is list:
        return []
    if origin is ListObject:
        return {"object": "list", "data": [], "has_more": False, "url": ""}
    if isinstance(expected, type) and issubclass(expected, StripeObject):
        return blank_part(expected) if response_fields(expected) else {}
    return {int: 0, str: "", bool: False, float: 0.0}.get(expected, {})
