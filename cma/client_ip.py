"""The one function that says where a request came from."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """The caller's address, trusting exactly `CMA_TRUSTED_PROXIES` entries of X-Forwarded-For from its end.

    With no trusted proxy the header means nothing: anybody can send one.
    """
    hops = settings.CMA_TRUSTED_PROXIES
    address = request.META.get("REMOTE_ADDR", "")
    if hops:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(forwarded) >= hops:
            address = forwarded[-hops]
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None
