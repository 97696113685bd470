from __future__ import annotations

from django.db import models

from teams.models.base import TeamOwned
from teams.models.team import Team


class Seal(TeamOwned):
    """One row of evidence in its team's chain (trust 5), written by the database at commit.

    `row_hash` is over the row's canonical text, `hash` over the rest of this seal with the seal before
    (teams/proof.py says how). A seal has no number of its own: every column is covered by `hash`.
    """

    read_only = True

    pk = models.CompositePrimaryKey("team_id", "seq")
    # The row that is sealed has the key to the team; a second one would be one more look-up for each.
    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    seq = models.BigIntegerField()
    source = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    row_hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)


class ChainHead(TeamOwned):
    """The end of a team's chain; its lock puts the team's commits in order."""

    read_only = True

    team = models.OneToOneField(Team, on_delete=models.CASCADE, primary_key=True, related_name="+")
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)


class Unsealed(TeamOwned):
    """A row that its own transaction seals as the last thing it does: empty between transactions."""

    read_only = True

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    source = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    row_hash = models.CharField(max_length=64)
