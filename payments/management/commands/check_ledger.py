from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from payments.books import check_ledger
from teams.directory import all_team_ids
from teams.models import Team
from teams.scope import team_scope


class Command(BaseCommand):
    help = "Compares the ledger's figures with the rows behind them, for all teams (PAY-2)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what is wrong, or that nothing is."""
        problems: list[str] = []
        teams = all_team_ids()
        for team_id in teams:
            with team_scope(team_id):
                problems += check_ledger(Team.objects.get(pk=team_id))
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise SystemExit(1)
        self.stdout.write(f"The books of {len(teams)} teams are true.")
