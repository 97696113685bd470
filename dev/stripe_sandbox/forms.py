"""Form fields with Stripe's brackets, turned into nested maps and lists."""

from __future__ import annotations

import re
from typing import Any

from .errors import bad_request

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_DEEPEST = 8


def nest(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """`[("a[b]", "1"), ("c[]", "2")]` → `{"a": {"b": "1"}, "c": ["2"]}`."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        steps = _steps(name)
        place = root
        for step in steps[:-1]:
            place = place.setdefault(step or str(len(place)), {})
            if not isinstance(place, dict):
                raise bad_request(f"Invalid request: {name}", param=name)
        place[steps[-1] or str(len(place))] = value
    return {name: _with_lists(value) for name, value in root.items()}


def _steps(name: str) -> list[str]:
    found = _KEY.fullmatch(name)
    if found is None:
        raise bad_request(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    steps = [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])]
    if len(steps) > _DEEPEST:
        raise bad_request(f"Invalid request: {name} is nested too deeply.", param=name)
    return steps


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_with_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _with_lists(entry) for name, entry in value.items()}
