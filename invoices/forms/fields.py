"""Fields that forms of documents share."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

FIRST_YEAR, LAST_YEAR = 1990, 2100
DAYS = ["%Y-%m-%d", "%d/%m/%Y", "%d %b %Y", "%d %B %Y", "%d.%m.%Y"]


class DayField(forms.DateField):
    """A day, picked or typed."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def __init__(self, **given: Any) -> None:
        wrong = {"invalid": gettext_lazy("That is not a date. Write one such as 21/11/2026.")}
        super().__init__(input_formats=DAYS, error_messages=wrong, **given)

    def validate(self, value: dt.date | None) -> None:
        """A slip of the key gives year 206 or 20226."""
        super().validate(value)
        if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise forms.ValidationError(
                _("Is the year right? It can be from %(first)d to %(last)d.")
                % {"first": FIRST_YEAR, "last": LAST_YEAR}
            )
