"""The one function that says where a request came from."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """The caller's address, trusting exactly `CMA_TRUSTED_PROXIES` entries of X-Forwarded-For from its end.

    With no trusted proxy the header means nothing: anybody can send one, and `Forwarded`, `X-Real-IP` and
    the like never mean anything. None where there is no address, as on a socket, or what the proxy wrote
    is none.
    """
    hops = settings.CMA_TRUSTED_PROXIES
    address = request.META.get("REMOTE_ADDR", "")
    written = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if hops and written:
        # Several headers of the name reach us as one, with commas between.
        forwarded = written.rsplit(",", hops)
        if len(forwarded) >= hops:
            address = forwarded[-hops]
    return read_address(address)


def read_address(text: str) -> str | None:
    """An address as proxies write it, with a port or in brackets, in the one form that is stored."""
    text = text.strip().strip('"').strip()
    if text.startswith("["):
        text, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not is_port(rest)):
            return None
    elif text.count(":") == 1 and "." in text:
        text, _colon, port = text.partition(":")
        if not is_port(f":{port}"):
            return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            # A caller by IPv4 at a socket that speaks both.
            return str(address.ipv4_mapped)
        # A zone names an interface of the machine that wrote it, and says nothing here.
        return str(ipaddress.IPv6Address(int(address)))
    return str(address)


def is_port(text: str) -> bool:
    """`:443`."""
    return text.startswith(":") and text[1:].isascii() and text[1:].isdigit() and len(text) <= 6
