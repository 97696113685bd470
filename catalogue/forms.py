from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalogue.models import Product, VatCategory, VatRate
from teams.models import Team


class ProductForm(forms.ModelForm[Product]):
    class Meta:
        model = Product
        fields = ["name", "description", "unit", "unit_price", "vat_rate", "cost", "category"]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "unit": forms.TextInput(attrs={"list": "units", "autocomplete": "off"}),
            "unit_price": forms.TextInput(attrs={"inputmode": "decimal"}),
            "cost": forms.TextInput(attrs={"inputmode": "decimal"}),
            "category": forms.TextInput(attrs={"list": "categories", "autocomplete": "off"}),
        }
        help_texts = {
            "description": _("Stands beneath the name on documents."),
            "cost": _("What it costs you. Clients never see it."),
        }

    def __init__(self, team: Team, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.instance.team = team
        rates = self.fields["vat_rate"]
        rates.queryset = team.vat_rates.filter(archived_at=None).order_by("-percent", "pk")  # type: ignore[attr-defined]
        rates.empty_label = _("No VAT")  # type: ignore[attr-defined]
        if self.instance._state.adding:
            self.initial.setdefault("vat_rate", team.vat_rates.filter(is_default=True).first())
        if not team.is_vat_registered:
            del self.fields["vat_rate"]


class VatRateForm(forms.ModelForm[VatRate]):
    class Meta:
        model = VatRate
        fields = ["name", "percent", "category", "wording", "is_default"]
        widgets = {"percent": forms.TextInput(attrs={"inputmode": "decimal"})}
        help_texts = {
            "wording": _(
                "Printed on documents that use the rate, as the law wants it for the reverse charge."
            ),
            "is_default": _("New lines begin with it."),
        }

    def __init__(self, team: Team, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        if self.instance._state.adding:
            self.instance.team = team

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if cleaned.get("category") != VatCategory.STANDARD and cleaned.get("percent"):
            self.add_error("percent", _("Zero, exempt and reverse charge carry 0 percent."))
        return cleaned

    def save(self, commit: bool = True) -> VatRate:
        # Only one can be offered first: this one takes the place of the other.
        if commit and self.cleaned_data.get("is_default"):
            self.team.vat_rates.filter(is_default=True).exclude(pk=self.instance.pk).update(is_default=False)
        return super().save(commit)

    def _get_validation_exclusions(self) -> set[str]:
        # The constraint "one default" is met by save(), which moves the mark first.
        return super()._get_validation_exclusions() | {"is_default"}  # type: ignore[misc]
