"""Figures as one types (INV-3), and the lists below the pickers."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoices.models import Invoice
from tests.invoices.helpers import item, typed, url


def test_the_figures_and_no_inputs(world):
    data = typed(item(world, "33.33", quantity="3"), item(world, "abc"), {"kind": "note", "description": "x"})
    page = world.browser(world.alice).post(url(world, "invoice-preview"), data).content.decode()
    for shown in ("£99.99", "£20.00", "£119.99", 'id="l1-net"', 'id="bar-total"'):
        assert shown in page
    assert "<input" not in page
    assert 'id="l3-net"' not in page


def test_it_reads_the_rates_alone_and_writes_nothing(world):
    browser = world.browser(world.alice)
    browser.get(url(world, "invoice-list"))
    few, many = (typed(*[item(world) for _ in range(n)]) for n in (1, 150))
    counts = []
    for data in (few, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.post(url(world, "invoice-preview"), data)
        own = [q["sql"] for q in queries if "catalogue_" in q["sql"] or "invoices_" in q["sql"]]
        counts.append(len(own))
        assert not [sql for sql in own if not sql.lstrip().upper().startswith("SELECT")]
    assert counts == [1, 1]
    with world.scope():
        assert not Invoice.objects.exists()


def test_products_are_found_by_any_word(world):
    page = world.browser(world.bob).get(url(world, "product-options") + "?q=serv boil").content.decode()
    assert 'data-price="85.00"' in page
    assert "Use “serv boil” as a one-off item" in page
    assert "Rewire" not in page


def test_clients_are_found_and_strangers_are_not(world):
    page = world.browser(world.bob).get(url(world, "client-options") + "?q=whit").content.decode()
    assert "Jo Whitaker" in page
    assert "LS6 1AA" in page
    page = world.browser(world.bob).get(url(world, "client-options") + "?q=lee marsh").content.decode()
    assert f'data-id="{world.lee.pk}"' not in page


@pytest.mark.parametrize("name", ["client-options", "product-options", "invoice-list", "number-register"])
@pytest.mark.parametrize("odd", ["\x00", "%", "'", "\\", "9" * 5000])
def test_odd_searches_find_nothing_and_break_nothing(world, name, odd):
    query = {"q": odd, "client": odd, "since": odd, "status": odd, "sort": odd, "after": odd, "year": odd}
    assert world.browser(world.alice).get(url(world, name), query).status_code == 200


def test_what_was_typed_is_escaped(world):
    page = world.browser(world.bob).get(url(world, "client-options"), {"q": '"><img src=x>'}).content.decode()
    assert "<img" not in page
