"""`manage.py verify_evidence` and the daily look at every chain (trust 5)."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from teams import chain, tasks
from teams.models import AuditEntry
from tests.teams.tampering import write_rows
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


def tamper(owner: psycopg.Connection[Any], world: World) -> int:
    """Change one row of Alice's team as the owner could; answers its number."""
    owner.execute("alter table teams_auditentry disable trigger user")
    row = owner.execute(
        "update teams_auditentry set verb = 'x' where id = (select min(id) from teams_auditentry "
        "where team_id = %s) returning id",
        [world.team.pk],
    ).fetchone()
    owner.execute("alter table teams_auditentry enable trigger user")
    assert row
    return int(row[0])


def evidence_file(world: World, folder: Path) -> Path:
    with world.scope():
        entry = AuditEntry.objects.earliest("pk")
        evidence = {"format": "cma-evidence-1", "rows": [chain.proof_of(entry)]}
    path = folder / "evidence.json"
    path.write_text(json.dumps(evidence))
    return path


def test_whole_evidence(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(world, 8)
    call_command("verify_evidence")
    assert capsys.readouterr().out.strip() == "The evidence is whole: 10 sealed rows, teams looked at: 2."
    call_command("verify_evidence", "--team", world.team.slug)
    assert capsys.readouterr().out.strip() == "The evidence is whole: 8 sealed rows, teams looked at: 1."


def test_what_is_wrong_is_said_with_its_team(
    world: World, owner: psycopg.Connection[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    write_rows(world, 8)
    row = tamper(owner, world)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_evidence")
    assert ended.value.code == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{world.team.slug}: row {row} of teams_auditentry was changed after it was sealed (seal 1)."
    ]
    call_command("verify_evidence", "--team", world.other.slug)


def test_a_team_that_is_not_there(world: World) -> None:
    with pytest.raises(CommandError, match="no team “nobody”"):
        call_command("verify_evidence", "--team", "nobody")
    with pytest.raises(CommandError, match="needs a --file"):
        call_command("verify_evidence", "--compare")


def test_a_file_is_checked_without_a_database(world: World, tmp_path: Path) -> None:
    write_rows(world, 4)
    path = evidence_file(world, tmp_path)
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    environment = {**os.environ, "DATABASE_URL": nowhere, "DATABASE_OWNER_URL": nowhere}

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "manage.py"), "verify_evidence", "--file", str(path)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    good = run()
    assert (good.returncode, good.stdout.strip()) == (0, "The evidence holds: 1 row is as sealed."), (
        good.stderr
    )
    path.write_text(path.read_text().replace("details_changed", "details_shown"))
    bad = run()
    assert bad.returncode == 1
    assert bad.stderr.strip().endswith("is not what was sealed: its text was changed.")


def test_a_file_is_compared_with_the_chain_it_came_from(
    world: World, owner: psycopg.Connection[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rows(world, 4)
    path = str(evidence_file(world, tmp_path))
    call_command("verify_evidence", "--file", path, "--compare")
    assert "still holds every seal" in capsys.readouterr().out
    owner.execute("truncate teams_auditentry, teams_seal, teams_chainhead")
    call_command("verify_evidence")
    with pytest.raises(SystemExit):
        call_command("verify_evidence", "--file", path, "--compare")
    assert f"Seal 1 of team {world.team.pk} is not the one in the file" in capsys.readouterr().err


def test_every_team_is_looked_at_daily(
    world: World,
    owner: psycopg.Connection[Any],
    settings: Any,
    run_tasks: Callable[[], int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    from cma.celery import app

    assert app.conf.beat_schedule["verify-evidence"]["task"] == "teams.tasks.verify_evidence"
    settings.ADMINS = ["admin@example.com"]
    write_rows(world, 8)
    row = tamper(owner, world)
    with caplog.at_level(logging.INFO, logger="teams.tasks"):
        tasks.verify_evidence()
        assert run_tasks() == 2
    head = chain.head_of(world.team)
    assert head
    sentence = f"row {row} of teams_auditentry was changed after it was sealed (seal 1)"
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert ("INFO", f"evidence of {world.team.slug}: sealed up to 8, {head.hash}") in told
    assert [words for level, words in told if level == "ERROR"] == [
        f"evidence of {world.team.slug}: {sentence}"
    ]
    [message] = mail.outbox
    assert message.to == ["admin@example.com"]
    assert "Evidence of kirkstall-plumbing does not verify" in message.subject
    assert message.body == f"{sentence}."


def test_a_long_list_is_cut_in_the_mail(
    world: World, owner: psycopg.Connection[Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ADMINS = ["admin@example.com"]
    monkeypatch.setattr(tasks, "MOST_IN_A_MAIL", 2)
    write_rows(world, 8)
    owner.execute("truncate teams_auditentry")
    tasks.verify_team_evidence(world.team.pk)
    [message] = mail.outbox
    assert message.body.splitlines()[2:] == ["And 6 more: manage.py verify_evidence lists them."]
