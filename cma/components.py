"""What the components of the pages are made of: the statuses, and small values that views hand over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A tab or a filter of a list: a plain link, its count, and whether it is the one shown."""

    label: Words
    url: str
    count: int | None = None
    current: bool = False
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of "What happened"."""

    icon: str
    text: Words
    at: dt.datetime
    detail: Words = ""
    good: bool = False


class State(NamedTuple):
    """How a status looks: the word of the specification, its class in the style sheet, its drawing."""

    word: Words
    css: str
    icon: str


# Drawn for 16 px, where Tabler's own circles are too fine: a name that begins with "state-".
STATES: dict[str, State] = {
    "draft": State(_("Draft"), "draft", "state-dashed"),
    "sent": State(_("Sent"), "sent", "send-2"),
    "partially_paid": State(_("Partially Paid"), "part", "state-half"),
    "paid": State(_("Paid"), "paid", "state-done"),
    "overdue": State(_("Overdue"), "overdue", "clock-exclamation"),
    "void": State(_("Void"), "void", "state-crossed"),
    "accepted": State(_("Accepted"), "accepted", "writing-sign"),
    "declined": State(_("Declined"), "declined", "thumb-down"),
    "expired": State(_("Expired"), "expired", "hourglass-empty"),
    "superseded": State(_("Superseded"), "superseded", "versions"),
    "scheduled": State(_("Scheduled"), "scheduled", "calendar-event"),
    "completed": State(_("Completed"), "completed", "state-done"),
    "cancelled": State(_("Cancelled"), "cancelled", "state-crossed"),
    "open": State(_("Open"), "open", "circle"),
    "drafted": State(_("Drafted"), "drafted", "file-text"),
    "invoiced": State(_("Invoiced"), "invoiced", "state-done"),
    "invited": State(_("Invited"), "invited", "mail-forward"),
    "active": State(_("Active"), "active", "user-check"),
    "off": State(_("Portal off"), "off", "lock"),
    "suspended": State(_("Suspended"), "off", "lock"),
    "archived": State(_("Archived"), "off", "archive"),
    "queued": State(_("Queued"), "queued", "clock"),
    "sending": State(_("Sending"), "queued", "send-2"),
    "failed": State(_("Failed"), "failed", "alert-circle"),
    "bounced": State(_("Bounced"), "failed", "mail-x"),
    "disputed": State(_("Disputed"), "disputed", "alert-triangle"),
    "pending": State(_("Pending"), "queued", "clock"),
    "refunded": State(_("Refunded"), "open", "receipt-refund"),
    "succeeded": State(_("Received"), "paid", "state-done"),
}

# The same word means another thing elsewhere: a mail that is sent has arrived at the other end's door.
STATES_OF: dict[str, dict[str, State]] = {
    "mail": {
        "sent": State(_("Sent"), "delivered", "mail-check"),
        "claimed": State(_("Being sent"), "queued", "send-2"),
        "unknown": State(_("Unknown"), "failed", "alert-circle"),
    },
}


def state(status: str, kind: str = "") -> State:
    """The look of a status. Raises KeyError for one that nobody has drawn."""
    return STATES_OF.get(kind, {}).get(status) or STATES[status]
