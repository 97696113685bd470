"""Rate limits of the pages before the door, kept in the database: an emptied Redis forgets none."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.http import HttpRequest

RATES = {
    # By address of the network and by mailbox: many people may sit behind one router.
    "link": "30/h/ip,5/h/key",
    "invite": "60/h/ip",
    # Each correction is a mail to the owners.
    "details": "20/d/key",
    # Tokens of quotes' links that nobody was sent; new links; questions about one quote.
    "quote-link": "60/h/ip",
    "quote-link-again": "20/h/ip",
    "quote-say": "120/h/ip,40/h/key",
    # Each try may start a process of its own, with the quote locked.
    "quote-sign": "60/h/key",
}


def allowed(request: HttpRequest, action: str, *, key: str = "") -> bool:
    """Count one try; False when it is one too many."""
    return _consume(request, action, key=key)


def still_allowed(request: HttpRequest, action: str) -> bool:
    """Whether a try would be one too many; counts nothing."""
    return _consume(request, action, dry_run=True)


def _consume(request: HttpRequest, action: str, *, key: str = "", dry_run: bool = False) -> bool:
    usage = ratelimit.consume(
        request,
        app="portal",
        action=action,
        config=RATES,
        key=f"{action}:{key.strip().lower()}",
        dry_run=dry_run,
        # Following a link is a GET.
        limit_get=True,
    )
    return usage is not None
