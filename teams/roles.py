"""Who may do what in the office (PEO-1)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    STAFF = "staff", _("Staff")
    ACCOUNTANT = "accountant", _("Accountant")


class Right(models.TextChoices):
    """What a page asks for. Every office view names exactly one."""

    READ = "read", _("Read")
    WORK = "work", _("Daily work")
    EXPORT = "export", _("Export")
    SETTINGS = "settings", _("Settings")
    OWNER = "owner", _("Owner's business")


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.ADMIN: frozenset({Right.READ, Right.WORK, Right.EXPORT, Right.SETTINGS}),
    Role.STAFF: frozenset({Right.READ, Right.WORK}),
    Role.ACCOUNTANT: frozenset({Right.READ, Right.EXPORT}),
}


def may(role: str, right: Right) -> bool:
    """Whether members of this role have the right."""
    return right in RIGHTS[Role(role)]
