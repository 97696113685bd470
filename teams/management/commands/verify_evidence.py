from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from teams import chain
from teams.directory import all_team_ids, team_by_slug
from teams.models import Team
from teams.proof import report
from teams.scope import team_scope


class Command(BaseCommand):
    help = (
        "Finds audit and acceptance rows that were changed, removed or inserted, or checks a file (trust 5)."
    )
    # System checks ask the database for its version; a file is checked without one.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Nothing, or one team, or a file."""
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--team", metavar="SLUG", help="only this team")
        which.add_argument("--file", help="check this downloaded evidence file; needs no database")
        parser.add_argument(
            "--compare",
            action="store_true",
            help="also ask whether this database still holds the file's seals",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a sentence for each finding and end with 1, or say that all is whole."""
        if options["file"]:
            self.check_file(options["file"], compare=options["compare"])
        elif options["compare"]:
            raise CommandError("--compare needs a --file to compare with.")
        else:
            self.check_teams(options["team"])

    def check_file(self, path: str, *, compare: bool) -> None:
        """Check a downloaded file, and with `compare` the chain that it came from."""
        good, words = report(path)
        if good and compare:
            gone = chain.still_here(json.loads(Path(path).read_text(encoding="utf-8")))
            good = not gone
            words = "\n".join(gone) or f"{words}\nThis database still holds every seal of the file."
        if not good:
            self.stderr.write(words)
            raise SystemExit(1)
        self.stdout.write(words)

    def check_teams(self, slug: str | None) -> None:
        """Check the chain of one team or of all."""
        wrong = False
        teams = all_team_ids() if slug is None else [_team_id(slug)]
        sealed = 0
        for team_id in teams:
            with team_scope(team_id):
                team = Team.objects.get(pk=team_id)
                head = chain.head_of(team)
                sealed += head.seq if head else 0
                for finding in chain.verify(team):
                    wrong = True
                    self.stderr.write(f"{team.slug}: {finding}.")
        if wrong:
            raise SystemExit(1)
        self.stdout.write(f"The evidence is whole: {sealed} sealed rows, teams looked at: {len(teams)}.")


def _team_id(slug: str) -> int:
    team_id = team_by_slug(slug)
    if team_id is None:
        raise CommandError(f"There is no team “{slug}”.")
    return team_id
