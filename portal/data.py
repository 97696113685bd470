""" "Ask for your data" (POR-14): somebody wants to know what the trade keeps of them; the trade answers."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client
from clients.notices import Notice
from cma.formats import day
from portal.letters import tell_owners
from portal.models import DataRequest, PortalAccess
from teams.audit import record
from teams.models import User

# Of one person at one client, done or not.
MOST_A_WEEK = 3


class TooOften(Exception):
    """Asked and answered again and again within a week."""


def open_requests(client: Client) -> list[DataRequest]:
    """What somebody has asked for and not yet got, the oldest first."""
    return list(client.data_requests.filter(done_at=None).order_by("pk"))


def waiting_of(access: PortalAccess) -> DataRequest | None:
    """What this login has asked for and not yet got."""
    return next((one for one in open_requests(access.client) if one.asked_by_id == access.user_id), None)


def ask(access: PortalAccess, *, user: User, name: str) -> DataRequest:
    """Nothing → open: logged, and mailed to the owners; asking again finds the one that is open.

    To be called in the team's own scope. Raises TooOften.
    """
    client = access.client
    mine = DataRequest.objects.filter(client=client, asked_by=user)
    if (waiting := mine.filter(done_at=None).first()) is not None:
        return waiting
    if asked_lately(mine) >= MOST_A_WEEK:
        raise TooOften
    try:
        with transaction.atomic():
            request = DataRequest.objects.create(
                team_id=client.team_id,
                client=client,
                asked_by=user,
                asked_name=name[:120],
                email=user.email,
            )
    except IntegrityError:
        # A second press of the same button came through at the same moment.
        return mine.get(done_at=None)
    record("portal.data_requested", subject=request, client_id=client.pk, email=user.email)
    values = {"actor": name, "email": user.email, "due_date": day(due_on(request))}
    tell_owners(client, "data_requested", values, reason=f"data_requested:{request.pk}")
    return request


def asked_lately(requests: QuerySet[DataRequest]) -> int:
    """How many of them came within a week."""
    return requests.filter(created_at__gt=timezone.now() - timedelta(days=7)).count()


def finish(request: DataRequest, *, by: User) -> bool:
    """Open → done. False when it was done already."""
    moved = DataRequest.objects.filter(pk=request.pk, done_at=None).update(done_at=timezone.now(), done_by=by)
    if moved:
        record("portal.data_done", subject=request, client_id=request.client_id, email=request.email)
    return bool(moved)


def due_on(request: DataRequest) -> dt.date:
    """One month after it was asked: the same day of the next month, or its last (UK GDPR, article 12)."""
    asked = timezone.localdate(request.created_at, request.team.zone)
    year, month = asked.year + asked.month // 12, asked.month % 12 + 1
    return dt.date(year, month, min(asked.day, calendar.monthrange(year, month)[1]))


def notices(client: Client) -> Iterable[Notice]:
    """What stands on the client's record until it is done."""
    for request in open_requests(client):
        request.team = client.team
        asked = timezone.localdate(request.created_at, client.team.zone)
        yield Notice(
            text=_("%(who)s (%(email)s) asked for their data on %(day)s. Answer until %(due)s.")
            % {
                "who": request.asked_name,
                "email": request.email,
                "day": day(asked),
                "due": day(due_on(request)),
            },
            action=reverse("access:data-done", args=[client.team.slug, client.pk, request.pk]),
            label=_("Mark as done"),
        )
