"""The office's pages of quotes, as the tests call them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from quotes.models import Quote
from teams.models import User
from tests.world import World

HTMX = {"HX-Request": "true"}


def url(world: World, name: str, *args: Any) -> str:
    """An address of Alice's team."""
    return reverse(f"quotes:{name}", args=[world.team.slug, *args])


def get(
    world: World,
    name: str,
    quote: Quote | None = None,
    user: User | None = None,
    query: str = "",
    **more: Any,
) -> Any:
    """What the page answers to Alice, or to `user`."""
    address = url(world, name, *([quote.pk] if quote else [])) + query
    return world.browser(user or world.alice).get(address, **more)


def post(world: World, name: str, quote: Quote, user: User | None = None, /, **data: Any) -> Any:
    """What the page answers to a press; `htmx=True` as the script sends it."""
    headers = HTMX if data.pop("htmx", False) else {}
    return world.browser(user or world.alice).post(url(world, name, quote.pk), data, headers=headers)


def now(world: World, quote: Quote) -> Quote:
    """The row as it is stored."""
    with world.scope():
        return Quote.objects.get(pk=quote.pk)
