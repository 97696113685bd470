"""The places of the office, as data: an app that gains a page for daily work adds its entry here.

`side` is the bar on a desk, `dock` the bar at the thumb (five at most). Quotes and invoices share one place
there, Work, and are told apart by the pills at the top. What stands behind the team's name is ACCOUNT. An
entry whose address does not exist is a mistake that the tests of the pages find.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ALL = frozenset({"owner", "admin", "staff", "accountant"})
SETTINGS = frozenset({"owner", "admin"})


@dataclass(frozen=True, kw_only=True)
class Place:
    """One entry. It is the current one when the view's name begins with one of `marks`."""

    label: Promise
    icon: str
    view: str
    marks: tuple[str, ...]
    side: bool = True
    dock: bool = True
    roles: frozenset[str] = ALL
    section: str = ""


@dataclass(frozen=True, kw_only=True)
class Link:
    """A place as this person sees it on this page."""

    label: Promise
    icon: str
    url: str
    current: bool
    side: bool
    dock: bool
    # How many things wait there; nought says nothing.
    count: int = 0


WORK = (
    Place(
        label=_("Quotes"),
        icon="file-text",
        view="quotes:quote-list",
        marks=("quotes:quote", "quotes:kit"),
        dock=False,
    ),
    Place(
        label=_("Invoices"),
        icon="file-invoice",
        view="invoices:invoice-list",
        marks=("invoices:", "payments:payment", "payments:invoice", "payments:transfer"),
        dock=False,
    ),
)

SIDE = (
    Place(label=_("Today"), icon="home", view="teams:today", marks=("teams:today", "teams:first-steps")),
    Place(
        label=_("Clients"),
        icon="users",
        view="clients:client-list",
        marks=("clients:", "billing:", "access:", "quotes:client-quotes"),
    ),
    *WORK,
    Place(
        label=_("Work"),
        icon="file-invoice",
        view="invoices:invoice-list",
        marks=tuple(mark for place in WORK for mark in place.marks),
        side=False,
    ),
    Place(label=_("Products"), icon="package", view="catalogue:product-list", marks=("catalogue:product",)),
)

ACCOUNT = (
    Place(
        label=_("Settings"),
        icon="settings",
        view="teams:settings",
        marks=("teams:settings", "payments:billing", "payments:stripe"),
        roles=SETTINGS,
    ),
    Place(
        label=_("Team members"),
        icon="users-group",
        view="teams:members",
        marks=("teams:member",),
        roles=SETTINGS,
    ),
    Place(label=_("VAT rates"), icon="percentage", view="catalogue:vat-rates", marks=("catalogue:vat",)),
    Place(
        label=_("Audit log"), icon="history", view="teams:audit-log", marks=("teams:audit",), roles=SETTINGS
    ),
)


PORTAL = (
    Place(label=_("Home"), icon="home", view="portal:home", marks=("portal:home",)),
    Place(
        label=_("Quotes"), icon="file-text", view="portal:quotes", marks=("portal:quote",), section="quotes"
    ),
    Place(
        label=_("Billing"),
        icon="receipt",
        view="portal:billing",
        marks=("portal:billing", "portal:invoice", "portal:pay", "portal:bank", "portal:receipt"),
        section="invoices",
    ),
    Place(
        label=_("Book"),
        icon="calendar",
        view="portal:meetings",
        marks=("portal:meeting",),
        section="meetings",
    ),
    Place(label=_("Files"), icon="photo", view="portal:files", marks=("portal:file",), section="files"),
    Place(
        label=_("Messages"),
        icon="message",
        view="portal:messages",
        marks=("portal:message",),
        section="messages",
    ),
)


def links(request: HttpRequest, places: tuple[Place, ...]) -> list[Link]:
    """The places this member may enter, with the current one marked."""
    role = str(getattr(getattr(request, "membership", None), "role", ""))
    return _resolved(request, [place for place in places if role in place.roles])


def portal_links(request: HttpRequest) -> list[Link]:
    """The client's places; nothing for one who is not let in."""
    access = getattr(request, "access", None)
    if access is None:
        return []
    return _resolved(
        request,
        [place for place in PORTAL if not place.section or getattr(access, f"shows_{place.section}", False)],
    )


def _resolved(request: HttpRequest, places: list[Place]) -> list[Link]:
    team = getattr(request, "team", None)
    if team is None:
        return []
    match = request.resolver_match
    here = match.view_name if match else ""
    found = []
    for place in places:
        try:
            url = reverse(place.view, args=[team.slug])
        except NoReverseMatch:
            # The page comes with a later feature; tests/cma/test_menu.py knows which may be missing.
            continue
        found.append(
            Link(
                label=place.label,
                icon=place.icon,
                url=url,
                current=here.startswith(place.marks),
                side=place.side,
                dock=place.dock,
                count=getattr(request, "place_counts", {}).get(place.view, 0),
            )
        )
    return found
