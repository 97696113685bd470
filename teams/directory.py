"""The few look-ups that come before a scope: which team an address means, where a person belongs.

Each is a narrow SECURITY DEFINER function in PostgreSQL (migration 0002), so that the app role
needs no way around row security for them.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from teams.roles import Role

# Leaves room for a number behind it.
LONGEST_SLUG = 44


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's membership of a team."""

    team_id: int
    slug: str
    team_name: str
    membership_id: int
    role: str

    @property
    def label(self) -> str:
        """The role, in words."""
        return str(Role(self.role).label)


@dataclass(frozen=True, slots=True)
class Key:
    """A person's access to one client's portal."""

    team_id: int
    slug: str
    team_name: str
    access_id: int
    client_id: int
    client_name: str
    is_enabled: bool


def team_by_slug(slug: str) -> int | None:
    """The team's id, or None."""
    return _one("select cma_team_by_slug(%s)", slug)


def team_by_webhook_token(token: str) -> int | None:
    """The team whose webhook address carries this token, or None."""
    return _one("select cma_team_by_webhook_token(%s)", token)


def team_by_member_invitation(token_hash: str) -> int | None:
    """The team that an invitation's link belongs to, or None."""
    return _one("select cma_team_by_member_invitation(%s)", token_hash)


def all_team_ids() -> list[int]:
    """Every team, for sweepers and commands."""
    with connection.cursor() as cursor:
        cursor.execute("select * from cma_team_ids()")
        return [row[0] for row in cursor.fetchall()]


def memberships_of(user_id: int) -> list[Seat]:
    """Where the person works, by team name."""
    with connection.cursor() as cursor:
        cursor.execute("select * from cma_memberships_of(%s)", [user_id])
        return [Seat(*row) for row in cursor.fetchall()]


def portal_accesses_of(user_id: int) -> list[Key]:
    """Whose portal the person may open, by team name; suspended ones are told by `is_enabled`."""
    with connection.cursor() as cursor:
        cursor.execute("select * from cma_portal_accesses_of(%s)", [user_id])
        return [Key(*row) for row in cursor.fetchall()]


def _one(sql: str, argument: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [argument])
        row = cursor.fetchone()
    return row[0] if row else None


def free_slug(wanted: str) -> str:
    """`wanted`, or the first of wanted-2, wanted-3, … that no team has."""
    base = wanted[:LONGEST_SLUG] or "team"
    slug, number = base, 1
    while team_by_slug(slug) is not None:
        number += 1
        slug = f"{base}-{number}"
    return slug
