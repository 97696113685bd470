"""How often something may be tried. Kept in the database, so that an emptied Redis forgets nothing."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.http import HttpRequest


def limited(request: HttpRequest, action: str, *, key: str, rate: str) -> bool:
    """Count one try at `action` for `key`; True when there were more than `rate` ("10/h")."""
    usage = ratelimit.consume(
        request, app="teams", action=action, key=key, config={action: f"{rate}/key"}, limit_get=True
    )
    return usage is None
