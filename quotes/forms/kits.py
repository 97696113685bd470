from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quotes.models import Kit


class KitNameForm(forms.Form):
    """A kit's name: one of its own within the team."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)

    def __init__(self, *args: Any, kit: Kit, **kwargs: Any) -> None:
        self.kit = kit
        kwargs.setdefault("initial", {"name": kit.name})
        super().__init__(*args, **kwargs)

    def clean_name(self) -> str:
        """One line that no other kit has."""
        name = " ".join(self.cleaned_data["name"].split())
        if Kit.objects.filter(team_id=self.kit.team_id, name=name).exclude(pk=self.kit.pk).exists():
            raise forms.ValidationError(_("There is a kit of that name already."))
        return name
