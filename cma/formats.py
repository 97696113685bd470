"""Money, dates and days in words, in the language that is active (TIM-2: 21 Nov 2026, £1,234.50).

Pure functions; the template tags, the PDFs and the mails all go through them, so that one sum looks
the same everywhere.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone, translation
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUS = "\u2212"
SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}
NO_MINOR_UNIT = {"JPY", "KRW", "ISK"}


def grouped(number: Decimal, places: int) -> str:
    """The number rounded to `places`, with the language's separators and a real minus sign."""
    digits = f"{abs(number).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
    whole, _dot, fraction = digits.partition(".")
    groups: list[str] = []
    while whole:
        whole, group = whole[:-3], whole[-3:]
        groups.insert(0, group)
    text = str(get_format("THOUSAND_SEPARATOR")).join(groups)
    if fraction:
        text += str(get_format("DECIMAL_SEPARATOR")) + fraction
    return (MINUS if number < 0 and Decimal(digits) else "") + text


def money(amount: Decimal, currency: str = "GBP") -> str:
    """`Decimal("-1234.5")` in GBP is `−£1,234.50`. A float is a mistake and is refused (MON-1)."""
    if not isinstance(amount, Decimal):
        raise TypeError(f"money is a Decimal, not {type(amount).__name__}")
    text = grouped(amount, 0 if currency in NO_MINOR_UNIT else 2)
    sign = SIGNS.get(currency, f"{currency}\u00a0")
    return f"{MINUS}{sign}{text[1:]}" if text.startswith(MINUS) else f"{sign}{text}"


def currency_sign(currency: str) -> str:
    """What stands before the field in which a sum of this currency is typed."""
    return SIGNS.get(currency, currency)


def money_parts(amount: Decimal, currency: str = "GBP") -> tuple[str, str]:
    """`£5,336` and `.40`: the portal sets the pence smaller."""
    text = money(amount, currency)
    if currency in NO_MINOR_UNIT:
        return text, ""
    return text[:-3], text[-3:]


def short_money(amount: Decimal, currency: str = "GBP") -> str:
    """`£9.8k`, `£1.2m`: only above the bars of a chart, where every sum is also told in full."""
    sign = SIGNS.get(currency, f"{currency}\u00a0")
    size = abs(amount)
    if size >= 999_950:
        text = grouped(amount / 1_000_000, 1) + "m"
    elif size >= 1_000:
        text = grouped(amount / 1_000, 1) + "k"
    else:
        text = grouped(amount, 0)
    return f"{MINUS}{sign}{text[1:]}" if text.startswith(MINUS) else f"{sign}{text}"


def quantity(number: Decimal) -> str:
    """At most three places and no trailing noughts: `14`, `1.5`, `0.125`."""
    text = f"{number:f}"
    places = len(text.partition(".")[2].rstrip("0"))
    return grouped(number, min(places, 3))


def percent(rate: Decimal) -> str:
    """`Decimal("20.00")` is `20%`."""
    return f"{quantity(rate)}%"


def day(date: dt.date) -> str:
    """`21 Nov 2026`; an instant is taken in the zone that is active."""
    return date_format(_local(date), _pattern("j M Y"))


def day_short(date: dt.date) -> str:
    """`21 Nov`, where the year goes without saying."""
    return date_format(_local(date), _pattern("j M"))


def day_long(date: dt.date) -> str:
    """`Saturday 21 November`: the head of Today."""
    return date_format(_local(date), _pattern("l j F"))


def moment(instant: dt.datetime) -> str:
    """`21 Nov 2026, 17:30`, in the zone that is active (TIM-1)."""
    return f"{day(instant)}, {clock(instant)}"


def clock(instant: dt.datetime) -> str:
    """`17:30`, in the zone that is active."""
    return date_format(_local(instant), "H:i")


def when(instant: dt.datetime, now: dt.datetime) -> str:
    """As short as it is clear: `09:41`, `Yesterday 21:14`, `12 Nov 16:02`, `12 Nov 2025`."""
    there, here = timezone.localtime(instant).date(), timezone.localtime(now).date()
    away = (here - there).days
    if away == 0:
        return clock(instant)
    if away == 1:
        return _("Yesterday %(time)s") % {"time": clock(instant)}
    if there.year == here.year or 0 <= away < 180:
        return f"{day_short(instant)} {clock(instant)}"
    return day(instant)


def days_from(date: dt.date, today: dt.date) -> str:
    """`in 8 days`, `today`, `4 days late`: how far a due date is away."""
    away = (date - today).days
    if away == 0:
        return _("today")
    if away == 1:
        return _("tomorrow")
    if away > 0:
        return ngettext("in %(days)d day", "in %(days)d days", away) % {"days": away}
    return ngettext("%(days)d day late", "%(days)d days late", -away) % {"days": -away}


def initials(name: str) -> str:
    """`Jo Whitaker` is JW, `Meadow Lane Lettings Ltd` is ML, nothing is a question mark."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def _local(date: dt.date) -> dt.date:
    if isinstance(date, dt.datetime) and timezone.is_aware(date):
        return timezone.localtime(date)
    return date


def _pattern(british: str) -> str:
    """The British order is the brief's own; another language brings its own pattern."""
    if (translation.get_language() or "en").startswith("en"):
        return british
    return {"j M Y": "DATE_FORMAT", "j M": "MONTH_DAY_FORMAT", "l j F": "DATE_FORMAT"}[british]
