"""Forms of the client's record: the person, and up to ten each of mail addresses, phones and addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.models import Address, Client, Email, Phone
from teams.models import Team

MOST_TAGS = 20


class TagsField(forms.CharField):
    """Tags with commas between them."""

    def to_python(self, value: str | None) -> list[str]:  # type: ignore[override]
        text = super().to_python(value)
        tags = list(dict.fromkeys(tag.strip() for tag in (text or "").split(",") if tag.strip()))
        if any(len(tag) > 30 for tag in tags) or len(tags) > MOST_TAGS:
            raise forms.ValidationError(_("At most 20 tags of up to 30 letters each, with commas between."))
        return tags

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class ClientForm(forms.ModelForm[Client]):
    tags = TagsField(
        label=_("Tags"),
        required=False,
        max_length=700,
        help_text=_("With commas between: landlord, boiler plan."),
    )

    class Meta:
        model = Client
        fields = ["name", "kind", "company", "vat_number", "terms_days", "language", "tags", "notes"]
        widgets = {
            "language": forms.Select(choices=[("", _("The team's language")), *settings.LANGUAGES]),
            "name": forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words"}),
            "kind": forms.RadioSelect,
            "terms_days": forms.NumberInput(attrs={"inputmode": "numeric", "min": 0, "max": 365}),
            "notes": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "terms_days": _("Empty: the team's own terms."),
            "notes": _("Only your team sees these."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = Client._meta.get_field("kind").choices  # type: ignore[attr-defined]

    def clean_language(self) -> str:
        """One of ours, or nothing."""
        language = str(self.cleaned_data["language"])
        if language and language not in dict(settings.LANGUAGES):
            raise ValidationError(_("Choose a language from the list."))
        return language


class ContactFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows of one kind of contact. The row chosen as primary is told by the field `<prefix>-primary`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.data.get(f"{self.prefix}-primary") if self.is_bound else None
        self.primary = int(chosen) if chosen and chosen.isdecimal() else self._stored_primary()

    def _stored_primary(self) -> int:
        flags = [getattr(form.instance, "is_primary", False) for form in self.forms]
        return flags.index(True) if True in flags else 0

    def save_for(self, client: Client) -> None:
        """Write the rows that changed; exactly one of those with `is_primary` becomes primary."""
        self.instance = client
        for form in self.forms:
            form.instance.team_id = client.team_id
        self.save()
        if self.model is None or not hasattr(self.model, "is_primary"):
            return
        kept = [form for form in self.forms if form.instance.pk and form not in self.deleted_forms]
        chosen = self.forms[self.primary] if self.primary < len(self.forms) else None
        primary = chosen if chosen in kept else (kept[0] if kept else None)
        rows = self.model._default_manager.filter(team_id=client.team_id, client=client)
        rows.filter(is_primary=True).exclude(pk=primary and primary.instance.pk).update(is_primary=False)
        if primary is not None:
            rows.filter(pk=primary.instance.pk).update(is_primary=True)


class AddressForm(forms.ModelForm[Address]):
    class Meta:
        model = Address
        fields = ["kind", "text", "postcode", "access_notes"]
        widgets = {
            "text": forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
            "access_notes": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {"access_notes": _("Key safe, dog, parking.")}


def _formset(model: Any, **options: Any) -> Callable[..., ContactFormSet]:
    return forms.inlineformset_factory(  # type: ignore[return-value]
        Client, model, formset=ContactFormSet, extra=1, max_num=10, validate_max=True, **options
    )


EmailFormSet = _formset(
    Email,
    fields=["address"],
    widgets={"address": forms.EmailInput(attrs={"inputmode": "email", "autocomplete": "off"})},
)
PhoneFormSet = _formset(
    Phone,
    fields=["number"],
    widgets={"number": forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})},
)
AddressFormSet = _formset(Address, form=AddressForm)


class ClientRecordForm:
    """The client and its contacts as one form: all of it is saved, or none."""

    def __init__(self, team: Team, client: Client | None = None, data: Any = None) -> None:
        self.team = team
        self.client = ClientForm(data, instance=client or Client(team=team))
        instance = self.client.instance
        self.emails = EmailFormSet(data, instance=instance, prefix="emails")
        self.phones = PhoneFormSet(data, instance=instance, prefix="phones")
        self.addresses = AddressFormSet(data, instance=instance, prefix="addresses")
        self.formsets = [self.emails, self.phones, self.addresses]

    def is_valid(self) -> bool:
        """Checks every part, so that all problems show at once."""
        return all([self.client.is_valid(), *(formset.is_valid() for formset in self.formsets)])

    @property
    def problem_count(self) -> int:
        return len(self.client.errors) + sum(formset.total_error_count() for formset in self.formsets)

    def save(self) -> Client:
        """Write client and contacts, and what the client is searched by."""
        with transaction.atomic():
            client = self.client.save()
            for formset in self.formsets:
                formset.save_for(client)
            client = Client.objects.prefetch_related("emails", "phones", "addresses").get(pk=client.pk)
            client.refresh_search_text()
        return client
