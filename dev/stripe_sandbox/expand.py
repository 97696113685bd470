"""`expand[]`: ids in an answer replaced by the objects they name, up to four levels deep."""

from __future__ import annotations

import copy

from .account import Account, public
from .errors import bad_request
from .resources import balance
from .resources.lists import page
from .store import Object

DEEPEST = 4


def expanded(account: Account, answer: Object, paths: list[str]) -> Object:
    """The answer as it is sent, with these paths expanded. Raises ApiError for a path that cannot be."""
    answer = copy.deepcopy(public(answer))
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise bad_request(f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}")
        if answer.get("object") == "list" and steps[0] == "data":
            for item in answer["data"]:
                _expand(account, item, steps[1:], path)
        else:
            _expand(account, answer, steps, path)
    return answer


def _expand(account: Account, thing: Object, steps: list[str], path: str) -> None:
    if not steps:
        return
    name = steps[0]
    if name in _INCLUDED.get(thing.get("object", ""), ()):
        thing.setdefault(name, _included(account, thing, name))
    if name not in thing:
        raise bad_request(f"This property cannot be expanded ({path}).", param="expand")
    value = thing[name]
    if isinstance(value, str):
        thing[name] = value = _named(account, value, path)
    for child in _children(value):
        _expand(account, child, steps[1:], path)


_INCLUDED = {"checkout.session": ("line_items",), "charge": ("refunds",)}


def _included(account: Account, thing: Object, name: str) -> Object:
    if name == "line_items":
        items = account.get("checkout.session", thing["id"])["_items"]
        return public(page(items, {}, f"/v1/checkout/sessions/{thing['id']}/line_items"))
    given = account.all("refund", charge=thing["id"])
    return public(page(given, {}, f"/v1/charges/{thing['id']}/refunds"))


def _named(account: Account, identifier: str, path: str) -> Object:
    found = account.store.find(identifier)
    if found is None or found[0] != account.name:
        raise bad_request(f"This property cannot be expanded ({path}).", param="expand")
    thing = found[1]
    if thing["object"] == "balance_transaction":
        thing = balance.settled(account, thing)
    return public(thing)


def _children(value: object) -> list[Object]:
    if isinstance(value, dict):
        return list(value["data"]) if value.get("object") == "list" else [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
