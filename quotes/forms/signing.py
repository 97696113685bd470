"""The form under a quote that makes it a contract (QUO-6). The portal and the trade's own phone (QUO-11)
show the same one: templates/quotes/signing/."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quotes.models import How

PREFIX = "data:image/png;base64,"
# A signature on the largest screens comes to a tenth of this.
LONGEST_DRAWN = 300_000


class SignForm(forms.Form):
    """Name, signature and "I agree". `seen` says what the client looked at when they signed (QUO-8)."""

    seen = forms.CharField(max_length=40_000, required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=gettext_lazy("Your full name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Write your full name.")},
    )
    # Typing is the way without script; the script turns to drawing, which it makes possible.
    how = forms.ChoiceField(choices=How.choices, initial=How.TYPED, required=False)
    drawn = forms.CharField(
        label=gettext_lazy("Your signature"),
        max_length=LONGEST_DRAWN,
        required=False,
        widget=forms.HiddenInput,
    )
    typed = forms.CharField(
        label=gettext_lazy("Type your name as your signature"), max_length=120, required=False
    )
    agree = forms.BooleanField(
        label=gettext_lazy("I agree"),
        error_messages={"required": gettext_lazy("Tick “I agree” to sign.")},
    )

    def clean_how(self) -> str:
        return str(self.cleaned_data["how"] or How.TYPED)

    def clean_drawn(self) -> bytes | None:
        """The drawing as the browser sent it; whether it is one, `signing.accept` finds out in a child."""
        sent = str(self.cleaned_data["drawn"])
        if not sent or self.data.get("how") != How.DRAWN:
            return None
        try:
            return base64.b64decode(sent.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError) as problem:
            raise ValidationError(_("The signature could not be read. Please sign again.")) from problem

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        how = data.get("how")
        if how == How.DRAWN and not data.get("drawn") and "drawn" not in self.errors:
            self.add_error("drawn", _("Sign in the box, or type your name instead."))
        if how == How.TYPED and not data.get("typed", "").strip():
            self.add_error("typed", _("Type your name as your signature."))
        return data

    @property
    def is_drawn(self) -> bool:
        """Whether the pad is open."""
        return self["how"].value() == How.DRAWN

    @property
    def drawing(self) -> str:
        """What was drawn, to be put back on the pad: only what looks like our own picture."""
        sent = str(self["drawn"].value() or "")
        return sent if sent.startswith(PREFIX) and len(sent) < LONGEST_DRAWN else ""
