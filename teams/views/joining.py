"""Joining a team by a mailed link (TEA-5).

The token is exchanged for a clean address, and opening the link changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import cast

from allauth.account.utils import perform_login
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cma.answers import shown
from cma.client_ip import client_ip
from teams import members
from teams.audit import acting
from teams.directory import team_by_member_invitation
from teams.forms.members import JoinForm
from teams.limits import limited
from teams.middleware import actor_of, actor_of_user
from teams.models import MemberInvitation, Team, User, WrongState
from teams.models.member import hash_token
from teams.scope import team_scope

SESSION_KEY = "joining"


@dataclass(frozen=True, slots=True)
class Guest:
    """The invitation that this browser holds."""

    invitation: MemberInvitation
    team: Team


@login_not_required
@never_cache
@require_safe
def join_open(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address, where it would end up in histories and logs."""
    if limited(request, "join", key=client_ip(request) or "", rate="60/h"):
        return render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    token_hash = hash_token(token)
    if team_by_member_invitation(token_hash) is None:
        raise Http404
    request.session[SESSION_KEY] = token_hash
    response = redirect("joining:join")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _guest(request: HttpRequest) -> Guest:
    """Read the invitation the browser holds, in a scope that is closed again. 404 without one."""
    token_hash = request.session.get(SESSION_KEY, "")
    team_id = team_by_member_invitation(token_hash) if token_hash else None
    if team_id is None:
        raise Http404
    with team_scope(team_id):
        found = MemberInvitation.objects.select_related("team", "invited_by").filter(token_hash=token_hash)
        invitation = found.first()
    if invitation is None:
        raise Http404
    return Guest(invitation, invitation.team)


def _for_guests(view: Callable[[HttpRequest, Guest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give the view its guest, in the team's language and zone; a link that is spent says so (410)."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        guest = _guest(request)
        with timezone.override(guest.team.zone), translation.override(guest.team.language):
            if not guest.invitation.is_open:
                context = {"team": guest.team, "invitation": guest.invitation}
                return render(request, "teams/join_spent.html", context, status=HTTPStatus.GONE)
            return view(request, guest)

    return wrapped


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_for_guests
def join(request: HttpRequest, guest: Guest) -> HttpResponse:
    """Who is asked to join, and by whom; a person who is new here chooses name and password."""
    email = guest.invitation.email
    context = {"team": guest.team, "invitation": guest.invitation}
    if request.user.is_authenticated:
        mine = members.is_known(email) and request.user.email == email
        return render(request, "teams/join_accept.html" if mine else "teams/join_other.html", context)
    if members.is_known(email):
        return render(request, "teams/join_sign_in.html", context)
    form = JoinForm(email, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _join_new(request, guest, form)
        except WrongState as refusal:
            form.add_error(None, str(refusal))
    return shown(request, "teams/join_new.html", context, form=form)


def _join_new(request: HttpRequest, guest: Guest, form: JoinForm) -> HttpResponse:
    invitation = guest.invitation
    try:
        with team_scope(guest.team.pk):
            user = members.new_person(
                email=invitation.email, name=form.cleaned_data["name"], password=form.cleaned_data["password"]
            )
            with acting(actor_of_user(user, request)):
                members.accept(invitation, user)
    except IntegrityError as race:
        # The same person, a second tab: the other one was quicker.
        raise WrongState(_("There is an account for this address by now. Load this page again.")) from race
    request.session.pop(SESSION_KEY, None)
    today = reverse("teams:today", args=[guest.team.slug])
    return perform_login(request, user, email_verification="none", redirect_url=today)


@require_POST
@_for_guests
def join_accept(request: HttpRequest, guest: Guest) -> HttpResponse:
    """A person who has a login joins."""
    user = cast("User", request.user)
    if user.email != guest.invitation.email or not members.is_known(user.email):
        return redirect("joining:join")
    try:
        with team_scope(guest.team.pk), acting(actor_of(request)):
            members.accept(guest.invitation, user)
    except WrongState:
        return redirect("joining:join")
    request.session.pop(SESSION_KEY, None)
    return redirect("teams:today", guest.team.slug)
