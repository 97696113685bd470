"""Numbers under load (INV-6, INV-7), with a control that shows the race; and the register's verbs (INV-8)."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from invoices.models import Fate, Invoice, NumberEntry, NumberSeries
from teams.scope import team_scope
from tests.invoices.helpers import draft
from tests.world import World, make_world

THREADS = 16


class RolledBackError(Exception):
    """What a test raises in the middle of a save."""


def at_once(work: Callable[[int], Any], count: int = THREADS) -> list[Any]:
    """Run `work(n)` in as many threads, all let go at the same moment."""
    gate = threading.Barrier(count, timeout=30)

    def run(n: int) -> Any:
        try:
            gate.wait()
            return work(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.fixture
def committed(transactional_db: None) -> World:
    return make_world()


@pytest.mark.slow
def test_no_gap_and_no_duplicate_with_a_fifth_rolled_back(committed):
    def save(n: int) -> None:
        for turn in range(5):
            try:
                with committed.scope():
                    draft(committed)
                    if (n + turn) % 5 == 0:
                        raise RolledBackError
            except RolledBackError:
                pass

    at_once(save)
    with committed.scope():
        numbers = sorted(entry.number or 0 for entry in NumberEntry.objects.all())
        assert len(numbers) == THREADS * 5 - THREADS
        assert numbers == list(range(1, len(numbers) + 1))
        assert Invoice.objects.count() == len(numbers)
        assert NumberSeries.of(committed.team).next_number == len(numbers) + 1


@pytest.mark.slow
def test_without_the_lock_two_are_promised_the_same_number(committed):
    """The control: the same reading and writing, but without `select_for_update`."""
    gate = threading.Barrier(THREADS, timeout=30)
    with committed.scope():
        NumberSeries.of(committed.team)

    def take(_n: int) -> int:
        with committed.scope():
            series = NumberSeries.of(committed.team)
            gate.wait()
            number = series.next_number
            series.next_number += 1
            series.save(update_fields=["next_number"])
            return number

    assert len(set(at_once(take))) < THREADS


@pytest.mark.slow
def test_a_double_submit_makes_one_invoice(committed):
    key = uuid.uuid4()

    def save(_n: int) -> int:
        with committed.scope():
            return draft(committed, form_key=key).pk

    assert len(set(at_once(save, 8))) == 1
    with committed.scope():
        assert Invoice.objects.count() == NumberEntry.objects.count() == 1


@pytest.mark.slow
def test_issued_by_eight_at_once_is_issued_once(committed):
    with committed.scope():
        invoice = draft(committed)

    def issue(_n: int) -> bool:
        from teams.models import WrongState

        try:
            with committed.scope():
                Invoice.objects.get(pk=invoice.pk).issue(by=committed.alice)
        except WrongState:
            return False
        return True

    assert sorted(at_once(issue, 8)) == [False] * 7 + [True]


def test_after_9999_comes_10000(inside):
    series = NumberSeries.of(inside.team)
    series.next_number = 9999
    series.save(update_fields=["next_number"])
    assert [draft(inside).reference for _ in range(2)] == ["INV-9999", "INV-10000"]


def test_skipped_numbers_stay_in_the_register_with_their_reason(inside):
    series = NumberSeries.locked(inside.team)
    series.skip_to(4, reason="Begun on paper", by=inside.alice)
    assert [(one.reference, one.fate, one.reason) for one in NumberEntry.objects.order_by("number")] == [
        ("INV-0001", Fate.SKIPPED, "Begun on paper"),
        ("INV-0002", Fate.SKIPPED, "Begun on paper"),
        ("INV-0003", Fate.SKIPPED, "Begun on paper"),
    ]
    assert draft(inside).reference == "INV-0004"


def test_the_other_team_sees_no_number_of_ours(world):
    with world.scope():
        draft(world)
    with team_scope(world.other.pk):
        assert not NumberEntry.objects.exists()
