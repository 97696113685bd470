"""Commits of one team queue at the chain's head, and nowhere do two wait for each other (trust 5)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.db.utils import IntegrityError

from clients.models import Client, Email
from teams import chain
from teams.audit import record
from teams.models import Seal
from tests.payments.racing import at_once
from tests.teams.tampering import execute
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SEALED = """
create constraint trigger sealed after insert on teams_unsealed
    deferrable initially deferred for each row execute function cma_seal()
"""


@contextmanager
def sealing_among_the_other_checks(owner: psycopg.Connection[Any]) -> Iterator[None]:
    """As it would be with one trigger: the head is locked while keys are still to be checked."""
    owner.execute("drop trigger sealed on teams_unsealed")
    owner.execute(
        "create trigger sealed after insert on teams_unsealed for each row execute function cma_seal()"
    )
    try:
        yield
    finally:
        owner.execute("drop trigger sealed on teams_unsealed")
        owner.execute(SEALED)


@contextmanager
def without_the_heads_lock(owner: psycopg.Connection[Any]) -> Iterator[None]:
    """The head, which must be there, is read and written, and nobody waits."""
    row = owner.execute("select pg_get_functiondef('cma_seal'::regproc)").fetchone()
    assert row
    # Trying to insert the head waits as well, for whoever is changing it.
    without, done = re.subn(r"insert into public.teams_chainhead[^;]*;| for update(?=;)", "", row[0])
    assert done == 2
    owner.execute(without)
    try:
        yield
    finally:
        owner.execute(row[0])


def until(ready: Callable[[], bool]) -> None:
    """Ask until it is so; a test that never gets there is stopped by its own deadline."""
    for _ in range(20_000):
        if ready():
            return
    raise AssertionError("it never came to that")


def backend() -> int:
    [(pid,)] = execute("select pg_backend_pid()")
    return int(pid)


def is_waiting(pid: int) -> bool:
    return execute("select cardinality(pg_blocking_pids(%s)) > 0", pid) == [(True,)]


def a_key_check_against_a_locked_row(world: World) -> list[Any]:
    """One transaction checks, at commit, a key of a client's row that the other has locked until its own."""
    locked, pid = threading.Event(), threading.Event()
    backends: list[int] = []

    def adds_an_address() -> None:
        locked.wait(20)
        with world.scope():
            record("first")
            Email.objects.create(team=world.team, client=world.jo, address="second@example.com")
            backends.append(backend())
            pid.set()

    def holds_the_client() -> None:
        with world.scope():
            Client.objects.select_for_update().get(pk=world.jo.pk)
            locked.set()
            pid.wait(20)
            until(lambda: is_waiting(backends[0]))
            record("second")

    return at_once(adds_an_address, holds_the_client)


def lock(*clients: Client) -> None:
    for client in clients:
        Client.objects.select_for_update().get(pk=client.pk)


def log_then_lock(world: World, _address: str) -> None:
    record("a")
    lock(world.jo, world.kit)


def lock_then_log(world: World, _address: str) -> None:
    lock(world.jo)
    record("b")
    lock(world.kit)


def add_then_lock(world: World, address: str) -> None:
    Email.objects.create(team=world.team, client=world.kit, address=address)
    record("c")
    lock(world.kit)


def log_then_add(world: World, address: str) -> None:
    record("d")
    record("e")
    Email.objects.create(team=world.team, client=world.jo, address=address)


def undone(world: World, _address: str) -> None:
    record("f")
    lock(world.jo)
    transaction.set_rollback(True)


KINDS = (log_then_lock, lock_then_log, add_then_lock, log_then_add, undone)


class TestNoDeadlock:
    def test_the_head_is_locked_when_nothing_else_is_left_to_wait_for(self, world: World) -> None:
        assert a_key_check_against_a_locked_row(world) == [None, None]
        assert chain.verify(world.team) == []

    def test_control_sealing_among_the_other_checks(
        self, world: World, owner: psycopg.Connection[Any]
    ) -> None:
        with sealing_among_the_other_checks(owner):
            answers = a_key_check_against_a_locked_row(world)
        assert [type(answer) for answer in answers if answer] == [OperationalError]
        assert "deadlock detected" in str(next(answer for answer in answers if answer))

    def test_locks_in_every_order(self, world: World) -> None:
        """The log is written before, between and after other locks and deferred checks: all commit."""

        def many(kind: Callable[[World, str], None], name: str) -> Callable[[], None]:
            def run() -> None:
                for number in range(10):
                    with world.scope():
                        kind(world, f"{name}-{number}@example.com")

            return run

        jobs = [many(kind, f"{kind.__name__}-{thread}") for kind in KINDS for thread in range(3)]
        assert at_once(*jobs) == [None] * len(jobs)
        assert chain.verify(world.team) == []
        with world.scope():
            assert Seal.objects.count() == 3 * 10 * 5


def commit_during_another(world: World) -> list[Any]:
    """The other transaction has sealed its row, and not yet committed."""
    backends: list[int] = []
    sealed, waits = threading.Event(), threading.Event()

    def first() -> None:
        with world.scope():
            record("first")
            execute("set constraints all immediate")
            sealed.set()
            waits.wait(20)
            until(lambda: is_waiting(backends[0]))

    def second() -> None:
        sealed.wait(20)
        with world.scope():
            record("second")
            backends.append(backend())
            waits.set()

    return at_once(first, second)


class TestOrder:
    def test_a_commit_waits_for_the_one_before(self, world: World) -> None:
        assert commit_during_another(world) == [None, None]
        assert chain.verify(world.team) == []

    def test_the_first_rows_of_a_team_at_once(self, world: World) -> None:
        """There is no head to lock yet."""

        def write() -> None:
            with world.scope():
                record("x")

        assert at_once(*[write] * 12) == [None] * 12
        assert chain.verify(world.team) == []

    def test_control_without_the_heads_lock(self, world: World, owner: psycopg.Connection[Any]) -> None:
        with world.scope():
            record("there is a head")
        with without_the_heads_lock(owner):
            answers = commit_during_another(world)
        assert [type(answer) for answer in answers if answer] == [IntegrityError]

    def test_teams_do_not_wait_for_each_other(self, world: World) -> None:
        def other() -> str:
            with world.other_scope(), connection.cursor() as cursor:
                cursor.execute("set local lock_timeout = '5s'")
                record("other")
                cursor.execute("set constraints all immediate")
            return "committed"

        with world.scope():
            record("mine")
            execute("set constraints all immediate")
            assert at_once(other) == ["committed"]
        assert chain.verify(world.other) == []

    def test_what_is_committed_while_the_check_runs_is_no_finding(self, world: World) -> None:
        done = threading.Event()

        def write() -> None:
            for _ in range(40):
                with world.scope():
                    record("x")
            done.set()

        def check() -> list[chain.Finding]:
            findings: list[chain.Finding] = []
            while not done.is_set():
                findings += chain.verify(world.team)
            return findings

        assert at_once(write, check) == [None, []]
