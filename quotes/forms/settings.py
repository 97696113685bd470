"""The forms of the settings' section "Quotes", each saved on its own (TEA-1)."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from quotes.models import QuoteSettings
from teams.forms.settings import SectionForm

HOURS = [(hour, f"{hour:02d}:00") for hour in range(8, 20)]


def _days(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


class TextsForm(SectionForm):
    """What a new quote starts with (QUO-1)."""

    class Meta:
        model = QuoteSettings
        fields = ("valid_days", "intro", "terms")
        labels: ClassVar[dict[str, Any]] = {
            "valid_days": gettext_lazy("Valid for"),
            "intro": gettext_lazy("Opening words"),
            "terms": gettext_lazy("Terms"),
        }
        widgets: ClassVar[dict[str, Any]] = {
            "intro": forms.Textarea(attrs={"rows": 3}),
            "terms": forms.Textarea(attrs={"rows": 8}),
        }
        error_messages: ClassVar[dict[str, Any]] = {
            "valid_days": {
                "min_value": gettext_lazy("At least 1 day."),
                "max_value": gettext_lazy("At most 365 days."),
            }
        }


class FollowUpsForm(SectionForm):
    """Whether, when and how often an unanswered quote is followed up (QUO-16)."""

    follow_up_days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days after sending"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    follow_up_hour = forms.TypedChoiceField(label=gettext_lazy("At"), coerce=int, choices=HOURS)

    class Meta:
        model = QuoteSettings
        fields = ("follows_up", "follow_up_days", "follow_up_hour")
        labels: ClassVar[dict[str, Any]] = {"follows_up": gettext_lazy("Follow up unanswered quotes")}
        help_texts: ClassVar[dict[str, Any]] = {
            "follows_up": gettext_lazy("By mail, until the client answers or the quote runs out")
        }
        widgets: ClassVar[dict[str, Any]] = {
            "follows_up": forms.CheckboxInput(attrs={"class": "form-check-input", "role": "switch"})
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["follow_up_days"]
        assert isinstance(field, forms.TypedMultipleChoiceField)  # noqa: S101 - tells the checker
        field.choices = [(day, _days(day)) for day in QuoteSettings.STEPS]

    def clean(self) -> dict[str, Any]:
        """Switched on, it needs a day."""
        super().clean()
        if self.cleaned_data.get("follows_up") and not self.cleaned_data.get("follow_up_days"):
            self.add_error("follow_up_days", ValidationError(_("Choose at least one day.")))
        return self.cleaned_data
