from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cma.sealing import is_current
from payments.secrets import SECRET_FIELDS, Place, seal, unseal
from teams.directory import all_team_ids
from teams.scope import team_scope
from teams.second_factors import rotate_second_factors


class Command(BaseCommand):
    help = "Seals every stored secret with the first of CMA_MASTER_KEYS; the others can then be taken away."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through second factors and teams, each in a transaction of its own; safe to run again."""
        done = rotate_second_factors() + sum(rotate_team(team_id) for team_id in all_team_ids())
        self.stdout.write(f"{done} secrets sealed again.")


def rotate_team(team_id: int) -> int:
    """Seal the team's secrets again; answers how many were not sealed with the current key."""
    done = 0
    with team_scope(team_id):
        for model, field in SECRET_FIELDS:
            for row in model.objects.select_for_update().filter(**{f"{field}__isnull": False}):
                blob = bytes(getattr(row, field))
                if is_current(blob):
                    continue
                place = Place(team_id, model._meta.db_table, field, row.pk)
                setattr(row, field, seal(unseal(blob, place), place))
                row.save(update_fields=[field])
                done += 1
    return done
