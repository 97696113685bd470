"""What the client had before them when they signed, as a token that the form carries (QUO-8)."""

from __future__ import annotations

import base64
import binascii
import json
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cma import formats
from quotes import choices
from quotes.answering import figures_of
from quotes.choices import Figures, Picks, plain, store_picks
from quotes.errors import Moved
from quotes.models.answer import Comment
from quotes.models.quote import Quote
from quotes.offer import Difference, canonical, differences

# Far beyond what the form carries for 200 lines; what is longer was not made by us.
LONGEST_SEEN = 40_000
MOST_IDS = 2**63


def seen_of(quote: Quote, picks: Picks) -> str:
    """What the form shows, as a token that it carries: the version's fingerprint, ticks, total, and the last
    remark, as the exchange is signed, too (QUO-5).
    """
    last = _exchange(quote).order_by("-pk").values_list("pk", flat=True).first()
    seen = {
        "offer": quote.fingerprint,
        "picks": store_picks(picks),
        "total": str(figures_of(quote, picks).totals.total),
        "said": last or 0,
    }
    return base64.urlsafe_b64encode(canonical(seen).encode()).decode()


def _read_seen(seen: str) -> dict[str, Any]:
    """What a token says, as far as it can be read; it decides nothing and is only shown."""
    try:
        found = json.loads(base64.urlsafe_b64decode(seen[:LONGEST_SEEN].encode()))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def check_seen(quote: Quote, picks: Picks, figures: Figures, seen: str) -> None:
    """Raises Moved when the form showed another version, other ticks, another total, or less of what was
    said since (QUO-5, QUO-8).
    """
    if seen == seen_of(quote, picks):
        return
    saw = _read_seen(seen)
    found: list[Difference] = []
    if saw.get("offer") != quote.fingerprint and (earlier := _version_seen(quote, saw.get("offer"))):
        found += differences(earlier, quote)
    stored = saw.get("picks")
    found += _ticks(quote, choices.read_picks(stored) if isinstance(stored, dict) else {}, picks)
    found += _total(quote, saw.get("total"), figures.totals.total)
    found += _said_since(quote, saw.get("said"))
    raise Moved(quote, found)


def _version_seen(quote: Quote, wanted: Any) -> Quote | None:
    # Compared here: what a stranger made up may be no text that the database takes.
    versions = Quote.objects.filter(team_id=quote.team_id, entry_id=quote.entry_id).exclude(pk=quote.pk)
    return next(
        (version for version in versions if version.fingerprint and version.fingerprint == wanted), None
    )


def _exchange(quote: Quote) -> QuerySet[Comment]:
    return Comment.objects.filter(team_id=quote.team_id, quote__entry_id=quote.entry_id)


def _said_since(quote: Quote, last: Any) -> list[Difference]:
    if not isinstance(last, int) or not 0 <= last < MOST_IDS:
        return []
    return [
        Difference(
            "added",
            _("What %(name)s said about %(what)s")
            % {
                "name": said.author_name,
                "what": _("“%s”") % said.about if said.about else _("the whole quote"),
            },
            after=said.text,
        )
        for said in _exchange(quote).filter(pk__gt=last).order_by("pk")
    ]


def _ticks(quote: Quote, saw: Picks, now: Picks) -> list[Difference]:
    found = []
    for line in quote.lines.all():
        before, after = saw.get(line.key), now.get(line.key)
        if before == after:
            continue
        name = _("“%s”") % line.description
        if before is None or after is None:
            words = (_("not chosen"), _("chosen"))
            found.append(Difference("changed", name, *(words if before is None else words[::-1])))
        else:
            found.append(Difference("changed", name, plain(before), plain(after)))
    return found


def _total(quote: Quote, saw: Any, now: Decimal) -> list[Difference]:
    try:
        before = Decimal(str(saw)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return []
    if before.is_nan() or before == now:
        return []
    money = (formats.money(sum_, quote.currency) for sum_ in (before, now))
    return [Difference("changed", _("Total"), *money)]
