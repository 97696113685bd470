"""The editor's form: what stands above and below the lines of a quote (QUO-1)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.models import VatRate
from clients.models import Client
from invoices.forms import typed
from invoices.forms.document import DocumentForm
from invoices.forms.fields import DayField
from invoices.models import NumberSeries, SeriesKind
from quotes.drafting import LONGEST_VALID, GroupInput, LineInput
from quotes.forms.lines import FIXED, OPTIONAL, QuoteLine, QuoteLines, TypedGroup
from quotes.models import Group, Line, LineKind, Quote, QuoteSettings
from teams.models import Team

MOST_SITE_LINES = 6


class WordsField(forms.CharField):
    """Several lines of text, with the line ends the store has: a browser sends other ones, which would
    make every text look changed between two versions (QUO-10)."""

    def to_python(self, value: Any) -> Any:
        return super().to_python("\n".join(str(value).splitlines()) if value else value)


def _words(rows: int, most: int, label: Any, **more: Any) -> WordsField:
    return WordsField(
        label=label, required=False, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **more
    )


class QuoteForm(DocumentForm):
    """Client, place, number, date and words of a draft."""

    nobody = gettext_lazy("Say who the quote is for.")
    valid_until = DayField(label=gettext_lazy("Valid until"))
    site = _words(2, 400, gettext_lazy("Address of the work"))
    intro = _words(2, 4000, gettext_lazy("Opening words"))
    terms = _words(5, 20000, gettext_lazy("Terms"))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, team: Team, *args: Any, **given: Any) -> None:
        super().__init__(team, *args, **given)
        if self.document is not None and self.document.version > 1:
            # All versions share one reference (QUO-10).
            self.fields["reference"].disabled = True
            self.initial["reference"] = self.document.reference

    def clean_valid_until(self) -> dt.date:
        """Not over already, and not for ever."""
        until: dt.date = self.cleaned_data["valid_until"]
        if until < self.team.today():
            raise forms.ValidationError(_("That day is over. A quote is valid until today at the earliest."))
        if until > self.team.today() + LONGEST_VALID:
            raise forms.ValidationError(_("A quote can be valid for at most three years."))
        return until

    def clean_site(self) -> str:
        """Up to six lines without blanks around them."""
        lines = [line.strip() for line in self.cleaned_data["site"].splitlines() if line.strip()]
        if len(lines) > MOST_SITE_LINES:
            raise forms.ValidationError(_("Use at most six lines."))
        return "\n".join(lines)


def initial_of_new(team: Team, client: Client | None = None) -> dict[str, Any]:
    """What a new quote's form shows: the next number, 30 days, the team's own words (QUO-1)."""
    settings = QuoteSettings.of(team)
    reference = NumberSeries.of(team, SeriesKind.QUOTE).next_reference
    return {
        "client": client.pk if client else None,
        "client_name": client.name if client else "",
        "reference": reference,
        "suggested": reference,
        "valid_until": team.today() + dt.timedelta(days=settings.valid_days),
        "intro": settings.intro,
        "terms": settings.terms,
        "form_key": uuid.uuid4(),
    }


def initial_of(quote: Quote) -> dict[str, Any]:
    """What a draft's form shows."""
    return {
        "client": quote.client_id,
        "client_name": quote.client.name,
        "title": quote.title,
        "reference": quote.reference,
        "suggested": quote.reference,
        "valid_until": quote.valid_until,
        "site": quote.site,
        "intro": quote.intro,
        "terms": quote.terms,
        "version": quote.revision,
    }


def blank_lines(team: Team, rates: list[VatRate]) -> QuoteLines:
    """What a new quote begins with: one empty line."""
    lines = QuoteLines(team, rates)
    lines.add()
    return lines


def lines_of(team: Team, rates: list[VatRate], quote: Quote) -> QuoteLines:
    """The draft's lines and choices for its form."""
    groups = list(quote.groups.all())
    keys = {group.pk: f"g{place}" for place, group in enumerate(groups, start=1)}
    rows = list(quote.lines.all())
    parts = _parts([(line.kind, keys.get(line.group_id or 0, "")) for line in rows])
    lines = [
        _typed(f"l{line.position}", part, line, id=str(line.key))
        for line, part in zip(rows, parts, strict=True)
    ]
    return QuoteLines(
        team, rates, lines, [_typed_group(keys[group.pk], group, id=str(group.key)) for group in groups]
    )


def put_in(lines: QuoteLines, groups: Sequence[GroupInput], given: Sequence[LineInput]) -> None:
    """Add a kit's choices and lines to the form; of an empty form they are all."""
    lines.lines = lines.kept
    keys = []
    for group in groups:
        key = lines.fresh_key()
        lines.groups.append(_typed_group(key, group))
        keys.append(key)
    parts = _parts([(line.kind, "" if line.group is None else keys[line.group]) for line in given])
    for line, part in zip(given, parts, strict=True):
        made = _typed(lines.fresh_key(), part, line)
        rate = line.vat_rate or lines.default_rate
        made.vat_rate = str(rate.pk) if rate and made.is_item else ""
        lines.lines.append(made)
    lines.arrange()


def _parts(kinds: Sequence[tuple[str, str]]) -> list[str]:
    """The section of each line. A heading goes with the line that follows it, a note with the last one."""
    own = {LineKind.ITEM: FIXED, LineKind.OPTIONAL: OPTIONAL}
    found = [group or own.get(LineKind(kind), "") for kind, group in kinds]
    ahead, behind = FIXED, FIXED
    for at in reversed(range(len(found))):
        if found[at] in {FIXED, OPTIONAL}:
            ahead = found[at]
        elif kinds[at][0] == LineKind.HEADING:
            found[at] = ahead
    for at, part in enumerate(found):
        behind = part if part in {FIXED, OPTIONAL} else behind
        found[at] = part or behind
    return found


def _typed(key: str, part: str, line: Line | LineInput, *, id: str = "") -> QuoteLine:  # noqa: A002
    """A stored line, or one of a kit, as it would be typed."""
    if line.kind in (LineKind.HEADING, LineKind.NOTE):
        return QuoteLine(key=key, kind=line.kind, part=part, id=id, description=line.description)
    product, rate = (
        (line.product_id, line.vat_rate_id)
        if isinstance(line, Line)
        else (
            getattr(line.product, "pk", None),
            getattr(line.vat_rate, "pk", None),
        )
    )
    return QuoteLine(
        key=key,
        part=part,
        id=id,
        product=str(product or ""),
        description=line.description,
        details=line.details,
        quantity=typed.plain(line.quantity),
        unit=line.unit,
        unit_price=typed.plain(line.unit_price, at_least=2),
        discount=typed.discount_text(line.discount_percent, line.discount_amount),
        vat_rate=str(rate or ""),
        label=line.label,
        suggested="on" if line.suggested else "",
        least=typed.plain(line.least_quantity) if line.least_quantity is not None else "",
        most=typed.plain(line.most_quantity) if line.most_quantity is not None else "",
    )


def _typed_group(key: str, group: Group | GroupInput, *, id: str = "") -> TypedGroup:  # noqa: A002
    one = group.least == group.most == 1
    return TypedGroup(
        key=key,
        id=id,
        name=group.name,
        hint=group.hint,
        rule="one" if one else "range",
        least=str(group.least),
        most=str(group.most),
    )
