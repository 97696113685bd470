"""A client's statement of account: the same figures as the record and the portal, entry by entry (POR-11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from clients.figures import billing_figures
from clients.models import Client
from documents import statement as printed
from documents.statement import Age, Statement, StatementLine
from documents.worker import print_page
from invoices.documents import firm_today, party_today
from invoices.money import ZERO
from payments.models import DisputeMovement, Refund

PERIOD = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Entry:
    """What moved the account on a day: charged raises it, paid lowers it."""

    on: dt.date
    document: str
    text: str
    charged: Decimal | None = None
    paid: Decimal | None = None


def statement_of(client: Client) -> Statement:
    """The last year of the account, with what stood before as the opening balance. Inside a scope."""
    team, today = client.team, client.team.today()
    since = today - PERIOD
    entries = sorted(_entries(client), key=lambda entry: entry.on)
    opening = sum((_moves(entry) for entry in entries if entry.on < since), ZERO)
    recent = [entry for entry in entries if entry.on >= since]
    figures = billing_figures(client)
    return Statement(
        firm=firm_today(team),
        client=party_today(client),
        since=since,
        until=today,
        opening=opening,
        lines=tuple(_lines(recent, opening)),
        charged=sum((entry.charged or ZERO for entry in recent), ZERO),
        paid=sum((entry.paid or ZERO for entry in recent), ZERO),
        due=figures.amount_due,
        credit=figures.credit,
        ages=_ages(client, today),
        shows_vat=team.is_vat_registered,
        currency=team.currency,
        language=client.language or team.language,
    )


def pdf_of(statement: Statement) -> bytes:
    """The statement as PDF; outside any scope. Raises documents.worker.RenderFailed."""
    return print_page(printed.html(statement), statement.firm.logo or b"")


def _moves(entry: Entry) -> Decimal:
    return (entry.charged or ZERO) - (entry.paid or ZERO)


def _lines(entries: list[Entry], balance: Decimal) -> Iterator[StatementLine]:
    for entry in entries:
        balance += _moves(entry)
        yield StatementLine(
            on=entry.on,
            document=entry.document,
            text=entry.text,
            charged=entry.charged,
            paid=entry.paid,
            balance=balance,
        )


def _entries(client: Client) -> Iterator[Entry]:
    zone = client.team.zone
    for invoice in client.invoices.visible_to_client().order_by("issue_on", "pk"):
        yield Entry(invoice.issue_on, invoice.reference, invoice.title, charged=invoice.total)
        if invoice.is_void:
            voided = invoice.voided_at.astimezone(zone).date() if invoice.voided_at else invoice.issue_on
            yield Entry(voided, invoice.reference, _("Void"), charged=-invoice.total)
    for payment in client.payments.filter(reverses=None, reversal=None).order_by("received_on", "pk"):
        yield Entry(payment.received_on, _("Payment"), payment.method_text(), paid=payment.amount)
    for refund in Refund.objects.filter(client=client, reverses=None, reversal=None).order_by("pk"):
        yield Entry(refund.refunded_on, _("Refund"), refund.note, paid=-refund.amount)
    for moved in DisputeMovement.objects.filter(client=client).order_by("pk"):
        day = moved.created_at.astimezone(zone).date()
        yield Entry(day, _("Payment"), _("Taken up with your bank"), paid=-moved.amount)


def _ages(client: Client, today: dt.date) -> tuple[Age, ...]:
    """What is open, by how late it is; the periods of the printed statement."""
    edges = [
        (_("1 to 30 days late"), 1, 30),
        (_("31 to 60 days late"), 31, 60),
        (_("61 to 90 days late"), 61, 90),
    ]
    still_open = client.invoices.open()

    def owed(**filters: dt.date) -> Decimal:
        found: Decimal | None = still_open.filter(**filters).aggregate(sum=Sum("balance"))["sum"]
        return found or ZERO

    late = [
        Age(
            label=label,
            amount=owed(
                due_on__gte=today - dt.timedelta(days=last), due_on__lte=today - dt.timedelta(days=first)
            ),
            is_late=True,
        )
        for label, first, last in edges
    ]
    oldest = owed(due_on__lt=today - dt.timedelta(days=90))
    return (
        Age(label=_("Not yet due"), amount=owed(due_on__gte=today)),
        *late,
        Age(label=_("Over 90 days late"), amount=oldest, is_late=True),
    )
