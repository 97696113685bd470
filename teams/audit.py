"""Writing the audit log. Who is asking is set once per request or task, not passed through every call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from teams.models import AuditEntry
from teams.scope import current_scope


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does what follows. `user_id` is None for the system, Stripe or a link without login."""

    name: str
    user_id: int | None = None
    ip: str | None = None
    user_agent: str = ""


SYSTEM = Actor("CMA")
_actor: ContextVar[Actor] = ContextVar("cma_actor", default=SYSTEM)


def current_actor() -> Actor:
    """Who the log names at this moment."""
    return _actor.get()


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Everything recorded inside is recorded as done by `actor`."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def record(verb: str, *, subject: Any = None, client_id: int | None = None, **details: Any) -> AuditEntry:
    """Add one row to the log of the team in scope. `details` must be plain JSON; never a secret."""
    scope = current_scope()
    if scope is None:
        raise RuntimeError("the audit log is written inside a team's scope")
    actor = current_actor()
    return AuditEntry.objects.create(
        team_id=scope.team_id,
        actor_id=actor.user_id,
        actor_name=actor.name[:254],
        verb=verb,
        subject=subject._meta.model_name if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        client_id=client_id or scope.client_id or None,
        details=details,
        ip=actor.ip,
        user_agent=actor.user_agent[:300],
    )
