"""The tabs of a client's record (CLI-1). A room above this one adds its tab from its AppConfig."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from cma.components import Tab


@dataclass(frozen=True)
class RecordTab:
    key: str
    label: Promise
    view: str
    position: int


_tabs: list[RecordTab] = [RecordTab("overview", _("Overview"), "clients:client", 0)]


def add_tab(key: str, label: Promise, *, view: str, position: int) -> None:
    """Add a tab; `view` is an address name that takes the team's slug and the client's id."""
    if all(tab.key != key for tab in _tabs):
        _tabs.append(RecordTab(key, label, view, position))
        _tabs.sort(key=lambda tab: tab.position)


def tabs_for(client: Client, *, slug: str, current: str) -> list[Tab]:
    """The record's tabs with the current one marked."""
    return [
        Tab(label=tab.label, url=reverse(tab.view, args=[slug, client.pk]), current=tab.key == current)
        for tab in _tabs
    ]
