"""Addresses that stand in mails and on documents."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from invoices.models import Invoice


def pay_url(invoice: Invoice) -> str:
    """Where the client pays: the pay page of the portal, as a whole address."""
    return settings.CMA_BASE_URL + reverse("portal:pay", args=[invoice.team.slug, invoice.pk])


def is_open_to_client(invoice: Invoice) -> bool:
    """Whether who is mailed can get to the page behind `pay_url`: portal on, section Invoices on (POR-5).

    Of several people on one portal the one with the mail's address counts, and any of them where the
    address has no login of its own (POR-6).
    """
    client = invoice.client
    if not client.portal_enabled:
        return False
    people = list(client.portal_accesses.exclude(user=None))
    address = client.billing_email().lower()
    mailed = [access for access in people if access.email.lower() == address]
    return any(access.shows_invoices for access in mailed or people)


def office_url(invoice: Invoice) -> str:
    """The invoice's page in the office."""
    return reverse("invoices:invoice", args=[invoice.team.slug, invoice.pk])
