"""Refuses to run on a database role that could look past the walls."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection


def refuse_privileged_role() -> None:
    """Raise ImproperlyConfigured when the app's role is superuser, may bypass row security or owns a table.

    A database that is away is no reason to stop: every page answers 503 until it is back,
    and the role is looked at again by /readyz.
    """
    try:
        problem = role_problem()
    except OperationalError:
        return
    if problem:
        raise ImproperlyConfigured(
            f"DATABASE_URL connects as a role that {problem}. Row security would not hold; "
            "use the app role made for it (docs/operations.md, Roles)."
        )


def role_problem() -> str | None:
    """What is wrong with the current role, in words, or None."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select rolsuper, rolbypassrls,
                   exists (select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
                           where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm')
                             and pg_has_role(current_user, c.relowner, 'member'))
            from pg_roles where rolname = current_user
            """
        )
        superuser, bypasses, owns = cursor.fetchone()
    if superuser:
        return "is a superuser"
    if bypasses:
        return "may bypass row security"
    if owns:
        return "owns tables"
    return None
