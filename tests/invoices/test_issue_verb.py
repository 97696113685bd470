"""`issue`, `void`, `move_due_date`: the transitions and what they refuse (INV-9 to INV-14)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from invoices.errors import NotReady
from invoices.models import Fate, InvoiceState, LineKind, Status
from invoices.models.invoice import derive_status
from teams.models import AuditEntry, WrongState
from tests.invoices.helpers import draft, fate_of, issued, line, pay


def test_it_freezes_seller_buyer_and_figures(inside, started_tasks, django_capture_on_commit_callbacks):
    invoice = draft(inside)
    with django_capture_on_commit_callbacks(execute=True):
        invoice.issue(by=inside.alice)
    invoice.refresh_from_db()
    assert invoice.state == InvoiceState.ISSUED
    assert invoice.sent_at is not None
    assert invoice.status(inside.team.today()) == Status.SENT
    assert invoice.seller["vat_number"] == "GB999999973"
    assert invoice.seller["bank_sort_code"] == "20-00-00"
    assert invoice.buyer["name"] == "Jo Whitaker"
    assert invoice.buyer["address"] == ["1 Jo Whitaker Street", "Leeds", "LS6 1AA"]
    assert fate_of(invoice) == Fate.ISSUED
    assert ("invoices.tasks.render", (inside.team.pk, invoice.pk)) in started_tasks
    entry = AuditEntry.objects.get(verb="invoice.issued")
    assert (entry.actor_name, entry.details["total"]) == (str(inside.alice), "102.00")


def test_issuing_twice_is_refused(inside):
    invoice = draft(inside)
    stale = draft(inside, invoice=invoice)
    invoice.issue(by=inside.alice)
    with pytest.raises(WrongState, match=r"INV-0001 has been sent already\."):
        stale.issue(by=inside.bob)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([line("Only a heading", kind=LineKind.HEADING)], "nothing to pay for"),
        ([line("Free", "0")], "VAT registration has changed"),
    ],
)
def test_what_is_missing_is_said(inside, lines, words):
    invoice = draft(inside, *lines)
    with pytest.raises(NotReady, match=words):
        invoice.issue(by=inside.alice)
    invoice.refresh_from_db()
    assert invoice.is_draft


def test_nothing_to_pay_is_refused(inside):
    with pytest.raises(NotReady, match="comes to nothing"):
        draft(inside, line("Free", "0", vat_rate=inside.rate)).issue(by=inside.alice)


def test_an_archived_client_is_refused(inside):
    invoice = draft(inside)
    inside.jo.archive()
    with pytest.raises(NotReady, match="Jo Whitaker is archived"):
        invoice.issue(by=inside.alice)


def test_a_client_without_an_address_cannot_be_mailed(inside):
    inside.jo.emails.all().delete()
    with pytest.raises(NotReady, match="no e-mail address"):
        draft(inside).issue(by=inside.alice, email_client=True)


def test_a_changed_vat_registration_is_asked_about(inside):
    invoice = draft(inside)
    inside.team.vat_number = ""
    inside.team.save(update_fields=["vat_number"])
    with pytest.raises(NotReady, match="VAT registration has changed"):
        invoice.issue(by=inside.alice)


def test_void_keeps_the_number(inside):
    invoice = issued(inside)
    invoice.void(by=inside.alice)
    invoice.refresh_from_db()
    assert (invoice.state, invoice.reference) == (InvoiceState.VOID, "INV-0001")
    assert fate_of(invoice) == Fate.VOID
    assert draft(inside).reference == "INV-0002"


def test_a_draft_cannot_be_voided(inside):
    with pytest.raises(WrongState, match="only an invoice that was sent"):
        draft(inside).void(by=inside.alice)


def test_money_on_it_must_be_released_before(inside):
    invoice = issued(inside)
    pay(inside, invoice, "10.00")
    with pytest.raises(WrongState, match="still money on INV-0001"):
        invoice.void(by=inside.alice)


def test_the_due_date_moves_and_is_logged(inside):
    invoice = issued(inside)
    later = invoice.due_on + dt.timedelta(days=14)
    invoice.move_due_date(later, by=inside.bob)
    invoice.refresh_from_db()
    assert invoice.due_on == later
    entry = AuditEntry.objects.get(verb="invoice.due_moved")
    assert (entry.actor_name, entry.details["due_on"]) == (str(inside.bob), later.isoformat())


def test_the_due_date_stays_after_the_issue_date(inside):
    invoice = issued(inside)
    with pytest.raises(NotReady):
        invoice.move_due_date(invoice.issue_on - dt.timedelta(days=1), by=inside.alice)


def test_a_void_invoice_is_not_due(inside):
    invoice = issued(inside)
    invoice.void(by=inside.alice)
    with pytest.raises(WrongState):
        invoice.move_due_date(dt.date(2030, 1, 1), by=inside.alice)


TODAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("state", "paid", "due_on", "status"),
    [
        ("draft", "0", TODAY - dt.timedelta(days=9), Status.DRAFT),
        ("void", "0", TODAY - dt.timedelta(days=9), Status.VOID),
        ("issued", "0", TODAY, Status.SENT),
        ("issued", "0", TODAY - dt.timedelta(days=1), Status.OVERDUE),
        ("issued", "40", TODAY, Status.PARTIALLY_PAID),
        ("issued", "40", TODAY - dt.timedelta(days=1), Status.OVERDUE),
        ("issued", "100", TODAY - dt.timedelta(days=1), Status.PAID),
    ],
)
def test_the_status_follows_from_facts(state, paid, due_on, status):
    assert (
        derive_status(
            state, total=Decimal(100), paid=Decimal(paid), credited=Decimal(0), due_on=due_on, today=TODAY
        )
        == status
    )


def test_sql_and_python_agree_on_every_status(inside):
    from invoices.models import Invoice

    today = inside.team.today()
    made = [draft(inside), issued(inside), issued(inside), issued(inside), issued(inside), issued(inside)]
    pay(inside, made[2], "10.00")
    pay(inside, made[3])
    made[4].void(by=inside.alice)
    Invoice.objects.filter(pk=made[5].pk).update(due_on=made[5].issue_on)
    then = today + dt.timedelta(days=1)
    for invoice in Invoice.objects.annotate_status(then):
        status = invoice.status(then)
        assert invoice.status_now == status  # type: ignore[attr-defined]
        assert list(Invoice.objects.with_status(status, then).filter(pk=invoice.pk)) == [invoice]
