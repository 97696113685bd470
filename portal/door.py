"""The portal's gate, in one place (POR-5): signed in ∧ holds a key to this team's client ∧ portal on ∧
section on. That the row is this client's and visible is said twice: by queries that start at
`request.client`, and by row security, which in the client's scope shows nothing else.

A quote has a second way in (trust 6): a mailed link that still works ∧ portal not suspended ∧ section on.
It opens the pages of that one quote and no others; who is signed in here goes by the login.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, cast

from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from clients.models import Client, ClientKind
from cma.answers import by_htmx
from portal import preview, quote_links
from portal.access import PortalRequest
from portal.models import PortalAccess, Section
from portal.offers import open_offers
from portal.outside import (
    drawn_for_another,
    link_is_gone,
    not_found,
    nothing_here,
    only_looking,
    onwards,
    suspended,
    to_sign_in,
)
from portal.preview import LOOKING, Preview, looking_scope
from portal.quote_links import LinkVisit
from teams.audit import acting, record
from teams.directory import Key, memberships_of, portal_accesses_of, team_by_slug
from teams.middleware import actor_of, second_factor_wanted
from teams.models import Team, User
from teams.scope import team_scope

# A scope of no client at all: the team and its logo, and nobody's rows.
NOBODY = -1
CHOSEN = "portal_clients"
SEEN_EVERY = timedelta(minutes=10)


def portal_door(request: HttpRequest, slug: str, view: Any, stack: ExitStack) -> HttpResponse | None:
    """Clients with a key only; a stranger and a team that does not exist get the same 404 (TEN-3)."""
    is_doorstep = getattr(view, "cma_doorstep", False)
    if not is_doorstep and not hasattr(view, "cma_section"):
        raise ImproperlyConfigured(f"{view.__name__} names no section")
    team_id = team_by_slug(slug)
    if team_id is None:
        raise Http404
    looking = preview.preview_of(request, team_id)
    if is_doorstep:
        return before_the_door(request, team_id, looking, view, stack)
    if looking is not None and request.user.is_authenticated:
        return look_on(request, slug, looking, view, stack)
    keys = portal_accesses_of(person(request).pk) if request.user.is_authenticated else []
    if getattr(view, "cma_by_link", False) and not any(key.team_id == team_id for key in keys):
        visit = quote_links.visit_of(request, team_id, slug)
        if visit is not None:
            return by_link(request, visit, Section(view.cma_section), view, stack)
    if not request.user.is_authenticated:
        return to_sign_in(request, slug)
    return by_key(request, slug, team_id, view, stack, keys=keys)


def by_key(
    request: HttpRequest, slug: str, team_id: int, view: Any, stack: ExitStack, *, keys: list[Key]
) -> HttpResponse | None:
    """The way in for the client's own people: by the key that their login holds."""
    if by_htmx(request):
        # Whoever has lost the key loses the page that is still open, too (POR-8).
        request.cma_not_found = nothing_here  # type: ignore[attr-defined]
    here = [key for key in keys if key.team_id == team_id]
    if not here:
        raise Http404
    key = chosen_key(request, slug, here)
    if key is None:
        return onwards(request, reverse("portal:choose", args=[slug]))
    access = access_of(request, key)
    request.open_scope = partial(team_scope, team_id, key.client_id)  # type: ignore[attr-defined]
    prepare(request, access.team, stack)
    # Two clients of one team are changed between here, two teams on the page of all doors.
    request.has_other_clients = len(here) > 1  # type: ignore[attr-defined]
    if not access.client.portal_enabled:
        return suspended(request)
    request.cma_not_found = not_found  # type: ignore[attr-defined]
    if (stale := drawn_for_another(request, f"{access.pk}")) is not None:
        return stale
    if view.cma_section is not None and not access.shows(Section(view.cma_section)):
        raise Http404
    let_in(request, access, keys, stack)
    if not getattr(view, "cma_own_scope", False):
        stack.enter_context(team_scope(team_id, key.client_id))
    return None


def by_link(
    request: HttpRequest, visit: LinkVisit, wanted: Section, view: Any, stack: ExitStack
) -> HttpResponse | None:
    """Let in who came by a mailed link, to that one quote: `portal.offers` begins every query there."""
    prepare(request, visit.team, stack)
    link = visit.link
    if link is None or not visit.is_open:
        return link_is_gone(request)
    if visit.is_suspended:
        return suspended(request)
    request.cma_not_found = not_found  # type: ignore[attr-defined]
    if (stale := drawn_for_another(request, f"link-{link.pk}")) is not None:
        return stale
    if not visit.shows(wanted):
        raise Http404
    request.client, request.access, request.link = link.client, None, link  # type: ignore[attr-defined]
    request.hides_prices = visit.hides_prices  # type: ignore[attr-defined]
    request.shown_name = link.client.name  # type: ignore[attr-defined]
    request.greeted_as = greeted_as(link.client)  # type: ignore[attr-defined]
    # By what the link proves, whoever else may be signed in beside it.
    stack.enter_context(acting(replace(actor_of(request), name=link.client.name, user_id=None)))
    request.open_scope = partial(team_scope, visit.team.pk, link.client_id)  # type: ignore[attr-defined]
    if not getattr(view, "cma_own_scope", False):
        stack.enter_context(team_scope(visit.team.pk, link.client_id))
    return None


def before_the_door(
    request: HttpRequest, team_id: int, looking: Preview | None, view: Any, stack: ExitStack
) -> HttpResponse | None:
    """The pages that lead in: they know the team, and see no client's row."""
    with team_scope(team_id, NOBODY):
        team = Team.objects.get(pk=team_id)
    prepare(request, team, stack)
    if looking is not None and not looking.is_over and request.method not in LOOKING:
        return only_looking(request, looking)
    if not getattr(view, "cma_own_scope", False):
        stack.enter_context(team_scope(team_id, NOBODY))
    return None


def look_on(
    request: HttpRequest, slug: str, looking: Preview, view: Any, stack: ExitStack
) -> HttpResponse | None:
    """ "View as client" (POR-7): the client's pages for a member, to look at and nothing else."""
    seen = None if looking.is_over else preview.view_of(looking, person(request).pk)
    if seen is None:
        preview.end(request)
        # The office's own door says whether they may still read the record.
        return onwards(request, reverse("access:access", args=[slug, looking.client_id]))
    team, access = seen.membership.team, seen.access
    prepare(request, team, stack)
    if (response := second_factor_wanted(request, team)) is not None:
        return response
    if request.method not in LOOKING:
        return only_looking(request, looking)
    request.is_preview, request.preview = True, looking  # type: ignore[attr-defined]
    request.cma_not_found = not_found  # type: ignore[attr-defined]
    introduce(request, access, access.user.name if access.user else "")
    if (stale := drawn_for_another(request, f"preview-{access.client_id}-{access.pk}")) is not None:
        return stale
    if view.cma_section is not None and not access.shows(Section(view.cma_section)):
        raise Http404
    request.open_scope = partial(looking_scope, team.pk, access.client_id)  # type: ignore[attr-defined]
    if not getattr(view, "cma_own_scope", False):
        stack.enter_context(looking_scope(team.pk, access.client_id))
    return None


def prepare(request: HttpRequest, team: Team, stack: ExitStack) -> None:
    """The firm's name, zone and language."""
    request.is_preview, request.preview = False, None  # type: ignore[attr-defined]
    request.team = team  # type: ignore[attr-defined]
    request.open_team_scope = partial(team_scope, team.pk)  # type: ignore[attr-defined]
    stack.enter_context(timezone.override(team.zone))
    stack.enter_context(translation.override(team.language))


def person(request: HttpRequest) -> User:
    """Who is signed in."""
    return cast("User", request.user)


def access_of(request: HttpRequest, key: Key) -> PortalAccess:
    """The row behind the key, read in the client's own scope."""
    with team_scope(key.team_id, key.client_id):
        access = (
            PortalAccess.objects.select_related("team", "client")
            .filter(pk=key.access_id, user=person(request))
            .first()
        )
    if access is None:
        raise Http404
    # One team, one object: what the page is drawn with.
    access.client.team = access.team
    return access


def chosen_key(request: HttpRequest, slug: str, keys: list[Key]) -> Key | None:
    """The client whose pages are shown: the only one, or the one chosen, as long as the key is held."""
    if len(keys) == 1:
        return keys[0]
    chosen = request.session.get(CHOSEN, {}).get(slug)
    return next((key for key in keys if key.client_id == chosen), None)


def let_in(request: HttpRequest, access: PortalAccess, keys: list[Key], stack: ExitStack) -> None:
    """Write down who is here, and note the visit."""
    user = person(request)
    introduce(request, access, user.name)
    request.has_other_doors = len(keys) > 1 or SimpleLazyObject(  # type: ignore[attr-defined]
        lambda: bool(memberships_of(user.pk))
    )
    stack.enter_context(acting(replace(actor_of(request), name=request.shown_name)))  # type: ignore[attr-defined]
    note_visit(access)


def introduce(request: HttpRequest, access: PortalAccess, name: str) -> None:
    """Whose pages these are, and how the person is called."""
    request.client, request.access, request.link = access.client, access, None  # type: ignore[attr-defined]
    request.hides_prices = access.hides_prices  # type: ignore[attr-defined]
    # Asked only by a page that shows its places.
    request.place_counts = {  # type: ignore[attr-defined]
        "portal:quotes": SimpleLazyObject(lambda: open_offers(cast("PortalRequest", request)).count())
    }
    # A login may have no name of its own: what one team calls its client is not told to another (POR-13).
    request.shown_name = name or access.stands_for  # type: ignore[attr-defined]
    request.greeted_as = access.first_name(name) or greeted_as(access.client)  # type: ignore[attr-defined]


def greeted_as(client: Client) -> str:
    """A person by their first name, a business by its name."""
    return client.name if client.kind == ClientKind.BUSINESS else client.name.split(" ")[0]


def note_visit(access: PortalAccess) -> None:
    """Invited becomes Active with the first visit; later ones are noted every few minutes (POR-2)."""
    now = timezone.now()
    if access.active_at and access.last_seen_at and now - access.last_seen_at < SEEN_EVERY:
        return
    with team_scope(access.team_id, access.client_id):
        row = PortalAccess.objects.filter(pk=access.pk)
        if row.filter(active_at=None).update(active_at=now):
            record("portal.first_visit", subject=access, client_id=access.client_id, email=access.email)
        row.update(last_seen_at=now)
