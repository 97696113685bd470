"""A signature is evidence: its every column is in the chain, and its file holds alone (trust 5, QUO-6)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from quotes.evidence import evidence_file
from quotes.models import Acceptance
from teams import chain
from teams.proof import check_evidence
from tests.quotes.making import accepted
from tests.teams.tampering import execute, unguarded
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
# What takes no other value than its own kind.
OTHERS = {"how": "'typed'", "picks": "'{\"x\": 1}'", "vat_rows": "'[1]'", "ip": "'198.51.100.1'"}
# A column that is never empty changes the text of the rows that are there: see teams/chained.py.
NEVER_EMPTY = {
    "teams_auditentry": "actor_name at details id subject team_id user_agent verb",
    "quotes_acceptance": (
        "canonical email how id name net pdf pdf_sha256 picks quote_id sha256 signed_at team_id total typed "
        "user_agent vat vat_rows wording zone"
    ),
}


def columns(table: str) -> list[tuple[str, str]]:
    return execute(
        "select column_name, data_type from information_schema.columns where table_name = %s order by 1",
        table,
    )


def another(column: str, kind: str) -> str:
    """SQL for a value of the column that is not the one it has."""
    if column in OTHERS:
        return OTHERS[column]
    if kind in ("bigint", "numeric"):
        return f"coalesce({column}, 0) + 1"
    if kind == "bytea":
        return f"coalesce({column}, '') || '\\x00'"
    if kind.startswith("timestamp"):
        return f"{column} + interval '1 microsecond'"
    return f"'x' || left({column}, 8)"


def test_a_change_of_any_column_is_found(world: World) -> None:
    with world.scope():
        signed = accepted(world)
    assert chain.verify(world.team) == []
    missed, seen = [], []
    for column, kind in columns("quotes_acceptance"):
        with unguarded():
            execute("alter table quotes_acceptance disable trigger user")
            execute("alter table quotes_acceptance drop constraint quotes_acceptance_signature")
            execute(f"update quotes_acceptance set {column} = {another(column, kind)}")  # noqa: S608
            seen.append(column)
            findings = [(f.source, f.row_id) for f in chain.verify(world.team) if f.kind != "trigger"]
            if ("quotes_acceptance", signed.pk) not in findings:
                missed.append(column)
    assert missed == []
    assert {"pdf", "signature", "canonical", "total", "ip"} <= set(seen)


def test_its_file_holds_and_a_changed_one_does_not(world: World) -> None:
    with world.scope():
        quote = accepted(world).quote
    with world.scope(world.jo):
        file: dict[str, Any] = json.loads(evidence_file(Acceptance.objects.get(quote=quote)))
    assert check_evidence(file) == []
    assert chain.still_here(file) == []
    assert file["signature_png"]
    for name in ("reference", "version", "canonical", "sha256", "pdf_sha256", "signature_png"):
        value = file[name]
        changed = file | {name: value + 1 if isinstance(value, int) else value[:-5] + "A" + value[-4:] + "x"}
        assert check_evidence(changed), name


@pytest.mark.parametrize("table", chain.chained_tables())
def test_a_new_column_of_evidence_may_be_empty(world: World, table: str) -> None:
    """Or the rows that are there would no longer be as they were sealed."""
    never_empty = execute(
        "select string_agg(column_name, ' ' order by column_name) from information_schema.columns "
        "where table_name = %s and is_nullable = 'NO'",
        table,
    )
    assert never_empty == [(NEVER_EMPTY[table],)]
