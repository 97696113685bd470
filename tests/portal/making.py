"""Invoices for the portal's tests, with lines, made inside the team's scope."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from clients.models import Client
from invoices.drafting import LineInput, save_draft
from invoices.models import Invoice
from payments import ledger
from payments.models import Method, Payment


def draft(client: Client, total: str, *, title: str = "", due_in: int = 14, **more: Any) -> Invoice:
    """A draft of one line at 0%, due so many days from today (before today: issued before that)."""
    today = client.team.today()
    nought = client.team.vat_rates.filter(percent=0).order_by("pk").first()
    due_on = today + dt.timedelta(days=due_in)
    return save_draft(
        client.team,
        client=client,
        lines=[LineInput(description="Work", unit_price=Decimal(total), vat_rate=nought)],
        by=None,
        title=title,
        issue_on=min(today, due_on - dt.timedelta(days=14)),
        due_on=due_on,
        **more,
    )


def bill(client: Client, total: str, **more: Any) -> Invoice:
    """An invoice that has gone out to the client."""
    made = draft(client, total, **more)
    made.issue(by=None)
    made.refresh_from_db()
    return made


def pay(invoice: Invoice, amount: str | None = None) -> Payment:
    """Money on it, recorded by hand."""
    invoice.refresh_from_db()
    return ledger.record_payment(
        client=invoice.client,
        invoice=invoice,
        amount=Decimal(amount) if amount else invoice.balance,
        method=Method.BANK,
        received_on=invoice.team.today(),
    )
