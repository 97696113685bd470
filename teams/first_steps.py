"""The short list a new owner lands on (PEO-3). What is done is read off the team; only skipping is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teams.models import Membership, Team
from teams.roles import Right


@dataclass(frozen=True, slots=True)
class Kind:
    key: str
    title: Promise
    text: Promise
    word: Promise
    icon: str
    view: str
    right: Right
    is_done: Callable[[Team], bool]


@dataclass(frozen=True, slots=True)
class Step:
    """One step as this member sees it."""

    key: str
    title: Promise
    text: Promise
    word: Promise
    icon: str
    url: str
    is_done: bool
    is_skipped: bool

    @property
    def is_open(self) -> bool:
        return not self.is_done and not self.is_skipped


KINDS = (
    Kind(
        "details",
        _("Say who you are"),
        _("Address, phone and VAT number: they stand on every invoice."),
        _("Fill in business details"),
        "building-store",
        "teams:settings-business",
        Right.SETTINGS,
        lambda team: bool(team.address and team.phone),
    ),
    Kind(
        "client",
        _("Add your first client"),
        _("A name and an e-mail address are enough."),
        _("Add a client"),
        "user-plus",
        "clients:client-create",
        Right.WORK,
        lambda team: team.clients.exists(),
    ),
    Kind(
        "invoice",
        _("Write your first invoice"),
        _("Say what you did and what it costs; the sums make themselves."),
        _("Write an invoice"),
        "file-invoice",
        "invoices:invoice-create",
        Right.WORK,
        lambda team: team.invoices.exists(),
    ),
    Kind(
        "stripe",
        _("Take cards"),
        _("Connect your own Stripe account; the money goes straight to you."),
        _("Add your Stripe key"),
        "credit-card",
        "payments:billing-settings",
        Right.OWNER,
        lambda team: team.takes_cards,
    ),
)
KEYS = frozenset(kind.key for kind in KINDS)


def steps_for(team: Team, membership: Membership) -> list[Step]:
    """The steps this member may take, with where they stand. Read inside the team's scope."""
    return [
        Step(
            kind.key,
            kind.title,
            kind.text,
            kind.word,
            kind.icon,
            _address(kind.view, team),
            kind.is_done(team),
            kind.key in team.first_steps_skipped,
        )
        for kind in KINDS
        if membership.may(kind.right)
    ]


def skip(team: Team, key: str) -> None:
    """Leave the step out; it can be taken at any time all the same."""
    if key in KEYS and key not in team.first_steps_skipped:
        team.first_steps_skipped = [*team.first_steps_skipped, key]
        team.save(update_fields=["first_steps_skipped"])


def finish(team: Team) -> None:
    """The list has been seen to: it is not offered again."""
    if team.first_steps_done_at is None:
        team.first_steps_done_at = timezone.now()
        team.save(update_fields=["first_steps_done_at"])


def _address(view: str, team: Team) -> str:
    try:
        return reverse(view, args=[team.slug])
    except NoReverseMatch:
        # A room that is not there yet: the step says what it is about and leads nowhere.
        return ""
