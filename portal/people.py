"""Who may open a client's portal and what each sees: the section "Portal access" of the record (POR-1 to
POR-4, POR-6, POR-8). All of it runs in the team's own scope, and behind the lock of the client's row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client
from portal.inviting import login_for, revoke, send_link
from portal.models import Invitation, PortalAccess, Purpose
from quotes.models import QuoteLink
from teams.audit import record
from teams.models import WrongState

# As many as the addresses that a record may hold.
MOST_PEOPLE = 10


@dataclass(frozen=True, slots=True)
class Toggles:
    """What one login sees, and who that is (POR-1, POR-6)."""

    sections: dict[str, bool]
    label: str = ""
    hides_prices: bool = False

    def values(self) -> dict[str, Any]:
        """As the fields of the row. Without prices there are no invoices: those are made of amounts."""
        values: dict[str, Any] = {**self.sections, "label": self.label, "hides_prices": self.hides_prices}
        return values | {"shows_invoices": False} if self.hides_prices else values


def people_of(client: Client) -> list[PortalAccess]:
    """The client's logins with their toggles, the oldest first."""
    return list(client.portal_accesses.select_related("user").order_by("pk"))


@transaction.atomic
def save_access(client: Client, *, people: Mapping[int | None, Toggles], enabled: bool) -> None:
    """Apply the toggles of each login and the master switch, and send nothing (POR-3, POR-4).

    The key None stands for one who is not invited yet. Off suspends every session and link of the client
    with the next request; nothing is deleted. Raises WrongState.
    """
    client = _locked(client)
    rows = {row.pk: row for row in people_of(client)}
    if enabled and not any(row.invited_at for row in rows.values()):
        raise WrongState(_("The portal opens with the first invite."))
    for pk, toggles in people.items():
        # Somebody else may have made the first row, or removed this one, since the page was drawn.
        access = next(iter(rows.values()), None) if pk is None else rows.get(pk)
        if access is None and pk is not None:
            raise WrongState(_("Somebody was removed meanwhile. Look again at who is on the portal."))
        access = access or PortalAccess(team_id=client.team_id, client=client)
        changes = _apply(access, toggles)
        if changes:
            record(
                "portal.access_saved",
                subject=access,
                client_id=client.pk,
                email=access.email,
                changes=changes,
            )
    if client.portal_enabled != enabled:
        _switch(client, enabled=enabled)
        record("portal.restored" if enabled else "portal.suspended", subject=client, client_id=client.pk)


@transaction.atomic
def invite(
    client: Client, *, address: str, toggles: Toggles, access: PortalAccess | None = None
) -> Invitation:
    """Store the toggles, switch the portal on, make the login and mail its link (POR-2). Raises WrongState.

    `access` is the row to invite (again); without one it is somebody new (POR-6). Another address than
    before makes a new invitation, and the old login loses this client (POR-8).
    """
    client = _locked(client)
    user = login_for(address)
    rows = people_of(client)
    access = _row_to_invite(client, rows, access)
    if any(row.user_id == user.pk and row.pk != access.pk for row in rows):
        raise WrongState(_("%(address)s is on the portal already.") % {"address": user.email})
    again = bool(access.invited_at)
    moved_from = access.email if access.user_id and access.user_id != user.pk else ""
    if moved_from:
        access.active_at = access.last_seen_at = None
        revoke(access, *Purpose)
        _revoke_quote_links(client, moved_from)
    access.user, access.email, access.invited_at = user, user.email, timezone.now()
    _apply(access, toggles)
    _switch(client, enabled=True)
    verb = "portal.address_changed" if moved_from else "portal.reinvited" if again else "portal.invited"
    before = {"before": moved_from} if moved_from else {}
    record(verb, subject=access, client_id=client.pk, email=access.email, label=access.label, **before)
    return send_link(access, Purpose.INVITE)


def _row_to_invite(client: Client, rows: list[PortalAccess], wanted: PortalAccess | None) -> PortalAccess:
    """The row as it stands now; for somebody new the one that was only prepared, or another."""
    if wanted is not None and wanted.pk:
        found = next((row for row in rows if row.pk == wanted.pk), None)
        if found is None:
            raise WrongState(_("Somebody was removed meanwhile. Look again at who is on the portal."))
        return found
    if len(rows) >= MOST_PEOPLE:
        raise WrongState(_("That are as many people as one client can have here."))
    prepared = next((row for row in rows if row.user_id is None), None)
    return prepared or PortalAccess(team_id=client.team_id, client=client)


@transaction.atomic
def remove(access: PortalAccess) -> None:
    """Take one login off this client at once, with its links (POR-6). The last one takes the portal along."""
    client = _locked(access.client)
    found = next((row for row in people_of(client) if row.pk == access.pk), None)
    if found is None:
        return
    record("portal.removed", subject=found, client_id=client.pk, email=found.email, label=found.label)
    _revoke_quote_links(client, found.email)
    found.delete()
    if client.portal_enabled and not client.portal_accesses.exclude(invited_at=None).exists():
        _switch(client, enabled=False)


def _revoke_quote_links(client: Client, address: str) -> None:
    """What was mailed to an address that has lost the client opens nothing any more."""
    links = QuoteLink.objects.filter(client=client, email__iexact=address, revoked_at=None)
    links.update(revoked_at=timezone.now())


def _locked(client: Client) -> Client:
    """The client's row, locked: two presses of the same button go one after the other."""
    locked = Client.objects.select_for_update().get(pk=client.pk)
    locked.team = client.team
    return locked


def _switch(client: Client, *, enabled: bool) -> None:
    client.portal_enabled = enabled
    client.save(update_fields=["portal_enabled", "updated_at"])


def _apply(access: PortalAccess, toggles: Toggles) -> dict[str, list[Any]]:
    """Write the toggles; what they were before and are now, where they differ."""
    values = toggles.values()
    before = {name: getattr(access, name) for name in values}
    changes = {name: [before[name], value] for name, value in values.items() if before[name] != value}
    for name, value in values.items():
        setattr(access, name, value)
    if access._state.adding:
        access.save()
    else:
        moved = ["user", "email", "invited_at", "active_at", "last_seen_at"]
        access.save(update_fields=[*moved, *values])
    return changes
