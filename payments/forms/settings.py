"""The forms of "Billing & Payment Details", each saved on its own (TEA-1)."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from allauth.account.internal.flows.reauthentication import (
    did_recently_reauthenticate,
    reauthenticate_by_password,
)
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoices.forms.numbers import SeriesForm
from teams.access import OfficeRequest
from teams.forms.account import PasswordCheckForm
from teams.forms.settings import SectionForm
from teams.forms.words import one_line
from teams.limits import limited
from teams.models import Team

SEPARATORS = re.compile(r"[\s./-]")


class OwnersForm(PasswordCheckForm):
    """Asks for the password once more, unless it was given a few minutes ago (PAY-4, TEA-4)."""

    def __init__(self, request: OfficeRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request.user, *args, **kwargs)
        self.request = request
        self.fields["password"].error_messages["required"] = _("Type your password, to confirm it is you.")
        self.is_confirmed = did_recently_reauthenticate(request)
        if self.is_confirmed or self.confirms_elsewhere:
            del self.fields["password"]
        else:
            self.order_fields([name for name in self.fields if name != "password"])

    @property
    def confirms_elsewhere(self) -> bool:
        """Who has no password confirms with a passkey or a code, on the page for that."""
        return not self.is_confirmed and not self.request.user.has_usable_password()

    def clean_password(self) -> str:
        if limited(self.request, "password", key=str(self.request.user.pk), rate="10/h"):
            raise ValidationError(_("Too many tries. Wait an hour, or have a link mailed to reset it."))
        password = super().clean_password()
        reauthenticate_by_password(self.request)
        return password

    def clean(self) -> dict[str, Any]:
        if self.confirms_elsewhere:
            raise ValidationError(_("Confirm first that it is you."))
        if self.cleaned_data.get("password"):
            # Refused for another reason, the form does not ask for it a second time.
            del self.fields["password"]
        return self.cleaned_data


class StripeKeyForm(OwnersForm):
    """The key. It is never sent back, not even when it is refused."""

    key = forms.CharField(
        label=gettext_lazy("Stripe Key"),
        max_length=300,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"max_length": gettext_lazy("This is far too long for a Stripe key.")},
    )


class BankForm(OwnersForm):
    """The account that clients pay into; all of it or nothing."""

    bank_account_name = forms.CharField(
        label=gettext_lazy("Account name"), max_length=80, required=False, validators=[one_line]
    )
    bank_sort_code = forms.CharField(label=gettext_lazy("Sort code"), max_length=20, required=False)
    bank_account_number = forms.CharField(label=gettext_lazy("Account number"), max_length=40, required=False)
    names: ClassVar = ("bank_account_name", "bank_sort_code", "bank_account_number")

    def __init__(self, request: OfficeRequest, *args: Any, **kwargs: Any) -> None:
        team = request.team
        kwargs["initial"] = {name: getattr(team, name) for name in self.names}
        super().__init__(request, *args, **kwargs)
        for name in self.names:
            self.fields[name].widget.attrs["autocomplete"] = "off"
        for name in self.names[1:]:
            self.fields[name].widget.attrs["inputmode"] = "numeric"

    def clean_bank_sort_code(self) -> str:
        digits = SEPARATORS.sub("", self.cleaned_data["bank_sort_code"])
        if digits and not re.fullmatch(r"[0-9]{6}", digits):
            raise ValidationError(_("A sort code has six figures, such as 20-00-00."))
        return "-".join(digits[at : at + 2] for at in (0, 2, 4)) if digits else ""

    def clean_bank_account_number(self) -> str:
        digits = SEPARATORS.sub("", self.cleaned_data["bank_account_number"])
        if digits and not re.fullmatch(r"[0-9]{8}", digits):
            raise ValidationError(
                _("An account number has eight figures; put noughts in front of a shorter one.")
            )
        return digits

    def clean(self) -> dict[str, Any]:
        super().clean()
        if any(self.cleaned_data.get(name) for name in self.names):
            for name in self.names:
                if self.cleaned_data.get(name) == "":
                    self.add_error(name, _("Fill in all three, or leave all three empty."))
        return self.cleaned_data

    def details(self) -> dict[str, str]:
        """The three fields, as they are to be stored."""
        return {name: self.cleaned_data[name] for name in self.names}


class NumbersForm(SeriesForm):
    """How invoices are numbered, and the days to pay."""

    terms_days = forms.IntegerField(
        label=gettext_lazy("Payment terms"), min_value=0, validators=[MaxValueValidator(365)]
    )


class WaysForm(SectionForm):
    """How clients may pay, and whether they are told by mail at first."""

    class Meta:
        model = Team
        fields = ("allow_part_payment", "email_on_issue")
        labels: ClassVar[dict[str, Any]] = {
            "allow_part_payment": gettext_lazy("Part payment"),
            "email_on_issue": gettext_lazy("Email the client now"),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "allow_part_payment": gettext_lazy("Clients may pay some now and the rest later"),
            "email_on_issue": gettext_lazy("Ticked at first when you mark an invoice Sent"),
        }
        widgets: ClassVar[dict[str, Any]] = {
            name: forms.CheckboxInput(attrs={"class": "form-check-input", "role": "switch"})
            for name in fields
        }
