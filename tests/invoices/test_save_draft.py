"""`save_draft`: a draft with figures and number (INV-1 to INV-6)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from invoices.drafting import save_draft, what_changed
from invoices.errors import ChangedMeanwhile, ReferenceTaken
from invoices.models import Fate, Invoice, LineKind, NumberEntry, NumberSeries
from invoices.money import TooLarge
from teams.models import AuditEntry, WrongState
from tests.invoices.helpers import draft, issued, line


def test_it_takes_the_next_number_and_stores_the_figures(inside):
    invoice = draft(
        inside,
        line("Plant room", kind=LineKind.HEADING),
        line("Copper", "33.33", quantity=Decimal(3), vat_rate=inside.rate),
        title="Kitchen",
    )
    invoice.refresh_from_db()
    assert invoice.reference == "INV-0001"
    assert (invoice.net, invoice.vat, invoice.total) == (
        Decimal("99.99"),
        Decimal("20.00"),
        Decimal("119.99"),
    )
    assert invoice.vat_rows == [
        {"label": "20%", "percent": "20.00", "category": "S", "wording": "", "net": "99.99", "vat": "20.00"}
    ]
    assert [(one.position, one.kind, one.net) for one in invoice.lines.all()] == [
        (1, "heading", Decimal("0.00")),
        (2, "item", Decimal("99.99")),
    ]
    assert "Copper" in invoice.search_text
    assert AuditEntry.objects.get(subject="invoice", subject_id=invoice.pk).verb == "invoice.created"


def test_due_thirty_days_after_the_31st_of_january_is_the_2nd_of_march(inside):
    invoice = draft(inside, issue_on=dt.date(2026, 1, 31))
    assert invoice.due_on == dt.date(2026, 3, 2)


def test_the_clients_own_terms_win(inside):
    inside.jo.terms_days = 7
    inside.jo.save(update_fields=["terms_days"])
    assert draft(inside, issue_on=dt.date(2026, 1, 1)).due_on == dt.date(2026, 1, 8)


def test_a_typed_reference_is_allowed_when_it_is_free(inside):
    assert draft(inside, reference="JOB-77").reference == "JOB-77"
    assert draft(inside).reference == "INV-0001"


def test_a_reference_that_is_taken_is_refused_with_a_free_one(inside):
    draft(inside)
    with pytest.raises(ReferenceTaken, match=r"INV-0001 is taken already\. INV-0002 is free\."):
        draft(inside, reference="INV-0001")
    assert Invoice.objects.count() == 1


def test_a_number_typed_before_its_turn_is_passed_over(inside):
    draft(inside, reference="INV-0002")
    assert [draft(inside).reference for _ in range(2)] == ["INV-0001", "INV-0003"]


def test_the_same_form_twice_is_one_invoice(inside):
    key = uuid.uuid4()
    first, second = draft(inside, form_key=key), draft(inside, form_key=key)
    assert first.pk == second.pk
    assert NumberEntry.objects.count() == 1


def test_saving_again_replaces_the_lines_and_raises_the_version(inside):
    invoice = draft(inside)
    again = draft(
        inside, line("Other", "10.00", vat_rate=inside.rate), invoice=invoice, version=invoice.version
    )
    assert (again.version, again.total, again.reference) == (2, Decimal("12.00"), "INV-0001")
    assert [one.description for one in again.lines.all()] == ["Other"]


def test_an_older_version_is_refused_and_says_what_changed(inside):
    invoice = draft(inside)
    draft(inside, line("Bob’s", "10.00", vat_rate=inside.rate), invoice=invoice, version=1, by=inside.bob)
    with pytest.raises(ChangedMeanwhile) as caught:
        draft(inside, invoice=invoice, version=1)
    who, differences = what_changed(
        caught.value.invoice, typed={"title": "Mine"}, typed_total=Decimal("102.00"), typed_lines=1
    )
    assert who == str(inside.bob)
    assert [(one.label, one.now) for one in differences] == [("Title", "–"), ("Total", "£12.00")]


def test_an_issued_invoice_is_not_saved(inside):
    invoice = issued(inside)
    with pytest.raises(WrongState, match="can no longer be changed"):
        draft(inside, invoice=invoice)


def test_renaming_a_draft_gives_its_last_number_back(inside):
    invoice = draft(inside)
    draft(inside, invoice=invoice, reference="JOB-9")
    assert NumberSeries.of(inside.team).next_reference == "INV-0001"
    assert draft(inside).reference == "INV-0001"


def test_renaming_an_older_draft_keeps_its_number_in_the_register(inside):
    first = draft(inside)
    draft(inside)
    draft(inside, invoice=first, reference="JOB-9")
    entry = NumberEntry.objects.get(reference="INV-0001")
    assert (entry.fate, entry.reason) == (Fate.DELETED, "Its draft became JOB-9")


def test_a_document_beyond_the_limit_is_refused_and_leaves_nothing(inside):
    with pytest.raises(TooLarge):
        draft(inside, line("Dear", "9999999.99", vat_rate=inside.rate))
    assert not Invoice.objects.exists()
    assert not NumberEntry.objects.exists()


def test_a_team_without_a_vat_number_charges_none(inside):
    inside.team.vat_number = ""
    inside.team.save(update_fields=["vat_number"])
    invoice = draft(inside)
    assert (invoice.charges_vat, invoice.vat, invoice.total, invoice.vat_rows) == (
        False,
        Decimal(0),
        Decimal("85.00"),
        [],
    )
    assert invoice.lines.get().vat_rate is None


def test_two_teams_both_have_the_first_number(world):
    with world.scope():
        assert draft(world).reference == "INV-0001"
    with world.other_scope():
        made = save_draft(world.other, client=world.lee, lines=[line()], by=world.charlie)
        assert made.reference == "INV-0001"
