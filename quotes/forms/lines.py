"""The lines of a quote as they are typed: in sections, with choices (QUO-2).

Beside what a line of an invoice sends, each sends the section it stands in as `<key>-part`: `fixed`,
`optional`, or the key of a choice. A choice sends its key as `group`, in the order of the page.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.models import Product, VatRate
from invoices.forms import typed
from invoices.forms.lines import FIELDS, Lines, TypedLine, fields_of, keys_of
from quotes.drafting import GroupInput, LineInput
from quotes.forms.figures import Shown, add_up
from quotes.models import LineKind
from quotes.models.line import MOST_GROUPS
from teams.models import Team

FIXED, OPTIONAL = "fixed", "optional"
GROUP_FIELDS = ("id", "name", "hint", "rule", "least", "most")
LONGEST_GROUP = {"name": 120, "hint": 200}
LONGEST_LABEL = 40
MOST_OF_A_CHOICE = 50


@dataclass
class QuoteLine(TypedLine):
    """A line as it was typed. What it may be ticked for counts only where it stands."""

    extras: ClassVar[str] = "quotes/editor_line_extras.html"

    part: str = FIXED
    # The stored line's key, which is the same in every version.
    id: str = ""
    label: str = ""
    suggested: str = ""
    least: str = ""
    most: str = ""
    limits: tuple[Decimal, Decimal] | None = None

    @property
    def is_fixed(self) -> bool:
        return self.part == FIXED

    @property
    def is_optional(self) -> bool:
        return self.part == OPTIONAL

    @property
    def is_choice(self) -> bool:
        return self.is_item and not (self.is_fixed or self.is_optional)


@dataclass
class TypedGroup:
    """A choice as it was typed, with the lines that stand in it."""

    key: str
    id: str = ""
    name: str = ""
    hint: str = ""
    rule: str = "one"
    least: str = "1"
    most: str = "1"
    errors: dict[str, str] = field(default_factory=dict)
    lines: list[QuoteLine] = field(default_factory=list)
    limits: tuple[int, int] = (1, 1)
    range: tuple[Decimal, Decimal] | None = None

    @property
    def takes_one(self) -> bool:
        return self.rule != "range"

    @property
    def shown_name(self) -> str:
        """How its buttons and headings call it."""
        return self.name.strip()[:40] or _("new choice")

    @property
    def more_label(self) -> str:
        return _("More for %s") % self.shown_name


class QuoteLines(Lines[QuoteLine]):
    """All lines of the form and its choices."""

    line_class = QuoteLine
    fields = (*FIELDS, "part", "id", "label", "suggested", "least", "most")
    too_large: str | Promise = gettext_lazy("A quote can come to at most £9,999,999.99. Split it in two.")

    def __init__(
        self,
        team: Team,
        rates: Sequence[VatRate],
        lines: Sequence[QuoteLine] = (),
        groups: Sequence[TypedGroup] = (),
    ) -> None:
        super().__init__(team, rates, lines)
        self.groups = list(groups)
        self.shown = Shown()
        self.arrange()

    @classmethod
    def typed(cls, team: Team, rates: Sequence[VatRate], data: QueryDict) -> Self:
        """The lines and choices of a form that was sent."""
        groups = []
        for key in keys_of(data, "group"):
            found: dict[str, Any] = fields_of(data, key, GROUP_FIELDS)
            groups.append(TypedGroup(key, **found))
        return cls(team, rates, cls.read(data), groups)

    # ---- Sections ---------------------------------------------------------------------------------

    def arrange(self) -> None:
        """Put the lines in the order of the sections, each with its choice; a stray one is fixed."""
        by_key = {group.key: group for group in self.groups}
        for group in self.groups:
            group.lines = []
        for line in self.lines:
            if line.part not in {FIXED, OPTIONAL, *by_key} or (line.part in by_key and not line.is_item):
                line.part = FIXED
            if line.part in by_key:
                by_key[line.part].lines.append(line)
        chosen = [line for group in self.groups for line in group.lines]
        self.lines = [*self.fixed, *chosen, *self.optional]

    @property
    def fixed(self) -> list[QuoteLine]:
        return [line for line in self.lines if line.is_fixed]

    @property
    def optional(self) -> list[QuoteLine]:
        return [line for line in self.lines if line.is_optional]

    @property
    def sections(self) -> list[str]:
        """The keys of all sections in the order of the page."""
        return [FIXED, *(group.key for group in self.groups), OPTIONAL]

    def fresh_key(self) -> str:
        """A key that no line and no choice has yet."""
        taken = {line.key for line in self.lines} | {group.key for group in self.groups}
        return next(key for n in range(1, 10_000) if (key := f"n{n}") not in taken)

    def group_of(self, key: str) -> TypedGroup | None:
        return next((group for group in self.groups if group.key == key), None)

    def add_group(self, **given: Any) -> TypedGroup:
        """One more choice, without lines yet."""
        group = TypedGroup(self.fresh_key(), **given)
        self.groups.append(group)
        return group

    # ---- Checking ---------------------------------------------------------------------------------

    def check(self) -> None:
        """Read every figure, note what is wrong, and add up what can be read."""
        for line in self.lines:
            line.limits = None
        for group in self.groups:
            self._check_group(group)
        super().check()

    def _check_texts(self, line: QuoteLine) -> None:
        super()._check_texts(line)
        if line.is_choice and len(line.label) > LONGEST_LABEL:
            line.errors["label"] = _("At most %d characters.") % LONGEST_LABEL

    def _check_item(self, line: QuoteLine) -> None:
        super()._check_item(line)
        if line.is_optional and (line.least.strip() or line.most.strip()):
            self._check_limits(line)

    def _check_limits(self, line: QuoteLine) -> None:
        """Between what the client may set the quantity: both or neither, around the one offered."""
        found = []
        for name in ("least", "most"):
            try:
                found.append(typed.quantity(getattr(line, name)))
            except typed.Unreadable as problem:
                text = str(problem) if getattr(line, name).strip() else _("Fill in both, or neither.")
                line.errors[name] = text
        if len(found) < 2 or line.priced is None:
            return
        least, most = found
        if least > most:
            line.errors["most"] = _("The most is less than the least.")
        elif not least <= line.priced.quantity <= most:
            line.errors["quantity"] = _("It has to lie between the least and the most the client may set.")
        elif line.priced.discount_amount > least * line.priced.unit_price:
            line.errors["discount"] = _("That is more than the least quantity comes to.")
        else:
            line.limits = least, most

    def _check_group(self, group: TypedGroup) -> None:
        group.errors = {}
        offered = [line for line in group.lines if not line.is_blank]
        if not group.name.strip() and (offered or group.hint.strip()):
            group.errors["name"] = _("Say what is chosen here, such as “Shower”.")
        for name, most in LONGEST_GROUP.items():
            if len(getattr(group, name)) > most:
                group.errors[name] = _("At most %d characters.") % most
        group.limits = (1, 1) if group.takes_one else self._limits(group)
        if offered and not group.errors:
            self._check_offered(group, offered)

    def _limits(self, group: TypedGroup) -> tuple[int, int]:
        found = []
        for name in ("least", "most"):
            text = getattr(group, name).strip()
            if not (text.isascii() and text.isdecimal() and len(text) < 4):
                group.errors[name] = _("Write a whole number such as 2.")
            elif int(text) > MOST_OF_A_CHOICE:
                group.errors[name] = _("At most %d.") % MOST_OF_A_CHOICE
            found.append(int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 1)
        least, most = found
        if not group.errors and most < 1:
            group.errors["most"] = _("At least one has to be possible.")
        if not group.errors and least > most:
            group.errors["most"] = _("The most is less than the least.")
        return least, max(most, 1)

    def _check_offered(self, group: TypedGroup, offered: Sequence[QuoteLine]) -> None:
        least, most = group.limits
        suggested = sum(1 for line in offered if line.suggested)
        if len(offered) < max(least, 2 if group.takes_one else 1):
            group.errors["name"] = (
                _("A choice needs at least two lines to choose from.")
                if group.takes_one
                else _("There are fewer lines than have to be chosen.")
            )
        elif suggested > most:
            group.errors["name"] = (
                _("Suggest one of these only: exactly one is chosen.")
                if group.takes_one
                else _("More are suggested than may be chosen.")
            )

    def check_count(self, kept: Sequence[QuoteLine]) -> None:
        """Refuse more lines or choices than a quote holds (BAD-1)."""
        super().check_count(kept)
        if len(self.kept_groups) > MOST_GROUPS:
            self.problem = _(
                "A quote holds at most %(most)d choices; this one has %(count)d. Split it in two."
            ) % {"most": MOST_GROUPS, "count": len(self.kept_groups)}

    @property
    def kept_groups(self) -> list[TypedGroup]:
        """The choices that are saved: those with a line, or with words of their own."""
        return [
            group
            for group in self.groups
            if group.name.strip() or group.hint.strip() or any(not line.is_blank for line in group.lines)
        ]

    @property
    def kept(self) -> list[QuoteLine]:
        """The lines that are saved."""
        return [line for line in self.lines if not line.is_blank]

    @property
    def is_valid(self) -> bool:
        return super().is_valid and not any(group.errors for group in self.groups)

    def _add_up(self) -> None:
        add_up(self)

    # ---- For the verbs ----------------------------------------------------------------------------

    def group_inputs(self, known: Mapping[str, uuid.UUID]) -> list[GroupInput]:
        """The checked choices for `save_draft`."""
        return [
            GroupInput(
                name=group.name.strip(),
                hint=group.hint.strip(),
                least=group.limits[0],
                most=group.limits[1],
                key=known.get(group.id),
            )
            for group in self.kept_groups
        ]

    def inputs(self, products: Mapping[str, Product], known: Mapping[str, uuid.UUID]) -> list[LineInput]:
        """The checked lines for `save_draft`. `known`: the keys that the stored draft has."""
        places = {group.key: place for place, group in enumerate(self.kept_groups)}
        return [self._input(line, products, known, places) for line in self.kept]

    def _input(
        self,
        line: QuoteLine,
        products: Mapping[str, Product],
        known: Mapping[str, uuid.UUID],
        places: Mapping[str, int],
    ) -> LineInput:
        key, values = known.get(line.id), self.values(line, products)
        if not line.is_item:
            return LineInput(kind=LineKind(line.kind), key=key, **values)
        if line.is_fixed:
            return LineInput(kind=LineKind.ITEM, key=key, **values)
        values["suggested"] = bool(line.suggested)
        if line.is_optional:
            least, most = line.limits or (None, None)
            return LineInput(
                kind=LineKind.OPTIONAL, key=key, least_quantity=least, most_quantity=most, **values
            )
        return LineInput(
            kind=LineKind.CHOICE, key=key, group=places[line.part], label=line.label.strip(), **values
        )
