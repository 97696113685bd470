"""What the editors of invoices and of quotes ask alike: for whom, under which number, at which rates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.models import Product, VatRate
from clients.models import Client
from invoices.forms.lines import Lines
from teams.audit import record
from teams.models import Team


class DocumentForm(forms.Form):
    """Client, title and number of a draft. The lines are beside it, in `Lines`."""

    # What is said when nobody was named.
    nobody: str | Promise = ""

    client_name = forms.CharField(
        label=gettext_lazy("Client"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    client = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # Only there when a name was typed that several clients have.
    client_choice = forms.IntegerField(required=False, widget=forms.HiddenInput)
    new_client_name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=120)
    new_client_email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        required=False,
        error_messages={
            "invalid": gettext_lazy("That is not an e-mail address. Write one such as jo@example.com.")
        },
    )
    title = forms.CharField(label=gettext_lazy("Title"), required=False, max_length=120)
    reference = forms.CharField(label=gettext_lazy("Reference"), required=False, max_length=40)
    # The reference that the form showed of itself: leaving it means "the next one", typing means this one.
    suggested = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    form_key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, team: Team, data: QueryDict | None = None, *, document: Any = None, **given: Any
    ) -> None:
        self.team, self.document = team, document
        self.candidates: list[Client] = []
        super().__init__(data, **given)

    def clean_reference(self) -> str:
        """One line, no surrounding blanks."""
        return " ".join(self.cleaned_data["reference"].split())

    def clean(self) -> dict[str, Any]:
        """The client as a row."""
        cleaned = super().clean() or {}
        cleaned["client_row"] = self._client(cleaned)
        return cleaned

    def _client(self, cleaned: dict[str, Any]) -> Client | None:
        """The chosen client, one found by the name that was typed, or None for a new one."""
        name = cleaned.get("client_name", "").strip()
        if cleaned.get("new_client_name", "").strip() or "client_name" in self.errors:
            return None
        wanted = cleaned.get("client_choice") or cleaned.get("client")
        if wanted or "client" in self.errors:
            chosen: Client | None = self._usable().filter(pk=wanted).first()
            if chosen is None:
                self.add_error("client_name", _("That client is not one of yours. Choose one from the list."))
                return None
            # Without script the name may be typed over while the id stays behind.
            if cleaned.get("client_choice") or name.casefold() in {"", chosen.name.casefold()}:
                return chosen
        if not name:
            self.add_error("client_name", str(self.nobody))
            return None
        return self._by_name(name)

    def _by_name(self, name: str) -> Client | None:
        found = list(self._usable().filter(Q(name__iexact=name) | Q(company__iexact=name))[:8])
        if not found:
            found = list(self._usable().matching(name).order_by("name")[:8])
        if len(found) == 1:
            return found[0]
        self.candidates = found
        self.add_error(
            "client_name",
            _("More than one client is called that. Choose one below.")
            if found
            else _("No client is called that. Choose one from the list, or add a new one below."),
        )
        return None

    def _usable(self) -> Any:
        usable: Any = self.team.clients.all()
        if self.document is not None:
            return usable.filter(Q(archived_at=None) | Q(pk=self.document.client_id))
        return usable.current()

    @property
    def wanted_reference(self) -> str:
        """What `save_draft` is to be asked for: nothing when the shown next number was left as it is."""
        reference: str = self.cleaned_data["reference"]
        if self.document is None and reference == self.cleaned_data.get("suggested"):
            return ""
        return reference


def usable_rates(team: Team, used: Iterable[int] = ()) -> list[VatRate]:
    """The team's rates that may stand on a line: those in use, and those the draft has already."""
    if not team.is_vat_registered:
        return []
    return list(
        team.vat_rates.filter(Q(archived_at=None) | Q(pk__in=list(used))).order_by(
            "-is_default", "-percent", "name"
        )
    )


def chosen_products(team: Team, lines: Lines[Any]) -> dict[str, Product]:
    """The products that lines were filled in from; a foreign id is noted as an error of its line."""
    wanted = {line.product for line in lines.lines if line.is_item and line.product}
    numbers = [int(key) for key in wanted if key.isascii() and key.isdecimal() and len(key) < 19]
    found = {str(product.pk): product for product in team.products.filter(pk__in=numbers)} if numbers else {}
    for line in lines.lines:
        if line.is_item and line.product and line.product not in found:
            line.errors["description"] = _("That product is not one of yours. Choose one from the list.")
    return found


def make_client(team: Team, *, name: str, email: str) -> Client:
    """A client added on the spot (INV-2). The same name and address again is the same client."""
    if email:
        known = team.clients.filter(name__iexact=name, emails__address__iexact=email).first()
        if known is not None:
            return known
    client = Client.objects.create(team=team, name=name)
    if email:
        client.emails.create(team=team, address=email, is_primary=True)
    client.refresh_search_text()
    record("client.created", subject=client, client_id=client.pk, name=client.name)
    return client
