"""The sections of the team's settings, each a form that saves on its own (TEA-1)."""

from __future__ import annotations

import re
import zoneinfo
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from teams.forms.words import one_line
from teams.models import Team

CURRENCIES = [("GBP", _("Pound sterling (£)")), ("EUR", _("Euro (€)")), ("USD", _("US dollar ($)"))]
MOST_ADDRESS_LINES = 6
VAT_NUMBER = re.compile(r"(?:(?:GB|XI)(?:\d{9}|\d{12}|(?:GD|HA)\d{3})|(?!GB|XI)[A-Z]{2}[0-9A-Z]{2,13})\Z")
PHONE = re.compile(r"\+?[0-9 ()/.-]{3,39}\Z")
COMPANY = re.compile(r"[A-Z0-9]{2,20}\Z")


class SectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A part of the team's settings. Fields of one line take no control characters."""

    # How many of the six columns a field takes; all of them when not told.
    cols: ClassVar[dict[str, int]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.CharField) and not isinstance(field.widget, forms.Textarea):
                field.validators.append(one_line)

    def laid_out(self) -> list[tuple[forms.BoundField, int]]:
        """The fields with their widths, for the template."""
        return [(bound, self.cols.get(bound.name, 6)) for bound in self]


class DetailsForm(SectionForm):
    cols: ClassVar[dict[str, int]] = {"phone": 3, "email": 3}

    class Meta:
        model = Team
        fields = ("name", "trade", "address", "phone", "email", "website")
        labels: ClassVar[dict[str, Any]] = {"name": _("Business name"), "trade": _("Trade and place")}
        help_texts: ClassVar[dict[str, Any]] = {
            "trade": _("Stands below the name: “Plumbing, Leeds”."),
            "email": _("Answers to your mails go there."),
        }
        widgets: ClassVar[dict[str, Any]] = {
            "name": forms.TextInput(attrs={"autocomplete": "organization"}),
            "address": forms.Textarea(attrs={"rows": 4, "autocomplete": "street-address"}),
            "phone": forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
            "email": forms.EmailInput(attrs={"inputmode": "email", "autocomplete": "email"}),
            "website": forms.URLInput(attrs={"inputmode": "url", "autocomplete": "url"}),
        }

    def clean_address(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["address"].splitlines() if line.strip()]
        if len(lines) > MOST_ADDRESS_LINES:
            raise ValidationError(_("Use at most six lines."))
        for line in lines:
            one_line(line)
        return "\n".join(lines)

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"].strip()
        if phone and not PHONE.match(phone):
            raise ValidationError(_("A number has figures, spaces and at most a + in front: 0113 496 0142."))
        return phone


class RegistrationForm(SectionForm):
    cols: ClassVar[dict[str, int]] = {"vat_number": 3, "company_number": 3}

    class Meta:
        model = Team
        fields = ("vat_number", "company_number", "registration")
        labels: ClassVar[dict[str, Any]] = {"registration": _("Trade registration")}
        help_texts: ClassVar[dict[str, Any]] = {
            "vat_number": _("Empty: you charge no VAT, and documents show none."),
            "registration": _("Such as “Gas Safe register 999001”."),
        }

    def clean_vat_number(self) -> str:
        number = re.sub(r"[\s.-]", "", self.cleaned_data["vat_number"]).upper()
        if re.fullmatch(r"\d{9}|\d{12}", number):
            number = f"GB{number}"
        if number and not VAT_NUMBER.match(number):
            raise ValidationError(_("A VAT number looks like GB123456789."))
        return number

    def clean_company_number(self) -> str:
        number = re.sub(r"\s", "", self.cleaned_data["company_number"]).upper()
        if number and not COMPANY.match(number):
            raise ValidationError(_("A company number has letters and figures only, such as 09990142."))
        return number


class PlaceForm(SectionForm):
    time_zone = forms.ChoiceField(label=_("Time zone"))
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)
    cols: ClassVar[dict[str, int]] = {"time_zone": 3, "currency": 3}

    class Meta:
        model = Team
        fields = ("time_zone", "currency")
        help_texts: ClassVar[dict[str, Any]] = {
            "currency": _("For new documents; those you have keep theirs."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ChoiceField", self.fields["time_zone"])
        names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and "Etc" not in name)
        field.choices = [(name, name.replace("_", " ")) for name in ["UTC", *names]]


class ColourForm(SectionForm):
    class Meta:
        model = Team
        fields = ("colour",)
        labels: ClassVar[dict[str, Any]] = {"colour": _("Your colour")}
        help_texts: ClassVar[dict[str, Any]] = {
            "colour": _("Where it would be hard to read we make it darker or lighter; the hue stays yours."),
        }
        widgets: ClassVar[dict[str, Any]] = {"colour": forms.TextInput(attrs={"type": "color"})}

    def clean_colour(self) -> str:
        return str(self.cleaned_data["colour"]).lower()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Browsers without a colour picker let people type #0B6E69.
        self.fields["colour"].validators.clear()
        self.fields["colour"] = forms.RegexField(
            r"^#[0-9a-fA-F]{6}\Z",
            label=self.fields["colour"].label,
            help_text=self.fields["colour"].help_text,
            widget=self.fields["colour"].widget,
            error_messages={"invalid": _("A colour looks like #0b6e69."), "required": _("Choose a colour.")},
        )


class DocumentsForm(SectionForm):
    class Meta:
        model = Team
        fields = ("document_note",)
        labels: ClassVar[dict[str, Any]] = {"document_note": _("Note on every invoice")}
        help_texts: ClassVar[dict[str, Any]] = {
            "document_note": _("Printed below the sums: thanks, guarantees, how to complain."),
        }
        widgets: ClassVar[dict[str, Any]] = {"document_note": forms.Textarea(attrs={"rows": 4})}


class SecurityForm(SectionForm):
    class Meta:
        model = Team
        fields = ("require_second_factor",)
        labels: ClassVar[dict[str, Any]] = {"require_second_factor": _("Every member needs a second factor")}
        help_texts: ClassVar[dict[str, Any]] = {
            "require_second_factor": _("Who has none is asked to set one up before they can go on."),
        }

    def __init__(self, *args: Any, owner_has_one: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner_has_one = owner_has_one

    def clean_require_second_factor(self) -> bool:
        wanted: bool = self.cleaned_data["require_second_factor"]
        if wanted and not self.owner_has_one:
            raise ValidationError(_("Set up a second factor for yourself first, or you lock yourself out."))
        return wanted


class LogoForm(forms.Form):
    logo = forms.FileField(
        label=_("Logo"),
        help_text=_("PNG, JPEG or WebP, up to 2 MB. Wide ones look best at 600 × 200 pixels or more."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        error_messages={
            "required": _("Choose a picture."),
            "empty": _("This file is empty. Choose another."),
        },
    )
