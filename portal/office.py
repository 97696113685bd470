"""The section "Portal access" of a client's record (POR-1 to POR-4, POR-6 to POR-8)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.models import Client
from clients.views.record import record_context
from cma.answers import done, moved_on, shown
from cma.toasts import toast
from portal import data, people, preview
from portal.models import PortalAccess
from portal.office_forms import AccessForm, PersonForm
from portal.panel import access_panel
from teams.access import OfficeRequest, can
from teams.models import WrongState
from teams.roles import Right


def find(request: OfficeRequest, pk: int) -> Client:
    """The team's client with its contacts, or 404."""
    return get_object_or_404(request.team.clients.prefetch_related("emails", "phones", "addresses"), pk=pk)


def find_person(client: Client, access: int) -> PortalAccess:
    """One login of this client, or 404."""
    return get_object_or_404(client.portal_accesses.select_related("user"), pk=access)


def tab(request: OfficeRequest, client: Client) -> str:
    """Where all of these come back to."""
    return reverse("access:access", args=[request.team.slug, client.pk])


def _page(request: OfficeRequest, client: Client, form: AccessForm | None = None) -> HttpResponse:
    may_work = request.membership.may(Right.WORK)
    context = record_context(request, client, tab="portal")
    context |= access_panel(client, form=form, may_work=may_work)
    status = 422 if form is not None and form.is_bound and form.has_problems else None
    return shown(request, "portal/office/access.html", context, part="panel", status=status)


@require_safe
@can("read")
def access(request: OfficeRequest, pk: int) -> HttpResponse:
    """Who may open the client's portal, and what they see there."""
    return _page(request, find(request, pk))


@require_POST
@can("work")
def access_save(request: OfficeRequest, pk: int) -> HttpResponse:
    """ "Save access": apply the toggles of everybody, send nothing (POR-3)."""
    client = find(request, pk)
    form = AccessForm(client, people.people_of(client), request.POST)
    if not form.is_valid():
        return _page(request, client, form)
    try:
        people.save_access(client, people=form.toggles(), enabled=form.enabled)
    except WrongState as problem:
        form.add_error(str(problem))
        return _page(request, client, form)
    toast(request, _("Access saved. Nothing was sent."))
    return done(request, tab(request, client))


@require_POST
@can("work")
def access_invite(request: OfficeRequest, pk: int) -> HttpResponse:
    """ "Send invite" (POR-2): the first of a client's people."""
    client = find(request, pk)
    form = AccessForm(client, people.people_of(client), request.POST, invites=None)
    return _invited(request, client, form, None)


@require_POST
@can("work")
def access_reinvite(request: OfficeRequest, pk: int, access: int) -> HttpResponse:
    """ "Resend invite" (POR-2); to another address than before it is a new invitation (POR-8)."""
    client = find(request, pk)
    found = find_person(client, access)
    form = AccessForm(client, people.people_of(client), request.POST, invites=found.pk)
    return _invited(request, client, form, found)


def _invited(
    request: OfficeRequest, client: Client, form: AccessForm, found: PortalAccess | None
) -> HttpResponse:
    if not form.is_valid():
        return _page(request, client, form)
    person = form.invited
    if person is None:
        form.add_error(_("Somebody was invited meanwhile. Add another, or send that invite again."))
        return _page(request, client, form)
    try:
        if found is not None:
            # What was switched for the others on the same page is not lost.
            people.save_access(client, people=form.toggles(), enabled=client.portal_enabled)
        people.invite(client, address=person.address, toggles=person.toggles(), access=found)
    except WrongState as problem:
        form.add_error(str(problem))
        return _page(request, client, form)
    toast(request, _("Invite sent to %(address)s.") % {"address": person.address})
    return done(request, tab(request, client))


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def access_add(request: OfficeRequest, pk: int) -> HttpResponse:
    """Somebody else for this client: a tenant, a landlord, an agent (POR-6)."""
    client = find(request, pk)
    form = PersonForm(client, None, request.POST or None, invites=True, others=people.people_of(client))
    if request.method == "POST" and form.is_valid():
        try:
            people.invite(client, address=form.address, toggles=form.toggles())
        except WrongState as problem:
            form.add_error(None, str(problem))
        else:
            toast(request, _("Invite sent to %(address)s.") % {"address": form.address})
            return done(request, tab(request, client))
    context = {"client": client, "back": tab(request, client)}
    return shown(request, "portal/office/add.html", context, part="dialog", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def access_remove(request: OfficeRequest, pk: int, access: int) -> HttpResponse:
    """Take somebody off the portal; asks first (SCR-3)."""
    client = find(request, pk)
    found = find_person(client, access)
    if request.method == "POST":
        people.remove(found)
        toast(request, _("%(who)s is off the portal.") % {"who": found.named})
        return done(request, tab(request, client))
    context = {"client": client, "person": found, "back": tab(request, client)}
    return shown(request, "portal/office/remove.html", context, part="dialog")


@require_http_methods(["GET", "HEAD", "POST"])
@can("read")
def access_view(request: OfficeRequest, pk: int) -> HttpResponse:
    """ "View as client" (POR-7): as whom, where there are several, and in."""
    client = find(request, pk)
    rows = people.people_of(client)
    chosen = next((row for row in rows if str(row.pk) == request.POST.get("access")), None)
    if request.method == "POST":
        if request.POST.get("access") and chosen is None:
            text = _("This login was removed from the client meanwhile.")
            return moved_on(request, text, back=tab(request, client))
        if chosen is None and len(rows) > 1:
            return redirect("access:access-view", request.team.slug, pk)
        preview.start(request, client, chosen or (rows[0] if rows else None))
        return done(request, reverse("portal:home", args=[request.team.slug]))
    context = {"client": client, "people": rows, "back": tab(request, client)}
    return shown(request, "portal/office/view.html", context, part="dialog")


@require_POST
@can("read")
def access_view_end(request: OfficeRequest, pk: int) -> HttpResponse:
    """Back from the client's pages to the client's record."""
    client = find(request, pk)
    preview.end(request)
    return done(request, tab(request, client))


@require_POST
@can("work")
def data_done(request: OfficeRequest, pk: int, asked: int) -> HttpResponse:
    """The person has got their data (POR-14)."""
    client = find(request, pk)
    wanted = get_object_or_404(client.data_requests, pk=asked)
    if data.finish(wanted, by=request.user):
        toast(request, _("Done. It stays in the log."))
    return done(request, reverse("clients:client", args=[request.team.slug, pk]))
