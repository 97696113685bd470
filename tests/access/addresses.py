"""Every address of CMA, from the URL resolver, with what the access matrix needs to call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from teams.roles import Right
from tests.access.examples import EXAMPLES, OPEN, PERSONAL


@dataclass(frozen=True)
class Address:
    """One URL pattern: its full name, its route, the view and what the view asks for."""

    name: str
    route: str
    view: Callable[..., Any]

    @property
    def door(self) -> str:
        """ "t" for the office, "p" for the portal, "" for addresses without a team."""
        prefix = self.route.split("/", 1)[0]
        return prefix if prefix in ("t", "p") and "<slug:team>" in self.route else ""

    @property
    def right(self) -> Right | None:
        return getattr(self.view, "cma_right", None)

    @property
    def section(self) -> Any:
        return getattr(self.view, "cma_section", None)

    @property
    def parameters(self) -> set[str]:
        return {part.split(">")[0].split(":")[-1] for part in self.route.split("<")[1:]} - {"team"}

    def __str__(self) -> str:
        return self.name


def every_address() -> list[Address]:
    """All of them except those of the sign-in library, which belong to no team and are tested as OPEN."""
    return sorted(set(_walk(get_resolver(), "", "")), key=lambda address: address.name)


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, route, inner)
        elif isinstance(entry, URLPattern):
            yield Address(f"{namespace}{entry.name}", route, entry.callback)


def without_entry() -> list[str]:
    """Addresses that nobody has said anything about."""
    return [
        f"{address.name} ({address.route})"
        for address in every_address()
        if not (address.name in OPEN or address.name in PERSONAL or address.name in EXAMPLES)
        and (address.door == "" or address.parameters)
    ]
