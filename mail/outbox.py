"""Putting mail into the outbox. The row is the queue; the task only says "look now" (MSG-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cma.tasks import look_now
from mail import tasks
from mail.models import AccountMessage, Message
from teams.models import Team

if TYPE_CHECKING:
    # The accounts room queues mail too, and stands below clients and invoices.
    from clients.models import Client
    from invoices.models import Rendering
    from quotes.models import Acceptance


@dataclass(frozen=True, slots=True)
class Recipient:
    address: str
    name: str = ""


def queue(
    team: Team,
    *,
    kind: str,
    reason: str,
    to: Recipient,
    subject: str,
    text: str,
    html: str,
    client: Client | None = None,
    about: tuple[str, int] | None = None,
    rendering: Rendering | None = None,
    acceptance: Acceptance | None = None,
) -> Message:
    """Queue one mail from the team. The same `reason` twice is one mail: the first row is returned.

    `about` is (model name, id), so that the invoice's timeline finds its mails. Sent once the
    transaction has committed. With `acceptance` the signed quote is attached.
    """
    message, created = Message.objects.get_or_create(
        team=team,
        reason=reason,
        defaults={
            "kind": kind,
            "client": client,
            "subject_model": about[0] if about else "",
            "subject_id": about[1] if about else None,
            "to_address": to.address,
            "to_name": to.name,
            "from_name": team.name,
            "reply_to": team.email,
            "subject": subject,
            "text": text,
            "html": html,
            "rendering": rendering,
            "acceptance": acceptance,
        },
    )
    if created:
        look_now(tasks.send, team.pk, message.pk)
    return message


def queue_for_person(*, to_address: str, subject: str, text: str, html: str = "") -> AccountMessage:
    """Queue a mail of the sign-in pages; it belongs to no team."""
    message = AccountMessage.objects.create(to_address=to_address, subject=subject, text=text, html=html)
    look_now(tasks.send_account_message, message.pk)
    return message
