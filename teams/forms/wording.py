"""A team's own wording of a message (MSG-2)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mail.placeholders import check
from teams.forms.words import one_line


class WordingForm(forms.Form):
    """Subject and text; placeholders that the message does not know are refused."""

    subject = forms.CharField(
        label=_("Subject"),
        max_length=200,
        validators=[one_line],
        error_messages={"required": _("A mail without a subject looks like spam. Type one.")},
    )
    body = forms.CharField(
        label=_("Text"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 14}),
        error_messages={"required": _("Type what the mail should say, or reset it to our wording.")},
    )

    def __init__(self, *args: Any, placeholders: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.placeholders = placeholders

    def clean_subject(self) -> str:
        return self._checked("subject")

    def clean_body(self) -> str:
        return self._checked("body").replace("\r\n", "\n")

    def _checked(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        if problems := check(text, self.placeholders):
            raise ValidationError(problems[0])
        return text
