"""Who may be told about a quote by mail, and whether with amounts (POR-5, POR-6).

The toggles of the portal govern its notifications, too. They are read from the client's side, as imports
point one way; `portal.quote_links` reads them in the same way for whoever comes by the mailed link.
"""

from __future__ import annotations

from dataclasses import dataclass

from clients.models import Client


@dataclass(frozen=True, slots=True)
class Audience:
    """What an address may hear."""

    is_told: bool = True
    sees_prices: bool = True


def audience(client: Client, address: str) -> Audience:
    """By the login with this address, else by any login; who was never invited has no toggles.

    To be called in the office's scope.
    """
    accesses = list(client.portal_accesses.all())
    if not client.portal_enabled and any(access.invited_at for access in accesses):
        return Audience(is_told=False)
    own = [access for access in accesses if access.email.lower() == address.lower()]
    governing = own or accesses
    return Audience(
        is_told=not governing or any(access.shows_quotes for access in governing),
        sees_prices=not any(access.hides_prices for access in own),
    )


def told_address(client: Client, *wanted: str) -> str:
    """The first of these addresses that may be told, else the client's first such one, else nothing.

    An address that has left the record is told nothing more, unless it is a login's.
    """
    emails = sorted(client.emails.all(), key=lambda email: (not email.is_primary, email.pk))
    saved = [email.address for email in emails]
    known = {address.lower() for address in saved}
    known |= {access.email.lower() for access in client.portal_accesses.all()}
    candidates = [address for address in wanted if address and address.lower() in known] + saved
    return next((address for address in candidates if audience(client, address).is_told), "")
