"""The person's own sign-in: name, password, second factor, devices; and a business of their own."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cma.answers import done, shown
from cma.toasts import toast
from teams.access import PersonRequest
from teams.audit import acting
from teams.forms.account import FoundForm, NameForm
from teams.founding import found_team
from teams.middleware import actor_of
from teams.models import User


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: PersonRequest) -> HttpResponse:
    """Everything about the person's sign-in at a glance; the name is changed here."""
    # A copy: a refused name must not show up in the head of this very page.
    form = NameForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        form.instance.save(update_fields=["name"])
        toast(request, _("Saved."))
        return done(request, request.path)
    context = {"has_second_factor": is_mfa_enabled(request.user)}
    return shown(request, "account/overview.html", context, form=form)


@require_POST
def session_end(request: PersonRequest, pk: int) -> HttpResponse:
    """Sign the person out on one of their other devices (TEA-5)."""
    session = UserSession.objects.filter(user_id=request.user.pk, pk=pk).first()
    if session is None or session.is_current():
        raise Http404
    session.end()
    toast(request, _("That device is signed out."))
    return redirect("usersessions_list")


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: PersonRequest) -> HttpResponse:
    """A business for a person who has a login already, as somebody's client or member."""
    form = FoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with acting(actor_of(request)):
            team = found_team(owner=request.user, name=form.cleaned_data["business"])
        return redirect("teams:first-steps", team.slug)
    return shown(request, "account/start.html", form=form)
