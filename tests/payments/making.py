"""What the tests of payments stand on: issued invoices, without going through the editor."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from clients.models import Client, Email
from invoices.issuing import buyer_of, seller_of
from invoices.models import Invoice, InvoiceState
from payments import ledger
from payments.models import Method, Payment

_numbers = itertools.count(7001)
DAY = dt.date(2026, 11, 21)


def issued(client: Client, total: str = "100.00", **fields: Any) -> Invoice:
    """An invoice of this client that has gone out. Inside the team's scope."""
    usual = {
        "issue_on": DAY,
        "due_on": DAY + dt.timedelta(days=30),
        "seller": seller_of(client.team),
        "buyer": buyer_of(client),
    }
    return Invoice.objects.create(
        team_id=client.team_id,
        client=client,
        reference=f"T-{next(_numbers)}",
        state=InvoiceState.ISSUED,
        net=Decimal(total),
        total=Decimal(total),
        **(usual | fields),
    )


def fresh_client(like: Client, name: str) -> Client:
    """Another client of the same team. Inside its scope."""
    client = Client.objects.create(team_id=like.team_id, name=name)
    Email.objects.create(
        team_id=like.team_id, client=client, address=f"{name.lower()}@example.com", is_primary=True
    )
    return client


def pay(invoice: Invoice, amount: str, method: Method = Method.BANK, **more: Any) -> Payment:
    return ledger.record_payment(
        client=invoice.client, invoice=invoice, amount=Decimal(amount), method=method, received_on=DAY, **more
    )


def by_stripe(invoice: Invoice, amount: str, intent: str, **more: Any) -> Payment:
    return pay(invoice, amount, Method.STRIPE, stripe_payment_intent=intent, **more)


def figures(invoice: Invoice) -> tuple[str, str, str]:
    """Paid, balance, and the client's credit."""
    invoice.refresh_from_db()
    return str(invoice.paid), str(invoice.balance), str(ledger.credit_of(invoice.client))


def void(invoice: Invoice) -> None:
    """As the invoice's own verb does, without its number."""
    Invoice.objects.filter(pk=invoice.pk).update(state=InvoiceState.VOID)
