"""What the lists of invoices and of quotes have in common: their filters and their frame (SCR-5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from django.http import QueryDict

from clients.models import Client
from cma.keyset import KeysetPage
from cma.listing import Chip, Period, address, is_id, pager_label, periods, words_of
from teams.access import OfficeRequest
from teams.models import Team
from teams.roles import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the address asks for besides the tab. What it says wrongly is passed over."""

    words: str
    client: Client | None
    period: Period

    @classmethod
    def read(cls, team: Team, query: QueryDict, **more: Any) -> Self:
        """The filters of this address; `more` is what a list has of its own."""
        number = query.get("client", "")
        client = team.clients.filter(pk=number).first() if is_id(number) else None
        return cls(words=words_of(query), client=client, period=Period.of(query), **more)

    @property
    def narrows(self) -> bool:
        """Whether anything besides the tab is asked for."""
        return bool(self.words or self.client or self.period)

    def chips(self, query: QueryDict, path: str) -> list[Chip]:
        """The filters that are on."""
        on = []
        if self.client is not None:
            on.append(Chip(self.client.name, address(query, path, client=None)))
        if self.period:
            on.append(self.period.chip(query, path))
        return on


def frame(request: OfficeRequest, wanted: Filters, page: KeysetPage[Any], total: int) -> dict[str, Any]:
    """What the template of a list needs besides its rows, tabs and counts. `total`: rows of this tab."""
    return {
        "wanted": wanted,
        "page": page,
        "pager": pager_label(len(page.rows), total),
        "chips": wanted.chips(request.GET, request.path),
        "periods": periods(request.GET, request.path, request.team.today()),
        "plain": request.path,
        "may_work": request.membership.may(Right.WORK),
        "may_export": request.membership.may(Right.EXPORT),
    }
