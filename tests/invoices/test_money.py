"""The worked cases of MON-4, and properties that hold for every document."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.money import LARGEST_TOTAL, Priced, Rate, TooLarge, round_penny, take_back, totals

TWENTY = Rate("20%", Decimal(20))


def priced(*lines: tuple[str, str], rate: int = 20, discount: str = "0") -> list[Priced]:
    return [
        Priced(Decimal(q), Decimal(p), Rate(f"{rate}%", Decimal(rate)), Decimal(discount)) for q, p in lines
    ]


@pytest.mark.parametrize(
    ("lines", "net", "vat", "total"),
    [
        (priced(("3", "33.33")), "99.99", "20.00", "119.99"),
        (priced(("1", "0.03"), ("1", "0.03"), ("1", "0.03")), "0.09", "0.02", "0.11"),
        (priced(("1", "25.06"), ("1", "25.61"), ("1", "25.63"), rate=15), "76.30", "11.45", "87.75"),
        (
            priced(("1", "68.33"), ("1", "68.33"), ("1", "57.50"), ("1", "85.00")),
            "279.16",
            "55.83",
            "334.99",
        ),
        (priced(("16", "348.35"), rate=22, discount="4"), "5350.66", "1177.15", "6527.81"),
        (priced(("36", "1.66")), "59.76", "11.95", "71.71"),
    ],
)
def test_the_worked_cases(lines, net, vat, total):
    figures = totals(lines, charges_vat=True)
    assert (figures.net, figures.vat, figures.total) == (Decimal(net), Decimal(vat), Decimal(total))


def test_four_credit_notes_for_a_line_each_add_back_to_the_total():
    prices = [Decimal("68.33"), Decimal("68.33"), Decimal("57.50"), Decimal("85.00")]
    left_net, left_vat, given_back = Decimal("279.16"), Decimal("55.83"), Decimal(0)
    for price in prices:
        (row,) = take_back([(TWENTY, price)], left={TWENTY: (left_net, left_vat)})
        left_net, left_vat, given_back = (
            left_net - row.net,
            left_vat - row.vat,
            given_back + row.net + row.vat,
        )
    assert (left_net, left_vat, given_back) == (Decimal(0), Decimal(0), Decimal("334.99"))


def test_a_credit_note_takes_no_more_than_is_left():
    with pytest.raises(TooLarge):
        take_back([(TWENTY, Decimal("10.00"))], left={TWENTY: (Decimal("9.99"), Decimal("2.00"))})


def test_half_a_penny_goes_away_from_zero():
    assert round_penny(Decimal("11.445")) == Decimal("11.45")
    assert round_penny(Decimal("-11.445")) == Decimal("-11.45")


def test_without_a_vat_number_there_is_no_vat_row():
    figures = totals(priced(("1", "100.00")), charges_vat=False)
    assert (figures.vat_rows, figures.vat, figures.total) == ((), Decimal("0.00"), Decimal("100.00"))


def test_the_largest_sum():
    assert totals([Priced(Decimal(1), LARGEST_TOTAL)], charges_vat=False).total == LARGEST_TOTAL
    with pytest.raises(TooLarge):
        totals([Priced(Decimal(1), LARGEST_TOTAL), Priced(Decimal(1), Decimal("0.01"))], charges_vat=False)


rates = st.sampled_from(
    [Rate("20%", Decimal(20)), Rate("5%", Decimal(5)), Rate("0%", Decimal(0), "Z"), Rate("15%", Decimal(15))]
)
some_lines = st.lists(
    st.builds(
        Priced,
        st.decimals("0.001", "999", places=3),
        st.decimals("0", "999", places=4),
        rates,
        st.decimals("0", "100", places=2),
    ),
    max_size=30,
)


@given(some_lines)
def test_every_printed_column_adds_up(lines):
    figures = totals(lines, charges_vat=True)
    assert figures.net == sum(figures.nets)
    assert figures.net == sum((row.net for row in figures.vat_rows), Decimal(0))
    assert figures.vat == sum((row.vat for row in figures.vat_rows), Decimal(0))
    assert figures.total == figures.net + figures.vat
    assert all(
        amount == amount.quantize(Decimal("0.01")) for amount in (*figures.nets, figures.vat, figures.total)
    )
