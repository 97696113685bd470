"""Checking a team's chain of evidence, and taking a row's proof out of it (trust 5).

The database writes the chain (migration 0004, teams/chained.py); what its hashes are over is told in
teams/proof.py. Whoever owns the database could write a whole new chain: that is found by what has left it,
evidence files (`still_here`) and the ends of chains that the daily check writes to the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils.translation import gettext_lazy as _

from teams.models import Seal, Team, TeamOwned
from teams.proof import START, check_evidence
from teams.scope import team_scope

# Of each kind; a chain that was written anew has as many as it has seals.
MOST_FINDINGS = 1000

SENTENCES = {
    "changed": _("row %(row_id)s of %(source)s was changed after it was sealed (seal %(seq)s)"),
    "removed": _("row %(row_id)s of %(source)s was removed (seal %(seq)s)"),
    "unsealed": _("row %(row_id)s of %(source)s was inserted past the chain: it has no seal"),
    "seal": _("seal %(seq)s was changed"),
    "gap": _("seals are missing before seal %(seq)s"),
    "link": _("seal %(seq)s does not continue the seal before it"),
    "head": _("the chain does not end where its head says, at seal %(seq)s"),
    "note": _("row %(row_id)s of %(source)s waits to be sealed, though its transaction is over"),
    "trigger": _("rows added to %(source)s are no longer sealed: its trigger is missing or switched off"),
}


class NotSealed(LookupError):
    """The row has no seal yet: its transaction has not been committed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was sealed."""

    kind: str
    seq: int | None
    source: str
    row_id: int | None

    def __str__(self) -> str:
        return str(SENTENCES[self.kind]) % {"seq": self.seq, "source": self.source, "row_id": self.row_id}


@dataclass(frozen=True, slots=True)
class Head:
    """Where a team's chain ends."""

    seq: int
    hash: str


# Every part looks at the same snapshot, as they are one statement: what is committed meanwhile is no finding.
LINKS = """
(select case when seq <> seq_before + 1 then 'gap' when hash <> own then 'seal' else 'link' end,
        seq, source, row_id
 from (select *, lag(seq, 1, 0::bigint) over links seq_before, lag(hash, 1, %(start)s) over links hash_before,
              public.cma_seal_hash(team_id, seq, source, row_id, row_hash, at, previous) own
       from teams_seal where team_id = %(team)s window links as (order by seq)) seal
 where seq <> seq_before + 1 or previous <> hash_before or hash <> own
 limit %(most)s)
"""
HEAD = """
(select 'head', coalesce(head.seq, seal.seq), '', null::bigint
 from (select * from teams_chainhead where team_id = %(team)s) head
 full join (select * from teams_seal where team_id = %(team)s order by seq desc limit 1) seal on true
 where (head.seq, head.hash) is distinct from (seal.seq, seal.hash))
"""
NOTES = """
(select 'note', null, source, row_id from teams_unsealed where team_id = %(team)s limit %(most)s)
"""
# With the table's name for {table}; the names come from our own models.
ROWS = """
(select case when line.id is null then 'removed' else 'changed' end, seal.seq, seal.source, seal.row_id
 from teams_seal seal left join "{table}" line on line.team_id = seal.team_id and line.id = seal.row_id
 where seal.team_id = %(team)s and seal.source = '{table}'
   and (line.id is null
        or seal.row_hash <> encode(sha256(convert_to(public.cma_chain_text(line), 'UTF8')), 'hex'))
 limit %(most)s)
"""
UNSEALED = """
(select 'unsealed', null, '{table}', line.id from "{table}" line
 where line.team_id = %(team)s and not exists (
    select from teams_seal seal
    where seal.team_id = line.team_id and seal.source = '{table}' and seal.row_id = line.id)
 limit %(most)s)
"""
TRIGGER = """
(select 'trigger', null, '{table}', null where not exists (
    select from pg_trigger
    where tgrelid = '{table}'::regclass and tgname = '{trigger}' and tgenabled in ('O', 'A')))
"""
PROOF = """
select public.cma_chain_text(line), seal.team_id, seal.seq, seal.source, seal.row_id, seal.row_hash,
       public.cma_seal_time(seal.at), seal.previous, seal.hash, head.seq, head.hash
from "{table}" line
join teams_seal seal on seal.team_id = line.team_id and seal.source = '{table}' and seal.row_id = line.id
join teams_chainhead head on head.team_id = line.team_id
where line.team_id = %s and line.id = %s
"""


def chained_tables() -> list[str]:
    """The tables whose rows are evidence."""
    return sorted(model._meta.db_table for model in apps.get_models() if getattr(model, "chained", False))


def verify(team: Team) -> list[Finding]:
    """Everything in the team's chain that is not as it was sealed; the database does the work."""
    parts = [LINKS, HEAD, NOTES, TRIGGER.format(table="teams_unsealed", trigger="sealed")]
    for table in chained_tables():
        parts += [part.format(table=table, trigger="chained") for part in (ROWS, UNSEALED, TRIGGER)]
    arguments: dict[str, int | str] = {"team": team.pk, "start": START, "most": MOST_FINDINGS}
    with team_scope(team.pk), connection.cursor() as cursor:
        cursor.execute("union all".join(parts), arguments)
        return [Finding(*row) for row in cursor.fetchall()]


def head_of(team: Team) -> Head | None:
    """Where the team's chain ends now; None before its first row."""
    with team_scope(team.pk), connection.cursor() as cursor:
        cursor.execute("select seq, hash from teams_chainhead where team_id = %s", [team.pk])
        row = cursor.fetchone()
    return Head(*row) if row else None


def proof_of(row: TeamOwned) -> dict[str, Any]:
    """The proof of one row as plain JSON, for an evidence file; asked in the scope of who may see the row."""
    with connection.cursor() as cursor:
        cursor.execute(PROOF.format(table=row._meta.db_table), [row.team_id, row.pk])
        found = cursor.fetchone()
    if found is None:
        raise NotSealed(f"{row._meta.model_name} {row.pk}")
    text, team, seq, source, row_id, row_hash, at, previous, own, head_seq, head_hash = found
    return {
        "text": text,
        "seal": {
            "team": team, "seq": seq, "source": source, "row_id": row_id,
            "row_hash": row_hash, "at": at, "previous": previous, "hash": own,
        },
        "head": {"seq": head_seq, "hash": head_hash},
    }  # fmt: skip


def still_here(evidence: Any) -> list[str]:
    """What of a good evidence file this database's chain does not hold any more, in sentences.

    So is found what no chain shows by itself: that all of it was written anew, or its end cut off.
    """
    return check_evidence(evidence) or [
        f"Seal {seq} of team {team} is not the one in the file: the chain was cut off or written anew."
        for team, seq, value in _seals_of(evidence)
        if not _holds(team, seq, value)
    ]


def _seals_of(evidence: Any) -> Iterator[tuple[int, int, str]]:
    for proof in evidence["rows"]:
        team = proof["seal"]["team"]
        yield team, proof["seal"]["seq"], proof["seal"]["hash"]
        yield team, proof["head"]["seq"], proof["head"]["hash"]


def _holds(team: int, seq: int, value: str) -> bool:
    with team_scope(team):
        return Seal.objects.filter(team_id=team, seq=seq, hash=value).exists()
