"""Addresses of a quote's pages in the office."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from invoices.models import Invoice
from invoices.origins import Origin
from quotes.models import Quote, QuoteInvoice


def office_url(quote: Quote) -> str:
    """The quote's page in the office."""
    return reverse("quotes:quote", args=[quote.team.slug, quote.pk])


def origin_of(invoice: Invoice) -> Origin | None:
    """For the invoice's page: the quote it was made of (INV-5)."""
    made = (
        QuoteInvoice.objects.filter(team_id=invoice.team_id, invoice=invoice).select_related("quote").first()
    )
    if made is None:
        return None
    made.quote.team = invoice.team
    return Origin(
        icon="signature",
        label=_("From quote %s") % made.quote.reference,
        text=_("As it was signed"),
        url=office_url(made.quote),
    )
