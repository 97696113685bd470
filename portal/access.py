"""What a portal view asks for. Every address under /p/<team>/ says who may come with one of these marks.

`@section(Section.INVOICES)`: a client whose section is switched on. `@section(None)`: any client who is
let in. `@section(Section.QUOTES, by_link=True)`: also who comes by the mailed link to that one quote.
`@doorstep`: everybody, before the door (sign-in, invitation). A view that says nothing is refused by the
door, so that forgetting it cannot open a page. The office's twin is `teams.access`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from clients.models import Client
from portal.models import PortalAccess, Section
from quotes.models import QuoteLink
from teams.models import Team, User
from teams.scope import Scope

OpensScope = Callable[[], AbstractContextManager[Scope]]


class DoorstepRequest(HttpRequest):
    """A request that stands before the door: the team is known, the person may be anybody."""

    htmx: HtmxDetails
    team: Team
    # A member looks on ("View as client", POR-7): nothing is marked as seen, nothing can be changed.
    is_preview: bool
    # The team's whole scope, for views with `@own_scope`: to look up a link, or to write a mail.
    open_team_scope: OpensScope


class PortalRequest(DoorstepRequest):
    """A request that passed the door of the portal."""

    user: User
    client: Client
    # None for who came by a mailed link and is not signed in here.
    access: PortalAccess
    link: QuoteLink | None
    hides_prices: bool
    # What this person is called in what they do.
    shown_name: str
    # The client's own scope, for views with `@own_scope`.
    open_scope: OpensScope


def section[View: Callable[..., Any]](
    which: Section | None, *, by_link: bool = False
) -> Callable[[View], View]:
    """The page belongs to this section, or to all of the portal; switched off it is a 404 (POR-5).

    `by_link`: the page shows one quote, and a mailed link opens it as well as a login (trust 6).
    """

    def mark(view: View) -> View:
        view.cma_section = which  # type: ignore[attr-defined]
        view.cma_by_link = by_link  # type: ignore[attr-defined]
        return _asks_itself(view)

    return mark


def doorstep[View: Callable[..., Any]](view: View) -> View:
    """Open to everybody who knows the team's address: the way in, and nothing of any client."""
    view.cma_doorstep = True  # type: ignore[attr-defined]
    return _asks_itself(view)


def _asks_itself[View: Callable[..., Any]](view: View) -> View:
    # The portal's door asks for the sign-in, with the firm's own page in place of ours.
    view.login_required = False  # type: ignore[attr-defined]
    return view
