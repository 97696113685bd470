"""The one door: every row of a team is read and written inside its scope (TEN-1, TEN-2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection, transaction

OFFICE = 0


class ForeignScope(RuntimeError):
    """A scope was opened inside the scope of another team or another client."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Who is asking: the team, and in the portal the one client (0 is the office: all clients)."""

    team_id: int
    client_id: int = OFFICE


_current: ContextVar[Scope | None] = ContextVar("cma_scope", default=None)


def current_scope() -> Scope | None:
    """The innermost scope that is open, or None."""
    return _current.get()


@contextmanager
def team_scope(team_id: int, client_id: int = OFFICE) -> Iterator[Scope]:
    """One transaction in which PostgreSQL shows this team's rows (and this client's) and no others.

    The setting is local to the transaction, so a pooled connection never carries it on.
    A scope may be opened again inside itself; another team's, or a wider one inside a
    client's, raises ForeignScope.
    """
    outer, inner = _current.get(), Scope(team_id, client_id)
    if outer is not None and outer != inner and not (outer.team_id == team_id and outer.client_id == OFFICE):
        raise ForeignScope(f"{inner} inside {outer}")
    with transaction.atomic():
        _tell(inner)
        token = _current.set(inner)
        try:
            yield inner
        finally:
            _current.reset(token)
        # A setting made in a savepoint outlives its release: put back what was there before.
        if connection.in_atomic_block and not connection.needs_rollback:
            _tell(outer)


def _tell(scope: Scope | None) -> None:
    team, client = (str(scope.team_id), str(scope.client_id)) if scope else ("", "")
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('cma.team', %s, true), set_config('cma.client', %s, true)", [team, client]
        )
