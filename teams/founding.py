"""Setting up a business (PEO-3): the team, its owner, and what every app gives a new team."""

from __future__ import annotations

from collections.abc import Callable

from django.db import IntegrityError
from django.utils.text import slugify

from teams.audit import record
from teams.colour import both_themes
from teams.directory import free_slug
from teams.models import Membership, Team, User
from teams.roles import Role
from teams.scope import team_scope

Give = Callable[[Team], object]
_gifts: list[Give] = []
ATTEMPTS = 5


def when_founded(give: Give) -> None:
    """Have `give(team)` called inside the new team's scope. Called from an AppConfig."""
    if give not in _gifts:
        _gifts.append(give)


def found_team(*, owner: User, name: str) -> Team:
    """A new team with `owner` as its owner, all of it or nothing. Its scope is closed again."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _found(owner, name)
        except IntegrityError:
            # Somebody of the same name took the address between our look and our insert.
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _found(owner: User, name: str) -> Team:
    team_id = Team.reserve_id()
    with team_scope(team_id):
        team = Team(pk=team_id, slug=free_slug(slugify(name)), name=name, email=owner.email)
        team.colour_tokens = both_themes(team.colour)
        team.save(force_insert=True)
        Membership.objects.create(team=team, user=owner, role=Role.OWNER)
        for give in _gifts:
            give(team)
        record("team.founded", subject=team, name=name)
    return team
