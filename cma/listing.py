"""What lists have in common: filters that live in the address, so that it can be bookmarked (SCR-5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from cma.components import Tab, Words
from cma.formats import day_short
from cma.keyset import PAGE_SIZE

LONGEST_SEARCH = 100
# An export is made in one go, inside the request.
MOST_EXPORTED = 100_000


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, with the address without it; or a period on offer."""

    label: str
    url: str


def words_of(query: QueryDict) -> str:
    """What is searched for, tidied."""
    return " ".join(query.get("q", "")[:LONGEST_SEARCH].replace("\x00", "").split())


def is_id(text: str) -> bool:
    """Whether the text can be the id of a row."""
    return text.isascii() and text.isdecimal() and len(text) < 18


def address(query: QueryDict, path: str, **changes: str | None) -> str:
    """The address of the list with these changes, on its first page."""
    query = query.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{path}?{query.urlencode()}" if query else path


def status_tabs[S: str](
    query: QueryDict,
    path: str,
    offers: Iterable[tuple[Words, S | None, int]],
    *,
    current: S | None,
    late: S | None = None,
) -> list[Tab]:
    """A tab for each status on offer (label, status, count); None is all of them. `late` is told in red."""
    return [
        Tab(
            label=label,
            url=address(query, path, status=str(status) if status else None),
            count=count,
            current=status == current,
            late=late is not None and status == late and count > 0,
        )
        for label, status, count in offers
    ]


def pager_label(here: int, total: int) -> str:
    """`25 of 153`; nothing where one page holds them all."""
    if total <= PAGE_SIZE:
        return ""
    return _("%(here)d of %(total)d") % {"here": here, "total": total}


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both included and both optional. What the address says wrongly is passed over."""

    since: dt.date | None
    until: dt.date | None

    @classmethod
    def of(cls, query: QueryDict) -> Period:
        return cls(_day(query.get("since", "")), _day(query.get("until", "")))

    def __bool__(self) -> bool:
        return bool(self.since or self.until)

    def __str__(self) -> str:
        since, until = self.since, self.until
        if since and until:
            return _("%(since)s to %(until)s") % {"since": _with_year(since), "until": _with_year(until)}
        return (
            _("Since %s") % _with_year(since) if since else _("Until %s") % _with_year(until or dt.date.max)
        )

    def chip(self, query: QueryDict, path: str) -> Chip:
        """The filter as it is shown while it is on."""
        return Chip(str(self), address(query, path, since=None, until=None))


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _with_year(date: dt.date) -> str:
    return f"{day_short(date)} {date.year}"


def near_day(date: dt.date, today: dt.date) -> str:
    """`19 Nov`, with the year when it is not this one."""
    return day_short(date) if date.year == today.year else _with_year(date)


def periods(query: QueryDict, path: str, today: dt.date) -> Iterable[Chip]:
    """Periods that are often asked for; the tax year of the UK begins on 6 April."""
    month = today.replace(day=1)
    before = (month - dt.timedelta(days=1)).replace(day=1)
    tax = dt.date(today.year - (today < dt.date(today.year, 4, 6)), 4, 6)
    offers = [
        (_("This month"), month, None),
        (_("Last month"), before, month - dt.timedelta(days=1)),
        (_("This year"), today.replace(month=1, day=1), None),
        (_("This tax year"), tax, None),
        (_("Last tax year"), tax.replace(year=tax.year - 1), tax - dt.timedelta(days=1)),
    ]
    for label, since, until in offers:
        url = address(query, path, since=since.isoformat(), until=until.isoformat() if until else None)
        yield Chip(label, url)
