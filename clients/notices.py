"""What stands on top of a client's record, whatever tab is open, until somebody has dealt with it. A room
above this one adds its notices from its AppConfig.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from clients.models import Client
from cma.components import Words


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One sentence, and the POST that deals with it."""

    text: Words
    action: str
    label: Words


Source = Callable[[Client], Iterable[Notice]]
_sources: list[Source] = []


def add_notices(source: Source) -> None:
    """Ask `source` for its notices whenever a record is shown."""
    if source not in _sources:
        _sources.append(source)


def notices_for(client: Client) -> list[Notice]:
    """All that waits on this record."""
    return [notice for source in _sources for notice in source(client)]
