"""Resolves the annotations of the `stripe` SDK's classes.

Stripe generates those classes from its own OpenAPI document, for exactly the API version the
SDK pins. Names used in annotations are often imported under TYPE_CHECKING only, so they are
looked up in the import statements of the class's source.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import typing
from functools import cache
from typing import Any

import typing_extensions
from stripe._object_classes import OBJECT_CLASSES
from stripe._request_options import RequestOptions
from stripe._stripe_object import StripeObject

OPTION_NAMES = frozenset(RequestOptions.__annotations__)
"""Options of the SDK's call, not parameters that are sent."""


def class_of(kind: str) -> type[StripeObject]:
    """The SDK's class of an object kind ("checkout.session")."""
    module, name = OBJECT_CLASSES[kind]
    found: type[StripeObject] = getattr(importlib.import_module(module), name)
    return found


def is_known_kind(kind: object) -> bool:
    """Whether the SDK has a class for this kind."""
    return kind in OBJECT_CLASSES


def response_fields(cls: type[StripeObject]) -> dict[str, Any]:
    """Field name on the wire → type, for a class of response."""
    key: Any = cls  # StripeObject's own __hash__ annotation confuses type checkers of the cache
    return _response_fields(key)


@cache
def _response_fields(cls: type[Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    renamed = getattr(cls, "_field_remappings", None) or {}
    for part in reversed(cls.__mro__):
        if not issubclass(part, StripeObject) or part is StripeObject:
            continue
        names = _names_in(part.__module__) | {k: v for k, v in vars(part).items() if isinstance(v, type)}
        for name, annotation in inspect.get_annotations(part).items():
            if name.startswith("_") or "ClassVar" in str(annotation):
                continue
            fields[renamed.get(name, name)] = _resolve(annotation, names)
    return fields


@cache
def param_fields(cls: type) -> dict[str, Any]:
    """Parameter name → type (with its NotRequired mark), for a TypedDict of parameters."""
    names = _names_in(cls.__module__) | {"StripeContext": object, "Mapping": typing.Mapping}
    names |= {"Any": Any, "Dict": dict, "Optional": typing.Optional}
    hints = typing_extensions.get_type_hints(cls, globalns=names, include_extras=True)
    return {name: hint for name, hint in hints.items() if name not in OPTION_NAMES}


def _resolve(annotation: Any, names: dict[str, Any]) -> Any:
    holder = type("Holder", (), {"__annotations__": {"field": annotation}})
    return typing.get_type_hints(holder, globalns=names)["field"]


@cache
def _names_in(module: str) -> dict[str, Any]:
    names = dict(vars(sys.modules[module]))
    for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("stripe"):
            continue
        source = importlib.import_module(str(node.module))
        for alias in node.names:
            if hasattr(source, alias.name):
                names[alias.asname or alias.name] = getattr(source, alias.name)
    return names
