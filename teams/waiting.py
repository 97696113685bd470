"""What waits for the member on Today. A room above this one adds its own from its AppConfig (TEA-8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from teams.models import Team


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for the member, with the button that deals with it."""

    icon: str
    title: str
    text: str
    url: str
    button: str
    tone: str = ""


Source = Callable[[Team, dt.date], Iterable[Waiting]]
_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Ask `source` what waits, with a few queries at most, whatever the number of rows."""
    if source not in _sources:
        _sources.append(source)


def from_sources(team: Team, date: dt.date) -> list[Waiting]:
    """What the rooms above say."""
    return [waiting for source in _sources for waiting in source(team, date)]
