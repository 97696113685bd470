"""The tab Billing of a client's record: the portal's two figures, and every invoice (POR-11, INV-10)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.figures import billing_figures
from clients.views.record import find_client, record_context
from cma.answers import shown
from cma.formats import day, day_short, money
from cma.keyset import keyset_page
from invoices.models import Invoice
from teams.access import OfficeRequest, can


@require_safe
@can("read")
def client_billing(request: OfficeRequest, pk: int) -> HttpResponse:
    """Total Paid, Amount Due, and what can be done with each invoice."""
    client = find_client(request, pk)
    today = request.team.today()
    page = keyset_page(request, client.invoices.all(), sorts={"added": "pk"}, default="-added")
    context: dict[str, Any] = {
        **record_context(request, client, tab="billing"),
        "figures": billing_figures(client),
        "page": page,
        "bills": [
            {"invoice": invoice, "status": invoice.status(today), "line": told(invoice)}
            for invoice in page.rows
        ],
        "payments": client.payments.filter(reverses=None, reversal=None).order_by("-received_on", "-pk")[:10],
    }
    return shown(request, "invoices/client_billing.html", context)


def told(invoice: Invoice) -> str:
    """The second line of a bill: what it was for, how much of it is paid, when it is due."""
    parts = [invoice.title] if invoice.title else []
    if invoice.is_issued and 0 < invoice.balance < invoice.total:
        sums = {"paid": invoice.paid + invoice.credited, "total": invoice.total}
        words = {name: money(amount, invoice.currency) for name, amount in sums.items()}
        parts.append(_("%(paid)s of %(total)s paid") % words)
    if invoice.is_issued and invoice.balance:
        parts.append(_("due %(day)s") % {"day": day_short(invoice.due_on)})
    else:
        parts.append(day(invoice.issue_on))
    return " · ".join(parts)
