from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from cma import formats

LEEDS = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1234.50", "GBP", "£1,234.50"),
        ("-1234.50", "GBP", "−£1,234.50"),
        ("0", "GBP", "£0.00"),
        ("-0.00", "GBP", "£0.00"),
        ("9999999.99", "GBP", "£9,999,999.99"),
        ("999", "EUR", "€999.00"),
        ("12.5", "CHF", "CHF\u00a012.50"),
        ("1234", "JPY", "JPY\u00a01,234"),
    ],
)
def test_money(amount: str, currency: str, shown: str) -> None:
    assert formats.money(Decimal(amount), currency) == shown


@pytest.mark.parametrize("wrong", [1.5, 3, "3.00", None, True])
def test_money_is_a_decimal(wrong: object) -> None:
    with pytest.raises(TypeError):
        formats.money(wrong)  # type: ignore[arg-type]


@given(st.decimals(min_value=-9_999_999, max_value=9_999_999, places=2))
def test_money_says_exactly_its_amount(amount: Decimal) -> None:
    text = formats.money(amount).replace("£", "").replace(",", "").replace("−", "-")
    assert Decimal(text) == amount


def test_parts_make_the_whole() -> None:
    assert formats.money_parts(Decimal("5336.40")) == ("£5,336", ".40")


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("8745", "£8.7k"),
        ("14210", "£14.2k"),
        ("640", "£640"),
        ("0", "£0"),
        ("1250000", "£1.3m"),
        ("999960", "£1.0m"),
    ],
)
def test_short_money(amount: str, shown: str) -> None:
    assert formats.short_money(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [("14.000", "14"), ("1.500", "1.5"), ("0.125", "0.125"), ("1200", "1,200")]
)
def test_quantity(number: str, shown: str) -> None:
    assert formats.quantity(Decimal(number)) == shown


def test_percent() -> None:
    assert formats.percent(Decimal("20.00")) == "20%"


def test_days() -> None:
    date = dt.date(2026, 11, 21)
    assert formats.day(date) == "21 Nov 2026"
    assert formats.day_short(date) == "21 Nov"
    assert formats.day_long(date) == "Saturday 21 November"


def test_instants_are_shown_in_the_zone_that_is_active() -> None:
    """TIM-1: 23:30 UTC in July is tomorrow in Leeds."""
    instant = dt.datetime(2026, 7, 1, 23, 30, tzinfo=dt.UTC)
    with timezone.override(LEEDS):
        assert formats.moment(instant) == "2 Jul 2026, 00:30"
        assert formats.day(instant) == "2 Jul 2026"


@pytest.mark.parametrize(
    ("then", "shown"),
    [
        ((2026, 11, 21, 9, 41), "09:41"),
        ((2026, 11, 20, 21, 14), "Yesterday 21:14"),
        ((2026, 11, 12, 16, 2), "12 Nov 16:02"),
        ((2025, 11, 12, 16, 2), "12 Nov 2025"),
    ],
)
def test_when(then: tuple[int, int, int, int, int], shown: str) -> None:
    now = dt.datetime(2026, 11, 21, 18, 0, tzinfo=LEEDS)
    with timezone.override(LEEDS):
        assert formats.when(dt.datetime(*then, tzinfo=LEEDS), now) == shown


@pytest.mark.parametrize(
    ("away", "shown"),
    [(8, "in 8 days"), (1, "tomorrow"), (0, "today"), (-1, "1 day late"), (-48, "48 days late")],
)
def test_days_from(away: int, shown: str) -> None:
    today = dt.date(2026, 11, 21)
    assert formats.days_from(today + dt.timedelta(days=away), today) == shown


def test_another_language_brings_its_own_signs() -> None:
    with translation.override("de"):
        assert formats.money(Decimal("1234.50")) == "£1.234,50"
        assert formats.day(dt.date(2026, 11, 21)) == "21. November 2026"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Jo Whitaker", "JW"), ("Kirkstall", "K"), ("  ", "?"), ("& Sons Ltd", "SL"), ("ÿ", "Ÿ")],
)
def test_initials(name: str, shown: str) -> None:
    assert formats.initials(name) == shown
