"""The database of the tests: made by the owner's migrations, used as the app role, as in production.

`owner` gives a connection that stands outside the walls, for reading what a test must not see.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connections
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from tests.database import make_database
from tests.world import World, make_world


def pytest_configure() -> None:
    """Seven people a test are too many for a slow hash; what it is in production, tests/teams looks at."""
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Nothing: `django_db_setup` names the databases itself."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Make a fresh database as the owner, then point the app's connection at it as the app role."""
    # Two runs on one server (several people, or pytest beside bin/test) must not share a database.
    worker = os.getpid()
    owner, app = connections["owner"], connections["default"]
    name = f"test_{owner.settings_dict['NAME']}_{worker}"
    before = owner.settings_dict["NAME"]
    with django_db_blocker.unblock():
        make_database(owner, name)
        app.settings_dict["NAME"] = name
        app.close()
    yield
    with django_db_blocker.unblock():
        app.close()
        owner.creation.destroy_test_db(before, verbosity=0)


def owner_connection() -> psycopg.Connection[Any]:
    """A connection as the owner, past row security."""
    settings = connections["owner"].get_connection_params()
    return psycopg.connect(
        host=settings.get("host"),
        port=settings.get("port"),
        user=settings.get("user"),
        password=settings.get("password"),
        dbname=connections["default"].settings_dict["NAME"],
        autocommit=True,
    )


@pytest.fixture
def owner(db: None) -> Iterator[psycopg.Connection[Any]]:
    """Sees every team's committed rows; use it with `transactional_db`."""
    with owner_connection() as connection:
        yield connection


def _empty_every_table(self: TransactionTestCase) -> None:
    # The app role may not truncate; the owner does it in its stead.
    for alias in ("default", "owner"):
        connections[alias].close()
    with owner_connection() as connection:
        tables = connection.execute(
            "select string_agg(format('%I', tablename), ', ') from pg_tables "
            "where schemaname = 'public' and tablename <> 'django_migrations'"
        ).fetchone()
        assert tables
        connection.execute(f"truncate {tables[0]} restart identity cascade")


TransactionTestCase._fixture_teardown = _empty_every_table  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _no_broker(settings: Any) -> None:
    """Tasks are not sent anywhere by themselves: a test that wants their work uses `run_tasks`."""
    settings.CELERY_TASK_ALWAYS_EAGER = False


@pytest.fixture(autouse=True)
def started_tasks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """What would have been handed to Celery, in order: (task name, arguments)."""
    from celery import Task

    started: list[tuple[str, tuple[Any, ...]]] = []

    def note(self: Any, args: Any = (), kwargs: Any = None, **_: Any) -> None:
        started.append((self.name, tuple(args or ())))

    monkeypatch.setattr(Task, "apply_async", note)
    return started


@pytest.fixture
def run_tasks(started_tasks: list[tuple[str, tuple[Any, ...]]]) -> Callable[[], int]:
    """Do in this thread what was handed to Celery so far; says how many tasks that were."""
    from cma.celery import app

    def run() -> int:
        done = 0
        while started_tasks:
            name, args = started_tasks.pop(0)
            app.tasks[name].run(*args)
            done += 1
        return done

    return run


@pytest.fixture
def world(db: None) -> World:
    """Alice's team with Bob and Ann, Jo and Kit; Charlie's team with Lee."""
    cache.clear()
    return make_world()


@pytest.fixture
def inside(world: World) -> Iterator[World]:
    """The world, with the test itself inside the scope of Alice's team."""
    with world.scope():
        yield world


Scoped = Callable[..., AbstractContextManager[Any]]
