"""The mails about a quote: to whom, with what, once (QUO-3, QUO-5, QUO-6, QUO-9, TEA-3, POR-5, POR-6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from mail import sending as mail_sending
from mail.models import Message, MessageTemplate
from mail.wording import WORDINGS
from portal.models import PortalAccess
from quotes import answering, mailing, sending, tasks
from quotes.audience import told_address
from quotes.models import Acceptance, Quote, QuoteLink
from teams.scope import team_scope
from tests.quotes.making import accepted, draft, item, link_of, sent
from tests.world import World, make_world

LINK = re.compile(r"http://localhost:8000/p/kirkstall-plumbing/q/([\w-]+)/")


@pytest.fixture
def transactional_world(transactional_db: None, started_tasks: list[Any]) -> World:
    """Committed rows: what a task sees."""
    return make_world()


@pytest.fixture
def jo_address(world: World) -> str:
    with world.scope():
        return world.jo.primary_email()


def access(world: World, email: str, **toggles: Any) -> PortalAccess:
    """A key of Jo's portal, switched on; call it inside the team's scope."""
    world.jo.portal_accesses.filter(email=email).delete()
    return PortalAccess.objects.create(
        team=world.team, client=world.jo, email=email, invited_at=timezone.now(), **toggles
    )


def test_the_quote_is_mailed_with_its_slip_and_its_own_link(world: World, jo_address: str) -> None:
    with world.scope():
        quote = draft(world, title="Bathroom refit")
        quote.send(by=world.alice, email_client=True, to=jo_address)
        message = Message.objects.get()
        (link,) = QuoteLink.objects.all()
    assert (message.kind, message.to_address) == ("quote_sent", jo_address)
    assert (message.subject_model, message.subject_id) == ("quote", quote.pk)
    assert message.subject == "Your quote QUO-0001 from Kirkstall Plumbing"
    assert "Quote QUO-0001: £2,019.98, with VAT, as we would do it" in message.text
    assert "For: Bathroom refit" in message.text
    assert f"Good until: {quote.valid_until.day} " in message.text
    assert "£2,019.98" in message.html
    token = LINK.search(message.text)
    assert token is not None
    found = link_of(world.team, token[1])
    assert found is not None
    assert (found.pk, link.email) == (link.pk, jo_address)
    assert message.text.count(token[0]) == 1
    assert f'href="{token[0]}"' in message.html


def test_each_sending_has_a_link_of_its_own(world: World, jo_address: str) -> None:
    with world.scope():
        quote = sent(world)
        mailing.queue_sent(quote, jo_address)
        mailing.queue_sent(quote, jo_address)
        tokens = {LINK.search(message.text)[1] for message in Message.objects.all()}  # type: ignore[index]
    assert len(tokens) == 2


def test_a_quote_without_choices_is_not_as_we_would_do_it(world: World, jo_address: str) -> None:
    with world.scope():
        quote = sent(world, item())
        mailing.queue_sent(quote, jo_address)
        text = Message.objects.get().text
    assert "£1,200.00, with VAT\n" in text
    with world.scope():
        Message.objects.all().delete()
        world.team.change(vat_number="")
        bare = draft(world, item())
        bare.send(by=world.alice, email_client=False)
        mailing.queue_sent(bare, jo_address)
        assert "VAT" not in Message.objects.get().text


def test_the_teams_own_words_keep_their_link(world: World, jo_address: str) -> None:
    """MSG-2: if the text lacks its link placeholder, the link is added at the end."""
    with world.scope():
        MessageTemplate.objects.create(
            team=world.team,
            key="quote_sent",
            subject="{reference}, {version}",
            body="Have a look, {client_first_name}.",
        )
        mailing.queue_sent(sent(world), jo_address)
        message = Message.objects.get()
    assert message.subject == "QUO-0001, 1"
    assert "Have a look, Jo." in message.text
    assert LINK.search(message.text)


def test_the_second_version_says_so(world: World, jo_address: str) -> None:
    with world.scope():
        later = sent(world).new_version(by=world.alice)
        later.send(by=world.alice, email_client=True, to=jo_address)
        assert "Quote QUO-0001, version 2: £2,019.98" in Message.objects.get().text


def test_the_log_keeps_the_mail_and_not_the_key_in_it(world: World, jo_address: str) -> None:
    with world.scope():
        mailing.queue_sent(sent(world), jo_address)
        message = Message.objects.get()
        token = LINK.search(message.text)[1]  # type: ignore[index]
    assert mail_sending.send_message(world.team.pk, message.pk)
    assert token in mail.outbox[-1].body
    with world.scope():
        message.refresh_from_db()
    assert token not in message.text + message.html


# ---- Toggles ----


def test_who_has_quotes_switched_off_hears_nothing(world: World, jo_address: str) -> None:
    """POR-5: a toggle governs the section's notifications."""
    with world.scope():
        access(world, jo_address, shows_quotes=False)
        assert mailing.queue_sent(sent(world), jo_address) is None
        assert not Message.objects.exists()
        assert not QuoteLink.objects.exists()


def test_prices_that_are_hidden_are_in_no_mail(world: World, jo_address: str) -> None:
    """POR-6: neither in the text nor in the slip, the subject or an attachment."""
    with world.scope():
        access(world, jo_address, shows_invoices=False, hides_prices=True)
        MessageTemplate.objects.create(
            team=world.team, key="quote_sent", subject="{total}", body="It comes to {total}.\n\n{link}"
        )
        quote = sent(world, title="Bathroom refit")
        quote.client.refresh_from_db()
        message = mailing.queue_sent(quote, jo_address)
        acceptance = accepted(world, quote)
        told = Message.objects.get(kind="quote_accepted")
    assert message is not None
    for each in (message, told):
        assert "£" not in each.subject + each.text + each.html
        assert "2,019" not in each.subject + each.text + each.html
    assert "Your quote: QUO-0001" in message.text
    assert told.acceptance_id is None
    assert acceptance.total


def test_a_portal_that_is_switched_off_hears_nothing(world: World, jo_address: str) -> None:
    with world.scope():
        access(world, jo_address)
        type(world.jo).objects.filter(pk=world.jo.pk).update(portal_enabled=False)
        quote = sent(world)
        quote.client.refresh_from_db()
        assert mailing.queue_sent(quote, jo_address) is None


# ---- Both sides get the signed quote ----


def test_both_sides_get_the_signed_pdf(world: World) -> None:
    """QUO-6."""
    with world.scope():
        acceptance = accepted(world, sent(world, title="Bathroom refit"))
        messages = {message.kind: message for message in Message.objects.all()}
        pdf = bytes(acceptance.pdf)
    assert set(messages) == {"quote_accepted", "quote_accepted_trade"}
    assert messages["quote_accepted"].to_address == world.jo_user.email
    assert messages["quote_accepted_trade"].to_address == world.alice.email
    assert messages["quote_accepted_trade"].subject == "Jo Whitaker accepted QUO-0001 for £2,019.98"
    assert "Accepted on: " in messages["quote_accepted"].text
    for message in messages.values():
        assert mail_sending.send_message(world.team.pk, message.pk)
    for posted in mail.outbox:
        ((name, content, mime),) = posted.attachments
        assert (name, content, mime) == ("QUO-0001-signed.pdf", pdf, "application/pdf")


def test_who_wrote_the_quote_hears_it_beside_the_owners(world: World) -> None:
    with world.scope():
        accepted(world, sent(world, by=world.bob))
        told = Message.objects.filter(kind="quote_accepted_trade").values_list("to_address", flat=True)
        assert set(told) == {world.alice.email, world.bob.email}


def in_portal(world: World) -> Any:
    return team_scope(world.team.pk, world.jo.pk)


def test_what_a_client_does_is_told_after_the_commit(
    transactional_world: World, run_tasks: Callable[[], int]
) -> None:
    """The client's scope sees neither wording nor members: a task of the team's own writes the mails."""
    world = transactional_world
    with world.scope():
        quote = sent(world)
        other = sent(world)
    with in_portal(world):
        mine = Quote.objects.select_related("client", "team").get(pk=quote.pk)
        labour = mine.lines.get(description="Labour")
        answering.ask(mine, line_key=labour.key, text="Weekends?", by_name="Jo", user=world.jo_user)
        answering.ask_for_changes(mine, text="In blue.", by_name="Jo", user=world.jo_user)
        accepted(world, mine)
        no = Quote.objects.get(pk=other.pk)
        answering.decline(no, reason="Too dear.", by_name="Jo", user=world.jo_user)
        assert not Message.objects.exists()
    run_tasks()
    with world.scope():
        kinds = sorted(Message.objects.values_list("kind", flat=True))
        texts = {message.kind: message.text for message in Message.objects.all()}
        count = Message.objects.count()
    assert kinds == [
        "quote_accepted",
        "quote_accepted_trade",
        "quote_changes_trade",
        "quote_declined_trade",
        "quote_question_trade",
    ]
    assert "Jo asks about “Labour”:\n\nWeekends?" in texts["quote_question_trade"]
    assert "In blue." in texts["quote_changes_trade"]
    assert "Too dear." in texts["quote_declined_trade"]
    # The sweeper finds nothing that is not told, and a task that comes twice tells nothing twice.
    tasks.sweep_untold()
    with world.scope():
        tasks.tell(world.team.pk, "acceptance", Acceptance.objects.get().pk)
        assert Message.objects.count() == count


def test_a_lost_broker_loses_no_news(
    transactional_world: World, started_tasks: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = transactional_world
    with world.scope():
        quote = sent(world)
        other = sent(world)
    with in_portal(world):
        mine = Quote.objects.select_related("client", "team").get(pk=quote.pk)
        answering.ask(mine, line_key=None, text="When?", by_name="Jo", user=world.jo_user)
        accepted(world, mine)
        answering.decline(Quote.objects.get(pk=other.pk), reason="", by_name="Jo", user=None)
    started_tasks.clear()
    # Fresh news is left to its own task.
    tasks.sweep_untold()
    with world.scope():
        assert not Message.objects.exists()
    monkeypatch.setattr(tasks, "GRACE", timedelta(seconds=-1))
    tasks.sweep_untold()
    tasks.sweep_untold()
    with world.scope():
        kinds = sorted(Message.objects.values_list("kind", flat=True))
    assert kinds == [
        "quote_accepted",
        "quote_accepted_trade",
        "quote_declined_trade",
        "quote_question_trade",
    ]


# ---- Questions and answers ----


def test_the_answer_goes_to_whoever_asked(world: World, jo_address: str) -> None:
    """QUO-5."""
    with world.scope():
        world.jo.emails.create(team=world.team, address="partner@example.com")
        quote = sent(world)
        key = quote.lines.get(description="Labour").key
        answering.ask(quote, line_key=key, text="Weekends?", by_name="Jo", user=world.jo_user)
        Message.objects.all().delete()
        answering.answer(quote, line_key=key, text="Never on <b>Sundays</b>.", by=world.alice)
        message = Message.objects.get()
    assert (message.kind, message.to_address) == ("quote_answered", world.jo_user.email)
    assert "you asked about “Labour”. Our answer:\n\nNever on <b>Sundays</b>." in message.text
    assert "<b>Sundays" not in message.html


def test_an_answer_to_a_link_goes_where_the_link_went(world: World) -> None:
    with world.scope():
        world.jo.emails.create(team=world.team, address="partner@example.com")
        quote = sent(world)
        sending.make_link(quote, "partner@example.com")
        answering.ask(quote, line_key=None, text="When?", by_name="Jo", user=None)
        Message.objects.all().delete()
        answering.answer(quote, line_key=None, text="In May.", by=world.alice)
        assert Message.objects.get().to_address == "partner@example.com"
        assert "the quote as a whole" in Message.objects.get().text


def test_an_address_that_left_the_record_is_told_nothing(world: World, jo_address: str) -> None:
    with world.scope():
        quote = sent(world)
        sending.make_link(quote, "gone@example.com")
        answering.ask(quote, line_key=None, text="When?", by_name="Jo", user=None)
        Message.objects.all().delete()
        answering.answer(quote, line_key=None, text="In May.", by=world.alice)
        assert Message.objects.get().to_address == jo_address


def test_a_login_without_an_address_of_its_own_swallows_no_mail(world: World, jo_address: str) -> None:
    with world.scope():
        access(world, "")
        assert told_address(world.jo, "", "stranger@example.com") == jo_address


def test_a_client_without_an_address_stops_nothing(world: World) -> None:
    with world.scope():
        world.jo.emails.all().delete()
        quote = sent(world)
        answering.answer(quote, line_key=None, text="In May.", by=world.alice)
        accepted(world, quote, login=None, email="", in_person_with=world.alice)
        assert set(Message.objects.values_list("kind", flat=True)) == {"quote_accepted_trade"}


# ---- Wording ----


def test_the_clients_mails_can_be_put_in_the_teams_own_words() -> None:
    """TEA-3: those to clients, and a wording for each step of following up; not those to the trade."""
    editable = {key for key, wording in WORDINGS.items() if wording.is_editable}
    assert {"quote_sent", "quote_accepted", "quote_answered", *mailing.FOLLOW_UPS} <= editable
    assert not any(WORDINGS[key].is_editable for key in WORDINGS if key.endswith("_trade"))


def test_settings_show_edit_and_reset_them(world: World) -> None:
    alice = world.browser(world.alice)
    base = "/t/kirkstall-plumbing/settings/wording/"
    assert "Quote Follow-Up, second" in alice.get(base).content.decode()
    page = alice.get(f"{base}quote_sent/").content.decode()
    assert "QUO-0042" in page
    assert "INV-0142" not in page
    saved = alice.post(f"{base}quote_sent/", {"subject": "Look: {reference}", "body": "Hello.\n\n{link}"})
    assert saved.status_code == 303
    with world.scope():
        assert MessageTemplate.objects.get().subject == "Look: {reference}"
    refused = alice.post(f"{base}quote_sent/", {"subject": "{balance}", "body": "x"})
    assert refused.status_code == 422
    assert alice.post(f"{base}quote_sent/reset/").status_code == 303
    with world.scope():
        assert not MessageTemplate.objects.exists()
