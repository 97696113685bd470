"""What clients do for themselves: their contact details, their data, and what is kept of them (POR-14)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from clients.models import Client
from cma.answers import CONFLICT, shown
from cma.errors import too_many
from cma.toasts import toast
from portal import data
from portal.access import DoorstepRequest, PortalRequest, doorstep, section
from portal.contact import ContactForm, correct, details_of
from portal.limits import allowed
from teams.access import own_scope


@require_http_methods(["GET", "HEAD", "POST"])
@section(None)
@own_scope
@never_cache
def details(request: PortalRequest) -> HttpResponse:
    """Read and correct one's contact details; the trade is told."""
    if request.access.hides_prices:
        # A tenant's login: how the one who pays is reached is not theirs to read.
        if request.method == "POST":
            raise Http404
        with request.open_scope():
            return shown(request, "portal/details.html", {"form": None})
    if request.method != "POST":
        with request.open_scope():
            return shown(
                request,
                "portal/details.html",
                {"form": ContactForm(details_of(request.client, request.access))},
            )
    if not allowed(request, "details", key=str(request.access.pk)):
        return too_many(request)
    with request.open_team_scope():
        return _correct(request)


def _correct(request: PortalRequest) -> HttpResponse:
    """The office's work, for exactly the client that the door has let in."""
    client = Client.objects.select_for_update().get(pk=request.client.pk)
    client.team = request.team
    now = details_of(client, request.access)
    form = ContactForm(now, request.POST)
    if form.is_anothers:
        toast(request, _("You had opened another of your pages meanwhile, so nothing was saved."), bad=True)
        return redirect("portal:details", request.team.slug)
    if form.is_stale:
        context = {"form": ContactForm(now, _typed_over(form)), "moved_on": True}
        return shown(request, "portal/details.html", context, status=CONFLICT)
    if not form.is_valid():
        return shown(request, "portal/details.html", form=form)
    if correct(form, by_name=request.shown_name):
        toast(request, _("Saved. %(firm)s has been told.") % {"firm": request.team.name})
    else:
        toast(request, _("Everything is as it was."))
    return redirect("portal:details", request.team.slug)


def _typed_over(form: ContactForm) -> dict[str, Any]:
    """What was typed stays; what is new on the record since then stands beside it."""
    typed = {name: form.data.get(name, field.initial or "") for name, field in form.fields.items()}
    return {**typed, "seen": form.details.mark}


@require_http_methods(["GET", "HEAD", "POST"])
@section(None)
@own_scope
@never_cache
def data_request(request: PortalRequest) -> HttpResponse:
    """ "Ask for your data": the owners get a mail, and the record shows it until it is done."""
    if request.method == "POST":
        try:
            with request.open_team_scope():
                data.ask(request.access, user=request.user, name=request.shown_name)
        except data.TooOften:
            return too_many(request)
        toast(request, _("%(firm)s has been asked.") % {"firm": request.team.name})
        return redirect("portal:data", request.team.slug)
    with request.open_scope():
        return shown(request, "portal/data.html", {"waiting": data.waiting_of(request.access)})


@require_safe
@doorstep
def privacy(request: DoorstepRequest) -> HttpResponse:
    """What is kept and why, for everybody who has the address."""
    return shown(request, "portal/privacy.html")
