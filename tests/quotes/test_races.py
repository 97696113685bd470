"""Two at once over one quote: one wins, the other is told (QUO-6, QUO-10, INV-5; trust: 50 at once, one).

Every race has a twin with the guard taken away, which must go wrong.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError

from invoices.models import Invoice
from quotes import convert, drafting, sending, signing
from quotes.answering import ask
from quotes.errors import Moved
from quotes.models import Acceptance, Comment, How, Quote, QuoteInvoice
from teams.models import AuditEntry, WrongState
from tests.payments.racing import at_once, meet, without_locks
from tests.quotes.making import accepted, draft, seen, sent, signer
from tests.world import make_world


@pytest.fixture
def world(transactional_db):
    """A world whose rows other connections see."""
    return make_world()


@pytest.fixture
def quote(world) -> Quote:
    with world.scope():
        return sent(world)


def in_scope(world, do: Callable[[Quote], Any], quote: Quote, client: Any = None) -> Callable[[], Any]:
    """`do` in a scope of its own, with a row of its own."""

    def job() -> Any:
        with world.scope(client):
            return do(Quote.objects.get(pk=quote.pk))

    return job


def signing_of(world, quote: Quote, token: str, name: str = "Jo Whitaker") -> Callable[[], Any]:
    """Jo signs, in the portal; typed, so that only one of many pays for pictures."""
    who = signer(world, name=name, how=How.TYPED, drawn=None, typed=name)
    return in_scope(world, lambda row: row.accept(signer=who, seen=token), quote, world.jo)


def token_of(world, quote: Quote) -> str:
    with world.scope():
        return seen(quote)


class TestFiftyAcceptances:
    """QUO-6: one acceptance, and everybody gets it."""

    def jobs(self, world, quote: Quote) -> list[Callable[[], Any]]:
        token = token_of(world, quote)
        return [signing_of(world, quote, token, f"Person {n}") for n in range(50)]

    def test_one(self, world, quote):
        answers = at_once(*self.jobs(world, quote), threads=16)
        assert {type(answer) for answer in answers} == {Acceptance}
        assert len({answer.pk for answer in answers}) == 1
        with world.scope():
            assert Acceptance.objects.count() == 1
            assert AuditEntry.objects.filter(verb="quote.accepted").count() == 1
            assert Quote.objects.get(pk=quote.pk).agreed_total == Acceptance.objects.get().total

    def test_control_without_the_lock_the_constraints_stop_them(self, world, quote, monkeypatch):
        """One acceptance all the same; but the others run into an error instead of an answer."""
        without_locks(monkeypatch)
        meet(monkeypatch, signing, "_acceptance")
        answers = at_once(*self.jobs(world, quote)[:2])
        assert sorted(type(answer).__name__ for answer in answers) == ["Acceptance", "IntegrityError"]

    def test_control_without_lock_and_constraint_there_are_two(self, world, quote, monkeypatch, owner):
        without_locks(monkeypatch)
        meet(monkeypatch, signing, "_acceptance")
        found = owner.execute(
            "select conname from pg_constraint where conrelid = 'quotes_acceptance'::regclass "
            "and contype = 'u' and conname like '%quote_id%'"
        ).fetchone()
        owner.execute(f"alter table quotes_acceptance drop constraint {found[0]}")
        owner.execute("alter table quotes_acceptance disable trigger open_only")
        owner.execute("alter table quotes_quote disable trigger frozen")
        try:
            at_once(*self.jobs(world, quote)[:2])
            assert owner.execute("select count(*) from quotes_acceptance").fetchone() == (2,)
        finally:
            owner.execute("truncate quotes_acceptance cascade")
            owner.execute(f"alter table quotes_acceptance add constraint {found[0]} unique (quote_id)")
            owner.execute("alter table quotes_acceptance enable trigger open_only")
            owner.execute("alter table quotes_quote enable trigger frozen")


class TestAcceptAgainstTheOffice:
    """Either the signature stands and the office is told, or the office's change stands and the client is."""

    def test_withdrawing(self, world, quote):
        token = token_of(world, quote)
        signed, withdrawn = at_once(
            signing_of(world, quote, token),
            in_scope(world, lambda row: row.withdraw(by=world.alice), quote),
        )
        with world.scope():
            state = Quote.objects.get(pk=quote.pk).state
            if isinstance(signed, Acceptance):
                assert (state, type(withdrawn)) == ("accepted", WrongState)
            else:
                assert (state, withdrawn, type(signed)) == ("withdrawn", None, WrongState)
                assert not Acceptance.objects.exists()

    def test_sending_the_next_version(self, world, quote):
        token = token_of(world, quote)
        with world.scope():
            second = quote.new_version(by=world.alice)
        signed, sending = at_once(
            signing_of(world, quote, token),
            in_scope(world, lambda row: row.send(by=world.alice, email_client=False), second),
        )
        with world.scope():
            states = list(Quote.objects.order_by("version").values_list("state", flat=True))
            if isinstance(signed, Acceptance):
                assert (states, type(sending)) == (["accepted", "draft"], WrongState)
            else:
                assert (states, sending, type(signed)) == (["superseded", "sent"], None, Moved)
                assert signed.quote == second
                assert not Acceptance.objects.exists()

    @pytest.mark.parametrize(
        "order",
        [
            ("signature", "withdrawal", WrongState),
            ("withdrawal", "signature", WrongState),
            ("signature", "next version", WrongState),
            ("next version", "signature", Moved),
        ],
    )
    def test_whoever_holds_the_row_first_wins(self, world, quote, monkeypatch, order):
        """All orders, made sure of: the second waits for the first to commit, and then looks again."""
        first, other, told = order
        token = token_of(world, quote)
        with world.scope():
            second = quote.new_version(by=world.alice)
        jobs = {
            "signature": signing_of(world, quote, token),
            "withdrawal": in_scope(world, lambda row: row.withdraw(by=world.alice), quote),
            "next version": in_scope(world, lambda row: row.send(by=world.alice, email_client=False), second),
        }
        holds, other_came = threading.Event(), threading.Event()
        module, name = (signing, "_acceptance") if first == "signature" else (sending, "record_quote")
        real = getattr(module, name)

        def slow(*args: Any, **more: Any) -> Any:
            holds.set()
            assert other_came.wait(5)
            return real(*args, **more)

        monkeypatch.setattr(module, name, slow)

        def second_job() -> Any:
            assert holds.wait(5)
            other_came.set()
            return jobs[other]()

        won, lost = at_once(jobs[first], second_job)
        assert not isinstance(won, Exception)
        assert isinstance(lost, told)
        with world.scope():
            assert Acceptance.objects.count() == (first == "signature")

    def test_control_without_the_lock_a_withdrawn_quote_gets_signed(self, world, quote, monkeypatch, owner):
        """Both go through as far as the triggers, which are the last guard; without them both would stand."""
        without_locks(monkeypatch)
        meet(monkeypatch, signing, "locked")
        monkeypatch.setattr(sending, "locked", vars(signing)["locked"])
        owner.execute("alter table quotes_acceptance disable trigger open_only")
        owner.execute("alter table quotes_quote disable trigger frozen")
        token = token_of(world, quote)
        try:
            signed, withdrawn = at_once(
                signing_of(world, quote, token),
                in_scope(world, lambda row: row.withdraw(by=world.alice), quote),
            )
            assert (type(signed), withdrawn) == (Acceptance, None)
        finally:
            owner.execute("alter table quotes_acceptance enable trigger open_only")
            owner.execute("alter table quotes_quote enable trigger frozen")


class TestOneInvoice:
    """INV-5: two presses at once, one invoice."""

    def test_one(self, world, quote):
        with world.scope():
            accepted(world, quote)
        answers = at_once(*[in_scope(world, lambda row: row.generate_invoice(by=world.alice), quote)] * 8)
        assert {type(answer) for answer in answers} == {Invoice}
        with world.scope():
            assert Invoice.objects.count() == QuoteInvoice.objects.count() == 1

    def test_control_without_lock_and_index_there_are_more(self, world, quote, monkeypatch, owner):
        with world.scope():
            accepted(world, quote)
        without_locks(monkeypatch)
        meet(monkeypatch, convert, "_note")
        found = owner.execute(
            "select conname from pg_constraint where conrelid = 'quotes_quoteinvoice'::regclass "
            "and contype = 'u' and conname like '%quote_id%'"
        ).fetchone()
        owner.execute(f"alter table quotes_quoteinvoice drop constraint {found[0]}")
        try:
            at_once(*[in_scope(world, lambda row: row.generate_invoice(by=world.alice), quote)] * 2)
            assert owner.execute("select count(*) from quotes_quoteinvoice").fetchone() == (2,)
        finally:
            owner.execute("truncate quotes_quoteinvoice")
            owner.execute(f"alter table quotes_quoteinvoice add constraint {found[0]} unique (quote_id)")

    def test_while_its_draft_is_deleted(self, world, quote):
        """Either the one that is still there, or a new one; never one that is gone."""
        with world.scope():
            accepted(world, quote)
            invoice = quote.generate_invoice(by=world.alice)

        def delete() -> None:
            with world.scope():
                Invoice.objects.get(pk=invoice.pk).delete_draft(by=world.alice)

        at_once(delete, in_scope(world, lambda row: row.generate_invoice(by=world.alice), quote))
        with world.scope():
            assert Invoice.objects.count() == QuoteInvoice.objects.count() <= 1
            again = Quote.objects.get(pk=quote.pk).generate_invoice(by=world.alice)
            assert Invoice.objects.get() == again


class TestVersionsAndNumbers:
    def test_two_new_versions_at_once_are_one(self, world, quote):
        answers = at_once(*[in_scope(world, lambda row: row.new_version(by=world.alice), quote)] * 4)
        assert {type(answer) for answer in answers} == {Quote}
        assert len({answer.pk for answer in answers}) == 1

    def test_control_without_the_lock_the_index_refuses_the_second(self, world, quote, monkeypatch):
        without_locks(monkeypatch)
        meet(monkeypatch, drafting, "_copied")
        answers = at_once(*[in_scope(world, lambda row: row.new_version(by=world.alice), quote)] * 2)
        assert sorted(type(answer).__name__ for answer in answers) == ["IntegrityError", "Quote"]
        assert any(isinstance(answer, IntegrityError) for answer in answers)

    def test_numbers_without_gap_or_double(self, world):
        def make() -> Any:
            with world.scope():
                return draft(world).reference

        found = at_once(*[make] * 16, threads=8)
        assert sorted(found) == [f"QUO-{n:04d}" for n in range(1, 17)]

    def test_sent_twice_at_once(self, world):
        with world.scope():
            quote = draft(world)
        answers = at_once(
            *[in_scope(world, lambda row: row.send(by=world.alice, email_client=False), quote)] * 4
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] + ["WrongState"] * 3
        with world.scope():
            assert AuditEntry.objects.filter(verb="quote.sent").count() == 1


def test_a_remark_and_a_signature_at_once(world, quote):
    """QUO-5, QUO-8: nothing is signed that was said after the page was looked at. Who comes first, wins."""
    token = token_of(world, quote)
    signed, asked = at_once(
        signing_of(world, quote, token),
        in_scope(
            world,
            lambda row: ask(row, line_key=None, text="When?", by_name="Jo", user=world.jo_user),
            quote,
            world.jo,
        ),
    )
    with world.scope():
        if isinstance(asked, Comment):
            assert isinstance(signed, Moved)
            assert not Acceptance.objects.exists()
            assert Comment.objects.count() == 1
        else:
            assert isinstance(asked, WrongState)
            assert isinstance(signed, Acceptance)
            assert not Comment.objects.exists()
