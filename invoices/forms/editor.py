"""The editor's form: what stands above and below the lines."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.models import VatRate
from clients.models import Client
from invoices.forms.document import DocumentForm
from invoices.forms.fields import DayField
from invoices.forms.lines import InvoiceLines, of_stored
from invoices.models import Invoice, NumberSeries
from teams.models import Team


class InvoiceForm(DocumentForm):
    """Client, number, dates and note of a draft."""

    nobody = gettext_lazy("Say who the invoice is for.")
    issue_on = DayField(label=gettext_lazy("Issue date"))
    due_on = DayField(label=gettext_lazy("Due date"), required=False)
    supply_on = DayField(label=gettext_lazy("Date of supply"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Note on the invoice"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Dates in their order."""
        cleaned = super().clean()
        issue_on, due_on = cleaned.get("issue_on"), cleaned.get("due_on")
        if issue_on and due_on and due_on < issue_on:
            self.add_error("due_on", _("The due date cannot be before the issue date."))
        return cleaned


def initial_of_new(team: Team, client: Client | None = None) -> dict[str, Any]:
    """What a new invoice's form shows (INV-1)."""
    today = team.today()
    days = client.days_to_pay() if client else team.terms_days
    reference = NumberSeries.of(team).next_reference
    return {
        "client": client.pk if client else None,
        "client_name": client.name if client else "",
        "reference": reference,
        "suggested": reference,
        "issue_on": today,
        "due_on": today + dt.timedelta(days=days),
        "form_key": uuid.uuid4(),
    }


def initial_of(invoice: Invoice) -> dict[str, Any]:
    """What a draft's form shows."""
    return {
        "client": invoice.client_id,
        "client_name": invoice.client.name,
        "title": invoice.title,
        "reference": invoice.reference,
        "suggested": invoice.reference,
        "issue_on": invoice.issue_on,
        "due_on": invoice.due_on,
        "supply_on": invoice.supply_on,
        "note": invoice.note,
        "version": invoice.version,
    }


def lines_of(team: Team, rates: list[VatRate], invoice: Invoice) -> InvoiceLines:
    """The draft's lines for its form."""
    return InvoiceLines(team, rates, [of_stored(line) for line in invoice.lines.all()])
