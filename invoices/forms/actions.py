"""Forms of the dialogs that change an invoice."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.forms.fields import DayField
from invoices.models import Invoice


class IssueForm(forms.Form):
    """Finalize & Lock, with the tick box for the client's mail (INV-10)."""

    email_client = forms.BooleanField(label=_("Email the client now"), required=False)

    def __init__(self, *args: Any, address: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        box = self.fields["email_client"]
        if address:
            box.help_text = _("To %(address)s, with the pay link and the PDF.") % {"address": address}
        else:
            box.disabled = True
            box.initial = False
            box.help_text = _("There is no e-mail address on the client’s record.")


class DueDateForm(forms.Form):
    """The one date of an issued invoice that may move (INV-14)."""

    due_on = DayField(label=_("Due date"))

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        self.invoice = invoice
        kwargs.setdefault("initial", {"due_on": invoice.due_on})
        super().__init__(*args, **kwargs)

    def clean_due_on(self) -> Any:
        """Not before the issue date."""
        due_on = self.cleaned_data["due_on"]
        if due_on < self.invoice.issue_on:
            raise forms.ValidationError(_("The due date cannot be before the issue date."))
        return due_on


class OnceForm(forms.Form):
    """A change that a double press makes once: the key comes with the form."""

    form_key = forms.UUIDField(widget=forms.HiddenInput)
