"""What of a quote goes onto paper, and the offer that is printed once (QUO-4, QUO-6, QUO-7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from documents.quote_content import QuoteDocument
from quotes import answering, documents, sending
from quotes.models import How, Quote, QuoteLink, Rendering
from teams.scope import team_scope
from tests.documents.reading import has
from tests.quotes.making import accepted, draft, item, sent
from tests.world import World

AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1"


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[QuoteDocument]:
    """What was printed, in place of the printing itself, which tests/documents looks at."""
    seen: list[QuoteDocument] = []

    def note(document: QuoteDocument, **_: Any) -> bytes:
        seen.append(document)
        return f"%PDF-1.7 printed {len(seen)}".encode()

    monkeypatch.setattr(documents, "render_safely", note)
    return seen


def test_an_offer_is_printed_as_the_client_first_sees_it(world: World) -> None:
    with world.scope():
        document = documents.document_of(sent(world, title="Boiler", site="9 Mill Lane\nLeeds"))
        quote = Quote.objects.get()
    assert (document.reference, document.version, document.draft) == ("QUO-0001", 1, False)
    assert document.site == ("9 Mill Lane", "Leeds")
    assert document.client.name == "Jo Whitaker"
    assert document.firm.name == "Kirkstall Plumbing"
    assert [(line.description, line.is_free, line.taken) for line in document.lines[1:]] == [
        ("Labour", False, True),
        ("Good", True, False),
        ("Better", True, True),
        ("Best", True, False),
        ("Smart thermostat", True, True),
        ("Radiator", True, False),
    ]
    assert [line.choice.name for line in document.lines if line.choice] == ["Boiler"] * 3
    assert (document.net, document.vat, document.total) == (quote.net, quote.vat, quote.total)
    assert document.fixed == Decimal("333.33")
    assert document.fixed + document.chosen == document.net
    assert (document.least_total, document.most_total) == (quote.least_total, quote.most_total)


def test_the_columns_add_up_whatever_is_taken(world: World) -> None:
    """MON-3: what is printed of the taken lines is what the totals are made of."""
    with world.scope():
        quote = sent(world)
        radiator = quote.lines.get(description="Radiator")
        better = quote.lines.get(description="Better")
        document = documents.document_of(quote, {radiator.key: Decimal(5), better.key: Decimal(1)})
    taken = [line for line in document.lines if line.taken and line.net is not None]
    assert sum((line.net for line in taken if line.net), Decimal(0)) == document.net
    printed = next(line for line in document.lines if line.description == "Radiator")
    assert (printed.quantity, printed.net) == (Decimal(5), Decimal("400.25"))
    assert sum(row.net for row in document.vat_lines) == document.net


def test_an_offer_is_printed_once_for_each_content(world: World, printed: list[QuoteDocument]) -> None:
    with world.scope():
        quote = sent(world)
        assert documents.offer_pdf(quote) == documents.offer_pdf(quote)
        assert Rendering.objects.count() == len(printed) == 1
        # Withdrawn, it says so.
        quote.withdraw(by=world.alice)
        assert documents.offer_pdf(quote) == b"%PDF-1.7 printed 2"
    assert (printed[0].state, printed[1].state) == ("", "Withdrawn")


def test_the_client_gets_the_very_same(world: World, printed: list[QuoteDocument]) -> None:
    with world.scope():
        ours = documents.offer_pdf(sent(world))
    with team_scope(world.team.pk, world.jo.pk):
        assert documents.offer_pdf(Quote.objects.get()) == ours
    assert len(printed) == 1


def test_the_client_may_be_the_first_to_ask(world: World, printed: list[QuoteDocument]) -> None:
    with world.scope():
        sent(world)
    with team_scope(world.team.pk, world.jo.pk):
        theirs = documents.offer_pdf(Quote.objects.get())
    with world.scope():
        assert documents.offer_pdf(Quote.objects.get()) == theirs
    assert len(printed) == 1


def test_a_draft_is_printed_for_the_moment(world: World, printed: list[QuoteDocument]) -> None:
    with world.scope():
        quote = draft(world)
        documents.offer_pdf(quote)
        documents.offer_pdf(quote)
        assert not Rendering.objects.exists()
    assert [document.draft for document in printed] == [True, True]
    assert printed[0].firm.name == "Kirkstall Plumbing"


def test_a_team_without_vat_prints_none(world: World) -> None:
    with world.scope():
        world.team.change(vat_number="")
        quote = draft(world, item())
        quote.send(by=world.alice, email_client=False)
        document = documents.document_of(quote)
    assert not document.shows_vat
    assert (document.vat, document.vat_lines) == (Decimal("0.00"), ())


def test_what_was_signed_is_on_the_paper_with_its_evidence(world: World) -> None:
    """QUO-5, QUO-6: read back from the very PDF that is stored with the signature."""
    with world.scope():
        quote = sent(world, terms="Paid within 14 days.")
        labour = quote.lines.get(description="Labour")
        answering.ask(quote, line_key=labour.key, text="Weekends too?", by_name="Jo", user=world.jo_user)
        answering.answer(quote, line_key=labour.key, text="Never.", by=world.alice)
        answering.ask(quote, line_key=None, text="When?", by_name="Jo", user=world.jo_user)
        acceptance = accepted(world, quote, user_agent=AGENT)
        pdf = bytes(acceptance.pdf)
    assert has(pdf, "Quote QUO-0001", "State Accepted", "Boiler: Better", "Chosen from Good, Better, Best")
    assert has(pdf, "Offered and not taken", "Boiler: Good", "Boiler: Best", "Radiator")
    assert has(pdf, "Labour. Jo,", "Weekends too?", "Never.", "The quote as a whole. Jo,")
    assert has(pdf, "When? Still open when this was signed.")
    assert has(pdf, acceptance.wording, "drawn on screen", "Signed in as", world.jo_user.email)
    assert has(pdf, "Internet address 203.0.113.9", "Browser Safari on iPhone", "Paid within 14 days.")
    groups = " ".join(acceptance.sha256[start : start + 8] for start in range(0, 64, 8))
    assert has(pdf, groups, "Check it at localhost:8000/check")


@pytest.mark.parametrize("how", ["link", "copied link", "in person", "typed"])
def test_the_evidence_says_by_what_right(world: World, printed: list[QuoteDocument], how: str) -> None:
    with world.scope():
        quote = sent(world)
        sending.make_link(quote, "jo@home.example")
        link = QuoteLink.objects.get()
    rights: dict[str, dict[str, Any]] = {
        "link": {"login": None, "email": "jo@home.example", "link": link},
        "copied link": {"login": None, "email": "", "link": link},
        "in person": {"login": None, "email": "", "in_person_with": world.bob},
        "typed": {"how": How.TYPED, "typed": "J. Whitaker", "drawn": None},
    }
    with world.scope():
        accepted(world, quote, **rights[how])
    agreement = printed[0].agreement
    assert agreement is not None
    first = agreement.evidence.facts[0]
    assert (first.label, first.lines) == {
        "link": ("By the link mailed to", ("jo@home.example",)),
        "copied link": ("By a link", ("that the firm passed on itself",)),
        "in person": ("In person", (f"on the device of {world.bob}",)),
        "typed": ("Signed in as", (world.jo_user.email,)),
    }[how]
    assert (agreement.signature.typed == "J. Whitaker") is (how == "typed")
    assert (agreement.signature.drawn is None) is (how == "typed")


def test_an_address_that_is_not_known_is_said_to_be_so(world: World, printed: list[QuoteDocument]) -> None:
    with world.scope():
        accepted(world, ip=None, user_agent="")
    agreement = printed[0].agreement
    assert agreement is not None
    facts = {fact.label: fact.lines[0] for fact in agreement.evidence.facts}
    assert facts["Internet address"] == "not known"
    assert facts["Browser"] == "An unknown browser"
    assert "First and last seen" not in facts
