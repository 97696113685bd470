"""The sections of Settings, as data. A room above adds its own from its AppConfig (TEA-1)."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cma.components import Tab
from teams.models import Membership, Team
from teams.roles import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A page of Settings. It is the current one when the view's name begins with one of `marks`."""

    label: Promise
    view: str
    marks: tuple[str, ...]
    right: Right = Right.SETTINGS


SETTINGS_SECTIONS: list[Section] = [
    Section(label=_("Business"), view="teams:settings-business", marks=("teams:settings-business",)),
    Section(label=_("Branding"), view="teams:settings-branding", marks=("teams:settings-branding",)),
    Section(
        label=_("Billing & Payment Details"),
        view="payments:billing-settings",
        marks=("payments:billing-settings", "payments:stripe"),
    ),
    Section(label=_("Quotes"), view="quotes:settings", marks=("quotes:settings",)),
    Section(label=_("Wording"), view="teams:settings-wording", marks=("teams:settings-wording",)),
    Section(label=_("Members"), view="teams:members", marks=("teams:member",)),
    Section(
        label=_("Security"),
        view="teams:settings-security",
        marks=("teams:settings-security",),
        right=Right.OWNER,
    ),
    Section(label=_("Audit log"), view="teams:audit-log", marks=("teams:audit",)),
]


def sections_for(team: Team, membership: Membership, here: str) -> list[Tab]:
    """The sections this member may change, with the current one marked."""
    found = []
    for section in SETTINGS_SECTIONS:
        if not membership.may(section.right):
            continue
        try:
            url = reverse(section.view, args=[team.slug])
        except NoReverseMatch:
            # Belongs to a room that is not installed.
            continue
        found.append(Tab(label=section.label, url=url, current=here.startswith(section.marks)))
    return found
