"""Where an invoice comes from. A room above this one tells of its own from its AppConfig (INV-5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from invoices.models import Invoice


@dataclass(frozen=True, slots=True)
class Origin:
    """What the invoice was made of: `label` is the link, `text` says how the two belong together."""

    icon: str
    label: str
    text: str
    url: str


Teller = Callable[[Invoice], Origin | None]
_tellers: list[Teller] = []


def add_origin(teller: Teller) -> None:
    """Ask `teller` about every invoice whose page is shown; it costs one query at most."""
    if teller not in _tellers:
        _tellers.append(teller)


def origins_of(invoice: Invoice) -> list[Origin]:
    """Everything that this invoice was made of."""
    return [origin for teller in _tellers if (origin := teller(invoice)) is not None]
