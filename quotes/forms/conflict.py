"""What is told to somebody whose draft was saved by another person meanwhile."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from cma import formats
from invoices.errors import Difference
from quotes.models import Quote

LONGEST = 160


def what_changed(stored: Quote, *, typed: dict[str, Any], total: Decimal, lines: int) -> list[Difference]:
    """Where the stored draft differs from what this person typed."""
    found = []
    if typed.get("client") and typed["client"] != stored.client:
        found.append(Difference(_("Client"), str(stored.client)))
    for name, label in (
        ("reference", _("Reference")),
        ("title", _("Title")),
        ("site", _("Address of the work")),
        ("intro", _("Opening words")),
        ("terms", _("Terms")),
    ):
        now = getattr(stored, name)
        if typed.get(name) is not None and typed[name].split() != now.split():
            found.append(Difference(label, f"{now[:LONGEST]}…" if len(now) > LONGEST else now or "–"))
    if typed.get("valid_until") != stored.valid_until:
        found.append(Difference(_("Valid until"), formats.day(stored.valid_until)))
    if total != stored.total:
        found.append(Difference(_("Total"), formats.money(stored.total, stored.currency)))
    count = stored.lines.count()
    if lines != count:
        found.append(Difference(_("Lines"), str(count)))
    return found
