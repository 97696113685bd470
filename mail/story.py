"""What happened to a document: the log and the mails about it in one line of time (INV-16, MSG-1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from cma.components import Event
from mail.models import Message, State
from teams import events
from teams.models import AuditEntry

MOST_EVENTS = 100
ICONS = {
    State.QUEUED: "clock",
    State.CLAIMED: "clock",
    State.SENT: "mail",
    State.FAILED: "mail-x",
    State.BOUNCED: "mail-x",
    State.UNKNOWN: "mail-exclamation",
}


def entries_about(subject: str, ids: Iterable[int]) -> list[AuditEntry]:
    """The newest entries of the log about these things of one kind, newest first."""
    return list(
        AuditEntry.objects.filter(subject=subject, subject_id__in=list(ids)).order_by("-pk")[:MOST_EVENTS]
    )


def messages_about(subject: str, ids: Iterable[int]) -> list[Message]:
    """The newest mails about these things of one kind, newest first, without their texts."""
    return list(
        Message.objects.filter(subject_model=subject, subject_id__in=list(ids))
        .defer("text", "html")
        .order_by("-pk")[:MOST_EVENTS]
    )


def story(entries: Iterable[AuditEntry], messages: Iterable[Message]) -> list[Event]:
    """Log and mails in one line of time, newest first."""
    told = [(entry.at, 0, entry.pk, events.event(entry)) for entry in entries]
    told += [(message.sent_at or message.created_at, 1, message.pk, _event(message)) for message in messages]
    told.sort(key=lambda one: one[:3], reverse=True)
    return [event for _at, _kind, _pk, event in told]


def _event(message: Message) -> Event:
    words = {
        State.QUEUED: _("Mail to %(to)s is about to be sent"),
        State.CLAIMED: _("Mail to %(to)s is being sent"),
        State.SENT: _("Sent to %(to)s"),
        State.FAILED: _("Mail to %(to)s could not be sent"),
        State.BOUNCED: _("Mail to %(to)s came back"),
        State.UNKNOWN: _("Mail to %(to)s may or may not have gone out"),
    }
    return Event(
        icon=ICONS[State(message.state)],
        text=words[State(message.state)] % {"to": message.to_address},
        detail=message.subject if message.state == State.SENT or not message.error else message.error,
        at=message.sent_at or message.created_at,
    )


def mail_problem(messages: Sequence[Message]) -> str:
    """What must be told above the page: the newest mail did not arrive."""
    if messages and messages[0].state in {State.FAILED, State.BOUNCED, State.UNKNOWN}:
        return str(_event(messages[0]).text)
    return ""
