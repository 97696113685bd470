"""The section "Portal access" of a client's record (POR-1 to POR-4)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.models import Client
from clients.views.record import record_context
from cma.answers import done, shown
from cma.toasts import toast
from portal import inviting
from portal.forms import AccessForm, InviteForm
from portal.panel import access_panel
from teams.access import OfficeRequest, can
from teams.models import WrongState
from teams.roles import Right


def _find(request: OfficeRequest, pk: int) -> Client:
    return get_object_or_404(request.team.clients.prefetch_related("emails", "phones", "addresses"), pk=pk)


def _page(request: OfficeRequest, client: Client, form: AccessForm | None = None) -> HttpResponse:
    may_work = request.membership.may(Right.WORK)
    context = record_context(request, client, tab="portal")
    context |= access_panel(client, form=form, may_work=may_work)
    return shown(request, "portal/office/access.html", context, part="panel", form=form)


@require_safe
@can("read")
def access(request: OfficeRequest, pk: int) -> HttpResponse:
    """Who may open the client's portal, and what they see there."""
    return _page(request, _find(request, pk))


@require_POST
@can("work")
def access_save(request: OfficeRequest, pk: int) -> HttpResponse:
    """ "Save access": apply the toggles, send nothing (POR-3)."""
    client = _find(request, pk)
    form = AccessForm(client, inviting.access_of(client), request.POST)
    if not form.is_valid():
        return _page(request, client, form)
    try:
        inviting.save_access(client, sections=form.sections(), enabled=form.cleaned_data["portal_enabled"])
    except WrongState:
        form.add_error("portal_enabled", _("The portal opens with the first invite."))
        return _page(request, client, form)
    toast(request, _("Access saved. Nothing was sent."))
    return done(request, reverse("access:access", args=[request.team.slug, pk]))


@require_POST
@can("work")
def access_invite(request: OfficeRequest, pk: int) -> HttpResponse:
    """ "Send invite" and "Resend invite" (POR-2)."""
    client = _find(request, pk)
    form = InviteForm(client, inviting.access_of(client), request.POST)
    if not form.is_valid():
        return _page(request, client, form)
    address = form.cleaned_data["email"]
    inviting.invite(client, address=address, sections=form.sections())
    toast(request, _("Invite sent to %(address)s.") % {"address": address})
    return done(request, reverse("access:access", args=[request.team.slug, pk]))
