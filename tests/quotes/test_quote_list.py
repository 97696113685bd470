"""The list of quotes (SCR-5, QUO-3) and where it stands in the menu."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quotes.answering import choose
from quotes.models import Quote, Status
from tests.invoices.helpers import first
from tests.quotes.making import accepted, draft, extra, item, sent
from tests.quotes.office import HTMX, get, url


def page_of(world, query="", user=None):
    response = get(world, "quote-list", user=user, query=query)
    assert response.status_code == 200
    return response.text


def references(page):
    return re.findall(r'class="ref" href="[^"]+">([^<]+)<', page)


@pytest.fixture
def seven(world):
    """One quote of every status, and one that was withdrawn."""
    with world.scope():
        draft(world, title="Plant room")
        sent(world, item("Stopcock", "10.00"), extra("Lagging", "5.00"), client=world.kit)
        accepted(world)
        sent(world).decline(reason="Too dear", by_name="Jo", user=None)
        late = draft(world, valid_until=world.team.today())
        late.send(by=world.alice, email_client=False)
        sent(world).withdraw(by=world.alice)
        replaced = sent(world, title="First thoughts")
        replaced.new_version(by=world.alice).send(by=world.alice, email_client=False)
    return world


def test_newest_first_with_counts(seven):
    page = page_of(seven)
    assert references(page) == [f"QUO-000{n}" for n in (7, 6, 5, 4, 3, 2, 1)]
    tabs = re.sub(r"<[^>]+>", " ", page[page.index('class="tabs"') : page.index('class="tools"')])
    for words in ("All 7", "Draft 1", "Sent 3", "Accepted 1", "Declined 1", "Expired 1", "Superseded 1"):
        assert words in " ".join(tabs.split())


def test_the_sentence_says_what_is_on_offer(world):
    with world.scope():
        sent(world, item("Work", "100.00"))
        sent(world, item("Work", "50.00"))
        draft(world)
    assert "£180.00 on offer in 2 quotes that wait for an answer." in page_of(world)


def test_a_superseded_version_stands_in_its_own_tab_only(seven):
    assert page_of(seven).count("QUO-0007") == page_of(seven).count("More for QUO-0007") * 2
    page = page_of(seven, "?status=superseded")
    assert references(page) == ["QUO-0007"]
    assert "First thoughts" in page
    assert "Version 2" not in page
    assert "Version 2" in page_of(seven, "?q=quo-0007")


def test_what_varies_is_told_and_what_is_agreed_is_not(seven):
    with_range = page_of(seven, "?q=stopcock")
    assert "£12.00" in with_range
    assert "from £12.00 to £18.00" in with_range
    agreed = page_of(seven, "?status=accepted")
    assert "from £" not in agreed


def test_expired_includes_what_was_withdrawn_and_what_ran_out(seven):
    with seven.scope():
        tomorrow = seven.team.today() + dt.timedelta(days=1)
        sent_ones = Quote.objects.filter(reference="QUO-0005")
        assert sent_ones.with_status(Status.SENT, tomorrow).count() == 0
        assert sent_ones.with_status(Status.EXPIRED, tomorrow).count() == 1
    page = page_of(seven, "?status=expired")
    assert references(page) == ["QUO-0006"]
    assert "Withdrawn" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?status=draft", ["QUO-0001"]),
        ("?status=sent", ["QUO-0007", "QUO-0005", "QUO-0002"]),
        ("?status=nonsense", [f"QUO-000{n}" for n in (7, 6, 5, 4, 3, 2, 1)]),
        ("?q=stopcock", ["QUO-0002"]),
        ("?q=kit+stop", ["QUO-0002"]),
        ("?q=plant", ["QUO-0001"]),
        ("?sort=reference", [f"QUO-000{n}" for n in (1, 2, 3, 4, 5, 6, 7)]),
        ("?sort=total&q=0002", ["QUO-0002"]),
        ("?sort=-client&status=sent", ["QUO-0002", "QUO-0007", "QUO-0005"]),
        ("?sort=until", ["QUO-0005", *[f"QUO-000{n}" for n in (1, 2, 3, 4, 6, 7)]]),
        ("?sort=-nonsense", [f"QUO-000{n}" for n in (7, 6, 5, 4, 3, 2, 1)]),
        ("?until=2001-01-31", []),
        ("?since=2001-01-31", [f"QUO-000{n}" for n in (7, 6, 5, 4, 3, 2)]),
        ("?until=9999-12-31&status=sent", ["QUO-0007", "QUO-0005", "QUO-0002"]),
    ],
)
def test_tab_search_filter_and_sort_are_in_the_address(seven, query, found):
    assert references(page_of(seven, query)) == found


def test_the_total_sorts_by_what_was_agreed(world):
    with world.scope():
        sent(world, item("Small", "10.00"))
        quote = sent(world, item("Base", "5.00"), extra("Dear", "500.00", suggested=True))
        choose(quote, {}, by_name="Jo")
        accepted(world, quote)
    assert references(page_of(world, "?sort=total")) == ["QUO-0002", "QUO-0001"]


def test_the_quotes_of_one_client(seven):
    page = page_of(seven, f"?client={seven.kit.pk}")
    assert references(page) == ["QUO-0002"]
    assert len(references(page_of(seven, f"?client={seven.lee.pk}"))) == 7


def test_nothing_matches_and_nothing_at_all(world):
    assert "Your first quote is signed on a phone" in page_of(world)
    assert "No quote matches" in page_of(world, "?q=zzz")


def fill(world, many):
    with world.scope():
        for n in range(many):
            sent(world, item(f"Part {n}", "10.00"), client=(world.jo, world.kit)[n % 2])


def test_pages_go_on_and_back(world):
    fill(world, 30)
    page = page_of(world)
    assert len(references(page)) == 25
    assert "25 of 30" in page
    older = first(r'href="(\?[^"]*after=[^"]+)"', page)
    second = page_of(world, older)
    assert references(second) == [f"QUO-000{n}" for n in (5, 4, 3, 2, 1)]
    newer = first(r'href="(\?[^"]*before=[^"]+)"', second)
    assert references(page_of(world, newer)) == references(page)
    for sort in ("client", "total", "-until"):
        seen, address = [], f"?sort={sort}"
        while address:
            page = page_of(world, address)
            seen += references(page)
            more = re.search(r'href="(\?[^"]*after=[^"]+)"', page)
            address = more.group(1).replace("&amp;", "&") if more else ""
        assert len(seen) == len(set(seen)) == 30


def test_the_number_of_queries_does_not_grow(world):
    browser = world.browser(world.alice)

    def queries():
        with CaptureQueriesContext(connection) as found:
            browser.get(url(world, "quote-list") + "?q=part&status=sent")
        return [q["sql"] for q in found]

    fill(world, 2)
    queries()
    few = queries()
    fill(world, 20)
    many = queries()
    assert len(few) == len(many)
    # Counts, rows, and the clients of the rows.
    assert len([sql for sql in many if '"quotes_' in sql or '"clients_' in sql]) == 3


def test_htmx_gets_the_list_alone(seven):
    response = get(seven, "quote-list", headers=HTMX)
    assert response.text.strip().startswith('<div id="list"')


def test_who_may_see_what(seven):
    assert get(seven, "quote-list", user=seven.charlie).status_code == 404
    assert seven.browser(seven.alice).post(url(seven, "quote-list")).status_code == 405
    page = page_of(seven, user=seven.ann)
    assert references(page)
    for words in ("quotes/new/", "Send…", "Withdraw…", "Duplicate…", "Generate invoice", "Share link…"):
        assert words not in page
    assert "Send…" in page_of(seven, user=seven.bob)


@pytest.mark.parametrize("status", ["accepted", "draft", "sent"])
def test_a_row_offers_what_its_state_allows(seven, status):
    page = page_of(seven, f"?status={status}")
    offered = {
        "draft": ["Edit", "Send…", "Delete…"],
        "sent": ["Share link…", "Withdraw…"],
        "accepted": ["Generate invoice"],
    }
    for state, words in offered.items():
        for word in words:
            assert (word in page) == (state == status), word


def test_one_place_work_on_a_phone_with_pills_for_both(world):
    page = page_of(world)
    dock = page[page.index('class="dock"') :]
    assert dock.count("<a ") <= 5
    assert "Work" in dock
    assert "Quotes" not in dock[: dock.index("</nav>")]
    side = page[page.index('class="side"') : page.index("topbar")]
    assert side.index("Quotes") < side.index("Invoices")
    assert "Work" not in re.findall(r"<span>([^<]+)</span></a>", side)
    pills = page[page.index('class="pills"') : page.index("</nav>", page.index('class="pills"'))]
    assert re.search(r'aria-current="page">Quotes<', pills)
    invoices = world.browser(world.alice).get(f"/t/{world.team.slug}/invoices/").text
    assert re.search(r'class="pills".*aria-current="page">Invoices<', invoices)
    assert 'class="pills"' not in world.browser(world.alice).get(f"/t/{world.team.slug}/clients/").text
