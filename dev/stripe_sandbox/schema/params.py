"""Checks and converts the parameters of a request with the SDK's TypedDict of that request.

Stripe takes form fields: everything arrives as text. What comes out has integers and booleans
where the TypedDict says so.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from types import UnionType
from typing import Any

import typing_extensions

from dev.stripe_sandbox.errors import ApiError, bad_request

from .annotations import param_fields

_WRAPPERS = (typing.NotRequired, typing.Required, typing_extensions.NotRequired, typing_extensions.Required)


def parse_params(params: dict[str, Any], cls: type) -> dict[str, Any]:
    """The parameters, converted. Raises ApiError as Stripe does for unknown, missing or wrong ones."""
    if "payment_method_types" in params:
        raise bad_request(
            "Received unknown parameter: payment_method_types. Use allowed_payment_method_types or "
            "excluded_payment_method_types to filter dynamic payment methods.",
            code="parameter_unknown",
            param="payment_method_types",
        )
    parsed: dict[str, Any] = _parse_map(params, cls, "")
    return parsed


def _parse(value: Any, expected: Any, path: str) -> Any:
    origin, args = typing.get_origin(expected), typing.get_args(expected)
    if origin in _WRAPPERS:
        return _parse(value, args[0], path)
    if origin in (typing.Union, UnionType):
        return _parse_union(value, args, path)
    if origin is typing.Literal:
        return _parse_enum(value, args, path)
    if origin is list:
        return _parse_list(value, args[0], path)
    if typing_extensions.is_typeddict(expected):
        return _parse_map(value, expected, path)
    if expected in _PLAIN:
        return _PLAIN[expected](value, path)
    if not isinstance(value, dict):  # metadata and the like
        raise bad_request("Invalid object", code="parameter_invalid_object", param=path)
    return value


def _parse_union(value: Any, options: tuple[Any, ...], path: str) -> Any:
    enums = [option for option in options if typing.get_origin(option) is typing.Literal]
    if any(value in typing.get_args(enum) for enum in enums):
        return value
    open_enum = next((enum for enum in enums if typing.get_args(enum) != ("",)), None)
    # The SDK leaves enums open with "| str"; Stripe itself refuses what it does not know
    ignored = [*enums, type(None), *([str] if open_enum else [])]
    first_error = None
    for option in [option for option in options if option not in ignored]:
        try:
            return _parse(value, option, path)
        except ApiError as error:
            first_error = first_error or error
    if open_enum:
        return _parse_enum(value, typing.get_args(open_enum), path)
    raise first_error or bad_request(f"Invalid {path}", param=path)


def _parse_enum(value: Any, known: tuple[Any, ...], path: str) -> Any:
    by_text = {str(option).lower() if isinstance(option, bool) else str(option): option for option in known}
    if not isinstance(value, str) or value not in by_text:
        names = ", ".join(by_text)
        raise bad_request(f"Invalid {path}: must be one of {names}", param=path)
    return by_text[value]


def _parse_list(value: Any, item: Any, path: str) -> list[Any]:
    if value == "":
        return []
    if not isinstance(value, list):
        raise bad_request("Invalid array", code="parameter_invalid_array", param=path)
    return [_parse(entry, item, f"{path}[{index}]") for index, entry in enumerate(value)]


def _parse_map(value: Any, cls: type, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise bad_request("Invalid object", code="parameter_invalid_object", param=path)
    fields = param_fields(cls)

    def inside(name: str) -> str:
        return f"{path}[{name}]" if path else name

    for name in value:
        if name not in fields:
            raise bad_request(
                f"Received unknown parameter: {inside(name)}", code="parameter_unknown", param=inside(name)
            )
    for name in sorted(getattr(cls, "__required_keys__", frozenset()) & set(fields)):
        if name not in value:
            raise bad_request(
                f"Missing required param: {inside(name)}.", code="parameter_missing", param=inside(name)
            )
    return {name: _parse(entry, fields[name], inside(name)) for name, entry in value.items()}


def _parse_integer(value: Any, path: str) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise bad_request(f"Invalid integer: {value}", code="parameter_invalid_integer", param=path)
    return int(value)


def _parse_boolean(value: Any, path: str) -> bool:
    if value not in ("true", "false"):
        raise bad_request(f"Invalid boolean: {value}", param=path)
    return bool(value == "true")


def _parse_decimal(value: Any, path: str) -> str:
    try:
        Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        raise bad_request(f"Invalid decimal: {value}", param=path) from None
    return str(value)


def _parse_string(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise bad_request(f"Invalid string: {value}", code="parameter_invalid_string", param=path)
    return value


_PLAIN: dict[type, Callable[[Any, str], Any]] = {
    str: _parse_string,
    int: _parse_integer,
    bool: _parse_boolean,
    float: _parse_decimal,
    Decimal: _parse_decimal,
}
