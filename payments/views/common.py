"""What the office's payment pages share: finding the invoice, and where to go afterwards."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from cma.answers import by_htmx, done, moved_on
from invoices.models import Invoice
from teams.access import OfficeRequest
from teams.models import WrongState

PAGE_METHODS = ["GET", "HEAD", "POST"]


def find_invoice(request: OfficeRequest, pk: int) -> Invoice:
    """The team's invoice, or 404; locked when something is about to change."""
    invoices = request.team.invoices.select_related("client", "team")
    if request.method == "POST":
        invoices = invoices.select_for_update(of=("self",))
    return get_object_or_404(invoices, pk=pk)


def invoice_url(request: OfficeRequest, invoice: Invoice) -> str:
    """The invoice's own page."""
    return reverse("invoices:invoice", args=[request.team.slug, invoice.pk])


def back_to(request: OfficeRequest, url: str) -> HttpResponse:
    """On to `url`; from a dialog, to the page that it was opened on."""
    behind = request.htmx.current_url_abs_path if by_htmx(request) else None
    if behind and behind.startswith(f"/t/{request.team.slug}/") and behind.split("?")[0] != request.path:
        url = behind
    return done(request, url)


def refused(request: OfficeRequest, invoice: Invoice, refusal: WrongState) -> HttpResponse:
    """409: what was asked for cannot be done to the invoice as it is now."""
    return moved_on(request, str(refusal), back=invoice_url(request, invoice))
