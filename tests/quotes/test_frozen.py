"""What was offered and signed stays as it was, in the database, for the app and for the owner (QUO-7)."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from quotes.answering import ask, choose
from quotes.models import (
    Acceptance,
    AttachedFile,
    Attachment,
    Comment,
    Group,
    How,
    Line,
    Quote,
    QuoteLink,
    Selection,
)
from tests.quotes.making import accepted, draft, item, key_of, sent
from tests.world import make_world

ACCEPT = """
update quotes_quote set state = 'accepted', accepted_at = now(), agreed_total = total where id = {quote}
"""
AS_OPEN = "update quotes_quote set state = '{state}', accepted_at = null, agreed_total = null where id = "
REMARK = """
insert into quotes_comment (team_id, quote_id, about, kind, side, author_name, text, created_at)
values ({team}, {quote}, '', 'comment', 'client', 'Jo', 'x', now())
"""
SENT = [
    "update quotes_quote set total = 1, net = 1, vat = 0 where id = {quote}",
    "update quotes_quote set terms = 'x' where id = {quote}",
    "update quotes_quote set valid_until = '2030-01-01' where id = {quote}",
    "update quotes_quote set buyer = '{{}}' where id = {quote}",
    "update quotes_quote set fingerprint = 'x' where id = {quote}",
    "update quotes_quote set state = 'draft' where id = {quote}",
    "update quotes_quote set entry_id = entry_id + 1 where id = {quote}",
    "delete from quotes_quote where id = {quote}",
    "update quotes_line set unit_price = 1 where quote_id = {quote}",
    "update quotes_line set description = 'x' where quote_id = {quote}",
    "delete from quotes_line where quote_id = {quote}",
    "update quotes_group set most = 2 where quote_id = {quote}",
    "delete from quotes_group where quote_id = {quote}",
    "update quotes_attachment set name = 'x' where quote_id = {quote}",
    "delete from quotes_attachment where quote_id = {quote}",
    "update quotes_comment set text = 'x' where quote_id = {quote}",
    "delete from quotes_comment where quote_id = {quote}",
    # Accepted without a signature.
    ACCEPT,
]
ACCEPTED = [
    *SENT[:-1],
    AS_OPEN.format(state="sent") + "{quote}",
    AS_OPEN.format(state="superseded") + "{quote}",
    "update quotes_quote set agreed_total = 1 where id = {quote}",
    "update quotes_quote set accepted_at = now() where id = {quote}",
    "update quotes_quote set decline_reason = 'x' where id = {quote}",
    "update quotes_acceptance set name = 'x' where quote_id = {quote}",
    "update quotes_acceptance set canonical = 'x' where quote_id = {quote}",
    "delete from quotes_acceptance where quote_id = {quote}",
    "update quotes_selection set picks = '{{}}' where quote_id = {quote}",
    REMARK,
]


@pytest.fixture
def whole(transactional_db):
    """A quote with everything a quote can have, sent."""
    world = make_world()
    with world.scope():
        quote = draft(world)
        file = AttachedFile.objects.create(
            team=world.team, sha256="a" * 64, mime="image/png", size=1, content=b"x"
        )
        Attachment.objects.create(team=world.team, quote=quote, file=file, position=1, name="plan.png")
        quote.send(by=world.alice, email_client=False)
        ask(quote, line_key=None, text="When?", by_name="Jo", user=world.jo_user)
        choose(quote, {key_of(quote, "Best"): Decimal(1)}, by_name="Jo")
    return world, quote


@pytest.mark.parametrize("state", ["sent", "accepted"])
def test_the_app_cannot(whole, state):
    """Each is refused by a trigger, a constraint or for want of the right."""
    world, quote = whole
    if state == "accepted":
        with world.scope():
            accepted(world, quote)
    for sql in SENT if state == "sent" else ACCEPTED:
        with (
            world.scope(),
            connection.cursor() as cursor,
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            cursor.execute(sql.format(quote=quote.pk, team=world.team.pk))


@pytest.mark.parametrize("state", ["sent", "accepted"])
def test_the_owner_cannot_either(whole, owner, state):
    world, quote = whole
    if state == "accepted":
        with world.scope():
            accepted(world, quote)
    for sql in SENT if state == "sent" else ACCEPTED:
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(sql.format(quote=quote.pk, team=world.team.pk))


def test_control_a_draft_can_be_changed_by_the_same_statements(whole, owner):
    """They fail for the state, not for themselves."""
    world, _quote = whole
    with world.scope():
        free = draft(world)
    for sql in SENT[:3] + SENT[8:12]:
        assert owner.execute(sql.format(quote=free.pk)).rowcount > 0, sql


def test_nothing_is_added_to_what_was_sent(whole):
    world, quote = whole
    with world.scope():
        file = AttachedFile.objects.get()
        for add in (
            lambda: Line.objects.create(team=world.team, quote=quote, position=99, description="x"),
            lambda: Group.objects.create(team=world.team, quote=quote, position=99, name="x"),
            lambda: Attachment.objects.create(team=world.team, quote=quote, file=file, position=9, name="x"),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                add()


def test_a_line_cannot_leave_what_was_sent_for_a_draft(whole):
    world, quote = whole
    with world.scope():
        free = draft(world, item())
        with pytest.raises(IntegrityError), transaction.atomic():
            Line.objects.filter(quote=quote, position=1).update(quote=free, position=99)


def test_what_does_move(whole):
    """Marks of reading, pausing of follow-ups, and ticks while it can be answered."""
    world, quote = whole
    with world.scope():
        assert Quote.objects.filter(pk=quote.pk).update(follow_ups_paused=True) == 1
        assert Selection.objects.filter(quote=quote).update(picks={}) == 1


def acceptance_of(world, quote: Quote, **more: object) -> Acceptance:
    values = {
        "name": "Jo", "how": How.TYPED, "typed": "Jo", "wording": "x", "signed_at": quote.sent_at,
        "login": world.jo_user, "net": 1, "vat": 0, "total": 1, "canonical": "x", "sha256": "x", "pdf": b"x",
        "pdf_sha256": "x", "zone": "x",
    }  # fmt: skip
    return Acceptance(team=world.team, quote=quote, **values | more)


def test_an_acceptance_must_be_whole(inside):
    """A signature, and by whose right."""
    quote = sent(inside)
    for more in (
        {"typed": ""},
        {"how": How.DRAWN},
        {"how": How.DRAWN, "signature": b"", "typed": "", "login": None},
        {"login": None},
        {"how": "x"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            acceptance_of(inside, quote, **more).save()


def test_an_acceptance_is_of_what_is_open(inside):
    quote = draft(inside)
    quote.sent_at = quote.created_at
    with pytest.raises(IntegrityError, match="not open to answers"), transaction.atomic():
        acceptance_of(inside, quote).save()


def test_accepted_for_another_total_than_signed(inside):
    quote = sent(inside)
    acceptance_of(inside, quote).save()
    with pytest.raises(IntegrityError, match="was not signed"), transaction.atomic():
        Quote.objects.filter(pk=quote.pk).update(
            state="accepted", accepted_at=quote.sent_at, agreed_total=quote.total
        )


def test_two_versions_cannot_both_be_open_or_accepted(inside):
    first = sent(inside)
    second = first.new_version(by=inside.alice)
    with pytest.raises(IntegrityError, match="quotes_quote_one_sent"), transaction.atomic():
        Quote.objects.filter(pk=second.pk).update(state="sent", sent_at=first.sent_at, fingerprint="x")


def test_a_clients_scope_writes_only_its_own(world):
    """Row security: no comment, tick or signature on somebody else's quote, and no other client's name."""
    with world.scope():
        quote = sent(world)
    with world.scope(world.kit):
        for make in (
            lambda: Comment.objects.create(
                team=world.team, quote_id=quote.pk, side="client", author_name="Kit", text="x"
            ),
            lambda: Selection.objects.create(team=world.team, quote_id=quote.pk),
            lambda: acceptance_of(world, quote).save(),
            lambda: QuoteLink.objects.create(
                team=world.team,
                client=world.jo,
                entry_id=quote.entry_id,
                token_hash="x",
                expires_at=quote.created_at,
            ),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                make()
        assert Quote.objects.filter(pk=quote.pk).update(follow_ups_paused=True) == 0
