"""What a quote offers, as plain JSON with a fingerprint, and what differs between two versions (QUO-10).

The canonical text is the record that is hashed and signed: sorted keys, no spaces, UTF-8. Numbers are
text without trailing noughts, dates ISO, so that the same offer is the same text for ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from cma import formats
from invoices.money import round_penny
from quotes.choices import plain
from quotes.models.line import Group, Line, LineKind
from quotes.models.quote import Quote

FORMAT = "cma-offer-1"


def canonical(value: dict[str, Any]) -> str:
    """The one text of this JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def fingerprint(text: str) -> str:
    """SHA-256 over the text's UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def offer_of(quote: Quote) -> dict[str, Any]:
    """Everything that this version offers."""
    return {
        "format": FORMAT,
        "reference": quote.reference,
        "version": quote.version,
        "title": quote.title,
        "intro": quote.intro,
        "terms": quote.terms,
        "site": quote.site,
        "valid_until": quote.valid_until.isoformat(),
        "currency": quote.currency,
        "charges_vat": quote.charges_vat,
        "seller": quote.seller,
        "buyer": quote.buyer,
        "groups": [_group(group) for group in quote.groups.order_by("position")],
        "lines": [_line(line) for line in quote.lines.select_related("group").order_by("position")],
        "attachments": [
            {"name": name, "sha256": sha256, "mime": mime, "size": size}
            for name, sha256, mime, size in quote.attachments.order_by("position").values_list(
                "name", "file__sha256", "file__mime", "file__size"
            )
        ],
        "totals": {
            name: str(getattr(quote, name)) for name in ("net", "vat", "total", "least_total", "most_total")
        },
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "key": str(group.key),
        "name": group.name,
        "hint": group.hint,
        "least": group.least,
        "most": group.most,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "key": str(line.key),
        "kind": line.kind,
        "group": str(line.group.key) if line.group else None,
        "label": line.label,
        "description": line.description,
        "details": line.details,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "unit_price": plain(line.unit_price),
        "discount_percent": plain(line.discount_percent),
        "discount_amount": plain(line.discount_amount),
        "vat": {
            "label": line.vat_label,
            "percent": plain(line.vat_percent),
            "category": line.vat_category,
            "wording": line.vat_wording,
        },
        "suggested": line.suggested,
        "least_quantity": None if line.least_quantity is None else plain(line.least_quantity),
        "most_quantity": None if line.most_quantity is None else plain(line.most_quantity),
        "net": str(line.net),
    }


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is another in the later version. `kind` is added, removed or changed.

    `label` names it, `before` and `after` are what people read; str() says it in one sentence.
    """

    kind: str
    label: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        values = {"label": self.label, "before": self.before, "after": self.after}
        if self.kind == "added":
            return _("%(label)s is new: %(after)s") % values if self.after else _("%(label)s is new") % values
        if self.kind == "removed":
            return (
                _("%(label)s is no longer there: %(before)s") % values
                if self.before
                else _("%(label)s is no longer there") % values
            )
        if "\n" in self.before + self.after:
            return _("%(label)s: the wording has changed") % values
        return _("%(label)s: %(before)s, now %(after)s") % values


def differences(before: Quote, after: Quote) -> list[Difference]:
    """What is another in `after`, line by line, in the order of the page."""
    old, new = offer_of(before), offer_of(after)
    return [
        *_words(
            old, new, {"title": _("Title"), "intro": _("Opening words"), "site": _("Address of the work")}
        ),
        *_groups(old, new),
        *_lines(old, new),
        *_attachments(old, new),
        *_words(old, new, {"terms": _("Terms")}),
        *_ends(before, after),
    ]


def _words(old: dict[str, Any], new: dict[str, Any], labels: dict[str, str]) -> Iterator[Difference]:
    for name, label in labels.items():
        if old[name] != new[name]:
            yield Difference("changed", label, old[name] or "–", new[name] or "–")


def _groups(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    was, now = ({group["key"]: group for group in offer["groups"]} for offer in (old, new))
    for key, group in was.items():
        if key not in now:
            yield Difference("removed", _("Choice “%s”") % group["name"])
    for key, group in now.items():
        label = _("Choice “%s”") % group["name"]
        if key not in was:
            yield Difference("added", label, after=_takes(group))
            continue
        if was[key]["name"] != group["name"]:
            yield Difference("changed", _("Name of a choice"), was[key]["name"], group["name"])
        if _takes(was[key]) != _takes(group):
            yield Difference("changed", label, _takes(was[key]), _takes(group))
        if was[key]["hint"] != group["hint"]:
            yield Difference("changed", _("%s, hint") % label, was[key]["hint"] or "–", group["hint"] or "–")


def _takes(group: dict[str, Any]) -> str:
    if group["least"] == group["most"]:
        return _("exactly %s to choose") % group["most"]
    return _("%(least)s to %(most)s to choose") % group


def _lines(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    was, now = ({line["key"]: line for line in offer["lines"]} for offer in (old, new))
    currency = new["currency"]
    for key, line in was.items():
        if key not in now:
            yield Difference("removed", _called(line), before=_worth(line, currency))
    for key, line in now.items():
        if key not in was:
            yield Difference("added", _called(line), after=_worth(line, currency))
        else:
            yield from _line_changes(was[key], line, old, new)


def _line_changes(
    was: dict[str, Any], now: dict[str, Any], old: dict[str, Any], new: dict[str, Any]
) -> Iterator[Difference]:
    currency = new["currency"]
    name = _called(now)
    if was["description"] != now["description"]:
        yield Difference("changed", _("Line"), was["description"], now["description"])
    # That a choice is called another name now is told once, with the choice.
    groups = {group["key"]: group["name"] for offer in (old, new) for group in offer["groups"]} | {None: ""}
    facts = [
        [
            (_kind(line), _("what you may do with it")),
            (groups[line["group"]], _("choice")),
            (line["label"], _("label")),
            (line["details"], _("details")),
            (_quantity(line), _("quantity")),
            (_range(line), _("quantities to choose from")),
            (_price(Decimal(line["unit_price"]), currency), _("price")),
            (_discount(line, currency), _("discount")),
            (_vat(line), _("VAT")),
            (_("yes") if line["suggested"] else _("no"), _("suggested")),
        ]
        for line in (was, now)
    ]
    for (before, label), (after, _label) in zip(*facts, strict=True):
        if before != after:
            yield Difference(
                "changed",
                _("%(line)s, %(what)s") % {"line": name, "what": label},
                before or "–",
                after or "–",
            )


def _called(line: dict[str, Any]) -> str:
    return _("“%s”") % line["description"]


def _worth(line: dict[str, Any], currency: str) -> str:
    if line["kind"] in (LineKind.HEADING, LineKind.NOTE):
        return ""
    return formats.money(Decimal(line["net"]), currency)


def _kind(line: dict[str, Any]) -> str:
    return str(LineKind(line["kind"]).label)


def _quantity(line: dict[str, Any]) -> str:
    return f"{line['quantity']} {line['unit']}".strip()


def _range(line: dict[str, Any]) -> str:
    if line["most_quantity"] is None:
        return ""
    return _("%(least_quantity)s to %(most_quantity)s") % line


def _price(price: Decimal, currency: str) -> str:
    """Pounds and pence, and the parts of a penny where there are any."""
    whole = formats.money(price, currency)
    return whole if price == round_penny(price) else f"{formats.currency_sign(currency)}{plain(price)}"


def _discount(line: dict[str, Any], currency: str) -> str:
    percent, amount = Decimal(line["discount_percent"]), Decimal(line["discount_amount"])
    parts = [f"{plain(percent)}%"] if percent else []
    parts += [formats.money(amount, currency)] if amount else []
    return ", ".join(parts)


def _vat(line: dict[str, Any]) -> str:
    vat = line["vat"]
    return f"{vat['label']} ({vat['percent']}%)" if vat["category"] else ""


def _attachments(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    was, now = ([(file["sha256"], file["name"]) for file in offer["attachments"]] for offer in (old, new))
    for file in was:
        if file not in now:
            yield Difference("removed", _("Attachment “%s”") % file[1])
    for file in now:
        if file not in was:
            yield Difference("added", _("Attachment “%s”") % file[1])


def _ends(before: Quote, after: Quote) -> Iterator[Difference]:
    if before.valid_until != after.valid_until:
        yield Difference(
            "changed", _("Valid until"), formats.day(before.valid_until), formats.day(after.valid_until)
        )
    if before.total != after.total:
        yield Difference(
            "changed",
            _("Total"),
            formats.money(before.total, before.currency),
            formats.money(after.total, after.currency),
        )
