"""Figures while a quote is typed (QUO-2, MON-3)."""

from __future__ import annotations

import pytest

from quotes.models import Quote
from tests.quotes.editing import bathroom, item, typed, url


def preview(world, data, user=None):
    response = world.browser(user or world.alice).post(url(world, "quote-preview"), data)
    return response.status_code, response.content.decode()


def test_as_the_client_first_sees_it(world):
    status, page = preview(world, bathroom(world))
    assert status == 200
    totals = page.split("</dl>")[0]
    for sum_ in ("£2,185.00", "£760.00", "£589.00", "£3,534.00"):
        assert sum_ in totals
    assert "£3,006.00 least" in page
    assert "£4,524.00 most" in page
    assert 'width="347"' in page
    with world.scope():
        assert not Quote.objects.exists()


def test_each_section_says_what_it_comes_to(world):
    _status, page = preview(world, bathroom(world))
    assert 'id="sum-fixed">£2,185.00<' in page
    assert 'id="sum-choices">£320.00 to £890.00<' in page
    assert 'id="sum-extras">up to £695.00<' in page
    assert ">864.00<" in page


def test_without_choices_there_is_no_bar(world):
    _status, page = preview(world, typed(item(world)))
    assert "<svg" not in page.split('id="bar-total"')[0]
    assert "£102.00" in page


def test_what_cannot_be_read_is_left_out(world):
    status, page = preview(world, typed(item(world), item(world, "abc")))
    assert status == 200
    assert "£102.00" in page
    assert ">–<" in page


def test_a_quote_that_is_too_dear_says_so(world):
    _status, page = preview(world, typed(item(world, "9999999.99")))
    assert "A quote can come to at most £9,999,999.99." in page


def test_without_vat_there_is_none(world):
    with world.scope():
        world.team.change(vat_number="")
    _status, page = preview(world, typed(item(world, "100.00", vat_rate="")))
    assert "VAT" not in page
    assert "£100.00" in page


@pytest.mark.parametrize("who", ["ann", "charlie", "jo_user"])
def test_it_is_for_those_who_work(world, who):
    status, _page = preview(world, bathroom(world), user=getattr(world, who))
    assert status == {"ann": 403}.get(who, 404)


def test_it_is_asked_by_post(world):
    assert world.browser(world.alice).get(url(world, "quote-preview")).status_code == 405


def test_while_a_choice_is_open_the_bar_is_empty(world):
    """Nothing is suggested: the client has to choose yet, and the least is more than they first see."""
    lines = [item(world, price, part="g1") for price in ("50", "80")]
    _status, page = preview(world, typed(item(world, "100"), *lines, groups=({},)))
    assert "£180.00 least" in page
    assert "£216.00 most" in page
    assert 'class="r-now" width="0"' in page
