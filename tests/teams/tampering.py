"""Changing evidence past every guard, as only the owner of the database could; for the chain's tests."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, connections, transaction
from psycopg import sql
from psycopg.types.json import Jsonb

from teams.audit import Actor, acting, record
from teams.proof import sha256
from tests.world import World, business

GUARDED = ("teams_auditentry", "teams_seal", "teams_unsealed")


@contextmanager
def as_owner() -> Iterator[None]:
    """Django's own connection is the table owner's for a while; use it with transactional_db."""
    settings, owner = connection.settings_dict, connections["owner"].settings_dict
    before = {name: settings[name] for name in ("USER", "PASSWORD")}
    connection.close()
    settings.update({name: owner[name] for name in before})
    try:
        yield
    finally:
        connection.close()
        settings.update(before)


@contextmanager
def unguarded() -> Iterator[Callable[..., None]]:
    """As the owner, in one transaction without triggers, of which nothing stays.

    Gives the means to put the triggers back for a look (`up=True`).
    """

    def guards(*, up: bool) -> None:
        for table in GUARDED:
            execute(f"alter table {table} {'enable' if up else 'disable'} trigger user")

    with as_owner(), transaction.atomic():
        guards(up=False)
        yield guards
        transaction.set_rollback(True)


def execute(statement: str | sql.Composed, *arguments: Any) -> list[tuple[Any, ...]]:
    """Run the statement on Django's connection; answers its rows, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)
        return cursor.fetchall() if cursor.description else []


def write_rows(world: World, count: int) -> None:
    """Entries of all kinds in both teams, several transactions of Alice's."""
    for number in range(0, count, 4):
        with world.scope(), acting(Actor("Alice Hartley", world.alice.pk, "203.0.113.9", "Firefox")):
            record("team.details_changed", subject=world.team, changes={"phone": ["1", "2"]}, number=number)
            record("client.created", subject=world.jo, client_id=world.jo.pk, name="Jö “O'Neill”\n")
        with world.scope(world.kit):
            record("portal.opened")
        with world.scope():
            record("member.left", nothing=None, price=1.5)
        with world.other_scope():
            record("member.left", name="Dan")


@dataclass(frozen=True)
class Tampering:
    """What was done, and to which row of which table."""

    what: str
    table: str
    number: int


class Tamperer:
    """Does one random thing at a time to the evidence of Alice's team."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        # Without a chain of its own, so that no seal is in the way of one that is moved there.
        self.elsewhere = business("elsewhere", "Elsewhere").pk
        self.random = random.Random(seed)
        self.entries = self._ids("select id from teams_auditentry where team_id = %s order by id")
        self.seals = self._ids("select seq from teams_seal where team_id = %s order by seq")
        self.columns = {table: self._columns(table) for table in ("teams_auditentry", "teams_seal")}

    def _ids(self, statement: str) -> list[int]:
        return [number for (number,) in execute(statement, self.world.team.pk)]

    @staticmethod
    def _columns(table: str) -> list[tuple[str, str]]:
        return execute(
            "select column_name, data_type from information_schema.columns where table_name = %s order by 1",
            table,
        )

    def tamper(self) -> Tampering:
        """One change, removal or insertion."""
        table = self.random.choice(("teams_auditentry", "teams_seal"))
        is_seal = table == "teams_seal"
        number = self.random.choice(self.seals if is_seal else self.entries)
        do = self.random.choice((self._change, self._change, self._remove, self._insert))
        return do(table, "seq" if is_seal else "id", number)

    def _change(self, table: str, key: str, number: int) -> Tampering:
        column, kind = self.random.choice(self.columns[table])
        where = sql.SQL("where team_id = %s and {} = %s").format(sql.Identifier(key))
        name = sql.Identifier(column)
        [(before,)] = execute(
            sql.SQL("select {} from {} {}").format(name, sql.Identifier(table), where),
            self.world.team.pk,
            number,
        )
        after = self._another(column, kind, before)
        done = execute(
            sql.SQL("update {} set {} = %s {} returning 1").format(sql.Identifier(table), name, where),
            after,
            self.world.team.pk,
            number,
        )
        assert done == [(1,)]
        return Tampering(f"{column} changed", table, number)

    def _another(self, column: str, kind: str, before: Any) -> Any:
        """A value that is not the one before, and that the database takes."""
        if column == "team_id":
            return self.elsewhere
        if column == "actor_id":
            return self.world.bob.pk
        if kind == "jsonb":
            return Jsonb({**(before if isinstance(before, dict) else {}), "more": self.random.random()})
        if kind == "bigint":
            return (before or 0) + self.random.choice((1000, 5000, 9999))
        if kind.startswith("timestamp"):
            return before.replace(microsecond=(before.microsecond + 1) % 1_000_000)
        if kind == "inet":
            return None if before else "198.51.100.7"
        if before and self.random.random() < 0.5:
            place = self.random.randrange(len(before))
            return before[:place] + ("0" if before[place] != "0" else "1") + before[place + 1 :]
        return before[:-1] if before else "x"

    def _remove(self, table: str, key: str, number: int) -> Tampering:
        statement = sql.SQL("delete from {} where team_id = %s and {} = %s").format(
            sql.Identifier(table), sql.Identifier(key)
        )
        execute(statement, self.world.team.pk, number)
        return Tampering("removed", table, number)

    def _insert(self, table: str, _key: str, number: int) -> Tampering:
        if table == "teams_auditentry":
            [(new,)] = execute(
                "insert into teams_auditentry (team_id, at, actor_id, actor_name, verb, subject, details, "
                "user_agent) select team_id, at, actor_id, actor_name, verb, subject, details, user_agent "
                "from teams_auditentry where id = %s returning id",
                number,
            )
            return Tampering("inserted", table, new)
        # As good as a forger could make it, with a true hash: it only comes after the end.
        [(new,)] = execute(
            "insert into teams_seal (team_id, seq, source, row_id, row_hash, at, previous, hash) "
            "select head.team_id, head.seq + 1, source, -row_id, row_hash, at, head.hash, "
            "cma_seal_hash(head.team_id, head.seq + 1, source, -row_id, row_hash, at, head.hash) "
            "from teams_seal seal join teams_chainhead head using (team_id) "
            "where seal.team_id = %s and seal.seq = %s returning seq",
            self.world.team.pk,
            number,
        )
        return Tampering("inserted", table, new)


def cut_off_the_end(world: World) -> None:
    """Take the last row away with its seal, and have the head end before it."""
    team = world.team.pk
    execute(
        "delete from teams_auditentry where id = (select row_id from teams_seal "
        "where team_id = %s order by seq desc limit 1)",
        team,
    )
    execute("delete from teams_seal where team_id = %s and seq = (select max(seq) from teams_seal)", team)
    execute(
        "update teams_chainhead head set seq = seal.seq, hash = seal.hash from teams_seal seal "
        "where head.team_id = %s and seal.team_id = %s and seal.seq = head.seq - 1",
        team,
        team,
    )


def write_anew(world: World) -> None:
    """Change a row and seal the whole chain again, as the owner could."""
    execute("update teams_auditentry set verb = 'x' where team_id = %s", world.team.pk)
    rows = execute(
        "select row_id, encode(sha256(convert_to(cma_chain_text(entry), 'UTF8')), 'hex'), seq, "
        "cma_seal_time(seal.at) from teams_seal seal join teams_auditentry entry on entry.id = seal.row_id "
        "where seal.team_id = %s order by seq",
        world.team.pk,
    )
    previous = "0" * 64
    for row_id, row_hash, seq, at in rows:
        parts = ("cma-seal-1", world.team.pk, seq, "teams_auditentry", row_id, row_hash, at, previous)
        new = sha256("\n".join(map(str, parts)))
        execute(
            "update teams_seal set row_hash = %s, previous = %s, hash = %s where team_id = %s and seq = %s",
            row_hash,
            previous,
            new,
            world.team.pk,
            seq,
        )
        previous = new
    execute("update teams_chainhead set hash = %s where team_id = %s", previous, world.team.pk)
