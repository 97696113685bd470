"""How documents are numbered: for the settings of invoices and of quotes."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from invoices.models import NumberSeries
from teams.forms.settings import SectionForm
from teams.models import User

MOST_SKIPPED = 10_000


class SeriesForm(SectionForm):
    """Prefix, digits and next number of a kind of document (INV-1, INV-8, QUO-1)."""

    reason = forms.CharField(
        label=gettext_lazy("Why are numbers skipped?"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Stands in the number register, for the tax office."),
    )

    class Meta:
        model = NumberSeries
        fields = ("prefix", "padding", "next_number")
        labels: ClassVar[dict[str, Any]] = {
            "prefix": gettext_lazy("Prefix"),
            "padding": gettext_lazy("Digits"),
            "next_number": gettext_lazy("Next number"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("prefix", "padding", "next_number"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.now: int = self.instance.next_number
        last = self.instance.entries.aggregate(last=Max("number"))["last"]
        self.is_unused = not self.instance.entries.exists()
        self.lowest: int = 1 if last is None else last + 1

    @property
    def skips(self) -> int:
        """How many numbers would be passed over. Before the first one is taken, there are none to skip."""
        return 0 if self.is_unused else max(self.cleaned_data.get("next_number", self.now) - self.now, 0)

    @property
    def asks_reason(self) -> bool:
        return self.is_bound and bool(self.data.get("reason") or "reason" in self.errors)

    def clean_next_number(self) -> int:
        wanted: int = self.cleaned_data["next_number"]
        if wanted < self.lowest:
            raise ValidationError(
                _("%(number)s is taken already. %(lowest)s is the lowest that is free.")
                % {"number": wanted, "lowest": self.lowest}
            )
        if not self.is_unused and wanted - self.now > MOST_SKIPPED:
            raise ValidationError(
                _("That would skip more than 10,000 numbers. The highest for now is %(highest)s.")
                % {"highest": self.now + MOST_SKIPPED}
            )
        return wanted

    def clean(self) -> dict[str, Any]:
        super().clean()
        skipped = self.skips
        if skipped and not self.cleaned_data.get("reason"):
            text = ngettext(
                "That skips one number. Say why.", "That skips %(count)s numbers. Say why.", skipped
            )
            self.add_error("reason", text % {"count": skipped})
        return self.cleaned_data


def renumber(series: NumberSeries, form: SeriesForm, *, by: User) -> dict[str, list[Any]]:
    """Give the locked series what was typed; answers what is different."""
    data = form.cleaned_data
    names = ("prefix", "padding", "next_number")
    changes = {
        name: [getattr(series, name), data[name]] for name in names if getattr(series, name) != data[name]
    }
    series.prefix, series.padding = data["prefix"], data["padding"]
    if form.skips:
        series.skip_to(data["next_number"], reason=data["reason"], by=by)
    series.next_number = data["next_number"]
    series.save(update_fields=list(names))
    return changes
