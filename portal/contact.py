"""A client reads and corrects how they can be reached (POR-14).

Their name and the address they sign in with are the trade's to change, and the addresses that others of
the same client sign in with are nobody else's business.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Address, AddressKind, Client, Email, Phone
from portal.letters import tell_owners
from portal.models import PortalAccess
from teams.audit import record

# As in the office.
MOST_ROWS = 10
NEW = "new"
PHONE = re.compile(r"[0-9+() ./x-]*\Z")


@dataclass(frozen=True, slots=True)
class Details:
    """What is kept, as it stands now."""

    client: Client
    emails: list[Email]
    phones: list[Phone]
    address: Address | None
    # Also those of others, which the same record must not have twice.
    taken: frozenset[str]

    @property
    def mark(self) -> str:
        """Names this state of this client: what was typed over another one is not saved blindly."""
        rows = [(row.pk, str(row)) for row in [*self.emails, *self.phones]]
        told = repr([rows, self.address and (self.address.pk, self.address.text, self.address.postcode)])
        return f"{self.client.pk}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def details_of(client: Client, access: PortalAccess) -> Details:
    """Four queries; in the client's own scope or in the office's."""
    others = client.portal_accesses.exclude(pk=access.pk).exclude(user=None)
    hidden = {address.lower() for address in others.values_list("email", flat=True)}
    emails = list(client.emails.order_by("-is_primary", "pk"))
    return Details(
        client=client,
        emails=[email for email in emails if email.address.lower() not in hidden],
        phones=list(client.phones.order_by("-is_primary", "pk")),
        address=client.addresses.filter(kind=AddressKind.BILLING).order_by("pk").first(),
        taken=frozenset(email.address.lower() for email in emails),
    )


class ContactForm(forms.Form):
    """A field for each address and number that is kept, and one more of each to add."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=60)

    def __init__(self, details: Details, data: Any = None) -> None:
        super().__init__(data)
        self.details = details
        self.initial["seen"] = details.mark
        for email in [*details.emails, None][:MOST_ROWS]:
            self._add("email", email, self._email_field(email))
        for phone in [*details.phones, None][:MOST_ROWS]:
            self._add("phone", phone, self._phone_field(phone))
        self.fields["address"] = forms.CharField(
            label=gettext_lazy("Postal address"),
            max_length=400,
            required=False,
            initial=details.address.text if details.address else "",
            help_text=gettext_lazy("Where bills go. One entry a line, the postcode below."),
            widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
        )
        self.fields["postcode"] = forms.CharField(
            label=gettext_lazy("Postcode"),
            max_length=12,
            required=False,
            initial=details.address.postcode if details.address else "",
            widget=forms.TextInput(attrs={"autocomplete": "postal-code", "autocapitalize": "characters"}),
        )

    def _add(self, kind: str, row: Email | Phone | None, field: forms.Field) -> None:
        field.initial = str(row) if row else ""
        self.fields[f"{kind}-{row.pk if row else NEW}"] = field

    def _email_field(self, row: Email | None) -> forms.Field:
        return forms.EmailField(
            label=_("E-mail address") if row else _("Another e-mail address"),
            max_length=254,
            required=False,
            help_text=_("Bills and answers go here.") if row and row.is_primary else "",
            widget=forms.EmailInput(attrs={"inputmode": "email", "autocomplete": "email"}),
        )

    def _phone_field(self, row: Phone | None) -> forms.Field:
        return forms.CharField(
            label=_("Phone") if row else _("Another phone"),
            max_length=40,
            required=False,
            widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        )

    def rows(self, kind: str) -> list[forms.BoundField]:
        """The fields of one kind, in order."""
        return [self[name] for name in self.fields if name.startswith(f"{kind}-")]

    def emails(self) -> list[forms.BoundField]:
        return self.rows("email")

    def phones(self) -> list[forms.BoundField]:
        return self.rows("phone")

    @property
    def is_stale(self) -> bool:
        """What is kept has changed since the page was drawn."""
        return bool(self.data.get("seen") != self.details.mark)

    @property
    def is_anothers(self) -> bool:
        """The page was drawn for another client of the same person."""
        return not str(self.data.get("seen", "")).startswith(f"{self.details.client.pk}-")

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = super().clean() or {}
        self._check_emails(chosen)
        for bound in self.phones():
            number = chosen.get(bound.name) or ""
            if number and (not PHONE.match(number) or sum(letter.isdigit() for letter in number) < 5):
                self.add_error(bound.name, _("Write the number in figures, such as 0113 496 0142."))
        if self.details.address and not chosen.get("address", "").strip():
            self.add_error("address", _("Write the address that bills go to."))
        if chosen.get("postcode") and not chosen.get("address", "").strip() and not self.details.address:
            self.add_error("address", _("Write the address that goes with the postcode."))
        return chosen

    def _check_emails(self, chosen: dict[str, Any]) -> None:
        stands = {f"email-{email.pk}": email.address.lower() for email in self.details.emails}
        # Those of others on the same record.
        seen = set(self.details.taken - set(stands.values()))
        bounds = self.emails()
        for bound in bounds:
            address = (chosen.get(bound.name) or "").lower()
            if address and address in seen:
                self.add_error(bound.name, _("This address is here already."))
            seen.add(address)
        if stands and not any(chosen.get(bound.name) or bound.errors for bound in bounds):
            self.add_error(bounds[0].name, _("Leave one address: bills and answers go there."))


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing that is different now."""

    verb: str
    label: str
    before: str
    after: str


def correct(form: ContactForm, *, by_name: str) -> list[Correction]:
    """Write what was corrected, log it with before and after, and mail the owners. In the office's scope,
    behind the lock of the client's row.
    """
    client = form.details.client
    made = [*_emails(form), *_phones(form), *_address(form)]
    if not made:
        return []
    fresh = Client.objects.prefetch_related("emails", "phones", "addresses").get(pk=client.pk)
    fresh.refresh_search_text()
    entries = [
        record(one.verb, subject=client, client_id=client.pk, before=one.before, after=one.after)
        for one in made
    ]
    told = "\n".join(f"{one.label}: {one.before or '–'} → {one.after or '–'}" for one in made)
    values = {"actor": by_name, "changes": told}
    tell_owners(client, "client_details_corrected", values, reason=f"details_corrected:{entries[-1].pk}")
    return made


def _emails(form: ContactForm) -> Iterator[Correction]:
    client, label = form.details.client, _("E-mail address")
    changed = _changed(form, "email", form.details.emails)
    for row, _new in changed:
        # Two addresses may change places, and no moment may have one of them twice.
        if row is not None:
            Email.objects.filter(pk=row.pk).update(address=f"moving-{row.pk}@moving.invalid")
    for row, after in changed:
        yield Correction("portal.email_corrected", label, str(row or ""), after)
        _write(row, Email(team_id=client.team_id, client=client), "address", after)
    _keep_a_primary(client.emails)


def _phones(form: ContactForm) -> Iterator[Correction]:
    client, label = form.details.client, _("Phone")
    for row, after in _changed(form, "phone", form.details.phones):
        yield Correction("portal.phone_corrected", label, str(row or ""), after)
        _write(row, Phone(team_id=client.team_id, client=client), "number", after)
    _keep_a_primary(client.phones)


def _changed(form: ContactForm, kind: str, rows: list[Any]) -> list[tuple[Any, str]]:
    pairs = [(row, form.cleaned_data[f"{kind}-{row.pk}"].strip()) for row in rows]
    pairs.append((None, form.cleaned_data.get(f"{kind}-{NEW}", "").strip()))
    return [(row, after) for row, after in pairs if str(row or "") != after]


def _write(row: Any, blank: Any, field: str, value: str) -> None:
    if row is not None and not value:
        row.delete()
        return
    target = row or blank
    setattr(target, field, value)
    target.save()


def _keep_a_primary(rows: Any) -> None:
    if rows.exists() and not rows.filter(is_primary=True).exists():
        rows.filter(pk=rows.order_by("pk").values("pk")[:1]).update(is_primary=True)


def _address(form: ContactForm) -> Iterator[Correction]:
    client, stands = form.details.client, form.details.address
    text = "\n".join(line.strip() for line in form.cleaned_data["address"].splitlines() if line.strip())
    wanted = Address(
        team_id=client.team_id,
        client=client,
        kind=AddressKind.BILLING,
        text=text,
        postcode=form.cleaned_data["postcode"].strip(),
    )
    before, after = (", ".join(one.lines()) if one else "" for one in (stands, wanted))
    if before == after:
        return
    target = stands or wanted
    target.text, target.postcode = wanted.text, wanted.postcode
    target.save()
    yield Correction("portal.address_corrected", _("Postal address"), before, after)
