"""The door: puts a request into its team's scope, or sends it away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any, cast

from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation

from cma.client_ip import client_ip
from teams.audit import Actor, acting
from teams.directory import team_by_slug
from teams.models import Membership, Team, User
from teams.scope import current_scope, team_scope

GetResponse = Callable[[HttpRequest], HttpResponse]


def actor_of(request: HttpRequest) -> Actor:
    """Who the audit log names for what this request does."""
    if request.user.is_authenticated:
        return actor_of_user(request.user, request)
    return Actor("Visitor", None, client_ip(request), request.headers.get("User-Agent", "")[:300])


def actor_of_user(user: User, request: HttpRequest) -> Actor:
    """As `actor_of`, for a person who is only about to be signed in."""
    return Actor(str(user), user.pk, client_ip(request), request.headers.get("User-Agent", "")[:300])


class TeamMiddleware:
    """Takes `team` out of the address and opens its scope; the view runs inside one transaction.

    The portal's door is `portal.door`, registered in `doors` so that nothing here imports the portal.
    """

    # Route prefix → what opens the door for it: (request, slug, view, stack).
    doors: dict[str, Callable[[HttpRequest, str, Any, ExitStack], HttpResponse | None]] = {}

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with ExitStack() as stack:
            request.cma_stack = stack  # type: ignore[attr-defined]
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or "team" not in kwargs:
            return None
        slug = kwargs.pop("team")
        prefix = match.route.split("/", 1)[0]
        door = self.doors.get(prefix)
        if door is None:
            raise ImproperlyConfigured(f"no door for {match.route}")
        stack: ExitStack = request.cma_stack  # type: ignore[attr-defined]
        stack.enter_context(acting(actor_of(request)))
        return door(request, slug, view, stack)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        # The view's exception becomes a response before the scope closes: undo what it did.
        # A view with its own scopes has closed them by now, and what it committed stands.
        if current_scope() is not None and connection.in_atomic_block:
            transaction.set_rollback(True)


def office_door(request: HttpRequest, slug: str, view: Any, stack: ExitStack) -> HttpResponse | None:
    """Members only: a stranger and a team that does not exist get the same 404 (TEN-3)."""
    right = getattr(view, "cma_right", None)
    if right is None:
        raise ImproperlyConfigured(f"{view.__name__} names no right")
    team_id = team_by_slug(slug)
    if team_id is None:
        raise Http404
    # Read in a scope of its own: a view with its own scope must not find a transaction open.
    user_id = cast("User", request.user).pk
    with team_scope(team_id):
        membership = (
            Membership.objects.select_related("team").filter(team_id=team_id, user_id=user_id).first()
        )
    if membership is None:
        raise Http404
    team: Team = membership.team
    request.team, request.membership = team, membership  # type: ignore[attr-defined]
    request.open_scope = partial(team_scope, team_id)  # type: ignore[attr-defined]
    if not membership.may(right):
        raise PermissionDenied
    if (response := second_factor_wanted(request, team)) is not None:
        return response
    stack.enter_context(timezone.override(team.zone))
    stack.enter_context(translation.override(team.language))
    if not getattr(view, "cma_own_scope", False):
        stack.enter_context(team_scope(team_id))
    return None


def second_factor_wanted(request: HttpRequest, team: Team) -> HttpResponse | None:
    """Where the owner asks all members for a second factor (PEO-4), who has none sets one up first."""
    from allauth.mfa.utils import is_mfa_enabled

    if not team.require_second_factor or is_mfa_enabled(request.user):
        return None
    # That page belongs to no team: nobody is sent round in circles.
    return redirect("mfa_index")


TeamMiddleware.doors["t"] = office_door
