"""The client's record: the hub where everything about one person is found (CLI-1)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.figures import billing_figures
from clients.forms import ClientRecordForm
from clients.models import Client
from clients.notices import notices_for
from clients.tabs import tabs_for
from cma.answers import done, shown
from cma.toasts import toast
from teams.access import OfficeRequest, can
from teams.audit import record
from teams.events import feed

FIELDS_IN_LOG = ["name", "kind", "company", "vat_number", "terms_days", "language", "tags"]


def find_client(request: OfficeRequest, pk: int) -> Client:
    """The team's client with its contacts, or 404."""
    return get_object_or_404(request.team.clients.prefetch_related("emails", "phones", "addresses"), pk=pk)


def record_context(request: OfficeRequest, client: Client, *, tab: str) -> dict[str, Any]:
    """What `clients/record.html` needs whatever tab is shown."""
    phones = sorted(client.phones.all(), key=lambda phone: (not phone.is_primary, phone.pk))
    return {
        "client": client,
        "tabs": tabs_for(client, slug=request.team.slug, current=tab),
        "notices": notices_for(client),
        "first_phone": phones[0].number if phones else "",
        "first_address": ", ".join(client.billing_lines()),
        "may_work": request.membership.may_work,
    }


@require_safe
@can("read")
def client(request: OfficeRequest, pk: int) -> HttpResponse:
    """Overview: contacts, notes, what happened last and every mail with its state (MSG-1)."""
    found = find_client(request, pk)
    context = record_context(request, found, tab="overview")
    entries = request.team.audit_entries.filter(client_id=found.pk).order_by("-pk")[:12]
    context["events"] = feed(request.team, list(entries), name_clients=False)
    context["figures"] = billing_figures(found)
    context["mails"] = found.mail_messages.order_by("-pk")[:8]
    return shown(request, "clients/client.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def client_create(request: OfficeRequest) -> HttpResponse:
    """A new client; the name alone is enough."""
    form = ClientRecordForm(request.team, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.save()
        record("client.created", subject=made, client_id=made.pk, name=made.name)
        toast(request, _("%(name)s is on your books.") % {"name": made.name})
        return redirect("clients:client", request.team.slug, made.pk)
    return _form_page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def client_edit(request: OfficeRequest, pk: int) -> HttpResponse:
    """Change the client and its contacts; what was there before is in the audit log."""
    found = find_client(request, pk)
    before = {name: getattr(found, name) for name in FIELDS_IN_LOG}
    form = ClientRecordForm(request.team, found, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        after = {name: getattr(saved, name) for name in FIELDS_IN_LOG}
        changes = {name: [before[name], after[name]] for name in FIELDS_IN_LOG if before[name] != after[name]}
        record("client.changed", subject=saved, client_id=saved.pk, name=saved.name, changes=changes)
        toast(request, _("Saved."))
        return redirect("clients:client", request.team.slug, saved.pk)
    return _form_page(request, form, found)


def _form_page(request: OfficeRequest, form: ClientRecordForm, found: Client | None) -> HttpResponse:
    status = 422 if request.method == "POST" else None
    return shown(request, "clients/client_form.html", {"form": form, "client": found}, status=status)


@require_POST
@can("work")
def client_archive(request: OfficeRequest, pk: int) -> HttpResponse:
    """Out of lists and pickers; Undo brings the client back."""
    found = find_client(request, pk)
    found.archive()
    undo = reverse("clients:client-unarchive", args=[request.team.slug, pk])
    toast(request, _("%(name)s is archived.") % {"name": found.name}, undo=undo)
    return done(request, reverse("clients:client", args=[request.team.slug, pk]))


@require_POST
@can("work")
def client_unarchive(request: OfficeRequest, pk: int) -> HttpResponse:
    """Back into lists and pickers."""
    found = find_client(request, pk)
    found.unarchive()
    toast(request, _("%(name)s is back.") % {"name": found.name})
    return done(request, reverse("clients:client", args=[request.team.slug, pk]))
