"""Money, quantities, dates and what is drawn of them. A builtin library (docs/frontend.md)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cma import charts, formats
from cma.components import Words

register = template.Library()


@register.simple_tag(name="money")
def money_tag(amount: Decimal, currency: str = "GBP", dash: bool = False) -> str:
    """`£1,234.50`; with `dash` nought is a dash, as tables want it."""
    return "–" if dash and not amount else formats.money(amount, currency)


@register.filter(name="money")
def money_filter(amount: Decimal | None, currency: str = "GBP") -> str:
    """`{{ invoice.total|money:invoice.currency }}`; nothing stays nothing."""
    return "" if amount is None or amount == "" else formats.money(amount, currency)


@register.simple_tag(name="sum")
def sum_tag(amount: Decimal, currency: str = "GBP") -> SafeString:
    """The portal's big sum, its pence smaller."""
    whole, pence = formats.money_parts(amount, currency)
    return format_html('<span class="sum">{}<small>{}</small></span>', whole, pence)


@register.filter
def currency_sign(currency: str) -> str:
    """`£`."""
    return formats.currency_sign(currency)


@register.filter
def quantity(number: Decimal) -> str:
    """`1.5`, no trailing noughts."""
    return formats.quantity(number)


@register.filter
def percent(rate: Decimal) -> str:
    """`20%`."""
    return formats.percent(rate)


@register.filter
def day(date: dt.date | None) -> str:
    """`21 Nov 2026`."""
    return formats.day(date) if date else ""


@register.filter
def day_short(date: dt.date | None) -> str:
    """`21 Nov`."""
    return formats.day_short(date) if date else ""


@register.filter
def moment(instant: dt.datetime | None) -> str:
    """`21 Nov 2026, 17:30`."""
    return formats.moment(instant) if instant else ""


@register.filter
def when(instant: dt.datetime | None) -> str:
    """`09:41` of today, `Yesterday 21:14`, `12 Nov 16:02`, `12 Nov 2025`."""
    return formats.when(instant, timezone.now()) if instant else ""


@register.filter
def days_from(date: dt.date | None, today: dt.date) -> str:
    """`in 8 days`, `4 days late`."""
    return formats.days_from(date, today) if date else ""


@register.filter
def initials(name: str) -> str:
    """`JW`."""
    return formats.initials(name)


@register.simple_tag
def meter(part: Decimal | int, whole: Decimal | int, label: Words, running: bool = False) -> SafeString:
    """How much of a whole: paid so far, or work under way."""
    width = charts.share(part, whole)
    if running:
        role = format_html(
            'role="progressbar" aria-valuenow="{}" aria-valuemin="0" aria-valuemax="{}" aria-label="{}"',
            part,
            whole,
            label,
        )
    else:
        role = format_html('role="img" aria-label="{}"', label)
    return format_html(
        '<svg class="meter{}" viewBox="0 0 1000 8" preserveAspectRatio="none" {}>'
        '<rect width="{}" height="8"/></svg>',
        " run" if running else "",
        role,
        width,
    )


@register.inclusion_tag("components/ageing.html")
def ageing(buckets: Sequence[charts.Bucket], currency: str = "GBP") -> dict[str, Any]:
    """Money owed by age: the bar and the four figures beneath it."""
    return {
        "buckets": buckets,
        "currency": currency,
        "segments": charts.segments([bucket.amount for bucket in buckets]),
        "told": ", ".join(f"{formats.money(bucket.amount, currency)} {bucket.label}" for bucket in buckets),
    }


@register.inclusion_tag("components/months.html")
def months(points: Sequence[charts.Month], currency: str = "GBP") -> dict[str, Any]:
    """Income by month. The bars round, their labels for screen readers do not."""
    tall = charts.heights([point.amount for point in points])
    return {"bars": list(zip(points, tall, strict=True)), "currency": currency}


@register.filter
def short_money(amount: Decimal, currency: str = "GBP") -> str:
    """`£9.8k`."""
    return formats.short_money(amount, currency)


@register.filter
def dialled(phone: str) -> str:
    """A telephone number as `tel:` wants it."""
    return re.sub(r"[^0-9+]", "", phone.replace("(0)", ""))
