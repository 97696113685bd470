"""Addresses that stand in mails and on documents."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from invoices.models import Invoice


def pay_url(invoice: Invoice) -> str:
    """Where the client pays: the pay page of the portal, as a whole address."""
    return settings.CMA_BASE_URL + reverse("portal:pay", args=[invoice.team.slug, invoice.pk])


def is_open_to_client(invoice: Invoice) -> bool:
    """Whether the client can get to the page behind `pay_url`: portal on, section Invoices on (POR-5)."""
    client = invoice.client
    return client.portal_enabled and client.portal_accesses.filter(shows_invoices=True).exists()


def office_url(invoice: Invoice) -> str:
    """The invoice's page in the office."""
    return reverse("invoices:invoice", args=[invoice.team.slug, invoice.pk])
