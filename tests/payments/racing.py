"""Races with real threads, and the means to take a guard away: every race has a twin that must go wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models import QuerySet


def at_once(*jobs: Callable[[], Any], threads: int = 0) -> list[Any]:
    """Run the jobs in threads of their own; answers what each returned or raised, in order."""

    def run(job: Callable[[], Any]) -> Any:
        try:
            return job()
        except Exception as problem:  # noqa: BLE001 - whatever it is, the test looks at it
            return problem
        finally:
            connection.close()

    with ThreadPoolExecutor(threads or len(jobs)) as pool:
        return list(pool.map(run, jobs))


def meet(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, parties: int = 2, wait: float = 1.0
) -> None:
    """Have callers of `module.name` wait for each other after it has answered, for a while.

    Where a lock lets only one of them come so far, it goes on alone: guarded and unguarded runs meet
    at the same place.
    """
    real = getattr(module, name)
    barrier = threading.Barrier(parties)

    def together(*args: Any, **more: Any) -> Any:
        answer = real(*args, **more)
        try:
            barrier.wait(wait)
        except threading.BrokenBarrierError:
            barrier.reset()
        return answer

    monkeypatch.setattr(module, name, together)


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for anybody any more."""

    def unlocked(self: QuerySet[Any], **_: Any) -> QuerySet[Any]:
        return self._chain()  # type: ignore[attr-defined]

    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)


@contextmanager
def without_index(owner: psycopg.Connection[Any], name: str) -> Iterator[None]:
    """The unique index is gone for the time being. What it would have refused is gone afterwards."""
    found = owner.execute(
        "select indexdef, tablename from pg_indexes where indexname = %s", [name]
    ).fetchone()
    assert found is not None
    definition, table = found
    owner.execute(f'drop index "{name}"')
    try:
        yield
    finally:
        owner.execute(f'truncate "{table}" cascade')
        owner.execute(definition)
