"""What a client has paid and still owes: one function for the record, the portal and the office (POR-11)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from clients.models import Client

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class BillingFigures:
    """In the team's currency, over issued invoices that are not void."""

    total_paid: Decimal
    amount_due: Decimal
    credit: Decimal


def billing_figures(client: Client) -> BillingFigures:
    """Total Paid, Amount Due and credit of one client; two queries."""
    sums = client.invoices.filter(state="issued").aggregate(paid=Sum("paid"), due=Sum("balance"))
    account = getattr(client, "account", None)
    return BillingFigures(
        sums["paid"] or NOTHING, sums["due"] or NOTHING, account.credit if account is not None else NOTHING
    )
