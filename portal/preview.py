""" "View as client" (POR-7): a member looks at the portal as one of its people sees it, and changes nothing.

What is looked at is kept in the member's own session, ends by itself, and is checked by the door with
every request. Inside, PostgreSQL itself refuses to write.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from clients.models import Client
from portal.models import PortalAccess
from teams.audit import record
from teams.models import Membership
from teams.roles import Right
from teams.scope import Scope, team_scope

if TYPE_CHECKING:
    from teams.access import OfficeRequest

KEY = "portal_preview"
LASTS = dt.timedelta(minutes=30)
LOOKING = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Preview:
    """Whose portal the member looks at, and until when. Without an access: of one who was never invited."""

    team_id: int
    client_id: int
    access_id: int | None
    until: dt.datetime

    @property
    def is_over(self) -> bool:
        return timezone.now() >= self.until


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at, read anew with each request."""

    membership: Membership
    client: Client
    access: PortalAccess


def start(request: OfficeRequest, client: Client, access: PortalAccess | None) -> None:
    """Begin to look, and write down who looks at whom. To be called in the team's scope."""
    until = timezone.now() + LASTS
    access_id = access.pk if access else None
    request.session[KEY] = {
        "user": request.user.pk,
        "team": request.team.pk,
        "client": client.pk,
        "access": access_id,
        "until": until.timestamp(),
    }
    who = f"{client.name}, {access.named}" if access and access.email else client.name
    record(
        "portal.viewed_as", subject=access or client, client_id=client.pk, who=who, until=until.isoformat()
    )


def end(request: HttpRequest) -> None:
    """Stop looking."""
    request.session.pop(KEY, None)


def preview_of(request: HttpRequest, team_id: int) -> Preview | None:
    """What this session looks at of this team, run out or not."""
    kept = request.session.get(KEY)
    if not kept or kept["team"] != team_id or kept["user"] != request.user.pk:
        return None
    until = dt.datetime.fromtimestamp(kept["until"], dt.UTC)
    return Preview(team_id, kept["client"], kept["access"], until)


def view_of(preview: Preview, user_id: int) -> View | None:
    """The rows behind it; None once the member has left, the client is gone, or the login was removed."""
    with team_scope(preview.team_id):
        membership = (
            Membership.objects.select_related("team").filter(team_id=preview.team_id, user_id=user_id).first()
        )
        client = Client.objects.prefetch_related("emails").filter(pk=preview.client_id).first()
        if membership is None or not membership.may(Right.READ) or client is None:
            return None
        access = _access(preview, client)
    if access is None:
        return None
    client.team = access.team = membership.team
    access.client = client
    return View(membership, client, access)


def _access(preview: Preview, client: Client) -> PortalAccess | None:
    if preview.access_id is None:
        return PortalAccess(team_id=preview.team_id, client=client, email=client.primary_email())
    rows = PortalAccess.objects.select_related("user").filter(pk=preview.access_id, client=client)
    return rows.first()


@contextmanager
def looking_scope(team_id: int, client_id: int) -> Iterator[Scope]:
    """The client's own scope, in which nothing can be written: a mark that a view forgets to leave out is
    an error, and not a lie about what the client has read.
    """
    with team_scope(team_id, client_id) as scope:
        with connection.cursor() as cursor:
            cursor.execute("set transaction read only")
        yield scope
