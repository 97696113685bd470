"""Groups and lines as a form or a program gives them, and the rows they become."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import TextField
from django.utils.translation import gettext as _

from invoices.models.line import MOST_LINES
from invoices.pricing import PricedInput, fill_price
from quotes.choices import PRICED_KINDS
from quotes.errors import NotReady
from quotes.models.line import MOST_GROUPS, Group, Line, LineKind
from teams.models import Team, TeamOwned


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupInput:
    """A choice (QUO-2). With `key` it is the one that the draft, or the version before, had."""

    name: str
    hint: str = ""
    least: int = 1
    most: int = 1
    key: uuid.UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput(PricedInput):
    """A line; `group` is the place of its choice among the groups given with it."""

    kind: LineKind = LineKind.ITEM
    label: str = ""
    group: int | None = None
    suggested: bool = False
    least_quantity: Decimal | None = None
    most_quantity: Decimal | None = None
    key: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The rows of one version. Until they are stored, a group's id is a stand-in below nothing."""

    groups: list[Group]
    lines: list[Line]


def content_of(
    team: Team, lines: Sequence[LineInput], groups: Sequence[GroupInput], *, charges_vat: bool
) -> Content:
    """Rows of what was given, checked against the limits (BAD-1). Raises NotReady; stores nothing."""
    if len(lines) > MOST_LINES:
        raise NotReady(_("A quote has at most %s lines. Split it in two.") % MOST_LINES)
    if len(groups) > MOST_GROUPS:
        raise NotReady(_("A quote has at most %s choices. Split it in two.") % MOST_GROUPS)
    made_groups = _groups(team, groups)
    made_lines = [_line(team, given, made_groups, charges_vat=charges_vat) for given in lines]
    _give_keys(made_groups, [given.key for given in groups])
    _give_keys(made_lines, [given.key for given in lines])
    return Content(made_groups, made_lines)


def _groups(team: Team, groups: Sequence[GroupInput]) -> list[Group]:
    made = []
    for position, given in enumerate(groups, start=1):
        group = Group(
            pk=-position,
            team=team,
            position=position,
            name=given.name,
            hint=given.hint,
            least=given.least,
            most=given.most,
        )
        check_fields(group, given.name or _("Choice %s") % position)
        if group.least > group.most:
            raise NotReady(_("“%s” asks for more than it allows: put the smaller number first.") % given.name)
        made.append(group)
    return made


def _line(team: Team, given: LineInput, groups: Sequence[Group], *, charges_vat: bool) -> Line:
    line = Line(team=team, position=0, kind=given.kind, description=given.description, details=given.details)
    if given.kind in PRICED_KINDS:
        fill_price(line, given, charges_vat=charges_vat)
    if given.kind in (LineKind.OPTIONAL, LineKind.CHOICE):
        line.suggested, line.label = given.suggested, given.label
    if given.kind == LineKind.OPTIONAL:
        line.least_quantity, line.most_quantity = given.least_quantity, given.most_quantity
    if given.kind == LineKind.CHOICE:
        if given.group is None or not 0 <= given.group < len(groups):
            raise NotReady(_("“%s” belongs to a choice that is not there.") % given.description)
        line.group_id = groups[given.group].pk
    check_fields(line, given.description or _("A line without a description"))
    if line.kind in PRICED_KINDS:
        _check_price(line)
    return line


def check_fields(row: TeamOwned, name: str, only: Collection[str] = ()) -> None:
    """Lengths and amounts, as the fields know them. Raises NotReady."""
    fields = [f for f in row._meta.concrete_fields if not f.is_relation and (not only or f.name in only)]
    for field in fields:
        # Of long texts only forms know how long they may be.
        validators = [MaxLengthValidator(field.max_length)] if isinstance(field, TextField) else []
        try:
            value = field.clean(getattr(row, field.attname), row)
            for validate in validators:
                validate(value)
        except ValidationError as wrong:
            values = {"name": name, "field": field.verbose_name, "problem": wrong.messages[0]}
            raise NotReady(_("“%(name)s”, %(field)s: %(problem)s") % values) from None


def _check_price(line: Line) -> None:
    low, high = line.least_quantity, line.most_quantity
    if (low is None) != (high is None) or (
        low is not None and high is not None and not 0 < low <= line.quantity <= high
    ):
        raise NotReady(
            _("“%s”: the quantity must lie between the smallest and the largest the client may choose.")
            % line.description
        )
    # The smallest quantity is where a discount in money first eats the price.
    wanted, line.quantity = line.quantity, low or line.quantity
    net = line.priced().net
    line.quantity = wanted
    if net < 0:
        raise NotReady(_("The discount on “%s” is larger than its price.") % line.description)
    line.net = line.priced().net


def _give_keys(rows: Iterable[Group | Line], keys: Iterable[uuid.UUID | None]) -> None:
    """Keep the keys that were given, each once; a line that was doubled gets one of its own."""
    used: set[uuid.UUID] = set()
    for row, key in zip(rows, keys, strict=True):
        row.key = key if key and key not in used else uuid.uuid4()
        used.add(row.key)
