"""What a team's own people are written: one mail each, in the team's office scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from mail.composing import team_mail
from mail.outbox import Recipient, queue
from teams.models import Team, User
from teams.roles import Role

if TYPE_CHECKING:
    from clients.models import Client
    from quotes.models import Acceptance


def owners_of(team: Team) -> list[User]:
    """Everybody who owns the team."""
    return [
        seat.user for seat in team.memberships.filter(role=Role.OWNER).select_related("user").order_by("pk")
    ]


def office_url(view: str, team: Team, *args: int) -> str:
    """The absolute address of a page of the team's."""
    return settings.CMA_BASE_URL + reverse(view, args=[team.slug, *args])


def tell_members(
    people: Iterable[User],
    team: Team,
    key: str,
    values: Mapping[str, str],
    *,
    reason: str,
    url: str,
    client: Client | None = None,
    about: tuple[str, int] | None = None,
    acceptance: Acceptance | None = None,
) -> None:
    """Queue the mail `key` to each of them, with a button to `url`; once for each `reason`."""
    for user in people:
        composed = team_mail(team, key, {**values, "owner_name": user.first_name}, button=url, to=user.email)
        queue(
            team,
            kind=key,
            reason=f"{reason}:{user.pk}",
            to=Recipient(user.email, user.name),
            subject=composed.subject,
            text=composed.text,
            html=composed.html,
            client=client,
            about=about,
            acceptance=acceptance,
        )
