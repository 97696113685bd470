"""Kits: named sets of lines that are put into a quote at one stroke (QUO-1)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from invoices.drafting import acting_as
from quotes.errors import NotReady
from quotes.inputs import GroupInput, LineInput, content_of
from quotes.models.line import LineKind
from quotes.models.settings import Kit
from teams.audit import record
from teams.models import Team, User

NUMBERS = (
    "quantity",
    "least_quantity",
    "most_quantity",
    "unit_price",
    "discount_percent",
    "discount_amount",
)


@transaction.atomic
def save_kit(
    team: Team, *, name: str, groups: Sequence[GroupInput], lines: Sequence[LineInput], by: User | None
) -> Kit:
    """Keep these lines under a name; a kit of that name is replaced. Raises NotReady."""
    name = " ".join(name.split())
    if not name:
        raise NotReady(_("Give the kit a name."))
    if len(name) > 120:
        raise NotReady(_("A kit's name has at most 120 characters."))
    if not lines:
        raise NotReady(_("There is nothing to keep yet. Add a line first."))
    content_of(team, lines, groups, charges_vat=team.is_vat_registered)
    kit, _created = Kit.objects.update_or_create(
        team=team,
        name=name,
        defaults={"content": {"groups": [_group(g) for g in groups], "lines": [_line(x) for x in lines]}},
    )
    with acting_as(by):
        record("kit.saved", subject=kit, name=kit.name)
    return kit


def _group(given: GroupInput) -> dict[str, Any]:
    return {"name": given.name, "hint": given.hint, "least": given.least, "most": given.most}


def _line(given: LineInput) -> dict[str, Any]:
    stored = {
        name: getattr(given, name)
        for name in ("description", "kind", "details", "label", "group", "suggested", "unit", *NUMBERS)
    }
    for name in NUMBERS:
        stored[name] = None if stored[name] is None else str(stored[name])
    stored["kind"] = str(given.kind)
    stored["vat_rate"] = given.vat_rate.pk if given.vat_rate else None
    stored["product"] = given.product.pk if given.product else None
    return stored


def kit_content(kit: Kit, team: Team) -> tuple[list[GroupInput], list[LineInput]]:
    """What the kit holds, as fresh lines. A rate or product that is gone is left empty."""
    lines = kit.content.get("lines", [])
    rates = team.vat_rates.in_bulk([line["vat_rate"] for line in lines if line.get("vat_rate")])
    products = team.products.in_bulk([line["product"] for line in lines if line.get("product")])
    groups = [GroupInput(**group) for group in kit.content.get("groups", [])]
    return groups, [
        LineInput(
            **line
            | {name: None if line[name] is None else Decimal(line[name]) for name in NUMBERS}
            | {
                "kind": LineKind(line["kind"]),
                "vat_rate": rates.get(line["vat_rate"]),
                "product": products.get(line["product"]),
            }
        )
        for line in lines
    ]
