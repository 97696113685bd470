"""What the record's section "Portal access" is drawn from; the client's record shows it in its tab."""

from __future__ import annotations

from typing import Any

from clients.models import Client
from portal.models import Invitation, PortalAccess, Purpose
from portal.office_forms import AccessForm, PersonForm, free_addresses, saved_addresses
from portal.people import MOST_PEOPLE, people_of


def access_panel(client: Client, *, form: AccessForm | None = None, may_work: bool = True) -> dict[str, Any]:
    """The context of `portal/office/access_panel.html`."""
    form = form or AccessForm(client, people_of(client))
    rows = list(form.rows)
    links = _newest_links(client, rows)
    return {
        "client": client,
        "form": form,
        "people": [_person(person, links, alone=len(rows) < 2) for person in form.people],
        "addresses": saved_addresses(client),
        "may_add": form.is_invited and len(rows) < MOST_PEOPLE,
        "has_free_address": bool(free_addresses(client, rows)),
        "is_invited": form.is_invited,
        "status": _status(client, rows),
        "may_work": may_work,
    }


def _newest_links(client: Client, rows: list[PortalAccess]) -> dict[int, Invitation]:
    invites = Invitation.objects.filter(client=client, access__in=rows, purpose=Purpose.INVITE)
    return {link.access_id: link for link in invites.order_by("pk")}


def _person(form: PersonForm, links: dict[int, Invitation], *, alone: bool) -> dict[str, Any]:
    access = form.access
    return {
        "form": form,
        "access": access,
        "link": links.get(access.pk) if access else None,
        "is_open": alone or bool(form.is_bound and form.errors),
    }


def _status(client: Client, rows: list[PortalAccess]) -> str:
    states = {row.status for row in rows} - {"off"}
    if not states:
        return "off"
    if not client.portal_enabled:
        return "suspended"
    return "active" if "active" in states else "invited"
