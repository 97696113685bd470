"""Rate limits of the pages before the door, kept in the database: an emptied Redis forgets none."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.http import HttpRequest

RATES = {
    # By address of the network and by mailbox: many people may sit behind one router.
    "link": "30/h/ip,5/h/key",
    "invite": "60/h/ip",
}


def allowed(request: HttpRequest, action: str, *, key: str = "") -> bool:
    """Count one try; False when it is one too many."""
    usage = ratelimit.consume(
        request, app="portal", action=action, config=RATES, key=f"{action}:{key.strip().lower()}"
    )
    return usage is not None
