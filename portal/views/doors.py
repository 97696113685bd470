"""The ways in and out, in the firm's name: password, passkey, mailed link, second factor (POR-9)."""

from __future__ import annotations

import time
from typing import Any, cast

from allauth.account import app_settings as account_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.logout import logout
from allauth.account.internal.flows.password_change import change_password, finalize_password_change
from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from cma.answers import shown
from cma.errors import too_many
from cma.toasts import toast
from portal.access import DoorstepRequest, PortalRequest, doorstep, section
from portal.door import CHOSEN
from portal.forms import AddressForm, NewPasswordForm, OwnPasswordForm
from portal.inviting import send_sign_in_link
from portal.limits import allowed
from portal.outside import to_sign_in
from teams.access import own_scope
from teams.audit import record
from teams.directory import Key, portal_accesses_of


class SignIn(LoginView):
    template_name = "portal/sign_in.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        in_our_words(form)
        return shown(self.request, self.template_name, self.get_context_data(form=form), status=422)

    def get_default_success_url(self) -> str:
        return home_of(self.request)


class SecondFactor(AuthenticateView):
    template_name = "portal/second_factor.html"


class Passkey(LoginWebAuthnView):
    def get_default_redirect_url(self) -> str:
        return home_of(self.request)


def in_our_words(form: Any) -> None:
    """The portal mails links, where the office's sign-in mails codes."""
    words = {
        "email_password_mismatch": _(
            "This password does not belong to this address. Try again, or have a link mailed."
        ),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, or have a link mailed."),
    }
    for name, errors in list(form.errors.as_data().items()):
        form.errors[name] = form.error_class([words.get(error.code, error) for error in errors])


def home_of(request: HttpRequest) -> str:
    """Where a client arrives."""
    return reverse("portal:home", args=[cast("DoorstepRequest", request).team.slug])


def branded(request: DoorstepRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Where the sign-in goes on to a page of its own, the firm's twin of that page is shown instead."""
    if not isinstance(response, HttpResponseRedirect):
        return response
    twins = {
        reverse("account_login"): "portal:sign-in",
        reverse("mfa_authenticate"): "portal:second-factor",
        reverse("home"): "portal:home",
    }
    path = response.url.split("?", 1)[0]
    if path in twins:
        response["Location"] = reverse(twins[path], args=[request.team.slug]) + response.url[len(path) :]
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@doorstep
def sign_in(request: DoorstepRequest) -> HttpResponseBase:
    """By password; the other ways are offered on the same page."""
    if request.user.is_authenticated and not keys_here(request):
        # Somebody else's browser, or a member of a team: say who they are, and let them change.
        return shown(request, "portal/wrong_person.html")
    response = SignIn.as_view()(request)
    if request.method == "POST" and request.user.is_authenticated and not keys_here(request):
        # The right password at the wrong door: back here, where it says so.
        return redirect("portal:sign-in", request.team.slug)
    return branded(request, response)


@require_http_methods(["GET", "HEAD", "POST"])
@doorstep
def second_factor(request: DoorstepRequest) -> HttpResponseBase:
    """The code or security key, for those who have set one up."""
    return branded(request, SecondFactor.as_view()(request))


@require_http_methods(["GET", "HEAD", "POST"])
@doorstep
def passkey(request: DoorstepRequest) -> HttpResponseBase:
    """Asked by script for a challenge, and posted to with the answer."""
    response = Passkey.as_view()(request)
    return branded(request, response)


@require_http_methods(["GET", "HEAD", "POST"])
@doorstep
@own_scope
def sign_in_link(request: DoorstepRequest) -> HttpResponse:
    """ "Send me a sign-in link": the same answer whether the address is known or not (trust 7)."""
    form = AddressForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return shown(request, "portal/sign_in_link.html", {"form": form}, form=form)
    address = form.cleaned_data["login"]
    if not allowed(request, "link", key=f"{request.team.pk}:{address}"):
        return too_many(request)
    with request.open_team_scope():
        send_sign_in_link(request.team, address)
    return shown(request, "portal/link_sent.html", {"address": address})


@require_POST
@doorstep
def sign_out(request: DoorstepRequest) -> HttpResponse:
    """End this session and stand at the firm's door again."""
    logout(request, show_message=False)
    toast(request, _("You are signed out."))
    return redirect("portal:sign-in", request.team.slug)


def keys_here(request: DoorstepRequest) -> list[Key]:
    """The signed-in person's keys to clients of this team."""
    pk = request.user.pk
    return [key for key in portal_accesses_of(pk) if key.team_id == request.team.pk] if pk else []


@require_http_methods(["GET", "HEAD", "POST"])
@doorstep
def choose(request: DoorstepRequest) -> HttpResponse:
    """Whose pages to show, for a login that belongs to several clients of one team (POR-13)."""
    if not request.user.is_authenticated:
        return to_sign_in(request, request.team.slug)
    keys = keys_here(request)
    if request.method == "POST":
        wanted = next((key for key in keys if str(key.client_id) == request.POST.get("client")), None)
        if wanted is not None:
            # The gate looks at the key again with every request; this only says which one is meant.
            request.session[CHOSEN] = {**request.session.get(CHOSEN, {}), request.team.slug: wanted.client_id}
            return redirect("portal:home", request.team.slug)
    if not keys:
        return redirect("portal:home", request.team.slug)
    return shown(
        request, "portal/choose.html", {"keys": keys}, status=422 if request.method == "POST" else None
    )


@require_http_methods(["GET", "HEAD", "POST"])
@section(None)
@never_cache
@sensitive_post_parameters("old_password", "password")
def password(request: PortalRequest) -> HttpResponse:
    """Set another password; who has just signed in, by a mailed link for one, need not know the old one."""
    asks_for_old = request.is_preview or not has_just_signed_in(request)
    form_class = OwnPasswordForm if asks_for_old else NewPasswordForm
    form = form_class(request.user, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return shown(request, "portal/password.html", {"form": form}, form=form)
    change_password(request.user, form.cleaned_data["password"])
    finalize_password_change(request, request.user)
    record(
        "portal.password_set", subject=request.access, client_id=request.client.pk, email=request.access.email
    )
    return redirect("portal:home", request.team.slug)


def has_just_signed_in(request: PortalRequest) -> bool:
    """Whether who sits there has proved in this session, a moment ago, who they are."""
    if not request.user.has_usable_password():
        return True
    records = get_authentication_records(request, request.user)
    within = account_settings.REAUTHENTICATION_TIMEOUT
    return bool(records) and time.time() - records[-1]["at"] < within
