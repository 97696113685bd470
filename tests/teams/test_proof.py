"""Evidence that has left the system is checked with hashes alone, without CMA or a database (trust 5)."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from teams.proof import START, check_evidence, check_proof, report, seal_hash, sha256

ROOT = Path(__file__).resolve().parents[2]
PNG = b"\x89PNG and what was drawn"
AGREED = '{"format":"agreed-1","offer":{"reference":"Q-1"},"total":"1200.00"}'


def proof(seq: int, previous: str, head: tuple[int, str] | None = None, **row: Any) -> dict[str, Any]:
    text = json.dumps({"id": seq + 40, "team_id": 3, **row})
    seal = {
        "team": 3, "seq": seq, "source": "quotes_acceptance", "row_id": seq + 40,
        "row_hash": sha256(text), "at": "2026-01-31T09:05:00.123456Z", "previous": previous,
    }  # fmt: skip
    seal["hash"] = seal_hash(seal)
    end = head or (seq, seal["hash"])
    return {"text": text, "seal": seal, "head": {"seq": end[0], "hash": end[1]}}


def evidence() -> dict[str, Any]:
    picture = f"sha256:{hashlib.sha256(PNG).hexdigest()}"
    first = proof(
        1, START, name="Jo Whitaker", sha256=sha256(AGREED), pdf_sha256="ab" * 32, signature=picture
    )
    second = proof(2, first["seal"]["hash"], verb="quote.accepted")
    first["head"] = dict(second["head"])
    return {
        "format": "cma-evidence-1", "rows": [first, second],
        "canonical": AGREED, "sha256": sha256(AGREED), "made_at": "ignored",
        "reference": "Q-1", "total": "1200.00", "pdf_sha256": "ab" * 32,
        "signature_png": base64.b64encode(PNG).decode(),
    }  # fmt: skip


def test_a_good_file_holds() -> None:
    assert check_evidence(evidence()) == []
    assert [check_proof(row) for row in evidence()["rows"]] == [[], []]


def test_the_hash_of_a_seal_is_over_these_very_lines() -> None:
    """Written out, so that a change of the form cannot pass: files that people hold would stop verifying."""
    seal = {
        "team": 3, "seq": 1, "source": "teams_auditentry", "row_id": 7, "row_hash": "ab" * 32,
        "at": "2026-01-31T09:05:00.000000Z", "previous": START,
    }  # fmt: skip
    lines = f"cma-seal-1\n3\n1\nteams_auditentry\n7\n{'ab' * 32}\n2026-01-31T09:05:00.000000Z\n{'0' * 64}"
    assert seal_hash(seal) == sha256(lines)
    assert sha256("Zoë") == "c6a12698582fc1104ea24107a2d7268145ff06ef859707729d01fd060897f067"


def edit(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Sets one place of the file, such as rows.0.seal.seq; a function is given what is there."""

    def run(file: dict[str, Any]) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        place: Any = file
        for step in way:
            place = place[step]
        place[last] = value(place[last]) if callable(value) else value

    return run


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (edit("rows.0.text", lambda text: text.replace("Jo", "Joe")), "is not what was sealed"),
        (edit("rows.0.text", lambda text: text + " "), "is not what was sealed"),
        (edit("rows.0.seal.row_id", 42), "carries the seal of another row"),
        (edit("rows.0.seal.team", 4), "carries the seal of another row"),
        (edit("rows.0.seal.source", "teams_auditentry"), "its seal 1 was changed"),
        (edit("rows.0.seal.at", "2026-01-30T09:05:00.123456Z"), "its seal 1 was changed"),
        (edit("rows.0.seal.row_hash", "0" * 64), "is not what was sealed"),
        (edit("rows.1.seal.previous", "1" * 64), "its seal 2 was changed"),
        (edit("rows.1.seal.hash", "1" * 64), "its seal 2 was changed"),
        (edit("rows.1.seal.seq", 5), "its seal 5 was changed"),
        (edit("rows.1.head.hash", "1" * 64), "does not belong to the chain that ends with 2"),
        (edit("rows.1.head.seq", 1), "does not belong to the chain that ends with 1"),
        (edit("rows.0.head.hash", "1" * 64), "contradict each other about seal 2"),
        (edit("rows.1", proof(2, "1" * 64)), "contradict each other about seal 1"),
        (edit("rows.1", proof(2, START)), "does not begin or continue a chain"),
        (edit("rows.1", proof(1, START, name="Another")), "contradict each other about seal 1"),
        (edit("canonical", AGREED.replace("1200", "1300")), "What was agreed was changed"),
        (edit("canonical", None), "What was agreed was changed"),
        (edit("sha256", "0" * 64), "What was agreed was changed"),
        (edit("reference", "Q-2"), "“reference” in the file is not what was sealed"),
        (edit("total", "1300.00"), "“total” in the file is not what was sealed"),
        (edit("pdf_sha256", "cd" * 32), "“pdf_sha256” in the file is not what was sealed"),
        (edit("signature_png", base64.b64encode(PNG + b"!").decode()), "“signature” in the file is not"),
        (edit("signature_png", "no base64"), "“signature” in the file is not"),
        (edit("format", "cma-evidence-2"), "This is not an evidence file"),
        (edit("rows", []), "holds no rows"),
        (edit("rows", {}), "holds no rows"),
        (edit("rows.0", None), "incomplete"),
        (edit("rows.0", {}), "incomplete"),
        (edit("rows.0.text", "{"), "incomplete"),
        (edit("rows.0.text", "[]"), "incomplete"),
        (edit("rows.0.seal.seq", "1"), "incomplete"),
        (edit("rows.0.seal.seq", True), "incomplete"),
        (edit("rows.0.head", []), "incomplete"),
        (edit("rows.0.text", "\ud800"), "incomplete"),
    ],
)
def test_what_was_changed_is_told(change: Callable[[dict[str, Any]], None], told: str) -> None:
    file = evidence()
    change(file)
    problems = check_evidence(file)
    assert any(told in problem for problem in problems), problems


def test_every_changed_character_of_a_proof_is_found() -> None:
    good = evidence()["rows"][1]
    for part in (
        "text",
        "seal.row_hash",
        "seal.at",
        "seal.previous",
        "seal.hash",
        "head.hash",
        "seal.source",
    ):
        outer, _, inner = part.rpartition(".")
        value = (good[outer] if outer else good)[inner]
        for place in range(len(value)):
            bad = copy.deepcopy(good)
            (bad[outer] if outer else bad)[inner] = (
                value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
            )
            assert check_proof(bad), (part, place)


def test_an_agreement_that_was_not_sealed_does_not_pass_with_its_own_hash() -> None:
    file = evidence()
    file["canonical"] = "something else"
    file["sha256"] = sha256("something else")
    assert check_evidence(file) == ["“sha256” in the file is not what was sealed."]


@pytest.mark.parametrize("text", ["no JSON", "[1]", "[" * 100_000])
def test_an_agreement_may_be_any_text(text: str) -> None:
    file = evidence()
    file |= {"rows": file["rows"][1:], "canonical": text, "sha256": sha256(text)}
    assert check_evidence(file) == []


def test_an_agreement_needs_no_place_in_the_rows() -> None:
    file = evidence()
    file["rows"] = file["rows"][1:]
    assert check_evidence(file) == []


class TestAlone:
    """`python proof.py evidence.json` on bare Python."""

    @staticmethod
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        # -I -S: nothing of this project, its packages or its environment is in reach.
        command = [sys.executable, "-I", "-S", str(ROOT / "teams" / "proof.py"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env={})

    def test_a_good_file(self, tmp_path: Path) -> None:
        path = tmp_path / "evidence.json"
        path.write_text(json.dumps(evidence()))
        done = self.run(str(path))
        assert (done.returncode, done.stdout.strip()) == (0, "The evidence holds: 2 rows are as sealed.")

    def test_a_changed_file(self, tmp_path: Path) -> None:
        path = tmp_path / "evidence.json"
        path.write_text(json.dumps(evidence()).replace("Whitaker", "Whittaker"))
        done = self.run(str(path))
        assert (done.returncode, done.stdout) == (1, "")
        assert (
            done.stderr.strip() == "Row 41 of quotes_acceptance is not what was sealed: its text was changed."
        )

    def test_no_file_at_all(self, tmp_path: Path) -> None:
        assert "cannot be read" in self.run(str(tmp_path / "none.json")).stderr
        assert "Say which file" in self.run().stderr
        assert self.run().returncode == 1


def test_what_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    for content in (b"{", b"\xff", b"[" * 100_000, b"1" * 5000):
        path.write_bytes(content)
        good, words = report(str(path))
        assert not good
        assert words in (
            f"{path} is not JSON.",
            "This is not an evidence file: its format is not cma-evidence-1.",
        )
