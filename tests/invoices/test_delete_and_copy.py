"""Deleting and copying (INV-8, INV-13, INV-14)."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from invoices.models import Fate, Invoice, NumberEntry
from teams.models import AuditEntry, WrongState
from tests.invoices.helpers import draft, fate_of, issued, line


def test_deleting_the_last_draft_gives_its_number_back(inside):
    draft(inside).delete_draft(by=inside.alice)
    assert not Invoice.objects.exists()
    assert not NumberEntry.objects.exists()
    assert AuditEntry.objects.filter(verb="invoice.deleted").count() == 1
    assert draft(inside).reference == "INV-0001"


def test_deleting_an_older_draft_leaves_its_fate_in_the_register(inside):
    first = draft(inside)
    draft(inside)
    first.delete_draft(by=inside.alice)
    assert NumberEntry.objects.get(reference="INV-0001").fate == Fate.DELETED
    assert draft(inside).reference == "INV-0003"


def test_the_reference_of_a_deleted_draft_may_be_typed_again(inside):
    first = draft(inside)
    draft(inside)
    first.delete_draft(by=inside.alice)
    again = draft(inside, reference="INV-0001")
    assert (again.reference, fate_of(again)) == ("INV-0001", Fate.DRAFT)


def test_an_issued_invoice_cannot_be_deleted(inside):
    with pytest.raises(WrongState, match="Void it instead"):
        issued(inside).delete_draft(by=inside.alice)


def test_deleting_twice_is_told(inside):
    invoice = draft(inside)
    twin = Invoice.objects.get(pk=invoice.pk)
    invoice.delete_draft(by=inside.alice)
    with pytest.raises(WrongState, match="deleted already"):
        twin.delete_draft(by=inside.alice)


def test_a_copy_has_the_same_lines_and_its_own_number_and_dates(inside):
    source = issued(
        inside,
        line(
            "Pipe",
            "10.00",
            quantity=Decimal("9.9"),
            unit="m",
            vat_rate=inside.rate,
            discount_percent=Decimal(10),
        ),
        title="Kitchen",
        note="Thanks",
    )
    copy = source.copy_to_draft(by=inside.bob)
    copy.refresh_from_db()
    assert (copy.reference, copy.state, copy.total) == ("INV-0002", "draft", source.total)
    assert (copy.title, copy.note, copy.copied_from) == ("Kitchen", "Thanks", source)
    assert copy.issue_on == inside.team.today()
    mine, theirs = copy.lines.get(), source.lines.get()
    assert (mine.description, mine.quantity, mine.discount_percent, mine.net) == (
        theirs.description,
        theirs.quantity,
        theirs.discount_percent,
        theirs.net,
    )


def test_the_same_press_twice_makes_one_copy(inside):
    source, key = issued(inside), uuid.uuid4()
    assert source.copy_to_draft(by=inside.bob, form_key=key) == source.copy_to_draft(
        by=inside.bob, form_key=key
    )
