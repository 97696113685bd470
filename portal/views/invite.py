"""Mailed links (POR-2, trust 6). Opening one changes nothing, because mail scanners open links too: the
address is exchanged for a short cookie, the page shows a button, and the press uses the link."""

from __future__ import annotations

from typing import cast

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cma.answers import shown
from cma.errors import too_many
from portal.access import DoorstepRequest, doorstep
from portal.door import greeted_as
from portal.forms import NewPasswordForm
from portal.inviting import LinkSpent, find_link, needs_password, owner_of, send_again, use_link
from portal.limits import allowed
from portal.models import Invitation
from portal.outside import suspended
from portal.views.doors import branded
from teams.access import own_scope
from teams.models import User

COOKIE = "cma_link"
COOKIE_AGE = 30 * 60
SALT = "portal.link"
GONE = 410


@require_safe
@doorstep
def invite_link(request: DoorstepRequest, token: str) -> HttpResponse:
    """The mailed address: exchanged for a cookie and a clean one, so that no history or log keeps it."""
    response = redirect("portal:invite", request.team.slug)
    response.set_signed_cookie(
        COOKIE,
        token,
        salt=SALT,
        max_age=COOKIE_AGE,
        path=reverse("portal:invite", args=[request.team.slug]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    # Only here: from a page with this policy a browser would send no origin with the form either.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@doorstep
@own_scope
@never_cache
@sensitive_post_parameters("password")
def invite(request: DoorstepRequest) -> HttpResponse:
    """Set a password, or just come in: the link is used by the press, and only once."""
    with request.open_team_scope():
        invitation = _link(request)
        if invitation is None or not _may_be_used(invitation):
            return _spent(request, invitation)
        if not invitation.access.client.portal_enabled:
            return suspended(request)
        user = owner_of(invitation.access)
        form = _form(request, user)
        if request.method != "POST" or (form is not None and not form.is_valid()):
            return _page(request, invitation, form)
        try:
            user = use_link(invitation, password=form.cleaned_data["password"] if form else "")
        except LinkSpent:
            return _spent(request, invitation)
    return _come_in(request, user)


@require_POST
@doorstep
@own_scope
def invite_again(request: DoorstepRequest) -> HttpResponse:
    """A link that no longer works offers a new one; the answer is the same whatever became of it."""
    if not allowed(request, "invite"):
        return too_many(request)
    with request.open_team_scope():
        invitation = _link(request)
        if invitation is not None and not invitation.access.client.portal_enabled:
            return suspended(request)
        if invitation is not None:
            send_again(invitation)
    return shown(request, "portal/link_sent.html", {"address": ""})


def _link(request: DoorstepRequest) -> Invitation | None:
    token = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=COOKIE_AGE) or ""
    return find_link(request.team, token) if token else None


def _may_be_used(invitation: Invitation) -> bool:
    # A link of a suspended client is told apart below: it works again once the portal is back on.
    return invitation.is_open and invitation.access.user_id is not None


def _form(request: DoorstepRequest, user: User) -> NewPasswordForm | None:
    """None where the login has its own password already, and keeps it."""
    return NewPasswordForm(user, request.POST or None) if needs_password(user) else None


def _page(request: DoorstepRequest, invitation: Invitation, form: NewPasswordForm | None) -> HttpResponse:
    access = invitation.access
    context = {
        "link": invitation,
        "email": access.email,
        "greeted_as": access.first_name(owner_of(access).name) or greeted_as(access.client),
        "form": form,
    }
    status = 422 if form is not None and form.is_bound else None
    return shown(request, "portal/invite.html", context, status=status)


def _spent(request: DoorstepRequest, invitation: Invitation | None) -> HttpResponse:
    if invitation is not None and not invitation.access.client.portal_enabled:
        return suspended(request)
    return shown(request, "portal/link_spent.html", {"known": invitation is not None}, status=GONE)


def _come_in(request: DoorstepRequest, user: User) -> HttpResponse:
    """Sign the person in by django-allauth, second factor and all."""
    home = reverse("portal:home", args=[request.team.slug])
    record_authentication(request, user, method="mailed_link", email=user.email)
    response = branded(request, perform_login(request, Login(user=user, email=user.email, redirect_url=home)))
    response.delete_cookie(COOKIE, path=reverse("portal:invite", args=[request.team.slug]))
    return cast("HttpResponse", response)
