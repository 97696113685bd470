"""What the portal writes to the owners of a team."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from clients.models import Client
from mail.composing import team_mail
from mail.outbox import Recipient, queue
from teams.roles import Role


def tell_owners(client: Client, key: str, values: dict[str, str], *, reason: str) -> None:
    """One mail `key` to every owner, with a button to the client's record. In the team's own scope."""
    team = client.team
    url = settings.CMA_BASE_URL + reverse("clients:client", args=[team.slug, client.pk])
    for seat in team.memberships.filter(role=Role.OWNER).select_related("user").order_by("pk"):
        user = seat.user
        filled = {**values, "client_name": client.name, "owner_name": user.first_name}
        composed = team_mail(team, key, filled, button=url, to=user.email)
        queue(
            team,
            kind=key,
            reason=f"{reason}:{user.pk}",
            to=Recipient(user.email, user.name),
            subject=composed.subject,
            text=composed.text,
            html=composed.html,
            client=client,
        )
