"""Sending a draft, sharing its link, and stopping the links (QUO-3, QUO-10, trust 6)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from clients.models import Email
from mail.models import Message
from portal.models import PortalAccess
from quotes.models import QuoteLink, QuoteState
from quotes.sending import make_link
from teams.models import AuditEntry, Team
from tests.invoices.helpers import first
from tests.quotes.making import accepted, draft, item, link_of, sent
from tests.quotes.office import HTMX, get, now, post, url


def mails(world):
    with world.scope():
        return list(Message.objects.filter(kind="quote_sent").values_list("to_address", flat=True))


def test_it_asks_with_a_preview_then_sends_and_mails(world):
    with world.scope():
        quote = draft(world, title="Bathroom")
    page = get(world, "quote-send", quote).text
    for words in (
        "Send QUO-0001?",
        "Confirm",
        "To jo@example.com",
        "Preview of the mail",
        "Bathroom",
        " checked",
    ):
        assert words in page
    browser = world.browser(world.alice)
    response = browser.post(url(world, "quote-send", quote.pk), {"email_client": "on"})
    assert response.status_code == 303
    assert response.url == url(world, "quote", quote.pk)
    assert "QUO-0001 is sent to jo@example.com." in browser.get(response.url).text
    assert now(world, quote).state == QuoteState.SENT
    assert mails(world) == ["jo@example.com"]


def test_looking_at_the_preview_makes_no_link(world):
    with world.scope():
        quote = draft(world)
    get(world, "quote-send", quote)
    with world.scope():
        assert not QuoteLink.objects.exists()


def test_without_the_tick_nothing_is_mailed(world):
    with world.scope():
        quote = draft(world)
    browser = world.browser(world.alice)
    browser.post(url(world, "quote-send", quote.pk), {})
    assert now(world, quote).state == QuoteState.SENT
    assert mails(world) == []
    assert "QUO-0001 is sent. Share its link yourself." in browser.get(url(world, "quote", quote.pk)).text


def test_one_of_several_addresses_is_chosen(world):
    with world.scope():
        quote = draft(world)
        Email.objects.create(team=world.team, client=world.jo, address="office@jo.example")
    page = get(world, "quote-send", quote).text
    assert page.index("jo@example.com") < page.index("office@jo.example")
    assert post(world, "quote-send", quote, email_client="on", to="lee@example.com").status_code == 422
    assert now(world, quote).is_draft
    post(world, "quote-send", quote, email_client="on", to="office@jo.example")
    assert mails(world) == ["office@jo.example"]


def test_no_address_is_said_and_no_obstacle(world):
    with world.scope():
        Email.objects.filter(client=world.jo).delete()
        quote = draft(world)
    page = get(world, "quote-send", quote).text
    assert "There is no e-mail address on the client’s record" in page
    assert "Preview of the mail" not in page
    assert post(world, "quote-send", quote, email_client="on").status_code == 303
    assert now(world, quote).state == QuoteState.SENT
    assert mails(world) == []


def test_an_address_that_may_not_be_told_is_not_offered(world):
    """POR-5: the toggle Quotes governs its mails, too."""
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(shows_quotes=False)
        quote = draft(world)
    assert "its section Quotes is switched off" in get(world, "quote-send", quote).text
    post(world, "quote-send", quote, email_client="on")
    assert mails(world) == []


def test_who_sees_no_prices_comes_last(world):
    """POR-6: only who sees prices can sign."""
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(hides_prices=True, shows_invoices=False)
        Email.objects.create(team=world.team, client=world.jo, address="pays@jo.example")
        quote = draft(world)
    page = get(world, "quote-send", quote).text
    assert page.index("pays@jo.example") < page.index("jo@example.com")


def test_a_later_version_says_what_it_replaces(world):
    with world.scope():
        quote = sent(world)
        second = quote.new_version(by=world.alice)
    assert "takes the place of version 1" in get(world, "quote-send", second).text
    post(world, "quote-send", second)
    assert now(world, quote).state == QuoteState.SUPERSEDED


def test_what_cannot_be_sent_is_a_refused_form(world):
    with world.scope():
        quote = draft(world, item("Free", "0.00", vat_rate=world.rate))
    response = post(world, "quote-send", quote, htmx=True)
    assert response.status_code == 422
    assert "comes to nothing" in response.text
    assert "<html" not in response.text


def test_a_draft_beside_a_signed_version_is_not_sent(world):
    with world.scope():
        quote = sent(world)
        second = quote.new_version(by=world.alice)
        accepted(world, quote)
    response = post(world, "quote-send", second)
    assert response.status_code == 409
    assert "was accepted meanwhile" in response.text
    assert now(world, second).is_draft


def test_a_second_press_is_told_that_it_is_sent(world):
    with world.scope():
        quote = draft(world)
    post(world, "quote-send", quote, email_client="on")
    response = post(world, "quote-send", quote, email_client="on")
    assert response.status_code == 409
    assert len(mails(world)) == 1


def test_the_link_is_made_by_a_post_and_works(world):
    with world.scope():
        quote = sent(world)
    assert "Copy link" in get(world, "quote-share", quote).text
    assert get(world, "quote-link", quote).status_code == 405
    response = post(world, "quote-link", quote)
    assert response["Cache-Control"].startswith("max-age=0")
    link = first(r'value="(http[^"]+)"', response.text)
    with world.scope():
        assert QuoteLink.objects.count() == 1
        assert AuditEntry.objects.filter(verb="quote.link_made").count() == 1
    found = link_of(world.team, link.rstrip("/").rsplit("/", 1)[1])
    assert found is not None
    assert found.entry_id == quote.entry_id


def test_mailing_again_happens_once_for_each_form(world):
    with world.scope():
        quote = sent(world)
    key = str(uuid.uuid4())
    for _ in range(2):
        assert post(world, "quote-share", quote, form_key=key, to="jo@example.com").status_code == 303
    assert mails(world) == ["jo@example.com"]
    post(world, "quote-share", quote, form_key=str(uuid.uuid4()), to="jo@example.com")
    assert len(mails(world)) == 2
    assert post(world, "quote-share", quote, form_key=key, to="lee@example.com").status_code == 422


def test_all_links_can_be_stopped(world):
    with world.scope():
        quote = sent(world)
        token = make_link(quote, "jo@example.com").rstrip("/").rsplit("/", 1)[1]
    assert link_of(world.team, token) is not None
    assert post(world, "quote-revoke-links", quote).status_code == 303
    assert link_of(world.team, token) is None
    assert post(world, "quote-revoke-links", quote).status_code == 303
    with world.scope():
        assert AuditEntry.objects.filter(verb="quote.links_revoked").count() == 1


@pytest.mark.parametrize("name", ["quote-share", "quote-link"])
@pytest.mark.parametrize("state", ["draft", "accepted", "withdrawn", "expired"])
def test_what_is_not_open_is_not_shared(world, monkeypatch, name, state):
    with world.scope():
        quote = draft(world) if state == "draft" else sent(world)
        if state == "accepted":
            accepted(world, quote)
        if state == "withdrawn":
            quote.withdraw(by=world.alice)
    if state == "expired":
        today = Team.today
        monkeypatch.setattr(Team, "today", lambda team: today(team) + dt.timedelta(days=60))
    with world.scope():
        before = QuoteLink.objects.count()
    response = post(world, name, quote, form_key=str(uuid.uuid4()), to="jo@example.com")
    assert response.status_code == 409
    assert mails(world) == []
    with world.scope():
        assert QuoteLink.objects.count() == before


NAMES = ["quote-send", "quote-share", "quote-link", "quote-revoke-links"]


@pytest.mark.parametrize("name", NAMES)
def test_who_may(world, name):
    with world.scope():
        quote = draft(world) if name == "quote-send" else sent(world)
    assert post(world, name, quote, world.charlie).status_code == 404
    assert post(world, name, quote, world.ann).status_code == 403
    assert (
        post(world, name, quote, world.bob, form_key=str(uuid.uuid4()), to="jo@example.com").status_code < 400
    )


@pytest.mark.parametrize("name", ["quote-send", "quote-share"])
def test_by_htmx_it_is_a_dialog(world, name):
    with world.scope():
        quote = draft(world) if name == "quote-send" else sent(world)
    response = get(world, name, quote, headers=HTMX)
    assert "<html" not in response.text
    assert 'class="dialog-body' in response.text
    done = post(world, name, quote, htmx=True, form_key=str(uuid.uuid4()), to="jo@example.com")
    assert done["HX-Redirect"] == url(world, "quote", quote.pk)
