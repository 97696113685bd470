"""A quote as its client sees it: the parts, what is ticked, what it comes to, and what was asked about each
line. The portal draws its page from this, the office its own, and so does the page that is handed over
the table (QUO-4, QUO-11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from invoices.money import Rate, Totals, VatRow
from quotes import answering, choices
from quotes.choices import Figures, Problem
from quotes.models import Comment, Group, Line, LineKind, Quote

CHOSEN_KINDS = (LineKind.OPTIONAL, LineKind.CHOICE)


@dataclass(slots=True)
class ShownLine:
    """A line as the client sees it; `net` is what it comes to, or would if it were taken."""

    line: Line
    net: Decimal
    quantity: Decimal
    taken: bool
    talk: list[Comment]
    problem: Problem | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether the client has asked last, and the trade has not answered."""
        return bool(self.talk) and self.talk[-1].side == "client"


@dataclass(slots=True)
class ShownGroup:
    """A choice with its lines."""

    group: Group
    rows: list[ShownLine] = field(default_factory=list)
    problem: Problem | None = None

    @property
    def takes_one(self) -> bool:
        """Whether its lines exclude each other."""
        return self.group.most == 1

    @property
    def may_be_none(self) -> bool:
        return self.group.least == 0

    @property
    def key(self) -> str:
        return str(self.group.key)

    @property
    def rule(self) -> str:
        """How many are to be taken, in words."""
        least, most = self.group.least, self.group.most
        if least == most:
            return _("Choose one.") if most == 1 else _("Choose %s.") % most
        if least == 0:
            return _("Choose one, or none.") if most == 1 else _("Choose up to %s.") % most
        return _("Choose from %(least)s to %(most)s.") % {"least": least, "most": most}

    @property
    def is_untouched(self) -> bool:
        return not any(row.taken for row in self.rows)


@dataclass(slots=True)
class Breakdown:
    """Everything on offer, in the three parts of the page, with what it comes to."""

    fixed: list[ShownLine]
    groups: list[ShownGroup]
    extras: list[ShownLine]
    figures: Figures
    picks: Mapping[UUID, Decimal]
    problems: list[Problem]
    about_all: list[Comment]
    open_questions: list[Comment]
    # Everything said, oldest first: all of it is signed with the quote (QUO-5).
    said: list[Comment]

    @property
    def is_waiting(self) -> bool:
        """Whether a question about the whole quote is open."""
        return any(comment.line_key is None for comment in self.open_questions)

    @property
    def is_complete(self) -> bool:
        """Whether it could be signed as it is ticked."""
        return not self.problems

    @property
    def every_choice(self) -> list[ShownLine]:
        """All lines that are the client's to take, in the order of the page."""
        return [*(row for group in self.groups for row in group.rows), *self.extras_alone]

    @property
    def extras_alone(self) -> list[ShownLine]:
        """The extras without headings and notes between them."""
        return [row for row in self.extras if row.line.kind == LineKind.OPTIONAL]

    @property
    def taken(self) -> list[ShownLine]:
        return [row for row in self.every_choice if row.taken]

    @property
    def not_taken(self) -> list[ShownLine]:
        return [row for row in self.every_choice if not row.taken]

    @property
    def fixed_count(self) -> int:
        return sum(1 for row in self.fixed if row.line.kind == LineKind.ITEM)


def breakdown_of(quote: Quote, *, refused: Iterable[Problem] = ()) -> Breakdown:
    """The quote as it is ticked now, or as it was signed. `refused`: problems of what was sent just now."""
    lines, groups = list(quote.lines.all()), list(quote.groups.all())
    picks = picks_of(quote)
    figures = figures_of(quote, picks)
    talk = answering.exchange(quote)
    problems = choices.check(lines, groups, picks) if not quote.is_accepted else []
    told = {problem.key: problem for problem in [*problems, *refused]}
    rows = {
        line.key: ShownLine(
            line,
            figures.nets.get(line.key, line.net),
            picks.get(line.key, line.quantity),
            line.kind == LineKind.ITEM or line.key in picks,
            talk.get(line.key, []),
            told.get(line.key),
        )
        for line in lines
    }
    shown_groups = {group.pk: ShownGroup(group, problem=told.get(group.key)) for group in groups}
    fixed, extras = _parts(lines, rows, shown_groups)
    return Breakdown(
        fixed,
        list(shown_groups.values()),
        extras,
        figures,
        picks,
        problems,
        talk.get(None, []),
        answering.open_questions(quote),
        sorted((comment for each in talk.values() for comment in each), key=lambda comment: comment.pk),
    )


def _parts(
    lines: Sequence[Line], rows: Mapping[UUID, ShownLine], groups: Mapping[int, ShownGroup]
) -> tuple[list[ShownLine], list[ShownLine]]:
    """The fixed part and the extras. A heading goes with the line that follows it, a note with the last."""
    fixed: list[ShownLine] = []
    extras: list[ShownLine] = []
    headings: list[ShownLine] = []
    part = fixed
    for line in lines:
        row = rows[line.key]
        if line.kind == LineKind.HEADING:
            headings.append(row)
        elif line.kind == LineKind.NOTE:
            part.append(row)
        elif line.kind == LineKind.CHOICE and line.group_id:
            # A choice has a name of its own.
            groups[line.group_id].rows.append(row)
            headings.clear()
        else:
            part = extras if line.kind == LineKind.OPTIONAL else fixed
            part += [*headings, row]
            headings.clear()
    return fixed, extras


def picks_of(quote: Quote) -> Mapping[UUID, Decimal]:
    """What is ticked now, or what was signed for."""
    if quote.is_accepted:
        return choices.read_picks(quote.acceptance.picks)
    return answering.current_picks(quote)


def figures_of(quote: Quote, picks: Mapping[UUID, Decimal]) -> Figures:
    """What the ticks come to; of an accepted quote the figures that were signed, as they were stored."""
    figures = answering.figures_of(quote, dict(picks))
    if not quote.is_accepted:
        return figures
    signed = quote.acceptance
    stored = Totals(figures.totals.nets, tuple(_rows(signed.vat_rows)), signed.net, signed.vat, signed.total)
    return Figures(figures.fixed, signed.net - figures.fixed, stored, figures.nets)


def _rows(stored: Iterable[Mapping[str, Any]]) -> Iterable[VatRow]:
    for row in stored:
        rate = Rate(row["label"], Decimal(row["percent"]), row.get("category", "S"), row.get("wording", ""))
        yield VatRow(rate, Decimal(row["net"]), Decimal(row["vat"]))


# ---- What the form of choices sends ---------------------------------------------------------------

NOT_A_NUMBER = Decimal("NaN")


def read_form(quote: Quote, data: Any) -> dict[UUID, Decimal]:
    """The picks that a form names: `pick` for extras, `pick-<group>` for choices, `many-<line>` quantities.

    What makes no sense stays in, for `answering.choose` to refuse: a foreign line, "abc" as a quantity.
    """
    offered = {line.key: line for line in quote.lines.all() if line.kind in CHOSEN_KINDS}
    picks: dict[UUID, Decimal] = {}
    for name in data:
        if name != "pick" and not name.startswith("pick-"):
            continue
        for wanted in filter(None, data.getlist(name)):
            key = _key(wanted)
            line = offered.get(key)
            picks[key] = _many(data, line) if line is not None else Decimal(1)
    return picks


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        # No line has it: refused like any other that is not part of the quote.
        return UUID(int=0)


def _many(data: Any, line: Line) -> Decimal:
    typed = str(data.get(f"many-{line.key}", "")).strip().replace(",", "")
    if not line.sets_quantity or not typed:
        return line.quantity
    if len(typed) > 12 or not typed.replace(".", "", 1).isascii() or not typed.replace(".", "", 1).isdigit():
        return NOT_A_NUMBER
    return Decimal(typed)
