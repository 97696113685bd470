"""Forms of the portal: the switches in the office, and the few things a client types."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client
from cma.formats import money
from invoices.models import Invoice
from portal.models import PortalAccess, Section
from teams.models import User

# Stripe takes no less by card; the field's hint and the check say the same.
LEAST_PART = Decimal("1.00")


class AccessForm(forms.Form):
    """The section "Portal access" of a client's record (POR-1)."""

    email = forms.ChoiceField(label=gettext_lazy("Invite email"), required=False)
    portal_enabled = forms.BooleanField(label=gettext_lazy("Enable portal"), required=False)
    shows_quotes = forms.BooleanField(label=Section.QUOTES.label, required=False)
    shows_invoices = forms.BooleanField(label=Section.INVOICES.label, required=False)
    shows_files = forms.BooleanField(label=Section.FILES.label, required=False)
    shows_meetings = forms.BooleanField(label=Section.MEETINGS.label, required=False)
    shows_messages = forms.BooleanField(label=Section.MESSAGES.label, required=False)

    def __init__(self, client: Client, access: PortalAccess | None, *args: Any, **kwargs: Any) -> None:
        stands = access or PortalAccess()
        addresses = saved_addresses(client)
        kwargs.setdefault("prefix", None)
        kwargs["initial"] = {
            "email": stands.email or (addresses[0] if addresses else ""),
            "portal_enabled": client.portal_enabled,
            **stands.sections(),
        }
        super().__init__(*args, **kwargs)
        self.client, self.access = client, access
        field = cast("forms.ChoiceField", self.fields["email"])
        field.choices = [(address, address) for address in addresses]
        # An address that was invited and has since left the record must not seem to be another one.
        if stands.email and stands.email not in [address.lower() for address in addresses]:
            field.choices = [(stands.email, stands.email), *field.choices]
        if not addresses:
            field.disabled = True
        if not (access and access.invited_at):
            self.fields["portal_enabled"].disabled = True

    def switches(self) -> list[forms.BoundField]:
        """The toggles under "Visible sections", in the order of the specification."""
        return [self[f"shows_{section.value}"] for section in Section]

    def sections(self) -> dict[str, bool]:
        return {f"shows_{section.value}": self.cleaned_data[f"shows_{section.value}"] for section in Section}

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"] or "").lower()


class InviteForm(AccessForm):
    """The same, with the address that the invite goes to: one that is saved on the client (POR-1)."""

    def clean_email(self) -> str:
        address = super().clean_email()
        if address not in [saved.lower() for saved in saved_addresses(self.client)]:
            raise forms.ValidationError(_("Choose one of the e-mail addresses on this client's record."))
        return address


def saved_addresses(client: Client) -> list[str]:
    """The client's e-mail addresses, the primary one first; lower case, as logins are."""
    rows = sorted(client.emails.all(), key=lambda email: (not email.is_primary, email.pk))
    return list(dict.fromkeys(row.address.lower() for row in rows))


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
