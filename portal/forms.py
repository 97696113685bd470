"""Forms of the portal: the few things a client types."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cma.formats import money
from invoices.models import Invoice
from teams.models import User

# Stripe takes no less by card; the field's hint and the check say the same.
LEAST_PART = Decimal("1.00")


class AddressForm(forms.Form):
    """Where a sign-in link is to be mailed. `login` is what the sign-in form calls it."""

    login = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)


class NewPasswordForm(forms.Form):
    """A password for a login, checked against who they are."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": "10"}),
        help_text=gettext_lazy("At least 10 characters. Three random words are good."),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        password_validation.validate_password(password, self.user)
        return password


class OwnPasswordForm(NewPasswordForm):
    """Changing it asks for the old one, unless the person has just signed in."""

    old_password = forms.CharField(
        label=gettext_lazy("Password so far"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["old_password", "password"]

    def clean_old_password(self) -> str:
        old = str(self.cleaned_data["old_password"])
        if not self.user.check_password(old):
            raise forms.ValidationError(
                _("That is not your password. Forgotten it? Sign out and have a sign-in link mailed.")
            )
        return old


class PayForm(forms.Form):
    """How much is paid now: the balance, or a part of it where the team allows that (PAY-11)."""

    amount = forms.CharField(label=gettext_lazy("Amount to pay now"), max_length=20, required=False)

    def __init__(self, invoice: Invoice, *args: Any, allow_part: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invoice, self.allow_part = invoice, allow_part
        self.initial.setdefault("amount", f"{invoice.balance:.2f}")

    def clean_amount(self) -> Decimal:
        """The balance is the server's figure; what is typed may only be less (PAY-8)."""
        balance, currency = self.invoice.balance, self.invoice.currency
        typed = str(self.cleaned_data["amount"]).strip()
        if not self.allow_part or not typed:
            return balance
        amount = read_amount(typed)
        least = min(LEAST_PART, balance)
        if amount is None:
            raise forms.ValidationError(_("Write the amount in figures, such as 250.00."))
        if not least <= amount <= balance:
            raise forms.ValidationError(
                _("Pay between %(least)s and %(balance)s.")
                % {"least": money(least, currency), "balance": money(balance, currency)}
            )
        return amount


def read_amount(typed: str) -> Decimal | None:
    """`1,234.50`, `£250` and `250.5` are sums; `abc`, `1.234` and `1e3` are not."""
    plain = typed.replace(",", "").replace("£", "").replace("\u00a0", "").replace(" ", "")
    if not plain.replace(".", "", 1).isascii() or not plain.replace(".", "", 1).isdigit():
        return None
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        return None
    exponent = amount.as_tuple().exponent
    return amount if isinstance(exponent, int) and exponent >= -2 else None
