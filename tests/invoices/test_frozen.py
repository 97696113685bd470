"""What the database itself refuses (INV-14), asked for as the app's own role."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from invoices.models import Invoice, Line, Rendering
from tests.invoices.helpers import draft, issued


def refused(sql: str, *values: int) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.parametrize(
    "change",
    [
        "total = total + 1, net = net + 1",
        "client_id = null",
        "reference = 'INV-9999'",
        "issue_on = issue_on - 1",
        "title = 'Other'",
        "vat_rows = '[]'",
        "seller = '{}'",
        "state = 'draft'",
        "sent_at = now()",
        "email_client = true",
        "paid = 10",
        "credited = 10",
        "team_id = team_id + 1",
    ],
)
def test_an_issued_invoice_does_not_change(inside, change):
    refused(f"update invoices_invoice set {change} where id = %s", issued(inside).pk)  # noqa: S608


def test_an_issued_invoice_and_its_lines_stay(inside):
    invoice = issued(inside)
    line = invoice.lines.get()
    refused("delete from invoices_invoice where id = %s", invoice.pk)
    refused("delete from invoices_line where id = %s", line.pk)
    refused("update invoices_line set net = 1 where id = %s", line.pk)
    refused(
        "insert into invoices_line select (jsonb_populate_record(l, jsonb_build_object('id', 999999,"
        " 'position', 99))).* from invoices_line l where id = %s",
        line.pk,
    )


def test_a_line_does_not_move_out_of_an_issued_invoice(inside):
    invoice, other = issued(inside), draft(inside)
    refused("update invoices_line set invoice_id = %s where invoice_id = %s", other.pk, invoice.pk)
    refused("update invoices_line set invoice_id = %s where invoice_id = %s", invoice.pk, other.pk)


def test_a_void_invoice_neither_comes_back_nor_moves(inside):
    invoice = issued(inside)
    invoice.void(by=inside.alice)
    refused("update invoices_invoice set state = 'issued' where id = %s", invoice.pk)
    refused("update invoices_invoice set due_on = due_on + 1 where id = %s", invoice.pk)


def test_a_draft_is_not_voided(inside):
    refused("update invoices_invoice set state = 'void' where id = %s", draft(inside).pk)


def test_the_due_date_may_move(inside):
    invoice = issued(inside)
    assert Invoice.objects.filter(pk=invoice.pk).update(due_on=invoice.due_on.replace(year=2099)) == 1


def test_a_kept_pdf_stays(inside):
    invoice = issued(inside)
    kept = Rendering.objects.create(
        team=inside.team, invoice=invoice, kind="invoice", content_hash="0", pdf=b"%PDF", sha256="0"
    )
    refused("update invoices_rendering set pdf = '' where id = %s", kept.pk)
    refused("delete from invoices_rendering where id = %s", kept.pk)


def test_a_client_sees_no_draft_and_no_line_of_one(world):
    with world.scope():
        mine, sent = draft(world), issued(world)
        theirs = issued(world, client=world.kit)
    with world.scope(world.jo):
        assert list(Invoice.objects.values_list("pk", flat=True)) == [sent.pk]
        assert not Line.objects.filter(invoice__in=[mine.pk, theirs.pk]).exists()
        assert Line.objects.filter(invoice=sent.pk).exists()
