"""What the page that checks fingerprints tells a client's own people (QUO-15): the portal's gate decides."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from django.urls import reverse

from portal.models import PortalAccess
from quotes.views.check import Found, Party
from teams.directory import portal_accesses_of
from teams.models import User
from teams.scope import team_scope


def as_client(request: HttpRequest, found: Found) -> Party | None:
    """Somebody who may see this client's quotes with their prices: signed in, portal on, section on."""
    quote = found.acceptance.quote
    keys = [
        key
        for key in portal_accesses_of(cast("User", request.user).pk)
        if key.team_id == quote.team_id and key.client_id == quote.client_id and key.is_enabled
    ]
    if not keys:
        return None
    with team_scope(quote.team_id, quote.client_id):
        access = PortalAccess.objects.filter(pk=keys[0].access_id).first()
    if access is None or not access.may_sign:
        return None
    arguments = [found.slug, quote.pk]
    return Party(
        reverse("portal:quote-accepted", args=arguments),
        reverse("portal:quote-signed-pdf", args=arguments),
        reverse("portal:quote-evidence", args=arguments),
    )
