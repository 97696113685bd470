from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def grant_after_migrating(using: str, **_: Any) -> None:
    """The app role gets its rights on new tables in the same step that made them."""
    from teams.walls import grant_to_app_role

    if using == "owner":
        grant_to_app_role()


class TeamsConfig(AppConfig):
    name = "teams"

    def ready(self) -> None:
        post_migrate.connect(grant_after_migrating, sender=self, dispatch_uid="teams.grants")
