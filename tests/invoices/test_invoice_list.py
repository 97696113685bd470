"""The list (INV-15, SCR-5, INV-9) and its CSV."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoices.models import Invoice
from tests.invoices.helpers import draft, first, issued, line, pay, url


def page_of(world, query="", user=None):
    response = world.browser(user or world.alice).get(url(world, "invoice-list") + query)
    assert response.status_code == 200
    return response.content.decode()


def references(page):
    return re.findall(r'class="ref" href="[^"]+">([^<]+)<', page)


@pytest.fixture
def six(world):
    """One invoice of every status; the overdue one is partly paid."""
    with world.scope():
        draft(world, title="Plant room")
        issued(world, line("Stopcock", "10.00", vat_rate=world.rate), client=world.kit)
        pay(world, issued(world), "40.00")
        pay(world, issued(world))
        issued(world).void(by=world.alice)
        late = issued(world, issue_on=dt.date(2026, 1, 1), due_on=dt.date(2026, 1, 31))
        pay(world, late, "2.00")
    return world


def test_newest_first_with_counts(six):
    page = page_of(six)
    assert references(page) == [f"INV-000{n}" for n in (6, 5, 4, 3, 2, 1)]
    tabs = re.sub(r"<[^>]+>", " ", page[page.index('class="tabs"') : page.index('class="tools"')])
    for words in ("All 6", "Draft 1", "Sent 1", "Partially Paid 1", "Overdue 1", "Paid 1", "Void 1"):
        assert words in " ".join(tabs.split())
    assert "£174.00 still to come in, £100.00 of it late." in page


def test_an_overdue_row_says_how_much_is_paid(six):
    page = page_of(six, "?status=overdue")
    assert references(page) == ["INV-0006"]
    assert "£2.00 of £102.00 paid" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?status=draft", ["INV-0001"]),
        ("?status=partially_paid", ["INV-0003"]),
        ("?status=nonsense", [f"INV-000{n}" for n in (6, 5, 4, 3, 2, 1)]),
        ("?q=stopcock", ["INV-0002"]),
        ("?q=kit+stop", ["INV-0002"]),
        ("?q=0003", ["INV-0003"]),
        ("?q=plant", ["INV-0001"]),
        ("?until=2026-01-31", ["INV-0006"]),
        ("?sort=total", ["INV-0002", "INV-0001", "INV-0003", "INV-0004", "INV-0005", "INV-0006"]),
        ("?sort=-client", ["INV-0002", "INV-0006", "INV-0005", "INV-0004", "INV-0003", "INV-0001"]),
        ("?sort=-nonsense", [f"INV-000{n}" for n in (6, 5, 4, 3, 2, 1)]),
    ],
)
def test_tab_search_filter_and_sort_are_in_the_address(six, query, found):
    assert references(page_of(six, query)) == found


def test_the_invoices_of_one_client(six):
    page = page_of(six, f"?client={six.kit.pk}")
    assert references(page) == ["INV-0002"]
    assert "Kit Okafor" in page
    assert references(page_of(six, f"?client={six.lee.pk}")) == [f"INV-000{n}" for n in (6, 5, 4, 3, 2, 1)]


def test_nothing_matches_and_nothing_at_all(world):
    assert "Your first invoice takes a minute" in page_of(world)
    assert "No invoice matches" in page_of(world, "?q=zzz")


def fill(world, many):
    with world.scope():
        for n in range(many):
            invoice = issued(
                world, line(f"Part {n}", "10.00", vat_rate=world.rate), client=(world.jo, world.kit)[n % 2]
            )
            if n % 3 == 0:
                pay(world, invoice, "1.00")


def test_pages_go_on_and_back(world):
    fill(world, 30)
    page = page_of(world)
    assert len(references(page)) == 25
    assert "25 of 30" in page
    older = first(r'href="(\?[^"]*after=[^"]+)"', page)
    second = page_of(world, older)
    assert references(second) == [f"INV-000{n}" for n in (5, 4, 3, 2, 1)]
    newer = first(r'href="(\?[^"]*before=[^"]+)"', second)
    assert references(page_of(world, newer)) == references(page)
    seen, address = [], "?sort=client"
    while address:
        page = page_of(world, address)
        seen += references(page)
        more = re.search(r'href="(\?[^"]*after=[^"]+)"', page)
        address = more.group(1).replace("&amp;", "&") if more else ""
    assert sorted(seen) == sorted({f"INV-{n:04d}" for n in range(1, 31)})
    assert len(seen) == 30


def queries_of_list(world, browser):
    with CaptureQueriesContext(connection) as queries:
        browser.get(url(world, "invoice-list") + "?q=part&status=sent")
    return [q["sql"] for q in queries]


def test_the_number_of_queries_does_not_grow(world):
    browser = world.browser(world.alice)
    fill(world, 3)
    browser.get(url(world, "invoice-list"))
    few = queries_of_list(world, browser)
    fill(world, 27)
    many = queries_of_list(world, browser)
    assert len(few) == len(many)
    # Counts, rows, and the clients of the rows.
    assert len([sql for sql in many if '"invoices_' in sql or '"clients_' in sql]) == 3


def test_htmx_gets_the_list_alone(six):
    response = six.browser(six.alice).get(url(six, "invoice-list"), headers={"HX-Request": "true"})
    assert response.content.decode().strip().startswith('<div id="list"')


def test_csv_of_what_is_shown(six):
    with six.scope():
        Invoice.objects.filter(reference="INV-0001").update(title="=1+1")
    response = six.browser(six.ann).get(url(six, "invoice-export") + "?status=draft")
    text = response.content.decode("utf-8-sig")
    assert len(text.splitlines()) == 2
    assert "'=1+1" in text
    assert "102.00" in text


def test_who_may_see_what(six):
    assert six.browser(six.bob).get(url(six, "invoice-export")).status_code == 403
    assert six.browser(six.charlie).get(url(six, "invoice-list")).status_code == 404
    page = page_of(six, user=six.ann)
    assert "Finalize" not in page
    assert "invoices/new/" not in page
