"""Signing: what is checked, what is kept, and what is refused (QUO-6, QUO-7, QUO-8, QUO-11)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from decimal import Decimal
from unittest import mock

import pytest
from django.utils import timezone
from PIL import Image

from cma import pictures
from documents.worker import RenderFailed
from mail.models import Message
from quotes.answering import answer, ask, choose
from quotes.choices import Problem
from quotes.errors import Moved, Refused
from quotes.models import Acceptance, How, Quote, QuoteLink
from quotes.offer import canonical, fingerprint, offer_of
from quotes.sending import make_link, revoke_links
from quotes.signing import seen_of
from teams.models import AuditEntry, WrongState
from tests.quotes.making import accepted, draft, drawn, expired, item, key_of, png, seen, sent, signer, verbs


class TestSigning:
    def test_it_works(self, world):
        """QUO-6, QUO-7, in the client's own scope."""
        with world.scope():
            quote = sent(world)
        with world.scope(world.jo):
            picks = {key_of(quote, "Best"): Decimal(1), key_of(quote, "Radiator"): Decimal(5)}
            choose(quote, picks, by_name="Jo Whitaker")
            acceptance = quote.accept(signer=signer(world), seen=seen(quote))
        with world.scope():
            stored = Quote.objects.get(pk=quote.pk)
            assert (stored.state, stored.agreed_total, stored.shown_total) == (
                "accepted", Decimal("2680.30"), Decimal("2680.30"),
            )  # fmt: skip
            assert stored.accepted_at == acceptance.signed_at
            kept = stored.acceptance
            assert (kept.name, kept.how, kept.login, kept.ip, kept.user_agent) == (
                "Jo Whitaker", "drawn", world.jo_user, "203.0.113.9", "Firefox",
            )  # fmt: skip
            assert (kept.net, kept.vat, kept.total) == (
                Decimal("2233.58"),
                Decimal("446.72"),
                Decimal("2680.30"),
            )
            assert kept.zone == "Europe/London"
            # Our own encoding of what was drawn.
            assert bytes(kept.signature or b"").startswith(b"\x89PNG")
            assert bytes(kept.signature or b"") != drawn()
            assert kept.sha256 == hashlib.sha256(kept.canonical.encode()).hexdigest()
            assert kept.pdf_sha256 == hashlib.sha256(bytes(kept.pdf)).hexdigest()
            assert bytes(kept.pdf).startswith(b"%PDF")
            assert verbs(quote)[-1] == "quote.accepted"
            entry = AuditEntry.objects.get(verb="quote.accepted")
            assert (entry.actor_name, entry.actor_id, entry.client_id) == (
                "Jo Whitaker", world.jo_user.pk, world.jo.pk,
            )  # fmt: skip
            assert (entry.details["name"], entry.details["total"]) == ("Jo Whitaker", "2680.30")

    def test_what_is_signed_is_all_of_it(self, inside):
        """QUO-5, QUO-7: offer, ticks, lines taken and not taken, the exchange with what stayed open."""
        quote = sent(inside, title="Boiler", terms="Cash")
        key = key_of(quote, "Radiator")
        first = ask(quote, line_key=key, text="White?", by_name="Jo", user=inside.jo_user)
        reply = answer(quote, line_key=key, text="Yes", by=inside.bob)
        still = ask(quote, line_key=None, text="When?", by_name="Jo", user=inside.jo_user)
        kept = json.loads(accepted(inside, quote).canonical)
        assert kept["offer"] == json.loads(canonical(offer_of(quote)))
        assert kept["fingerprint"] == quote.fingerprint
        assert [(line["description"], line["taken"]) for line in kept["lines"]] == [
            ("Labour", True), ("Good", False), ("Better", True), ("Best", False),
            ("Smart thermostat", True), ("Radiator", False),
        ]  # fmt: skip
        assert [(said["id"], said["text"]) for said in kept["exchange"]] == [
            (first.pk, "White?"), (reply.pk, "Yes"), (still.pk, "When?"),
        ]  # fmt: skip
        assert kept["open_questions"] == [still.pk]
        assert kept["figures"] | {"vat_rows": []} == {
            "fixed": "333.33", "chosen": "1349.99", "net": "1683.32", "vat": "336.66", "total": "2019.98",
            "vat_rows": [],
        }  # fmt: skip
        assert (kept["signer"]["name"], kept["signer"]["login"]) == ("Jo Whitaker", "jo@example.com")
        assert "QUO-0001, version 1, for £2,019.98 including VAT" in kept["wording"]

    def test_when_in_both_clocks(self, inside):
        """TIM-1: a summer evening in London is an hour ahead."""
        quote = sent(inside, valid_until=dt.date(2027, 8, 1))
        with mock.patch.object(timezone, "now", return_value=dt.datetime(2027, 7, 1, 22, 30, tzinfo=dt.UTC)):
            kept = json.loads(accepted(inside, quote).canonical)
        assert (kept["signed_at"], kept["signed_at_local"], kept["zone"]) == (
            "2027-07-01T22:30:00+00:00", "2027-07-01T23:30:00+01:00", "Europe/London",
        )  # fmt: skip

    def test_typed(self, inside):
        acceptance = accepted(inside, how=How.TYPED, drawn=None, typed=" Jo  Whitaker ")
        assert (acceptance.how, acceptance.signature, acceptance.typed) == ("typed", None, "Jo Whitaker")
        assert json.loads(acceptance.canonical)["signer"]["how"] == "typed"

    def test_by_a_mailed_link(self, world):
        with world.scope():
            quote = sent(world)
            QuoteLink.objects.create(
                team=world.team,
                client=world.jo,
                entry_id=quote.entry_id,
                token_hash="a" * 64,
                expires_at=timezone.now() + dt.timedelta(days=1),
            )
        with world.scope(world.jo):
            link = QuoteLink.objects.get()
            acceptance = accepted(world, quote, login=None, link=link, email="jo@example.com")
            assert (acceptance.login, acceptance.link) == (None, link)

    def test_in_person(self, inside):
        """QUO-11: on Bob's tablet, and recorded as such."""
        acceptance = accepted(inside, login=None, in_person_with=inside.bob)
        assert (acceptance.login, acceptance.in_person_with) == (None, inside.bob)
        assert json.loads(acceptance.canonical)["signer"]["in_person_with"] == "Bob Nowak"
        entry = AuditEntry.objects.get(verb="quote.accepted")
        assert (entry.actor_name, entry.details["in_person"]) == ("Bob Nowak", True)

    def test_both_sides_get_the_signed_copy(self, inside):
        accepted(inside)
        to = set(Message.objects.values_list("to_address", flat=True))
        assert to == {"jo@example.com", "alice@example.com"}

    def test_on_its_last_day(self, inside):
        quote = sent(inside, valid_until=inside.team.today())
        assert accepted(inside, quote).quote.is_accepted

    def test_while_a_later_version_is_drafted(self, inside):
        quote = sent(inside)
        quote.new_version(by=inside.alice)
        assert accepted(inside, quote).quote.is_accepted

    def test_without_vat(self, inside):
        inside.team.change(vat_number="")
        acceptance = accepted(inside)
        assert (acceptance.vat, acceptance.vat_rows) == (Decimal(0), [])
        assert "including VAT" not in acceptance.wording


class TestSecondTime:
    """A second submit returns the first result."""

    def test_of_the_same_person(self, inside):
        quote = sent(inside)
        first = accepted(inside, quote)
        again = quote.accept(signer=signer(inside), seen="whatever")
        assert again == first
        assert Acceptance.objects.count() == 1
        assert verbs(quote).count("quote.accepted") == 1

    def test_of_somebody_else_with_another_name(self, inside):
        quote = sent(inside)
        first = accepted(inside, quote)
        stale = Quote.objects.get(pk=quote.pk)
        again = stale.accept(signer=signer(inside, name="Kit Okafor", agreed=False), seen="")
        assert (again, again.name) == (first, "Jo Whitaker")


class TestStates:
    """Every other state refuses, each with its own sentence and the next step."""

    def refused(self, world, quote: Quote, says: str) -> None:
        with pytest.raises(WrongState, match=says):
            quote.accept(signer=signer(world), seen=seen(quote))
        assert not Acceptance.objects.exists()

    def test_draft(self, inside):
        self.refused(inside, draft(inside), "has not been sent yet")

    def test_expired(self, inside):
        self.refused(inside, expired(inside), "has expired. Ask for an updated quote")

    def test_expired_on_the_teams_own_calendar(self, inside):
        """TIM-1: at half past eleven at night in London it is tomorrow in Auckland."""
        inside.team.change(time_zone="Pacific/Auckland")
        quote = sent(inside, valid_until=dt.date(2027, 7, 1))
        with mock.patch.object(timezone, "now", return_value=dt.datetime(2027, 7, 1, 12, 30, tzinfo=dt.UTC)):
            self.refused(inside, quote, "has expired")

    def test_withdrawn(self, inside):
        quote = sent(inside)
        quote.withdraw(by=inside.alice)
        self.refused(inside, quote, "was withdrawn. Ask for an updated quote")

    def test_declined(self, inside):
        quote = sent(inside)
        quote.decline(reason="", by_name="Jo", user=inside.jo_user)
        self.refused(inside, quote, "was declined")

    def test_superseded_by_one_that_cannot_be_answered_either(self, inside):
        quote = sent(inside)
        second = quote.new_version(by=inside.alice)
        second.send(by=inside.alice, email_client=False)
        second.withdraw(by=inside.alice)
        self.refused(inside, quote, "a newer version")

    def test_another_clients(self, world):
        with world.scope():
            quote = sent(world)
            token = seen(quote)
        with world.scope(world.kit), pytest.raises(WrongState):
            quote.accept(signer=signer(world), seen=token)


def test_a_link_that_was_revoked_meanwhile_signs_nothing(inside):
    """Trust 6: between the door and the lock."""
    quote = sent(inside)
    make_link(quote, "jo@example.com")
    link = QuoteLink.objects.get()
    revoke_links(quote)
    with pytest.raises(WrongState, match="does not work any more"):
        quote.accept(signer=signer(inside, login=None, link=link), seen=seen(quote))
    assert not Acceptance.objects.exists()


class TestMoved:
    """QUO-8: what was seen is not what is stored: nothing is accepted, and what changed is told."""

    def moved(self, world, quote: Quote, token: str) -> Moved:
        with pytest.raises(Moved) as moved:
            quote.accept(signer=signer(world), seen=token)
        assert not Acceptance.objects.exists()
        return moved.value

    def test_a_new_version_between_view_and_signature(self, inside):
        quote = sent(inside)
        token = seen(quote)
        second = quote.new_version(by=inside.alice)
        second.lines.filter(description="Labour").update(unit_price=Decimal(400))
        second.send(by=inside.alice, email_client=False)
        moved = self.moved(inside, quote, token)
        assert moved.quote == second
        told = [str(difference) for difference in moved.differences]
        assert "“Labour”, price: £333.33, now £400.00" in told
        assert any(sentence.startswith("Total: £2,019.98, now") for sentence in told)

    def test_a_token_of_the_version_before(self, inside):
        quote = sent(inside)
        token = seen(quote)
        second = quote.new_version(by=inside.alice)
        second.lines.filter(description="Labour").update(unit_price=Decimal(400))
        second.send(by=inside.alice, email_client=False)
        moved = self.moved(inside, second, token)
        assert "“Labour”, price: £333.33, now £400.00" in [str(one) for one in moved.differences]

    def test_other_ticks_in_another_tab(self, inside):
        quote = sent(inside)
        token = seen(quote)
        choose(
            quote, {key_of(quote, "Best"): Decimal(1), key_of(quote, "Radiator"): Decimal(3)}, by_name="Kit"
        )
        moved = self.moved(inside, quote, token)
        assert moved.quote == quote
        assert [str(difference) for difference in moved.differences] == [
            "“Better”: chosen, now not chosen",
            "“Best”: not chosen, now chosen",
            "“Smart thermostat”: chosen, now not chosen",
            "“Radiator”: not chosen, now chosen",
            "Total: £2,019.98, now £2,488.18",
        ]

    def test_an_answer_that_was_not_before_the_client(self, inside):
        """QUO-5: the exchange is signed, too, so nobody signs under a remark that they have not seen."""
        quote = sent(inside)
        labour = key_of(quote, "Labour")
        ask(quote, line_key=labour, text="With scaffolding?", by_name="Jo", user=inside.jo_user)
        token = seen(quote)
        answer(quote, line_key=labour, text="No, that is yours to pay.", by=inside.alice)
        moved = self.moved(inside, quote, token)
        assert moved.quote == quote
        assert [str(difference) for difference in moved.differences] == [
            f"What {inside.alice} said about “Labour” is new: No, that is yours to pay."
        ]
        quote.accept(signer=signer(inside), seen=seen(quote))
        assert Acceptance.objects.count() == 1

    @pytest.mark.parametrize("name", ["\0", "\ud800", {}, ["x"], 7])
    @pytest.mark.parametrize("said", [True, -1, 10**30, "x", None])
    def test_a_token_that_somebody_made_up(self, inside, name, said):
        quote = sent(inside)
        made_up = json.dumps({"offer": name, "said": said, "total": "sNaN", "picks": {"\0": "1"}})
        self.moved(inside, quote, base64.urlsafe_b64encode(made_up.encode()).decode())

    def test_another_quantity(self, inside):
        quote = sent(inside)
        best, radiator = key_of(quote, "Best"), key_of(quote, "Radiator")
        choose(quote, {best: Decimal(1), radiator: Decimal(3)}, by_name="Jo")
        token = seen(quote)
        choose(quote, {best: Decimal(1), radiator: Decimal("4.5")}, by_name="Jo")
        assert "“Radiator”: 3, now 4.5" in [str(one) for one in self.moved(inside, quote, token).differences]

    def test_a_tampered_total(self, inside):
        quote = sent(inside)
        token = json.loads(base64.urlsafe_b64decode(seen(quote)))
        token["total"] = "1.00"
        moved = self.moved(inside, quote, base64.urlsafe_b64encode(canonical(token).encode()).decode())
        assert [str(one) for one in moved.differences] == ["Total: £1.00, now £2,019.98"]

    @pytest.mark.parametrize(
        "token",
        [
            "",
            "x",
            "%%%",
            "ü",
            "A" * 100_000,
            *(
                base64.urlsafe_b64encode(text.encode()).decode()
                for text in (
                    "[]",
                    "null",
                    "[" * 9000,
                    '{"picks": 1, "offer": [], "total": {}}',
                    '{"picks": {"a": "b"}, "offer": {"a": 1}, "total": "NaN"}',
                    '{"picks": {}, "offer": 7, "total": "1e999999"}',
                )
            ),
        ],
    )
    def test_rubbish(self, inside, token):
        quote = sent(inside)
        assert self.moved(inside, quote, token).quote == quote

    def test_the_token_is_the_same_for_the_same(self, inside):
        quote = sent(inside)
        assert seen(quote) == seen(Quote.objects.get(pk=quote.pk))
        assert seen(quote) != seen_of(quote, {})


class TestRefused:
    """With a sentence for each thing, and nothing is accepted."""

    def refused(self, world, **more: object) -> list[str]:
        quote = sent(world)
        with pytest.raises(Refused) as refused:
            accepted(world, quote, **more)
        assert Quote.objects.get(pk=quote.pk).state == "sent"
        assert not Acceptance.objects.exists()
        assert "quote.accepted" not in verbs(quote)
        return [str(problem) for problem in refused.value.problems]

    @pytest.mark.parametrize("name", ["", "  ", "\u200b\0\n"])
    def test_no_name(self, inside, name):
        assert self.refused(inside, name=name) == ["Type your full name."]

    def test_a_name_without_end(self, inside):
        assert self.refused(inside, name="J" * 121) == ["A name has at most 120 characters."]

    def test_not_agreed(self, inside):
        assert self.refused(inside, agreed=False) == ["Tick that you agree."]

    def test_no_signature(self, inside):
        for nothing in (None, b""):
            assert self.refused(inside, drawn=nothing) == [
                "Sign in the box, or choose to type your name instead."
            ]

    def test_an_empty_drawing(self, inside):
        assert len(self.refused(inside, drawn=png(Image.new("RGBA", (300, 120), (0, 0, 0, 0))))) == 1

    def test_ten_megabytes(self, inside):
        assert len(self.refused(inside, drawn=drawn() + b"\0" * 10_000_000)) == 1

    def test_no_picture(self, inside):
        assert len(self.refused(inside, drawn=b"<svg onload=alert(1)>")) == 1

    def test_nothing_typed(self, inside):
        assert self.refused(inside, how=How.TYPED, drawn=None, typed=" ") == [
            "Type your name as your signature."
        ]

    def test_everything_at_once(self, inside):
        assert len(self.refused(inside, name="", agreed=False, drawn=None)) == 3

    def test_a_choice_that_is_missing(self, inside):
        quote = sent(inside)
        choose(quote, {}, by_name="Jo")
        with pytest.raises(Refused) as refused:
            accepted(inside, quote)
        assert [str(problem) for problem in refused.value.problems] == ["Choose one of these."]
        (problem,) = refused.value.problems
        assert isinstance(problem, Problem)
        assert problem.key == quote.groups.get().key

    def test_a_copy_that_cannot_be_printed(self, inside):
        """Nothing is accepted, and it says so."""
        with mock.patch("quotes.documents.signed_pdf_bytes", side_effect=RenderFailed):
            (sentence,) = self.refused(inside)
        assert "nothing was accepted" in sentence

    def test_a_mail_that_cannot_be_queued_takes_everything_back(self, inside):
        quote = sent(inside)
        with (
            mock.patch("quotes.mailing.queue_accepted", side_effect=RuntimeError),
            pytest.raises(RuntimeError),
        ):
            accepted(inside, quote)
        assert Quote.objects.get(pk=quote.pk).state == "sent"
        assert not Acceptance.objects.exists()


def test_what_was_sent_is_what_is_signed(transactional_db, owner):
    """Whoever changes a line behind the triggers' back finds that it cannot be signed any more."""
    from tests.world import make_world

    world = make_world()
    with world.scope():
        quote = sent(world)
    owner.execute("alter table quotes_line disable trigger frozen")
    owner.execute("update quotes_line set description = 'Cheap labour' where description = 'Labour'")
    owner.execute("alter table quotes_line enable trigger frozen")
    with world.scope(), pytest.raises(WrongState, match="cannot be accepted as it stands"):
        accepted(world, Quote.objects.get(pk=quote.pk))


def test_a_link_is_made_for_the_client_of_the_quote(inside):
    quote = sent(inside, item())
    assert make_link(quote, "jo@example.com").startswith("http")
    assert fingerprint(canonical(offer_of(quote))) == quote.fingerprint
    assert QuoteLink.objects.get().client == inside.jo


def test_the_time_of_a_signature_is_when_the_date_was_looked_at(inside, monkeypatch):
    """QUO-9: making a picture of the drawing takes a moment, in which the last day may end."""
    quote = sent(inside)
    before = timezone.now()
    made = pictures.signature

    def at_leisure(data):
        tomorrow = before + dt.timedelta(days=1)
        monkeypatch.setattr(timezone, "now", lambda: tomorrow)
        return made(data)

    monkeypatch.setattr(pictures, "signature", at_leisure)
    acceptance = quote.accept(signer=signer(inside), seen=seen(quote))
    assert before <= acceptance.signed_at < before + dt.timedelta(hours=1)
