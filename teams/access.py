"""What an office view asks for. Every address under /t/<team>/ names a right with `@can`.

A view that names none is refused by the middleware, so that forgetting it cannot open a page.
The portal's twin is `portal.access`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from teams.models import Membership, Team, User
from teams.roles import Right
from teams.scope import Scope


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in; every view asks for that unless it says otherwise."""

    htmx: HtmxDetails
    user: User


class OfficeRequest(HttpRequest):
    """A request that passed the door of the office."""

    htmx: HtmxDetails
    user: User
    team: Team
    membership: Membership
    # Only for views with `@own_scope`: opens the team's scope, as often as the view needs it.
    open_scope: Callable[[], AbstractContextManager[Scope]]


def can[View: Callable[..., Any]](right: Right | str) -> Callable[[View], View]:
    """Mark the view as asking for this right; members without it get 403, strangers 404."""

    def mark(view: View) -> View:
        view.cma_right = Right(right)  # type: ignore[attr-defined]
        return view

    return mark


def own_scope[View: Callable[..., Any]](view: View) -> View:
    """The view talks to somebody outside: it opens its own scopes, so that no transaction spans the call."""
    view.cma_own_scope = True  # type: ignore[attr-defined]
    return view
