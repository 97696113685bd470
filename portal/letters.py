"""What the portal writes to the owners of a team."""

from __future__ import annotations

from clients.models import Client
from mail.members import office_url, owners_of, tell_members


def tell_owners(client: Client, key: str, values: dict[str, str], *, reason: str) -> None:
    """One mail `key` to every owner, with a button to the client's record. In the team's own scope."""
    team = client.team
    tell_members(
        owners_of(team),
        team,
        key,
        {**values, "client_name": client.name},
        reason=reason,
        url=office_url("clients:client", team, client.pk),
        client=client,
    )
