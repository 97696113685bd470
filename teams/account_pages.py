"""What django-allauth's pages get on top: the right status, the firm's name, and no referrer."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from teams.directory import memberships_of, team_by_slug
from teams.models import Team, User
from teams.scope import team_scope

GetResponse = Callable[[HttpRequest], HttpResponse]
PORTAL = re.compile(r"/p/(?P<slug>[-a-zA-Z0-9_]{1,50})/")
PREFIX = "/account/"


class AccountPagesMiddleware:
    """Sits around the sign-in pages only."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # Links with one-time keys are exchanged for a clean address here. Pages with forms keep the site's
        # same-origin: under no-referrer browsers send "Origin: null" and the CSRF check refuses the form.
        if request.path.startswith(PREFIX) and 300 <= response.status_code < 400:
            response.headers["Referrer-Policy"] = "no-referrer"
        return _whole_page(request, response)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        """422 for a refused form, and whose door this is when the person comes from a portal."""
        context = response.context_data
        if not request.path.startswith(PREFIX) or context is None:
            return response
        if response.status_code == HTTPStatus.OK and any(_refused(value) for value in context.values()):
            response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        if (firm := firm_of(request)) is not None:
            context.setdefault("team", firm)
        match = request.resolver_match
        if match is not None and match.url_name == "mfa_index" and isinstance(request.user, User):
            context["asking_teams"] = teams_asking_for_second_factor(request.user)
        return response


def _whole_page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A part of a page that is answered with a door (signed out, second factor) becomes a navigation."""
    target = response.headers.get("Location", "")
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    if not htmx or not target.startswith(PREFIX):
        return response
    door, _, _query = target.partition("?")
    if door == reverse("account_login"):
        # Back to the page the person was on, and not to the part that it asked for.
        target = f"{door}?{urlencode({'next': htmx.current_url_abs_path or '/'})}"
    return HttpResponseClientRedirect(target)


def _refused(value: Any) -> bool:
    return isinstance(value, BaseForm) and value.is_bound and bool(value.errors)


def firm_of(request: HttpRequest) -> Team | None:
    """The business whose portal the person is on the way to; nobody who works in the office is."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    match = PORTAL.match(wanted)
    team_id = team_by_slug(match["slug"]) if match else None
    if team_id is None:
        return None
    with team_scope(team_id):
        return Team.objects.get(pk=team_id)


def teams_asking_for_second_factor(user: User) -> list[str]:
    """Names of the person's teams whose owner wants everyone to have one (PEO-4)."""
    asking = []
    for seat in memberships_of(user.pk):
        with team_scope(seat.team_id):
            if Team.objects.filter(pk=seat.team_id, require_second_factor=True).exists():
                asking.append(seat.team_name)
    return asking
