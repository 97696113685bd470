"""The quote's page in the office (QUO-3, QUO-5, QUO-7, QUO-10) and its downloads."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quotes.answering import ask, ask_for_changes, choose
from quotes.drafting import LineInput, save_draft
from quotes.models import AttachedFile, Attachment, Quote
from quotes.sending import mark_viewed
from teams.models import Team
from tests.quotes.making import accepted, draft, extra, item, sent
from tests.quotes.office import get, now, post, url


@pytest.fixture
def of_state(world):
    """A quote in a state, by name."""

    def make(state):
        with world.scope():
            if state == "draft":
                return draft(world)
            quote = sent(world)
            match state:
                case "accepted":
                    accepted(world, quote)
                case "declined":
                    quote.decline(reason="Too dear", by_name="Jo Whitaker", user=None)
                case "withdrawn":
                    quote.withdraw(by=world.alice)
                case "superseded":
                    quote.new_version(by=world.alice).send(by=world.alice, email_client=False)
            return quote

    return make


@pytest.fixture
def much_later(monkeypatch):
    """For the team it is 60 days later."""
    before = Team.today

    def later():
        monkeypatch.setattr(Team, "today", lambda self: before(self) + dt.timedelta(days=60))

    return later


EVERY = [
    "Send…",
    "Share link…",
    "New version",
    "Generate invoice",
    "Withdraw…",
    "Delete…",
    "Sign face to face",
]
OFFERS = {
    "draft": ["Send…", "Delete…"],
    "sent": ["Share link…", "New version", "Withdraw…", "Sign face to face"],
    "accepted": ["Generate invoice"],
    "declined": ["New version"],
    "withdrawn": ["New version"],
    "expired": ["New version", "Withdraw…"],
    "superseded": [],
}


@pytest.mark.parametrize("state", OFFERS)
def test_each_state_offers_what_it_allows(world, of_state, much_later, state):
    quote = of_state(state)
    if state == "expired":
        much_later()
    page = get(world, "quote", quote).text
    assert [words for words in EVERY if words in page] == [words for words in EVERY if words in OFFERS[state]]
    assert "Duplicate…" in page
    assert ("Signed PDF" in page) == ("Evidence file" in page) == (state == "accepted")
    assert ("Pause follow-ups" in page) == (state in ("sent", "expired"))


@pytest.mark.parametrize("state", OFFERS)
def test_the_accountant_is_offered_no_change(world, of_state, state):
    page = get(world, "quote", of_state(state), world.ann).text
    for words in [*EVERY, "Duplicate…", "Pause follow-ups", "Edit<"]:
        assert words not in page
    assert "Download PDF" in page


def test_lines_stand_in_parts_with_what_is_ticked(world):
    with world.scope():
        quote = sent(world, title="Bathroom", site="4 Beck Lane\nLeeds", terms="Half in advance.")
    page = get(world, "quote", quote).text
    assert page.index("Fixed work") < page.index("Labour") < page.index("Boiler") < page.index("Better")
    assert page.index("Better") < page.index("Extras") < page.index("Smart thermostat")
    assert page.count("Not ticked") == 3
    for words in (
        "Choose one.",
        "The client chooses from 1 to 8.",
        "4 Beck Lane",
        "Half in advance.",
        "£2,019.98",
        "from £1,480.00 to £3,148.46",
        "Valid until",
    ):
        assert words in page


def test_what_was_taken_and_what_was_not_after_signing(world):
    with world.scope():
        acceptance = accepted(world)
    page = get(world, "quote", acceptance.quote).text
    assert page.count("Offered, not taken") == 3
    assert "Accepted by Jo Whitaker" in page
    assert "Signed on screen, signed in." in page
    assert "data:image/png;base64," in page
    assert acceptance.sha256 in page
    assert "The client chooses" not in page


def test_a_typed_signature_is_shown_as_one(world):
    with world.scope():
        acceptance = accepted(world, how="typed", drawn=None, typed="J. Whitaker")
    page = get(world, "quote", acceptance.quote).text
    assert "J. Whitaker" in page
    assert "Signed by typing the name" in page
    assert "data:image/png" not in page


def test_open_questions_stand_on_top_with_their_form(world):
    with world.scope():
        quote = sent(world)
        labour = quote.lines.get(description="Labour").key
        ask(quote, line_key=labour, text="Is the skip in it?", by_name="Jo", user=world.jo_user)
        ask_for_changes(quote, text="A smaller boiler, please", by_name="Jo", user=world.jo_user)
    page = get(world, "quote", quote).text
    assert "2 questions wait for an answer" in page
    assert page.index("Is the skip in it?") < page.index('id="lines"')
    assert "asked for changes" in page
    assert f'name="text-{labour}"' in page
    assert 'name="text-"' in page
    assert "Is the skip in it?" in get(world, "quote", quote, world.ann).text
    assert "<textarea" not in get(world, "quote", quote, world.ann).text


def test_who_opened_it_first_and_when_last(world):
    with world.scope():
        quote = sent(world)
        mark_viewed(quote, by_name="Jo Whitaker")
        opened = timezone.now() - dt.timedelta(days=1)
        Quote.objects.filter(pk=quote.pk).update(first_viewed_at=opened)
    page = get(world, "quote", quote).text
    assert "First opened" in page
    assert "by Jo Whitaker" in page
    assert "Last opened" in page


def test_versions_link_to_each_other_and_to_what_changed(world):
    with world.scope():
        first = sent(world, item("Labour", "100.00", vat_rate=world.rate))
        second = first.new_version(by=world.alice)
    old = get(world, "quote", first).text
    assert "A draft of version 2 is begun." in old
    with world.scope():
        key = second.lines.get().key
        lines = [
            LineInput(description="Labour", unit_price=Decimal(120), vat_rate=world.rate, key=key),
            LineInput(description="Skip", unit_price=Decimal(80), vat_rate=world.rate),
        ]
        second = save_draft(world.team, client=world.jo, lines=lines, by=world.alice, quote=second)
        second.send(by=world.alice, email_client=False)
    old = get(world, "quote", first).text
    assert "Version 2 took the place of this one." in old
    assert url(world, "quote", second.pk) in old
    changed = get(world, "quote-differences", second)
    for words in ("What changed in version 2", "“Labour”, price", "£100.00", "£120.00", "“Skip”", "£240.00"):
        assert words in changed.text
    assert get(world, "quote-differences", first).status_code == 404
    part = get(world, "quote-differences", second, headers={"HX-Request": "true"}).text
    assert "<html" not in part


def test_the_timeline_tells_of_every_version_and_of_mails(world):
    with world.scope():
        first = draft(world)
        first.send(by=world.alice, email_client=True)
        second = first.new_version(by=world.alice)
        second.send(by=world.bob, email_client=False)
    page = get(world, "quote", second).text
    story = page[page.index('id="story"') :]
    for words in (
        "Drafted by Alice",
        "Version 2 begun by Alice",
        "Sent by Bob",
        "jo@example.com",
        "Replaced by version 2",
    ):
        assert words in story


def test_a_mail_that_failed_is_told_above(world):
    with world.scope():
        quote = draft(world)
        quote.send(by=world.alice, email_client=True)
        world.team.mail_messages.update(state="failed", error="Mailbox full")
    assert "Mail to jo@example.com could not be sent." in get(world, "quote", quote).text


def test_attachments_are_linked(world):
    with world.scope():
        quote = draft(world)
        file = AttachedFile.objects.create(
            team=world.team, sha256="0" * 64, mime="application/pdf", size=2048, content=b"%PDF-1.7"
        )
        Attachment.objects.create(team=world.team, quote=quote, file=file, position=1, name="Plan.pdf")
    page = get(world, "quote", quote).text
    assert "Plan.pdf" in page
    assert url(world, "quote-file", file.pk) in page


def test_the_number_of_queries_does_not_grow(world):
    counts = []
    for many in (1, 12):
        with world.scope():
            lines = [item(f"Part {n}", "10.00") for n in range(many)]
            lines += [extra(f"Extra {n}", "5.00") for n in range(many)]
            quote = sent(world, *lines)
            for line in quote.lines.all():
                ask(quote, line_key=line.key, text="Why?", by_name="Jo", user=None)
            choose(quote, {}, by_name="Jo")
            for _ in range(2 if many > 1 else 1):
                quote = quote.new_version(by=world.alice)
                quote.send(by=world.alice, email_client=False)
        browser = world.browser(world.alice)
        browser.get(url(world, "quote", quote.pk))
        with CaptureQueriesContext(connection) as queries:
            browser.get(url(world, "quote", quote.pk))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_office_visit_is_no_view(world):
    with world.scope():
        quote = sent(world)
    get(world, "quote", quote)
    assert now(world, quote).first_viewed_at is None


DOWNLOADS = ["quote-pdf", "quote-signed-pdf", "quote-evidence"]


def test_the_signed_pdf_and_the_evidence(world):
    with world.scope():
        acceptance = accepted(world)
    signed = get(world, "quote-signed-pdf", acceptance.quote)
    assert signed.content == bytes(acceptance.pdf)
    assert signed["X-Content-Type-Options"] == "nosniff"
    assert "QUO-0001-signed.pdf" in signed["Content-Disposition"]
    # The chain closes when the transaction does.
    with world.scope(), connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
    evidence = get(world, "quote-evidence", acceptance.quote)
    assert evidence["Content-Type"] == "application/json"
    assert acceptance.sha256.encode() in evidence.content


def test_the_pdf_of_draft_and_offer(world):
    with world.scope():
        first, second = draft(world), sent(world)
    assert get(world, "quote-pdf", first).content.startswith(b"%PDF")
    assert get(world, "quote-pdf", second, world.ann).content.startswith(b"%PDF")


@pytest.mark.parametrize("name", ["quote-signed-pdf", "quote-evidence"])
def test_before_the_signature_there_is_none(world, name):
    with world.scope():
        quote = sent(world)
    assert get(world, name, quote).status_code == 404


@pytest.mark.parametrize("name", ["quote", "quote-differences", *DOWNLOADS])
def test_strangers_find_nothing_and_nobody_posts(world, name):
    with world.scope():
        quote = sent(world)
    assert get(world, name, quote, world.charlie).status_code == 404
    assert world.browser(world.charlie).get(f"/t/{world.other.slug}/quotes/{quote.pk}/").status_code == 404
    assert post(world, name, quote).status_code == 405


def test_what_people_type_is_text(world):
    with world.scope():
        quote = sent(
            world,
            item("<script>alert(1)</script>", "10.00", details="<b>bold</b>"),
            title="<i>title</i>",
            intro="<u>in</u>",
            terms="<s>t</s>",
            site="<q>s</q>",
        )
        ask(quote, line_key=None, text="<em>hm</em>", by_name="<a>Jo</a>", user=None)
    page = get(world, "quote", quote).text
    for tag in ("<script>alert", "<b>bold", "<i>title", "<u>in", "<s>t", "<q>s", "<em>hm", "<a>Jo"):
        assert tag not in page
    assert "&lt;script&gt;" in page
