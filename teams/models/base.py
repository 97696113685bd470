from __future__ import annotations

from django.db import models


class WrongState(Exception):
    """A transition was asked for that the object's state does not allow. Its text is for people."""


class TeamOwned(models.Model):
    """A row that belongs to one team. Its migration must put `TeamWalls` on it (TEN-1)."""

    team = models.ForeignKey("teams.Team", on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        abstract = True
