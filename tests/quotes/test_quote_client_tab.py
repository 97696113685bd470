"""The tab Quotes of a client's record (CLI-1)."""

from __future__ import annotations

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.quotes.making import accepted, draft, item, sent
from tests.quotes.office import url


def page_of(world, client, user=None):
    return world.browser(user or world.alice).get(url(world, "client-quotes", client.pk))


def test_it_stands_before_billing_and_is_empty_at_first(world):
    page = page_of(world, world.jo).text
    tabs = page[page.index('class="tabs"') :]
    assert tabs.index("Overview") < tabs.index(">Quotes") < tabs.index("Billing")
    assert "No quote yet" in page
    assert f"quotes/new/?client={world.jo.pk}" in page


def test_the_clients_own_quotes_newest_first_in_the_version_that_counts(world):
    with world.scope():
        sent(world, title="Old one").new_version(by=world.alice).send(by=world.alice, email_client=False)
        accepted(world)
        draft(world, title="Plant room")
        sent(world, item("Kit's work", "10.00"), client=world.kit)
    page = page_of(world, world.jo).text
    rows = page[page.index('class="rows bills"') :]
    assert re.findall(r"QUO-000\d", rows) == ["QUO-0003", "QUO-0002", "QUO-0001"]
    assert "version 2" in rows
    assert "Plant room" in rows
    assert "QUO-0004" not in page
    assert "Send…" in rows
    assert "Share link…" in rows


def test_the_accountant_looks_only(world):
    with world.scope():
        draft(world)
    page = page_of(world, world.jo, world.ann).text
    assert "QUO-0001" in page
    for words in ("New quote", "Send…"):
        assert words not in page


def test_an_archived_client_gets_no_new_quote(world):
    with world.scope():
        world.jo.archive()
    assert "New quote" not in page_of(world, world.jo).text


def test_strangers_find_nothing(world):
    assert page_of(world, world.jo, world.charlie).status_code == 404
    assert page_of(world, world.lee).status_code == 404
    address = url(world, "client-quotes", world.jo.pk)
    assert world.browser(world.alice).post(address).status_code == 405


def test_the_number_of_queries_does_not_grow(world):
    browser = world.browser(world.alice)
    counts = []
    for many in (1, 9):
        with world.scope():
            for n in range(many):
                sent(world, item(f"Part {n}", "10.00"))
        browser.get(url(world, "client-quotes", world.jo.pk))
        with CaptureQueriesContext(connection) as queries:
            browser.get(url(world, "client-quotes", world.jo.pk))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_place_in_the_menu_is_clients(world):
    page = page_of(world, world.jo).text
    assert re.search(r'aria-current="page"[^>]*>.*?<span>Clients</span>', page)
    assert not re.search(r'aria-current="page"><svg[^>]*>.*?</svg><span>Quotes</span>', page)
