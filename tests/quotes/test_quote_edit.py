"""The editor for a draft (QUO-1, QUO-2, QUO-10, SCR-3, SCR-4)."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal

import pytest

from quotes.drafting import save_draft
from quotes.models import Quote
from quotes.sending import send, withdraw
from tests.quotes.editing import bathroom, item, only, told, typed, url


@pytest.fixture
def quote(world):
    """The quote of the mock-up, as a draft."""
    world.browser(world.alice).post(url(world, "quote-create"), bathroom(world, title="Bathroom"))
    return only(world)


def page_of(response):
    return response.content.decode()


def fields_of(page):
    """What the page's form would send as it stands."""
    page = page.split('id="editor"')[1].split("<template")[0]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind = attributes.get("type", "text")
        if "name" not in attributes or kind == "file" or (kind == "checkbox" and " checked" not in tag):
            continue
        found.setdefault(attributes["name"], []).append(
            attributes.get("value", "on" if kind == "checkbox" else "")
        )
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?([^<]*)</textarea>', page):
        found.setdefault(name, []).append(text)
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found.setdefault(name, []).append(chosen[1] if chosen else "")
    return found


def edit(world, quote, data=None, *, user=None, status=303, **headers):
    browser = world.browser(user or world.alice)
    address = url(world, "quote-edit", quote.pk)
    response = browser.get(address) if data is None else browser.post(address, data, headers=headers or None)
    assert response.status_code == status, told(response)
    return response


def content(world, quote):
    """Everything a save could change."""
    with world.scope():
        stored = Quote.objects.get(pk=quote.pk)
        names = (
            "key",
            "kind",
            "description",
            "details",
            "label",
            "suggested",
            "quantity",
            "unit_price",
            "net",
        )
        lines = list(stored.lines.values_list(*names, "least_quantity", "most_quantity", "group__key"))
        groups = list(stored.groups.values_list("key", "name", "hint", "least", "most"))
        facts = (stored.title, stored.intro, stored.terms, stored.site, stored.valid_until, stored.total)
        return facts, lines, groups


def test_saved_as_it_is_shown_nothing_changes(world, quote):
    """The keys of lines and choices stay too: versions are compared by them (QUO-10)."""
    before = content(world, quote)
    edit(world, quote, fields_of(page_of(edit(world, quote, status=200))) | {"do": "save"})
    assert content(world, quote) == before
    with world.scope():
        assert Quote.objects.get(pk=quote.pk).revision == 2


def test_a_key_of_another_quote_is_not_taken_over(world, quote):
    with world.scope():
        key = quote.lines.first().key
    data = bathroom(world, reference="QUO-0002", suggested="QUO-0002") | {
        "l1-id": str(key),
        "g1-id": str(uuid.uuid4()),
    }
    world.browser(world.alice).post(url(world, "quote-create"), data)
    with world.scope():
        other = Quote.objects.exclude(pk=quote.pk).get()
        assert not other.lines.filter(key=key).exists()
        assert not other.groups.filter(key=data["g1-id"]).exists()


def test_changes_are_saved(world, quote):
    data = bathroom(world, title="Wet room", version=1, site="5 Regent Terrace") | {"l1-unit_price": "500.00"}
    response = edit(world, quote, data, user=world.bob)
    assert response.url == url(world, "quote", quote.pk)
    saved = only(world)
    assert (saved.title, saved.site, saved.total) == ("Wet room", "5 Regent Terrace", Decimal("3558.00"))


def test_its_number_can_be_changed(world, quote):
    edit(world, quote, bathroom(world, version=1, reference="JOB-9"))
    assert only(world).reference == "JOB-9"


def test_somebody_else_saved_meanwhile(world, quote):
    edit(
        world,
        quote,
        bathroom(world, version=1, title="Wet room", terms="New terms") | {"line": ["l1"], "group": []},
        user=world.bob,
    )
    page = page_of(edit(world, quote, bathroom(world, version=1, title="Mine"), status=409))
    assert "Bob Nowak changed this quote while you were typing." in page
    told = page.split('class="pairs small-pairs"')[1].split("</dl>")[0]
    for text in ("Wet room", "New terms", "£576.00", "<dt>Lines</dt><dd>1</dd>"):
        assert text in told
    assert 'value="Mine"' in page
    # Saving again is a decision.
    edit(world, quote, fields_of(page) | {"do": "save"})
    assert only(world).title == "Mine"


def test_a_refused_form_keeps_everything(world, quote):
    data = bathroom(world, version=1, title="Wet room") | {"l5-unit_price": "abc", "g1-hint": "Kept too"}
    page = page_of(edit(world, quote, data, status=422))
    for text in ("put right", 'value="abc"', 'value="Wet room"', 'value="Kept too"'):
        assert text in page
    assert only(world).title == "Bathroom"


def test_without_script_the_draft_stays_as_it_is(world, quote):
    page = page_of(edit(world, quote, bathroom(world, version=1, do="remove:l1"), status=200))
    assert "Strip out" not in page.split("<template")[0]
    assert only(world).total == Decimal("3534.00")


def sent(world, quote):
    with world.scope():
        quote.team = world.team
        send(quote, by=world.alice, email_client=False)


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_was_sent_is_not_edited_but_renewed(world, quote, method):
    sent(world, quote)
    data = bathroom(world, version=1, title="Changed") if method == "post" else None
    page = page_of(edit(world, quote, data, status=409))
    assert "QUO-0001 was sent" in page
    assert f'action="{url(world, "quote-new-version", quote.pk)}"' in page
    assert only(world).title == "Bathroom"


def test_sent_while_it_was_being_typed(world, quote):
    """By htmx the whole page comes: the form looks for it there."""
    sent(world, quote)
    response = edit(world, quote, bathroom(world, version=1), status=409, **{"hx-request": "true"})
    assert 'id="main"' in page_of(response)


def test_what_was_withdrawn_can_be_renewed(world, quote):
    sent(world, quote)
    with world.scope():
        withdraw(Quote.objects.get(pk=quote.pk), by=world.alice)
    assert url(world, "quote-new-version", quote.pk) in page_of(edit(world, quote, status=409))


def test_a_later_version_keeps_its_reference(world, quote):
    sent(world, quote)
    with world.scope():
        from quotes.drafting import new_version

        second = new_version(Quote.objects.get(pk=quote.pk), by=world.alice)
    page = page_of(edit(world, second, status=200))
    assert "Version 2" in page
    assert re.search(r'name="reference"[^>]* disabled', page)
    edit(world, second, fields_of(page) | {"do": "save", "reference": "JOB-1", "title": "Second"})
    with world.scope():
        second.refresh_from_db()
        assert (second.reference, second.title, second.version) == ("QUO-0001", "Second", 2)
        sent(world, second)
    # The first one is superseded now: there is nothing to renew.
    page = page_of(edit(world, quote, status=409))
    assert "There is a later version of it." in page
    assert url(world, "quote-new-version", quote.pk) not in page


def test_line_ends_of_a_browser_are_no_change(world, quote):
    """QUO-10: what nobody touched does not stand among what changed."""
    lines = [item(world, details="Two\r\nlines")]
    edit(world, quote, typed(*lines, version=1, intro="One\r\n\r\nTwo", terms="A\r\nB", client=world.jo.pk))
    with world.scope():
        now = Quote.objects.get(pk=quote.pk)
        assert (now.intro, now.terms, now.lines.get().details) == ("One\n\nTwo", "A\nB", "Two\nlines")


def test_a_deleted_draft_is_gone(world, quote):
    with world.scope():
        Quote.objects.filter(pk=quote.pk).delete()
    edit(world, quote, status=404)
    edit(world, quote, bathroom(world, version=1), status=404)


def test_nobody_elses(world, quote):
    for user, status in ((world.ann, 403), (world.charlie, 404), (world.jo_user, 404)):
        edit(world, quote, user=user, status=status)
        edit(world, quote, bathroom(world, version=1, title="Theirs"), user=user, status=status)
    with world.other_scope():
        theirs = save_draft(world.other, client=world.lee, lines=[], by=world.charlie)
    edit(world, theirs, status=404)
    edit(world, theirs, typed(item(world)), status=404)
    assert only(world).title == "Bathroom"


def test_viewed_as_the_client_it_is_saved_first_and_not_marked_as_seen(world, quote):
    response = edit(world, quote, bathroom(world, version=1, title="Wet room", terms="Half now", do="view"))
    assert response.url == url(world, "quote-as-client", quote.pk)
    page = page_of(world.browser(world.bob).get(response.url))
    for text in ("Wet room", "Concealed mixer", "Half now", "£3,534.00", '<fieldset class="pile" disabled>'):
        assert text in page
    assert "<form" not in page
    with world.scope():
        quote.refresh_from_db()
        assert (quote.state, quote.first_viewed_at) == ("draft", None)


def test_what_was_sent_is_viewed_on_its_own_page(world, quote):
    sent(world, quote)
    response = world.browser(world.alice).get(url(world, "quote-as-client", quote.pk))
    assert response.url == url(world, "quote", quote.pk)


def test_nobody_elses_is_viewed(world, quote):
    address = url(world, "quote-as-client", quote.pk)
    for user, status in ((world.ann, 403), (world.charlie, 404), (world.jo_user, 404)):
        assert world.browser(user).get(address).status_code == status
    assert world.browser(world.alice).post(address).status_code == 405
