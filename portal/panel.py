"""What the record's section "Portal access" is drawn from; the client's record shows it in its tab."""

from __future__ import annotations

from typing import Any

from clients.models import Client
from portal.forms import AccessForm, saved_addresses
from portal.inviting import access_of
from portal.models import Purpose


def access_panel(client: Client, *, form: AccessForm | None = None, may_work: bool = True) -> dict[str, Any]:
    """The context of `portal/office/access_panel.html`."""
    access = form.access if form is not None else access_of(client)
    form = form or AccessForm(client, access)
    open_link = None
    if access is not None and access.pk and access.invited_at:
        open_link = access.invitations.filter(purpose=Purpose.INVITE).order_by("-pk").first()
    return {
        "client": client,
        "form": form,
        "access": access,
        "link": open_link,
        "addresses": saved_addresses(client),
        "is_invited": bool(access and access.invited_at),
        "status": _status(client, access),
        "may_work": may_work,
    }


def _status(client: Client, access: Any) -> str:
    if access is None or not access.invited_at:
        return "off"
    if not client.portal_enabled:
        return "suspended"
    return "active" if access.active_at else "invited"
