"""What is typed when money came without Stripe, and what becomes of it when an invoice is voided."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cma.formats import day, money
from invoices.forms.typed import Unreadable, number
from invoices.models import Invoice
from invoices.money import LARGEST_TOTAL, ZERO
from payments.models import METHODS_BY_HAND, Method
from teams.forms.words import one_line

METHODS = [(method.value, method.label) for method in METHODS_BY_HAND]
# Who pays ahead does so weeks before the invoice; more than this is a slip of the finger in the year.
LONGEST_AHEAD = dt.timedelta(days=366)


def typed_amount(text: str) -> Decimal:
    """The sum of money that was typed. Raises ValidationError with what would be right (BAD-1)."""
    try:
        amount = number(text, places=2, largest=LARGEST_TOTAL, example="1234.50")
    except Unreadable as problem:
        raise ValidationError(str(problem)) from None
    if not amount:
        raise ValidationError(_("The amount must be more than nothing, such as 120.00."))
    return amount.quantize(Decimal("0.01"))


class OnceForm(forms.Form):
    """Carries a key that is sent with it: the same form twice is one payment (SCR-3)."""

    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=METHODS, initial=Method.BANK)
    form_key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, invoice: Invoice, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invoice = invoice
        self.initial.setdefault("form_key", uuid.uuid4())

    @property
    def sent_key(self) -> uuid.UUID | None:
        """The key of a form that was sent, whatever else is wrong with it."""
        try:
            return uuid.UUID(str(self.data.get("form_key", "")))
        except ValueError:
            return None


class RecordForm(OnceForm):
    """Amount, method, date and note (INV-11); more than the balance needs a yes (PAY-3)."""

    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write how much came, such as 120.00.")},
    )
    received_on = forms.DateField(
        label=gettext_lazy("Date"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": gettext_lazy("Say on which day the money came."),
            "invalid": gettext_lazy("Write the day as 21/11/2026."),
        },
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False, validators=[one_line])
    as_credit = forms.BooleanField(required=False)
    field_order = ("amount", "method", "received_on", "note", "as_credit", "form_key")

    def __init__(self, invoice: Invoice, *args: Any, **kwargs: Any) -> None:
        super().__init__(invoice, *args, **kwargs)
        self.today = invoice.team.today()
        self.initial.setdefault("received_on", self.today)
        self.fields["received_on"].widget.attrs["max"] = self.today.isoformat()
        # What of the amount is more than the invoice takes.
        self.over = ZERO

    def clean_amount(self) -> Decimal:
        return typed_amount(self.cleaned_data["amount"])

    def clean_received_on(self) -> dt.date:
        received: dt.date = self.cleaned_data["received_on"]
        if received > self.today:
            raise ValidationError(
                _("That day is still to come. Today is %(today)s.") % {"today": day(self.today)}
            )
        if received < self.invoice.issue_on - LONGEST_AHEAD:
            raise ValidationError(
                _("That is more than a year before the invoice of %(day)s. Look at the year again.")
                % {"day": day(self.invoice.issue_on)}
            )
        return received

    def clean(self) -> dict[str, Any]:
        amount = self.cleaned_data.get("amount")
        if amount is not None and amount > self.invoice.balance:
            self.over = amount - self.invoice.balance
            self._ask_for_credit()
        return self.cleaned_data

    def _ask_for_credit(self) -> None:
        """Ask about this very sum: a tick that was set for another one does not count."""
        agreed = self.data.get("as_credit") == str(self.over)
        sums = {"sum": money(self.over, self.invoice.currency), "client": self.invoice.client.name}
        self["as_credit"].label = _("Book %(sum)s as credit for %(client)s") % sums
        self.fields["as_credit"].widget.attrs["value"] = str(self.over)
        if not agreed:
            self.data = {name: value for name, value in self.data.items() if name != "as_credit"}
            balance = money(self.invoice.balance, self.invoice.currency)
            self.add_error(
                "as_credit",
                _("Only %(balance)s is still to pay. Tick the box, or write less.") % {"balance": balance},
            )


class MarkPaidForm(OnceForm):
    """How the rest came. The balance that was shown goes along: nobody books a sum they did not see."""

    balance = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, invoice: Invoice, *args: Any, **kwargs: Any) -> None:
        super().__init__(invoice, *args, **kwargs)
        self.initial.setdefault("balance", str(invoice.balance))

    @property
    def saw_another_balance(self) -> bool:
        """Whether something was paid since the question was drawn."""
        seen = self.data.get("balance", "")
        return bool(seen) and seen != str(self.invoice.balance)


class VoidForm(forms.Form):
    """What becomes of money already paid; only asked where there is some (INV-12)."""

    money = forms.ChoiceField(
        label=gettext_lazy("What becomes of the money already paid?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what becomes of the money already paid.")},
    )

    def __init__(self, invoice: Invoice, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not invoice.paid:
            del self.fields["money"]
            return
        paid = money(invoice.paid, invoice.currency)
        field = cast("forms.ChoiceField", self.fields["money"])
        field.choices = [
            (
                "credit",
                _told(_("To the client’s credit"), _("%s stays with you, for a later invoice.") % paid),
            ),
            ("refunded", _told(_("Recorded as refunded"), _("You have given %s back, or will.") % paid)),
        ]

    @property
    def is_refunded(self) -> bool:
        return self.cleaned_data.get("money") == "refunded"


def _told(choice: str, meaning: str) -> str:
    return format_html("{}<small>{}</small>", choice, meaning)
