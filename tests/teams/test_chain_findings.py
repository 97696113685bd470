"""Whatever is not as it was sealed is found, and said in a sentence (trust 5)."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from teams import chain
from teams.audit import record
from teams.models import Team
from tests.teams.tampering import Tamperer, as_owner, execute, unguarded, write_rows
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def verified(team: Team) -> list[str]:
    return [str(finding) for finding in chain.verify(team)]


def of_rows(findings: list[chain.Finding]) -> list[chain.Finding]:
    """Without the triggers, which the test itself has switched off."""
    return [finding for finding in findings if finding.kind != "trigger"]


def test_a_thousand_tamperings_are_found_and_without_the_chain_none(world: World) -> None:
    """One changed, removed or inserted row or seal, 1,000 times; the database's own checks see nothing."""
    write_rows(world, 36)
    assert chain.verify(world.team) == []
    missed, by_the_plain_checks, kinds = [], 0, set()
    with unguarded():
        tamperer = Tamperer(world, seed=20260131)
        for _ in range(1000):
            point = transaction.savepoint()
            done = tamperer.tamper()
            findings = of_rows(chain.verify(world.team))
            kinds |= {finding.kind for finding in findings}
            named = [(f.source, f.row_id) for f in findings] + [("teams_seal", f.seq) for f in findings]
            # A seal that is gone or moved is told by the one after it, or by the head at the end.
            after = ("teams_seal", done.number + 1)
            ends = any(finding.kind == "head" for finding in findings)
            if (done.table, done.number) not in named and not (
                done.table == "teams_seal" and (after in named or ends)
            ):
                missed.append((done, findings))
            try:
                with transaction.atomic():
                    execute("set constraints all immediate")
            except DatabaseError:
                by_the_plain_checks += 1
            transaction.savepoint_rollback(point)
        assert of_rows(chain.verify(world.team)) == []
    assert missed == []
    assert by_the_plain_checks == 0
    assert kinds >= {"changed", "removed", "unsealed", "seal", "gap", "head"}


FORGE_LINK = (
    "update teams_seal set previous = repeat('1', 64), "
    "hash = cma_seal_hash(team_id, seq, source, row_id, row_hash, at, repeat('1', 64))"
)
FORGE_NOTE = "insert into teams_unsealed (team_id, source, row_id, row_hash)"


class TestFindings:
    """What else can be done to the chain, and what is said about it."""

    @pytest.mark.parametrize(
        ("statement", "told"),
        [
            (
                "update teams_auditentry set verb = 'y' where id = {row}",
                "row {row} of teams_auditentry was changed",
            ),
            (
                "delete from teams_auditentry where id = {row}",
                "row {row} of teams_auditentry was removed (seal 2)",
            ),
            ("delete from teams_seal where seq = 2", "seals are missing before seal 3"),
            (
                "delete from teams_seal where seq = 2",
                "row {row} of teams_auditentry was inserted past the chain",
            ),
            ("delete from teams_seal where seq = 1", "seals are missing before seal 2"),
            ("delete from teams_seal where seq = 4", "does not end where its head says"),
            ("delete from teams_seal", "does not end where its head says"),
            ("update teams_seal set row_id = row_id + 9 where seq = 2", "seal 2 was changed"),
            (f"{FORGE_LINK} where seq = 3", "seal 3 does not continue the seal before it"),
            ("update teams_chainhead set seq = 3", "does not end where its head says, at seal 3"),
            ("update teams_chainhead set hash = ''", "does not end where its head says, at seal 4"),
            ("delete from teams_chainhead", "does not end where its head says"),
            (f"{FORGE_NOTE} values ({{team}}, 'x', 3, '')", "row 3 of x waits to be sealed"),
            ("truncate teams_auditentry", "row {row} of teams_auditentry was removed"),
        ],
    )
    def test_each_is_told(self, world: World, statement: str, told: str) -> None:
        with world.scope():
            names = {"team": world.team.pk, "row": [record(verb) for verb in "abcd"][1].pk}
        with unguarded() as guards:
            guards(up=True)
            assert verified(world.team) == []
            guards(up=False)
            execute(statement.format(**names))
            guards(up=True)
            assert any(told.format(**names) in line for line in verified(world.team)), verified(world.team)

    @pytest.mark.parametrize(
        ("table", "statement"),
        [
            ("teams_auditentry", "alter table teams_auditentry disable trigger chained"),
            ("teams_auditentry", "drop trigger chained on teams_auditentry"),
            ("teams_unsealed", "alter table teams_unsealed disable trigger sealed"),
        ],
    )
    def test_a_trigger_that_was_switched_off(self, world: World, table: str, statement: str) -> None:
        with as_owner(), transaction.atomic():
            execute(statement)
            assert verified(world.team) == [
                f"rows added to {table} are no longer sealed: its trigger is missing or switched off"
            ]
            transaction.set_rollback(True)

    def test_a_chain_that_was_written_anew_has_no_end_of_findings(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_rows(world, 12)
        monkeypatch.setattr(chain, "MOST_FINDINGS", 5)
        with unguarded():
            execute("update teams_auditentry set verb = 'x'")
            assert [finding.kind for finding in chain.verify(world.team)].count("changed") == 5
