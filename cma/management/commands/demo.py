from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cma.demo.make import OtherTeams, make_demo


class Command(BaseCommand):
    help = "Make the demo team. Refuses on a database that holds other teams; does nothing when it is there."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = make_demo()
        except OtherTeams as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write("The demo team is made." if made else "The demo team is there already.")
