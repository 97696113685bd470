"""Draft → sent → withdrawn, read marks, and the mailed links (QUO-3, QUO-10, trust 6)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone

from clients.models import Email
from mail.models import Message
from quotes.drafting import GroupInput, save_draft
from quotes.errors import NotReady
from quotes.models import AttachedFile, Attachment, Quote, QuoteLink, Status
from quotes.offer import canonical, fingerprint, offer_of
from quotes.sending import make_link, mark_viewed, revoke_links
from teams.models import AuditEntry, WrongState
from teams.models.member import hash_token
from teams.scope import team_scope
from tests.quotes.making import accepted, choice, draft, expired, extra, item, link_of, sent, verbs


class TestSending:
    def test_it_works(self, inside):
        """QUO-3: the moment, seller, buyer and the fingerprint of all of it are kept; nothing is mailed."""
        quote = draft(inside)
        quote.send(by=inside.bob, email_client=False)
        stored = Quote.objects.get(pk=quote.pk)
        assert (stored.state, stored.status(inside.team.today())) == ("sent", Status.SENT)
        assert stored.sent_at is not None
        assert (stored.seller["name"], stored.buyer["name"]) == ("Kirkstall Plumbing", "Jo Whitaker")
        assert stored.fingerprint == fingerprint(canonical(offer_of(stored))) == quote.fingerprint
        assert verbs(quote) == ["quote.created", "quote.sent"]
        entry = AuditEntry.objects.get(verb="quote.sent")
        assert (entry.actor_name, entry.client_id) == ("Bob Nowak", inside.jo.pk)
        assert not Message.objects.exists()
        assert not QuoteLink.objects.exists()

    def test_later_changes_of_seller_and_buyer_change_nothing(self, inside):
        quote = sent(inside)
        inside.team.change(name="Kirkstall & Sons")
        inside.jo.name = "Jo Marsh"
        inside.jo.save()
        stored = Quote.objects.get(pk=quote.pk)
        assert (stored.seller["name"], stored.buyer["name"]) == ("Kirkstall Plumbing", "Jo Whitaker")
        assert stored.fingerprint == fingerprint(canonical(offer_of(stored)))

    def test_all_of_it_may_be_optional(self, inside):
        quote = sent(inside, extra())
        assert (quote.total, quote.least_total, quote.most_total) == (
            Decimal(0),
            Decimal(0),
            Decimal("180.00"),
        )

    def test_on_its_last_day_it_can_be_sent(self, inside):
        assert sent(inside, valid_until=inside.team.today()).is_open(inside.team.today())

    def test_twice(self, inside):
        quote = sent(inside)
        with pytest.raises(WrongState, match="sent already"):
            quote.send(by=inside.alice, email_client=False)

    def test_a_deleted_draft(self, inside):
        quote = draft(inside)
        again = Quote.objects.get(pk=quote.pk)
        quote.delete_draft(by=inside.alice)
        with pytest.raises(WrongState, match="deleted already"):
            again.send(by=inside.alice, email_client=False)


class TestNotReady:
    """Refused with what to do about it, and it stays a draft."""

    @pytest.fixture(autouse=True)
    def _inside(self, inside):
        self.world = inside

    def refused(self, quote: Quote, says: str, **how: Any) -> None:
        with pytest.raises(NotReady, match=says):
            quote.send(by=self.world.alice, email_client=bool(how), **how)
        assert Quote.objects.get(pk=quote.pk).is_draft

    def test_nothing_priced(self):
        quote = save_draft(self.world.team, client=self.world.jo, lines=[], by=self.world.alice)
        self.refused(quote, "Add an item first")

    def test_nothing_to_pay_whatever_is_chosen(self):
        self.refused(draft(self.world, item(price="0"), extra(price="0")), "comes to nothing")

    def test_an_archived_client(self):
        quote = draft(self.world)
        self.world.jo.archive()
        self.refused(quote, "Bring the client back first")

    def test_a_date_that_has_passed(self):
        yesterday = self.world.team.today() - dt.timedelta(days=1)
        self.refused(draft(self.world, valid_until=yesterday), "has passed")

    def test_another_vat_registration(self):
        quote = draft(self.world)
        self.world.team.change(vat_number="")
        self.refused(quote, "VAT registration has changed")

    def test_a_line_without_vat(self):
        quote = save_draft(self.world.team, client=self.world.jo, lines=[extra()], by=self.world.alice)
        self.refused(quote, "VAT registration has changed")

    def test_an_empty_choice(self):
        quote = draft(self.world, item(), groups=[GroupInput(name="Tiles")])
        self.refused(quote, "nothing to choose from in “Tiles”")

    def test_too_little_to_choose_from(self):
        group = GroupInput(name="Tiles", least=2, most=3)
        self.refused(draft(self.world, choice("Red", "1"), groups=[group]), "asks for 2, and only 1")

    def test_too_much_suggested(self):
        lines = [choice(colour, "1", suggested=True) for colour in ("Red", "Blue")]
        quote = draft(self.world, *lines, groups=[GroupInput(name="Tiles")])
        self.refused(quote, "more lines are suggested than may be chosen")

    def test_too_many_attachments(self):
        quote = draft(self.world)
        team = self.world.team
        file = AttachedFile.objects.create(team=team, sha256="a" * 64, mime="image/png", size=1, content=b"x")
        Attachment.objects.bulk_create(
            Attachment(team=team, quote=quote, file=file, position=n, name="p") for n in range(11)
        )
        self.refused(quote, "at most 10 attachments")

    def test_more_than_a_document_may_come_to(self):
        """Refused while drafting already: what choosing can make of it counts."""
        from invoices.money import TooLarge

        with pytest.raises(TooLarge):
            draft(self.world, item(price="6000000"), extra(price="6000000"))

    def test_no_address_to_mail_to(self):
        quote = draft(self.world)
        Email.objects.filter(client=self.world.jo).delete()
        with pytest.raises(NotReady, match="has no e-mail address"):
            quote.send(by=self.world.alice, email_client=True)

    def test_an_address_that_is_not_on_the_record(self):
        self.refused(draft(self.world), "is not saved for Jo Whitaker", to="kit@example.com")


class TestSuperseding:
    """QUO-10."""

    def test_it_works(self, inside):
        first = sent(inside)
        second = first.new_version(by=inside.alice)
        second.send(by=inside.alice, email_client=False)
        first.refresh_from_db()
        assert (first.state, second.state) == ("superseded", "sent")
        assert first.superseded_at is not None
        assert verbs(first)[-1] == "quote.superseded"
        assert AuditEntry.objects.get(verb="quote.superseded").details["version"] == 2
        assert list(Quote.objects.current()) == [second]

    def test_of_one_that_was_declined(self, inside):
        first = sent(inside)
        first.decline(reason="Too dear", by_name="Jo", user=inside.jo_user)
        first.new_version(by=inside.alice).send(by=inside.alice, email_client=False)
        first.refresh_from_db()
        assert (first.state, first.decline_reason) == ("superseded", "Too dear")

    def test_of_one_that_was_accepted_meanwhile(self, inside):
        """Version 1 can be accepted while version 2 is a draft; then that one cannot be sent."""
        first = sent(inside)
        second = first.new_version(by=inside.alice)
        accepted(inside, first)
        with pytest.raises(WrongState, match="Version 1 of QUO-0001 was accepted meanwhile"):
            second.send(by=inside.alice, email_client=False)
        assert Quote.objects.get(pk=second.pk).is_draft


class TestWithdrawing:
    def test_it_works(self, inside):
        quote = sent(inside)
        quote.withdraw(by=inside.alice, reason=" Prices went up ")
        assert (quote.state, quote.status(inside.team.today())) == ("withdrawn", Status.EXPIRED)
        entry = AuditEntry.objects.get(verb="quote.withdrawn")
        assert (entry.details["reason"], entry.client_id) == ("Prices went up", inside.jo.pk)

    def test_states_that_refuse(self, inside):
        with pytest.raises(WrongState, match="Delete the draft instead"):
            draft(inside).withdraw(by=inside.alice)
        quote = sent(inside)
        quote.withdraw(by=inside.alice)
        with pytest.raises(WrongState, match="withdrawn already"):
            quote.withdraw(by=inside.alice)
        with pytest.raises(WrongState, match="accepted and stays"):
            accepted(inside).quote.withdraw(by=inside.alice)
        declined = sent(inside)
        declined.decline(reason="", by_name="Jo", user=None)
        with pytest.raises(WrongState, match="nothing to withdraw"):
            declined.withdraw(by=inside.alice)
        old = sent(inside)
        old.new_version(by=inside.alice).send(by=inside.alice, email_client=False)
        with pytest.raises(WrongState, match="later version"):
            old.withdraw(by=inside.alice)


class TestViewed:
    def test_first_and_last(self, world):
        """QUO-3: in the client's own scope; an entry in the log for the first time only."""
        with world.scope():
            quote = sent(world)
        with world.scope(world.jo):
            mark_viewed(quote, by_name="Jo Whitaker")
            first = Quote.objects.get(pk=quote.pk)
            assert first.first_viewed_at == first.last_viewed_at == quote.first_viewed_at
            mark_viewed(first, by_name="Jo Whitaker")
        with world.scope():
            again = Quote.objects.get(pk=quote.pk)
            assert again.first_viewed_at == first.first_viewed_at
            assert again.last_viewed_at is not None
            assert first.first_viewed_at is not None
            assert again.last_viewed_at > first.first_viewed_at
            assert verbs(quote).count("quote.viewed") == 1
            assert AuditEntry.objects.get(verb="quote.viewed").actor_name == "Jo Whitaker"

    def test_once_accepted_reading_is_still_noted(self, inside):
        quote = accepted(inside).quote
        mark_viewed(quote, by_name="Jo")
        assert Quote.objects.get(pk=quote.pk).last_viewed_at is not None

    def test_a_draft_is_not(self, inside):
        quote = draft(inside)
        mark_viewed(quote, by_name="Jo")
        assert Quote.objects.get(pk=quote.pk).first_viewed_at is None
        assert verbs(quote) == ["quote.created"]


class TestLinks:
    """trust 6."""

    def token(self, quote: Quote) -> str:
        return make_link(quote, "jo@example.com").rstrip("/").rsplit("/", 1)[-1]

    def test_it_works(self, world):
        with world.scope():
            quote = sent(world)
            token = self.token(quote)
            link = QuoteLink.objects.get()
            assert (link.token_hash, link.email) == (hash_token(token), "jo@example.com")
            assert token not in str(QuoteLink.objects.values())
        found = link_of(world.team, token)
        assert found is not None
        assert (found.team_id, found.client_id, found.entry_id, found.pk) == (
            world.team.pk,
            world.jo.pk,
            quote.entry_id,
            link.pk,
        )

    def test_it_lives_until_thirty_days_after_the_last_day(self, inside):
        """In the team's zone: Londoners are an hour ahead in July."""
        quote = draft(inside)
        quote.valid_until = dt.date(2026, 7, 1)
        self.token(quote)
        assert QuoteLink.objects.get().expires_at == dt.datetime(2026, 7, 31, 23, tzinfo=dt.UTC)

    def test_revoked_expired_and_unknown_ones_open_nothing(self, world):
        with world.scope():
            quote = sent(world)
            token, late = self.token(quote), self.token(quote)
            QuoteLink.objects.filter(token_hash=hash_token(late)).update(
                expires_at=timezone.now() - dt.timedelta(hours=1)
            )
        assert link_of(world.team, token)
        assert link_of(world.team, late) is None
        assert link_of(world.team, "x" * 43) is None
        with world.scope():
            assert revoke_links(quote) == 1
        assert link_of(world.team, token) is None

    def test_a_later_version_keeps_it_alive(self, inside):
        first = sent(inside, valid_until=inside.team.today())
        token = self.token(first)
        before = QuoteLink.objects.get().expires_at
        second = first.new_version(by=inside.alice)
        second.send(by=inside.alice, email_client=False)
        assert QuoteLink.objects.get().expires_at > before
        assert link_of(inside.team, token)

    def test_another_team_sees_nothing_of_it(self, world):
        with world.scope():
            self.token(sent(world))
        with team_scope(world.other.pk):
            assert not QuoteLink.objects.exists()
        with world.scope(world.kit):
            assert not QuoteLink.objects.exists()


def test_mail_goes_out_only_when_asked_and_to_the_saved_address(inside):
    """QUO-3: in the saved spelling, with a link."""
    quote = draft(inside)
    quote.send(by=inside.alice, email_client=True, to="JO@example.com")
    message = Message.objects.get()
    assert message.to_address == "jo@example.com"
    assert QuoteLink.objects.count() == 1
    assert "/p/kirkstall-plumbing/" in message.text


def test_expired_is_derived(inside):
    quote = expired(inside)
    assert quote.status(inside.team.today()) == Status.EXPIRED
    assert list(Quote.objects.with_status(Status.EXPIRED, inside.team.today())) == [quote]
    assert not Quote.objects.open(inside.team.today()).exists()


def test_who_is_first_of_two_that_read_it(inside):
    """Two tabs at once: the row decides who was first."""
    quote = sent(inside)
    one, two = (Quote.objects.get(pk=quote.pk) for _ in range(2))
    with mock.patch.object(timezone, "now", return_value=timezone.now() - dt.timedelta(hours=1)):
        mark_viewed(one, by_name="Jo")
    mark_viewed(two, by_name="Jo")
    assert verbs(quote).count("quote.viewed") == 1
