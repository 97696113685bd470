"""The mailed way in to a quote (trust 6). Mail scanners open links too, so opening one changes nothing: the
token is exchanged for a short cookie and a clean address, and "viewed" is marked by the quote's own page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cma.answers import shown
from cma.errors import too_many
from portal import quote_links
from portal.access import DoorstepRequest, doorstep
from portal.limits import allowed, still_allowed
from portal.outside import link_is_gone
from portal.views.doors import keys_here
from quotes import mailing, sending
from quotes.models import QuoteLink
from teams.access import own_scope
from teams.models.member import hash_token, new_token


@require_safe
@doorstep
@own_scope
@never_cache
def quote_link(request: DoorstepRequest, token: str) -> HttpResponse:
    """The mailed address. Found or not, the answer is a cookie and a redirect; only where to differs."""
    if not still_allowed(request, "quote-link"):
        return too_many(request)
    with request.open_team_scope():
        link = quote_links.find_link(request.team, token)
        # Who is signed in here goes by the login, and needs no link that works.
        leads_on = link is not None and (quote_links.is_live(link) or bool(keys_here(request)))
        quote = quote_links.counting_quote(link) if link and leads_on else None
    if link is None:
        allowed(request, "quote-link")
    slug = request.team.slug
    response = redirect("portal:quote", slug, quote.pk) if quote else redirect("portal:quote-link-gone", slug)
    quote_links.remember(response, slug, link)
    # Only here, where the address holds the token: from a page with this policy a browser would send no
    # origin with its forms either. The clean pages tell other sites nothing (same-origin).
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@doorstep
@never_cache
def quote_link_gone(request: DoorstepRequest) -> HttpResponse:
    """What an unknown link leads to: the same page as one that is too old or was revoked."""
    return link_is_gone(request)


@require_POST
@doorstep
@own_scope
@never_cache
def quote_link_again(request: DoorstepRequest) -> HttpResponse:
    """A new link to the address that the old one went to; the answer is the same whatever became of it."""
    if not allowed(request, "quote-link-again"):
        return too_many(request)
    with request.open_team_scope():
        number = quote_links.remembered(request, request.team.slug)
        link = QuoteLink.objects.filter(team=request.team, pk=number).first() if number else None
        if link is not None:
            _send_again(link)
        else:
            # Some of the same work for nobody.
            hash_token(new_token())
    return shown(request, "portal/quote_link_sent.html")


def _send_again(link: QuoteLink) -> None:
    """To nobody whose address has left the client's record; too many within an hour are left out as well."""
    quote = quote_links.counting_quote(link)
    if quote is None or sending.link_expiry(quote) <= timezone.now():
        return
    saved = {email.address.lower() for email in link.client.emails.all()}
    if link.email.lower() in saved and quote_links.links_of_the_hour(link) < quote_links.MOST_AN_HOUR:
        mailing.queue_sent(quote, link.email)
