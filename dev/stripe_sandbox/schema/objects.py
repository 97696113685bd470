"""Checks an object the sandbox is about to send against the SDK's class of that object."""

from __future__ import annotations

import typing
from decimal import Decimal
from types import UnionType
from typing import Any

from stripe._list_object import ListObject
from stripe._stripe_object import StripeObject, UntypedStripeObject

from .annotations import class_of, is_known_kind, response_fields

Findings = list[str]


def check_object(value: dict[str, Any]) -> Findings:
    """What is wrong with an object (or list of objects), one line each; empty when nothing is."""
    kind = value.get("object")
    if kind == "list":
        return [line for item in value.get("data", []) for line in check_object(item)]
    if value.get("deleted") is True:
        return (
            [] if {"id", "object", "deleted"} == set(value) else [f"{kind}: unknown field in deleted object"]
        )
    if not is_known_kind(kind):
        return [f"unknown object kind {kind!r}"]
    findings = _check(value, class_of(str(kind)), str(kind))
    if kind == "event":
        findings += check_object(value["data"]["object"])
    return findings


def _check(value: Any, expected: Any, path: str) -> Findings:
    origin = typing.get_origin(expected)
    if expected is Any or isinstance(expected, typing.TypeVar):
        return []
    if origin in (typing.Union, UnionType):
        return _check_union(value, typing.get_args(expected), path)
    if origin is typing.Literal:
        known = typing.get_args(expected)
        return [] if value in known else [f"{path}: {value!r} is not one of {known}"]
    if origin is list:
        return _check_list(value, typing.get_args(expected)[0], path)
    if origin is ListObject:
        return _check_list_object(value, typing.get_args(expected)[0], path)
    if origin in (dict, UntypedStripeObject) or expected is UntypedStripeObject:
        return [] if isinstance(value, dict) else [f"{path}: expected a map"]
    if isinstance(expected, type) and issubclass(expected, StripeObject):
        return _check_fields(value, expected, path)
    return _check_plain(value, expected, path)


def _check_union(value: Any, options: tuple[Any, ...], path: str) -> Findings:
    if value is None:
        return [] if type(None) in options else [f"{path}: null is not allowed"]
    enums = [option for option in options if typing.get_origin(option) is typing.Literal]
    if enums:  # the SDK keeps enums open with "| str"; the sandbox sends known values only
        return _check(value, enums[0], path)
    best: Findings | None = None
    for option in options:
        if option is type(None):
            continue
        findings = _check(value, option, path)
        if not findings:
            return []
        if best is None or len(findings) < len(best):
            best = findings
    return best or [f"{path}: unexpected value"]


def _check_fields(value: Any, cls: type[StripeObject], path: str) -> Findings:
    if not isinstance(value, dict):
        return [f"{path}: expected {cls.__name__}, got {type(value).__name__}"]
    fields = response_fields(cls)
    findings = [f"{path}.{name}: unknown field" for name in value if name not in fields]
    for name, expected in fields.items():
        if name in value:
            findings += _check(value[name], expected, f"{path}.{name}")
        elif type(None) not in typing.get_args(expected):
            findings.append(f"{path}.{name}: missing")
    return findings


def _check_list(value: Any, item: Any, path: str) -> Findings:
    if not isinstance(value, list):
        return [f"{path}: expected a list"]
    return [line for index, entry in enumerate(value) for line in _check(entry, item, f"{path}[{index}]")]


def _check_list_object(value: Any, item: Any, path: str) -> Findings:
    if not isinstance(value, dict) or value.get("object") != "list":
        return [f"{path}: expected a list object"]
    return _check_list(value.get("data"), item, f"{path}.data")


def _check_plain(value: Any, expected: Any, path: str) -> Findings:
    if expected is float:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    elif expected is int:
        fits = isinstance(value, int) and not isinstance(value, bool)
    elif expected is Decimal:
        fits = isinstance(value, str)
    elif isinstance(expected, type):
        fits = isinstance(value, expected)
    else:
        return [f"{path}: no check for {expected!r}"]
    return [] if fits else [f"{path}: expected {expected.__name__}, got {value!r}"]
