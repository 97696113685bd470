"""The chain of evidence: rows are sealed at commit, by the database alone, and prove themselves (trust 5)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from teams import chain
from teams.audit import record
from teams.chained import Chained
from teams.models import AuditEntry, ChainHead, Logo, Seal, Team, Unsealed
from teams.proof import check_evidence, check_proof
from tests.teams.tampering import (
    as_owner,
    cut_off_the_end,
    execute,
    unguarded,
    write_anew,
    write_rows,
)
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def seals(world: World) -> list[tuple[int, int]]:
    """(number of the seal, number of the row) of Alice's team."""
    with world.scope():
        return list(Seal.objects.order_by("seq").values_list("seq", "row_id"))


def verified(team: Team) -> list[str]:
    return [str(finding) for finding in chain.verify(team)]


class TestSealing:
    def test_rows_are_sealed_in_their_order_at_commit(self, world: World) -> None:
        with world.scope():
            first, second = record("one"), record("two")
            assert not Seal.objects.exists()
        with world.scope():
            third = record("three")
        assert seals(world) == [(1, first.pk), (2, second.pk), (3, third.pk)]
        with world.scope():
            head = ChainHead.objects.get()
            assert (head.seq, head.hash) == (3, Seal.objects.get(seq=3).hash)
            assert not Unsealed.objects.exists()
        assert chain.verify(world.team) == []

    def test_what_a_client_does_is_sealed_too(self, world: World) -> None:
        with world.scope(world.jo):
            entry = record("portal.opened")
        assert seals(world) == [(1, entry.pk)]

    def test_each_team_has_its_own_chain(self, world: World) -> None:
        write_rows(world, 8)
        with world.other_scope():
            assert list(Seal.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2]
        assert len(seals(world)) == 8
        assert chain.verify(world.team) == chain.verify(world.other) == []

    def test_what_was_undone_leaves_no_seal_and_no_gap(self, world: World) -> None:
        with world.scope():
            with transaction.atomic():
                record("undone")
                transaction.set_rollback(True)
            kept = record("kept")
        with transaction.atomic():
            with world.scope():
                record("all undone")
            transaction.set_rollback(True)
        with world.scope():
            last = record("last")
        assert seals(world) == [(1, kept.pk), (2, last.pk)]
        assert chain.verify(world.team) == []

    def test_a_team_without_rows_has_no_chain_and_no_finding(self, world: World) -> None:
        assert chain.verify(world.team) == []
        assert chain.head_of(world.team) is None

    def test_every_model_that_says_so_is_chained_and_can_only_grow(self, world: World) -> None:
        tables = {name for (name,) in execute("select tgrelid::regclass::text from pg_trigger "
                                              "where tgname = 'chained'")}  # fmt: skip
        assert tables == set(chain.chained_tables())
        assert "teams_auditentry" in tables
        for model in apps.get_models():
            if model._meta.db_table in tables:
                assert model.append_only  # type: ignore[attr-defined]

    def test_the_text_of_an_old_row_stays_as_it_was(self, world: World) -> None:
        """When this fails, every seal in the world stops verifying: see teams/chained.py on new columns."""
        with world.scope():
            execute(
                "insert into teams_auditentry (id, team_id, at, actor_name, verb, subject, subject_id, "
                "details, ip, user_agent) values (7, %s, '2026-03-04 05:06:07.08+02', 'Zoë', 'x.y', "
                """'invoice', 9, '{"b": [1, 2.50], "a": null}', '2001:db8::1', '')""",
                world.team.pk,
            )
            execute("set local timezone = 'Asia/Tokyo'")
            [(text,)] = execute("select cma_chain_text(entry) from teams_auditentry entry")
        assert text == (
            '{"at": "2026-03-04T03:06:07.08+00:00", "id": 7, "ip": "2001:db8::1", "verb": "x.y", '
            '"details": {"a": null, "b": [1, 2.50]}, "subject": "invoice", "team_id": '
            f'{world.team.pk}, "actor_name": "Zoë", "subject_id": 9, "user_agent": ""}}'
        )


class TestTheAppCannot:
    @pytest.mark.parametrize(
        "statement",
        [
            "update teams_seal set hash = previous",
            "delete from teams_seal",
            "update teams_chainhead set seq = 0",
            "delete from teams_chainhead",
            "insert into teams_unsealed (team_id, source, row_id, row_hash) values (1, 'x', 1, 'x')",
            "alter table teams_auditentry disable trigger chained",
            "select cma_seal()",
        ],
    )
    def test_write_the_chain(self, world: World, statement: str) -> None:
        write_rows(world, 4)
        with pytest.raises(DatabaseError), world.scope():
            execute(statement)
        assert chain.verify(world.team) == []

    @pytest.mark.parametrize("function", ["cma_chain", "cma_seal"])
    def test_seal_rows_of_a_table_of_its_own(self, world: World, function: str) -> None:
        hang = f"create trigger x after insert on forged for each row execute function {function}()"
        with world.scope():
            execute("create temporary table forged (id bigint, team_id bigint) on commit drop")
            with pytest.raises(DatabaseError, match="permission denied for function"), transaction.atomic():
                execute(hang)

    def test_put_a_table_of_its_own_before_the_chains(self, world: World) -> None:
        with world.scope():
            for table in ("teams_seal", "teams_chainhead", "teams_unsealed"):
                execute(f"create temporary table {table} (like public.{table}) on commit drop")
            record("x")
        assert len(seals(world)) == 1
        assert chain.verify(world.team) == []


class TestProofs:
    def test_a_row_proves_itself_outside(self, world: World) -> None:
        write_rows(world, 8)
        with world.scope():
            for entry in AuditEntry.objects.all():
                proof = chain.proof_of(entry)
                assert check_proof(proof) == []
                assert proof["seal"]["row_id"] == entry.pk
                assert proof["head"]["seq"] == 8

    def test_a_client_gets_the_proof_of_its_own_rows_and_sees_no_other_seals(self, world: World) -> None:
        with world.scope():
            own = record("client.created", client_id=world.jo.pk)
            foreign = record("client.created", client_id=world.kit.pk)
            office = record("team.details_changed")
        with world.scope(world.jo):
            assert check_proof(chain.proof_of(own)) == []
            for other in (foreign, office):
                with pytest.raises(chain.NotSealed):
                    chain.proof_of(other)
            assert [seal.row_id for seal in Seal.objects.all()] == [own.pk]
        with world.other_scope():
            assert not Seal.objects.exists()
            assert not ChainHead.objects.exists()

    def test_before_the_commit_there_is_no_proof(self, world: World) -> None:
        with world.scope(), pytest.raises(chain.NotSealed):
            chain.proof_of(record("x"))

    @pytest.mark.parametrize("forge", [cut_off_the_end, write_anew])
    def test_what_no_chain_shows_by_itself_an_evidence_file_shows(self, world: World, forge: Any) -> None:
        write_rows(world, 8)
        with world.scope():
            rows = [chain.proof_of(entry) for entry in AuditEntry.objects.order_by("pk")[:2]]
        evidence = {"format": "cma-evidence-1", "rows": rows}
        assert chain.still_here(evidence) == check_evidence(evidence) == []
        with unguarded() as guards:
            forge(world)
            guards(up=True)
            assert verified(world.team) == []
            assert "is not the one in the file" in chain.still_here(evidence)[-1]


class TestChained:
    """Putting a table into the chain."""

    def chain_logos(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Logo, "chained", True, raising=False)
        state: Any = SimpleNamespace(apps=apps)
        with connection.schema_editor() as editor:
            Chained("Logo").database_forwards("teams", editor, state, state)

    def test_rows_that_are_there_are_sealed_with_their_bytes(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_rows(world, 4)
        for scope, team in ((world.scope, world.team), (world.other_scope, world.other)):
            with scope():
                for image in (b"\x00one", b"two"):
                    Logo.objects.create(team=team, image=image, mime="x", width=1, height=1, sha256="")
        with as_owner(), transaction.atomic():
            self.chain_logos(monkeypatch)
            for team, count in ((world.team, 4), (world.other, 1)):
                assert verified(team) == []
                sources = list(
                    Seal.objects.filter(team=team).order_by("seq").values_list("source", flat=True)
                )
                assert sources == ["teams_auditentry"] * count + ["teams_logo"] * 2
            logo = Logo.objects.filter(team=world.team).earliest("pk")
            assert check_proof(chain.proof_of(logo)) == []
            new = Logo.objects.create(team=world.team, image=b"3", mime="x", width=1, height=1, sha256="")
            execute("set constraints all immediate")
            assert chain.proof_of(new)["seal"]["seq"] == 7
            execute("update teams_logo set image = 'three' where id = %s", new.pk)
            assert verified(world.team) == [
                f"row {new.pk} of teams_logo was changed after it was sealed (seal 7)"
            ]
            transaction.set_rollback(True)

    def test_a_column_without_a_steady_text_is_refused(self, world: World) -> None:
        field = models.FloatField(name="share")
        meta = SimpleNamespace(concrete_fields=[field], db_table="x")
        state: Any = SimpleNamespace(apps=SimpleNamespace(get_model=lambda *_: SimpleNamespace(_meta=meta)))
        with connection.schema_editor() as editor, pytest.raises(ValueError, match="share"):
            Chained("Share").database_forwards("teams", editor, state, state)


def test_not_even_the_owner_changes_a_seal_by_mistake(world: World, owner: psycopg.Connection[Any]) -> None:
    write_rows(world, 4)
    for statement in ("update teams_seal set seq = seq + 1", "delete from teams_seal"):
        with pytest.raises(psycopg.Error, match="append-only"):
            owner.execute(statement)
