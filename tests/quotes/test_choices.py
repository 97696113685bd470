"""What choosing makes of a quote (QUO-2, QUO-4), by property: whatever is offered and ticked."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.money import Priced, Rate, totals
from quotes.choices import Figures, check, extremes, figures, first_picks, plain, read_picks, store_picks

RATES = [
    Rate("20%", Decimal(20)),
    Rate("5%", Decimal(5)),
    Rate("0%", Decimal(0), "Z"),
    Rate("17.5%", Decimal("17.5")),
]


@dataclass
class Offered:
    """A line as `choices` knows it."""

    kind: str
    quantity: Decimal
    unit_price: Decimal
    rate: Rate | None
    discount: Decimal = Decimal(0)
    group_id: int | None = None
    suggested: bool = False
    least_quantity: Decimal | None = None
    most_quantity: Decimal | None = None
    key: uuid.UUID = field(default_factory=uuid.uuid4)

    def priced(self) -> Priced:
        return Priced(self.quantity, self.unit_price, self.rate, self.discount)


@dataclass
class Choice:
    """A group as `choices` knows it."""

    pk: int
    least: int
    most: int
    name: str = "Tiles"
    key: uuid.UUID = field(default_factory=uuid.uuid4)


prices = st.decimals("0", "2000", places=4)
quantities = st.decimals("0.001", "20", places=3)
discounts = st.sampled_from([Decimal(0), Decimal("7.5"), Decimal(100)])


@st.composite
def offers(draw: st.DrawFn, rates: Sequence[Rate] = RATES) -> tuple[list[Offered], list[Choice]]:
    """Fixed lines, extras with and without limits, and up to two choices of up to four lines each.

    The lines of one choice have one VAT rate: with several, see `test_mixed_rates`.
    """
    lines = [
        Offered("item", draw(quantities), draw(prices), draw(st.sampled_from(rates)), draw(discounts))
        for _ in range(draw(st.integers(0, 3)))
    ]
    for _ in range(draw(st.integers(0, 3))):
        low, middle, high = sorted(draw(st.tuples(quantities, quantities, quantities)))
        limited = draw(st.booleans())
        lines.append(
            Offered(
                "optional",
                middle,
                draw(prices),
                draw(st.sampled_from(rates)),
                draw(discounts),
                least_quantity=low if limited else None,
                most_quantity=high if limited else None,
            )
        )
    groups = []
    for pk in range(1, draw(st.integers(0, 2)) + 1):
        rate, count = draw(st.sampled_from(rates)), draw(st.integers(1, 4))
        most = draw(st.integers(1, count))
        groups.append(Choice(pk, draw(st.integers(0, most)), most))
        lines += [
            Offered("choice", draw(quantities), draw(prices), rate, draw(discounts), group_id=pk)
            for _ in range(count)
        ]
    return lines, groups


@st.composite
def legal(draw: st.DrawFn, lines: list[Offered], groups: list[Choice]) -> dict[uuid.UUID, Decimal]:
    """Ticks that break no rule."""
    picks = {}
    for line in lines:
        if line.kind == "optional" and draw(st.booleans()):
            low, high = line.least_quantity, line.most_quantity
            picks[line.key] = line.quantity if low is None else draw(st.decimals(low, high, places=3))
    for group in groups:
        of_group = [line for line in lines if line.group_id == group.pk]
        taken = draw(st.permutations(of_group))[: draw(st.integers(group.least, group.most))]
        picks |= {line.key: line.quantity for line in taken}
    return picks


offers_with_picks = offers().flatmap(lambda offer: st.tuples(st.just(offer), legal(*offer)))


@given(offers_with_picks, st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_figures_are_those_of_the_lines_that_are_taken(offer_and_picks, charges_vat):
    """QUO-4: fixed + chosen = net; net + VAT = total; and the one function for money says the same."""
    (lines, _groups), picks = offer_and_picks
    found = figures(lines, picks, charges_vat=charges_vat)
    taken = [
        replace(line, quantity=picks.get(line.key, line.quantity)).priced()
        for line in lines
        if line.kind == "item" or line.key in picks
    ]
    assert found.totals == totals(taken, charges_vat=charges_vat)
    assert found.fixed + found.chosen == found.totals.net == sum(found.nets.values(), Decimal(0))
    assert found.totals.net + found.totals.vat == found.totals.total
    assert found.fixed == sum((x.priced().net for x in lines if x.kind == "item"), Decimal(0))


@given(offers_with_picks, st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_extremes_bound_every_legal_choice(offer_and_picks, charges_vat):
    (lines, groups), picks = offer_and_picks
    assert check(lines, groups, picks) == []
    least, most = extremes(lines, groups, charges_vat=charges_vat)
    assert least <= figures(lines, picks, charges_vat=charges_vat).totals.total <= most


@given(offers(), st.booleans())
@settings(max_examples=50, deadline=None)
def test_the_extremes_can_be_reached(offer, charges_vat):
    """Among all legal choices at their offered quantities there is one that costs so little."""
    lines, groups = offer
    least, _most = extremes(lines, groups, charges_vat=charges_vat)
    fewest = [
        itertools.combinations([x for x in lines if x.group_id == group.pk], group.least) for group in groups
    ]
    reached = {
        figures(
            lines,
            {line.key: line.quantity for chosen in combination for line in chosen},
            charges_vat=charges_vat,
        ).totals.total
        for combination in itertools.product(*fewest)
    }
    assert min(reached) == least


@given(st.lists(st.tuples(prices, st.sampled_from(RATES)), min_size=1, max_size=5), prices)
@settings(max_examples=100, deadline=None)
def test_mixed_rates(lines_given, fixed):
    """Where one choice mixes rates, VAT is rounded per rate: the extremes hold to a penny a rate."""
    lines = [Offered("item", Decimal(1), fixed, RATES[0])] + [
        Offered("choice", Decimal(1), price, rate, group_id=1) for price, rate in lines_given
    ]
    group = Choice(1, 1, 1)
    least, most = extremes(lines, [group], charges_vat=True)
    slack = Decimal("0.01") * len(RATES)
    for line in lines[1:]:
        total = figures(lines, {line.key: line.quantity}, charges_vat=True).totals.total
        assert least - slack <= total <= most + slack


@given(offers_with_picks)
@settings(max_examples=50, deadline=None)
def test_picks_come_back_as_they_were_stored(offer_and_picks):
    _offer, picks = offer_and_picks
    assert read_picks(store_picks(picks)) == picks


def test_equal_picks_are_equal_text():
    one, two = uuid.uuid4(), uuid.uuid4()
    first = store_picks({one: Decimal("2.000"), two: Decimal(100)})
    assert list(first.items()) == list(store_picks({two: Decimal("1E+2"), one: Decimal(2)}).items())
    assert set(first.values()) == {"2", "100"}


@pytest.mark.parametrize(
    "stored",
    [
        {"x": "1"},
        {str(uuid.uuid4()): "many"},
        {str(uuid.uuid4()): None},
        {str(uuid.uuid4()): "sNaN"},
        {str(uuid.uuid4()): "1e999999999"},
    ],
)
def test_what_cannot_be_read_is_left_out(stored):
    assert read_picks(stored) == {}


class TestCheck:
    """QUO-2: every rule that picks can break."""

    line = Offered(
        "optional", Decimal(2), Decimal(10), None, least_quantity=Decimal(1), most_quantity=Decimal(4)
    )
    plain_line = Offered("optional", Decimal(2), Decimal(10), None)
    fixed = Offered("item", Decimal(1), Decimal(10), None)
    heading = Offered("heading", Decimal(1), Decimal(0), None)

    def say(self, picks, groups=(), lines=()):
        lines = [self.line, self.plain_line, self.fixed, self.heading, *lines]
        return [str(problem) for problem in check(lines, list(groups), picks)]

    @pytest.mark.parametrize(
        "quantity", ["0", "0.999", "4.001", "-2", "1.0005", "NaN", "Infinity", "sNaN", "1e30", "1e-30"]
    )
    def test_quantities(self, quantity):
        assert self.say({self.line.key: Decimal(quantity)}) == ["Choose a quantity from 1 to 4."]

    def test_a_quantity_that_is_not_left_to_the_client(self):
        assert self.say({self.plain_line.key: Decimal(2)}) == []
        assert self.say({self.plain_line.key: Decimal(3)}) == ["Choose a quantity from 2 to 2."]

    def test_lines_that_cannot_be_ticked(self):
        for key in (uuid.uuid4(), self.fixed.key, self.heading.key):
            assert self.say({key: Decimal(1)}) == ["This line is not part of the quote."]

    @pytest.mark.parametrize(
        ("least", "most", "taken", "says"),
        [
            (1, 1, 0, ["Choose one of these."]),
            (1, 1, 2, ["Choose one of these."]),
            (1, 1, 1, []),
            (2, 2, 1, ["Choose exactly 2 of these."]),
            (0, 2, 3, ["Choose at most 2 of these."]),
            (0, 2, 0, []),
            (1, 2, 0, ["Choose from 1 to 2 of these."]),
            (1, 3, 3, []),
        ],
    )
    def test_choices(self, least, most, taken, says):
        lines = [Offered("choice", Decimal(1), Decimal(n), None, group_id=7) for n in range(3)]
        picks = {line.key: line.quantity for line in lines[:taken]}
        assert self.say(picks, [Choice(7, least, most)], lines) == says


def test_first_picks_are_those_suggested():
    lines = [
        Offered(kind, Decimal(2), Decimal(1), None, suggested=suggested)
        for kind in ("item", "optional", "choice")
        for suggested in (True, False)
    ]
    assert first_picks(lines) == {lines[2].key: 2, lines[4].key: 2}


def test_nothing_is_nothing():
    found = figures([], {}, charges_vat=True)
    assert found.fixed == found.chosen == found.totals.total == Decimal(0)
    assert isinstance(found, Figures)
    assert extremes([], [], charges_vat=True) == (Decimal(0), Decimal(0))


@pytest.mark.parametrize(
    ("given_", "written"), [("2.000", "2"), ("6.500", "6.5"), ("100", "100"), ("0", "0")]
)
def test_plain(given_, written):
    assert plain(Decimal(given_)) == written
