"""What needs doing first, for the client's home page (POR-10): each section says what waits there.

A section adds its source to SOURCES; sources of a section that is switched off are not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from django.urls import reverse
from django.utils.translation import gettext as _

from cma.formats import day, money
from portal.access import PortalRequest
from portal.bills import open_bills
from portal.models import Section
from portal.offers import open_offers

# Of one kind; the home page names no more than these, and a list of its own has the rest.
MOST_SHOWN = 5


class Rank(IntEnum):
    """The order in which things are shown."""

    QUOTE = 10
    INVOICE = 20
    MESSAGE = 30
    APPOINTMENT = 40


@dataclass(frozen=True, kw_only=True)
class ToDo:
    """One thing that waits for the client. An amount only where the person may see it (POR-6)."""

    rank: Rank
    title: str
    text: str
    url: str
    label: str
    amount: Decimal | None = None
    currency: str = "GBP"
    amount_words: str = ""
    # Stands in a panel of its section on the same page, so that it need not be told twice.
    in_panel: bool = False


Source = Callable[[PortalRequest], Iterable[ToDo]]


def things_to_do(request: PortalRequest) -> list[ToDo]:
    """All that waits, what is most urgent first."""
    found = [
        thing for section, source in SOURCES if request.access.shows(section) for thing in source(request)
    ]
    return sorted(found, key=lambda thing: thing.rank)


def quotes_to_sign(request: PortalRequest) -> Iterable[ToDo]:
    """Quotes that wait for an answer, the one that runs out first on top (QUO-4)."""
    for quote in open_offers(request)[:MOST_SHOWN]:
        words = {"reference": quote.reference, "day": day(quote.valid_until)}
        can_sign = request.access.may_sign
        yield ToDo(
            rank=Rank.QUOTE,
            title=quote.title or _("Quote %(reference)s") % words,
            text=(
                _("%(reference)s is good until %(day)s. Look through it, choose, and sign on the screen.")
                if can_sign
                else _("%(reference)s is good until %(day)s. Look through it and ask what you like.")
            )
            % words,
            amount=quote.total if can_sign else None,
            currency=quote.currency,
            amount_words=_("as it is offered"),
            url=reverse("portal:quote", args=[request.team.slug, quote.pk]),
            label=_("Quote to sign") if can_sign else _("See the quote"),
        )


def bills_to_pay(request: PortalRequest) -> Iterable[ToDo]:
    """Invoices that are open, the one that is due first on top."""
    for bill in open_bills(request)[:MOST_SHOWN]:
        words = {"reference": bill.reference, "day": day(bill.due_on)}
        balance = money(bill.balance, bill.currency)
        yield ToDo(
            rank=Rank.INVOICE,
            title=bill.title or _("Invoice %(reference)s") % words,
            text=(
                _("%(reference)s was due on %(day)s. Pay it by card in a minute, or see how else.") % words
                if bill.due_on < request.team.today()
                else _("%(reference)s is due on %(day)s. Pay it by card in a minute, or see how else.")
                % words
            ),
            amount=bill.balance,
            currency=bill.currency,
            amount_words=(
                _("still to pay of %(total)s") % {"total": money(bill.total, bill.currency)}
                if bill.paid
                else _("to pay")
            ),
            url=reverse("portal:pay", args=[request.team.slug, bill.pk]),
            label=_("Pay %(sum)s") % {"sum": balance},
            in_panel=True,
        )


SOURCES: list[tuple[Section, Source]] = [
    (Section.QUOTES, quotes_to_sign),
    (Section.INVOICES, bills_to_pay),
]
