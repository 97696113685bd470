"""Forms of the section "Portal access" on a client's record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client
from portal.models import PortalAccess, Section
from portal.people import Toggles


def saved_addresses(client: Client) -> list[str]:
    """The client's e-mail addresses, the primary one first; lower case, as logins are."""
    rows = sorted(client.emails.all(), key=lambda email: (not email.is_primary, email.pk))
    return list(dict.fromkeys(row.address.lower() for row in rows))


def free_addresses(client: Client, others: Sequence[PortalAccess]) -> list[str]:
    """Those that none of the others signs in with."""
    taken = {other.email.lower() for other in others if other.user_id}
    return [address for address in saved_addresses(client) if address not in taken]


class PersonForm(forms.Form):
    """One login of the client: its address, who that is, and its toggles (POR-1, POR-6)."""

    email = forms.ChoiceField(label=gettext_lazy("Invite email"), required=False)
    label = forms.CharField(
        label=gettext_lazy("Who this is"),
        max_length=40,
        required=False,
        help_text=gettext_lazy(
            "Tenant, landlord, agent: they are greeted by it while they have no name here."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    shows_quotes = forms.BooleanField(label=Section.QUOTES.label, required=False)
    shows_invoices = forms.BooleanField(label=Section.INVOICES.label, required=False)
    shows_files = forms.BooleanField(label=Section.FILES.label, required=False)
    shows_meetings = forms.BooleanField(label=Section.MEETINGS.label, required=False)
    shows_messages = forms.BooleanField(label=Section.MESSAGES.label, required=False)
    hides_prices = forms.BooleanField(label=gettext_lazy("Hide prices"), required=False)

    def __init__(
        self,
        client: Client,
        access: PortalAccess | None,
        data: Any = None,
        *,
        invites: bool = False,
        others: Sequence[PortalAccess] = (),
        prefix: str | None = None,
    ) -> None:
        stands = access or PortalAccess()
        self.access, self.invites = access, invites
        self.addresses = free_addresses(client, [other for other in others if other.pk != stands.pk])
        initial = {
            "email": stands.email or (self.addresses[0] if self.addresses else ""),
            "label": stands.label,
            "hides_prices": stands.hides_prices,
            **stands.sections(),
        }
        super().__init__(data, initial=initial, prefix=prefix)
        choices = list(self.addresses)
        # An address that was invited and has since left the record must not seem to be another one.
        if stands.email and stands.email.lower() not in choices:
            choices.insert(0, stands.email)
        email = cast("forms.ChoiceField", self.fields["email"])
        email.choices = [(address, address) for address in choices]
        email.disabled = not self.addresses

    def switches(self) -> list[forms.BoundField]:
        """The toggles under "Visible sections", in the order of the specification."""
        return [self[f"shows_{section.value}"] for section in Section]

    def clean_email(self) -> str:
        address = str(self.cleaned_data["email"] or "").lower()
        if self.invites and address not in self.addresses:
            raise forms.ValidationError(_("Choose one of the e-mail addresses on this client's record."))
        access = self.access
        if not self.invites and access is not None and access.user_id and address != access.email.lower():
            raise forms.ValidationError(
                _("Another address takes effect with an invite: press “Resend invite”.")
            )
        return address

    def toggles(self) -> Toggles:
        """What was chosen."""
        chosen = self.cleaned_data
        sections = {f"shows_{section.value}": chosen[f"shows_{section.value}"] for section in Section}
        return Toggles(sections, label=chosen["label"], hides_prices=chosen["hides_prices"])

    @property
    def address(self) -> str:
        return str(self.cleaned_data["email"])


class MasterForm(forms.Form):
    """ "Enable portal": all of the client's people at once."""

    portal_enabled = forms.BooleanField(label=gettext_lazy("Enable portal"), required=False)


class AccessForm:
    """The whole section as one form: the master switch, and a PersonForm for each login, or for the first.

    `invites` is the login that is being invited (None: the first), where the form is not just saved.
    """

    NOBODY = -1

    def __init__(
        self,
        client: Client,
        rows: Sequence[PortalAccess],
        data: Any = None,
        *,
        invites: int | None = NOBODY,
    ) -> None:
        self.is_bound = data is not None
        self.rows = rows
        self.is_invited = any(row.invited_at for row in rows)
        self.master = MasterForm(data, initial={"portal_enabled": client.portal_enabled})
        self.master.fields["portal_enabled"].disabled = not self.is_invited
        several: list[PortalAccess | None] = list(rows) or [None]
        self.people = [
            PersonForm(
                client,
                row,
                data,
                invites=self._is_meant(row, invites),
                others=rows,
                # Who is only prepared is filled in as the first one.
                prefix=f"a{row.pk}" if row is not None and row.user_id else None,
            )
            for row in several
        ]
        self.problems: list[str] = []

    def _is_meant(self, row: PortalAccess | None, invites: int | None) -> bool:
        if invites is None:
            return row is None or not row.user_id
        return row is not None and row.pk == invites

    def is_valid(self) -> bool:
        """Checks everybody, so that all problems show at once."""
        return all([self.master.is_valid(), *(person.is_valid() for person in self.people)])

    @property
    def has_problems(self) -> bool:
        return bool(self.problems) or not self.is_valid()

    def add_error(self, text: str) -> None:
        """What is wrong with the whole."""
        self.problems.append(text)

    @property
    def enabled(self) -> bool:
        return bool(self.master.cleaned_data["portal_enabled"])

    @property
    def invited(self) -> PersonForm | None:
        """The one whom the invite is for; none where the first was invited meanwhile."""
        return next((person for person in self.people if person.invites), None)

    def toggles(self) -> dict[int | None, Toggles]:
        """By login; None is the one who is not there yet."""
        return {person.access.pk if person.access else None: person.toggles() for person in self.people}
