"""The mailed way in to one quote (trust 6): a link with a long token, exchanged for a short cookie.

The cookie holds the number of the link, signed for this team, and never the token: what it may do is asked
of the row with every request, so that a revoked link is out at the next one. It is sent to the quotes' pages
only. That rules out the prefix `__Host-`, which insists on the path `/` and would send the cookie along with
every request to this host; over https it has `__Secure-`, which keeps plain http from planting one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from portal.models import PortalAccess, Section
from quotes.models import Quote, QuoteLink
from teams.models import Team
from teams.models.member import hash_token
from teams.scope import team_scope

COOKIE_AGE = 2 * 60 * 60
NO_LINK = 0
# New links that one old one may bring about within an hour.
MOST_AN_HOUR = 5


@dataclass(frozen=True, slots=True)
class LinkVisit:
    """Somebody who came by a mailed link, and the accesses whose toggles hold for them."""

    team: Team
    link: QuoteLink | None
    accesses: tuple[PortalAccess, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the link itself still works."""
        return self.link is not None and is_live(self.link)

    @property
    def is_suspended(self) -> bool:
        """The master switch is off. A client who was never invited has no switch that could be off."""
        link = self.link
        return (
            link is not None
            and not link.client.portal_enabled
            and any(access.invited_at for access in self.accesses)
        )

    def shows(self, section: Section) -> bool:
        """The toggle of the login with the link's address, else of any login, else on (POR-5)."""
        governing = self._own() or self.accesses
        return not governing or any(access.shows(section) for access in governing)

    @property
    def hides_prices(self) -> bool:
        """Whether the login with the link's address is one that sees no prices (POR-6)."""
        return any(access.hides_prices for access in self._own())

    def _own(self) -> tuple[PortalAccess, ...]:
        address = self.link.email.lower() if self.link else ""
        return tuple(access for access in self.accesses if address and access.email.lower() == address)


def visit_of(request: HttpRequest, team_id: int, slug: str) -> LinkVisit | None:
    """Who the browser's cookie says has come by a link; None without one."""
    number = remembered(request, slug)
    if number is None:
        return None
    with team_scope(team_id):
        team = Team.objects.get(pk=team_id)
        link = QuoteLink.objects.select_related("client").filter(team=team, pk=number).first()
        accesses = tuple(PortalAccess.objects.filter(client_id=link.client_id)) if link else ()
    if link is not None:
        # One team, one object: what the page is drawn with.
        link.client.team = team
    return LinkVisit(team, link, accesses)


def is_live(link: QuoteLink) -> bool:
    """Neither revoked nor too old."""
    return link.revoked_at is None and link.expires_at > timezone.now()


def find_link(team: Team, token: str) -> QuoteLink | None:
    """The link behind a token, whatever became of it."""
    return QuoteLink.objects.filter(team=team, token_hash=hash_token(token)).first()


def counting_quote(link: QuoteLink) -> Quote | None:
    """The version that counts of the link's quote: the newest that was sent."""
    sent = Quote.objects.select_related("team", "client").filter(team_id=link.team_id, entry_id=link.entry_id)
    return sent.visible_to_client().order_by("-version").first()


def links_of_the_hour(link: QuoteLink) -> int:
    """How many links to this quote went to this address within an hour."""
    since = timezone.now() - timedelta(hours=1)
    return QuoteLink.objects.filter(
        team_id=link.team_id, entry_id=link.entry_id, email=link.email, created_at__gt=since
    ).count()


# ---- The cookie -----------------------------------------------------------------------------------


def cookie_name() -> str:
    """See the module's head for the prefix."""
    return "__Secure-cma_quote" if settings.SESSION_COOKIE_SECURE else "cma_quote"


def remember(response: HttpResponse, slug: str, link: QuoteLink | None) -> None:
    """Exchange the token: an unknown one gets a cookie as well, so that the answer is the same."""
    response.set_signed_cookie(
        cookie_name(),
        str(link.pk if link else NO_LINK),
        salt=_salt(slug),
        max_age=COOKIE_AGE,
        path=reverse("portal:quotes", args=[slug]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def remembered(request: HttpRequest, slug: str) -> int | None:
    """The number of the link; None without a cookie, or with one that is too old or not ours."""
    found = request.get_signed_cookie(cookie_name(), default="", salt=_salt(slug), max_age=COOKIE_AGE)
    return int(found) if found else None


def _salt(slug: str) -> str:
    return f"portal.quote-link.{slug}"
