"""The evidence file of an acceptance, and the public check (QUO-15, trust 5)."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from quotes.answering import ask
from quotes.drafting import save_draft
from quotes.evidence import evidence_of
from quotes.models import Acceptance
from teams.chain import NotSealed, still_here, verify
from teams.proof import check_evidence
from tests.quotes.making import accepted, draft, item, sent
from tests.world import make_world


@pytest.fixture
def signed(transactional_db):
    """A quote that Jo asked about and signed."""
    world = make_world()
    with world.scope():
        quote = draft(world)
        quote = save_draft(
            world.team, client=world.jo, lines=[item(vat_rate=world.rate)], by=world.bob, quote=quote
        )
        quote.send(by=world.alice, email_client=False)
    with world.scope(world.jo):
        ask(quote, line_key=None, text="When?", by_name="Jo Whitaker", user=world.jo_user)
        acceptance = accepted(world, quote)
    return world, acceptance


def test_it_proves_itself(signed):
    world, acceptance = signed
    with world.scope():
        evidence = json.loads(json.dumps(evidence_of(Acceptance.objects.get())))
    assert check_evidence(evidence) == []
    assert still_here(evidence) == []
    assert evidence["sha256"] == acceptance.sha256
    assert evidence["summary"]["who"] == "Jo Whitaker"
    assert "signed in as jo@example.com" in evidence["summary"]["how"]
    assert evidence["summary"]["total"] == "1200.00"
    told = [json.loads(proof["text"]).get("verb") for proof in evidence["rows"]]
    # Drafting is the team's own.
    assert told == [None, "quote.sent", "quote.asked", "quote.accepted"]


def test_the_client_gets_the_same(signed):
    world, _acceptance = signed
    with world.scope():
        office = evidence_of(Acceptance.objects.get())
    with world.scope(world.jo):
        client = evidence_of(Acceptance.objects.get())
    assert client == office
    with world.scope(world.kit):
        assert not Acceptance.objects.exists()


@pytest.mark.parametrize("part", ["canonical", "sha256"])
def test_a_changed_file_is_found(signed, part):
    world, _acceptance = signed
    with world.scope():
        evidence = evidence_of(Acceptance.objects.get())
    evidence[part] = evidence[part].replace("1200.00", "1.00") if part == "canonical" else "0" * 64
    assert check_evidence(evidence) != []


def test_before_the_commit_there_is_none(inside):
    with pytest.raises(NotSealed):
        evidence_of(accepted(inside))


def test_a_changed_signature_is_found_in_the_chain(signed, owner):
    """Trust 5: by somebody who takes the triggers away."""
    world, _acceptance = signed
    assert verify(world.team) == []
    owner.execute("alter table quotes_acceptance disable trigger append_only")
    owner.execute("update quotes_acceptance set name = 'Somebody else'")
    owner.execute("alter table quotes_acceptance enable trigger append_only")
    assert [finding.kind for finding in verify(world.team)] == ["changed"]


def test_the_public_check(signed):
    """QUO-15: known by the hash of the text or of the PDF, outside every scope; nothing else is."""
    world, acceptance = signed

    def known(sha256: str) -> list[tuple[int, ...]]:
        with connection.cursor() as cursor:
            cursor.execute("select * from cma_fingerprint_known(%s)", [sha256])
            return cursor.fetchall()

    for sha256 in (acceptance.sha256, acceptance.pdf_sha256):
        assert known(sha256) == [(world.team.pk, acceptance.quote_id, acceptance.pk)]
    for unknown in ("", "0" * 64, acceptance.sha256[:63], "'; drop table quotes_acceptance; --"):
        assert known(unknown) == []


def test_entries_name_the_quote(inside):
    """On the client's record and on Today."""
    from teams.events import feed
    from teams.models import AuditEntry

    quote = sent(inside)
    entries = list(AuditEntry.objects.order_by("pk"))
    assert [line.detail for line in feed(inside.team, entries)] == ["QUO-0001, Jo Whitaker"] * len(entries)
    assert {entry.client_id for entry in entries} == {quote.client_id}
    quote.new_version(by=inside.alice).delete_draft(by=inside.alice)
    told = feed(inside.team, list(AuditEntry.objects.filter(verb="quote.deleted")), name_clients=False)
    assert [(line.text, line.detail) for line in told] == [("QUO-0001 deleted by Alice Hartley", "QUO-0001")]
