"""What a seal's hash is over, and checking evidence that has left the system (trust 5).

Nothing here needs CMA, Django or a database. A file can be checked by whoever was given it:
`python proof.py evidence.json`.

The chain of a team, in plain words:
- `row_hash` is the SHA-256 of the row's text in UTF-8: JSON of its columns as PostgreSQL writes `jsonb`,
  times in UTC, empty columns left out, `sha256:…` in place of bytes.
- A seal's `hash` is the SHA-256 of eight lines, joined by a line feed: the words `cma-seal-1`, the team's
  number, the seal's number `seq`, the table, the row's number, `row_hash`, the time of sealing
  (2026-01-31T09:05:00.123456Z) and `previous`.
- `previous` is the hash of the seal before in the same team, and 64 zeros for the first.

All hashes are written as 64 small hexadecimal digits.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FORMAT = "cma-evidence-1"
SEAL_FORMAT = "cma-seal-1"
START = "0" * 64
SEAL_PARTS: dict[str, type] = {
    "team": int, "seq": int, "source": str, "row_id": int,
    "row_hash": str, "at": str, "previous": str, "hash": str,
}  # fmt: skip


def sha256(text: str) -> str:
    """The fingerprint of a text, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def seal_hash(seal: Mapping[str, Any]) -> str:
    """What the seal's `hash` must be."""
    parts = [seal[name] for name in SEAL_PARTS if name != "hash"]
    return sha256("\n".join([SEAL_FORMAT, *map(str, parts)]))


def check_proof(proof: Any) -> list[str]:
    """What is wrong with the proof of one row, in sentences; empty when nothing is."""
    try:
        text, seal, head = proof["text"], proof["seal"], proof["head"]
        row = json.loads(text)
        whole = (
            isinstance(row, dict)
            and all(type(seal[name]) is kind for name, kind in SEAL_PARTS.items())
            and type(head["seq"]) is int
            and type(head["hash"]) is str
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        whole = False
    if not whole:
        return ["A row's proof is incomplete: it needs a text, a seal and a head."]
    here = f"Row {seal['row_id']} of {seal['source']}"
    checks = [
        (seal["row_hash"] == sha256(text), f"{here} is not what was sealed: its text was changed."),
        (
            row.get("id") == seal["row_id"] and row.get("team_id") == seal["team"],
            f"{here} carries the seal of another row.",
        ),
        (seal["hash"] == seal_hash(seal), f"{here}: its seal {seal['seq']} was changed."),
        (
            seal["seq"] > 0 and (seal["seq"] == 1) == (seal["previous"] == START),
            f"{here}: its seal {seal['seq']} does not begin or continue a chain.",
        ),
        (
            head["seq"] > seal["seq"] or (head["seq"] == seal["seq"] and head["hash"] == seal["hash"]),
            f"{here}: its seal {seal['seq']} does not belong to the chain that ends with {head['seq']}.",
        ),
    ]
    return [sentence for good, sentence in checks if not good]


def check_evidence(evidence: Any) -> list[str]:
    """What is wrong with a downloaded evidence file, in sentences; empty when nothing is."""
    if not isinstance(evidence, dict) or evidence.get("format") != FORMAT:
        return [f"This is not an evidence file: its format is not {FORMAT}."]
    proofs = evidence.get("rows")
    if not isinstance(proofs, list) or not proofs:
        return ["The evidence file holds no rows."]
    problems = [problem for proof in proofs for problem in check_proof(proof)]
    return problems or _contradictions(proofs) + _agreed(evidence, proofs)


def _contradictions(proofs: list[Any]) -> list[str]:
    """Rows, each good by itself, that cannot stand in one chain."""
    problems = []
    known: dict[tuple[int, int], str] = {}
    for proof in proofs:
        seal, head = proof["seal"], proof["head"]
        for seq, value in (
            (seal["seq"], seal["hash"]),
            (seal["seq"] - 1, seal["previous"]),
            (head["seq"], head["hash"]),
        ):
            if known.setdefault((seal["team"], seq), value) != value:
                problems.append(
                    f"The rows contradict each other about seal {seq}: they are not of one chain."
                )
    return problems


def _agreed(evidence: dict[str, Any], proofs: list[Any]) -> list[str]:
    """What the file says beside its rows, held against what was sealed.

    `canonical` must have the SHA-256 that stands beside it; and whatever bears the name of a column, or of
    a part of what was agreed, must be what stands there. `x_png` is a picture; column `x` has its hash.
    """
    told: list[dict[str, Any]] = [json.loads(proof["text"]) for proof in proofs]
    problems = []
    if "canonical" in evidence or "sha256" in evidence:
        text = evidence.get("canonical")
        if not isinstance(text, str) or sha256(text) != evidence.get("sha256"):
            problems.append("What was agreed was changed: its SHA-256 is not the one stated.")
        else:
            told += _parts(text)
    extras = {name: value for name, value in evidence.items() if name not in ("format", "rows")}
    for name, value in (_hashed(*extra) for extra in extras.items()):
        sealed = [row[name] for row in told if name in row]
        if sealed and value is not None and value not in sealed:
            problems.append(f"“{name}” in the file is not what was sealed.")
    return problems


def _parts(text: str) -> list[dict[str, Any]]:
    """The objects in what was agreed: itself, and those that it holds."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(found, dict):
        return []
    return [part for part in (found, *found.values()) if isinstance(part, dict)]


def _hashed(name: str, value: Any) -> tuple[str, Any]:
    """A picture as its column is sealed: the hash of its bytes."""
    if not name.endswith("_png") or not isinstance(value, str):
        return name, value
    try:
        content = base64.b64decode(value, validate=True)
    except ValueError:
        content = b""
    return name.removesuffix("_png"), f"sha256:{hashlib.sha256(content).hexdigest()}"


def check_file(path: str) -> tuple[int, list[str]]:
    """How many rows an evidence file proves, and what is wrong with it."""
    try:
        evidence = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as problem:
        return 0, [f"{path} cannot be read: {problem.strerror}."]
    except (ValueError, RecursionError):
        return 0, [f"{path} is not JSON."]
    problems = check_evidence(evidence)
    return (0 if problems else len(evidence["rows"])), problems


def report(path: str) -> tuple[bool, str]:
    """Whether the file holds, and what to tell."""
    rows, problems = check_file(path)
    if problems:
        return False, "\n".join(problems)
    return True, f"The evidence holds: {rows} {'row is' if rows == 1 else 'rows are'} as sealed."


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say which file: python proof.py evidence.json")
    good, words = report(sys.argv[1])
    print(words, file=sys.stdout if good else sys.stderr)
    sys.exit(0 if good else 1)
