"""One mail from queued to sent. The row is claimed and committed before the server is called."""

from __future__ import annotations

import smtplib
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.utils import timezone

from cma.redaction import redact
from mail.models import AccountMessage, Message, State
from teams.scope import team_scope

MOST_ATTEMPTS = 6
# Longer than any sending takes: what is still claimed after it was lost between claim and answer.
LOST_AFTER = timedelta(minutes=10)
# Newest mail is left to its own task for a moment, so that the sweeper does not race it.
GRACE = timedelta(seconds=20)

type AnyMessage = Message | AccountMessage


def due(messages: QuerySet[Any]) -> list[int]:
    """Ids of queued mail whose time has come."""
    waiting = messages.filter(state=State.QUEUED, not_before__lte=timezone.now() - GRACE)
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:200])


def show_lost(messages: QuerySet[Any]) -> int:
    """Mark as Unknown what was claimed and never answered for: it may or may not have gone out."""
    lost = messages.filter(state=State.CLAIMED, claimed_at__lt=timezone.now() - LOST_AFTER)
    return lost.update(state=State.UNKNOWN, error="The sending was interrupted; it may have gone out.")


def send_message(team_id: int, message_id: int) -> bool:
    """Send one mail of a team; False when it was not ours to send."""

    def scope() -> AbstractContextManager[Any]:
        return team_scope(team_id)

    with scope():
        if not _claim(Message.objects.filter(pk=message_id)):
            return False
        message = Message.objects.select_related("rendering__invoice", "acceptance__quote").get(pk=message_id)
        mail = _team_mail(message)
    return _deliver(mail, message, scope)


def send_account_message(message_id: int) -> bool:
    """Send one mail of the sign-in pages; False when it was not ours to send."""
    if not _claim(AccountMessage.objects.filter(pk=message_id)):
        return False
    message = AccountMessage.objects.get(pk=message_id)
    mail = EmailMultiAlternatives(
        message.subject, message.text, settings.DEFAULT_FROM_EMAIL, [message.to_address]
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return _deliver(mail, message, nullcontext)


def _claim(row: QuerySet[Any]) -> bool:
    claimed = row.filter(state=State.QUEUED, not_before__lte=timezone.now()).update(
        state=State.CLAIMED, claimed_at=timezone.now()
    )
    return bool(claimed)


def _team_mail(message: Message) -> EmailMultiAlternatives:
    _name, _at, address = settings.DEFAULT_FROM_EMAIL.rpartition("<")
    mail = EmailMultiAlternatives(
        message.subject,
        message.text,
        formataddr((message.from_name, address.rstrip(">"))),
        [formataddr((message.to_name, message.to_address)) if message.to_name else message.to_address],
        reply_to=[message.reply_to] if message.reply_to else None,
    )
    mail.attach_alternative(message.html, "text/html")
    if message.rendering is not None:
        stem = message.rendering.invoice.reference.replace("/", "-")
        name = f"{stem}-receipt.pdf" if message.rendering.kind == "receipt" else f"{stem}.pdf"
        mail.attach(name, bytes(message.rendering.pdf), "application/pdf")
    if message.acceptance is not None:
        stem = message.acceptance.quote.reference.replace("/", "-")
        mail.attach(f"{stem}-signed.pdf", bytes(message.acceptance.pdf), "application/pdf")
    return mail


def _deliver(mail: EmailMultiAlternatives, message: AnyMessage, scope: Any) -> bool:
    """Call the server, then write down what it said."""
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        code, text = next(iter(refusal.recipients.values()))
        outcome = _refused(message, code, text)
    except smtplib.SMTPResponseException as refusal:
        outcome = _refused(message, refusal.smtp_code, refusal.smtp_error)
    except (smtplib.SMTPException, OSError) as problem:
        outcome = _again(message, str(problem))
    else:
        # The log keeps the mail, not the key in it: a link's token is stored as its hash alone.
        kept = {"text": redact(message.text), "html": redact(message.html)}
        outcome = {"state": State.SENT, "sent_at": timezone.now(), "error": "", **kept}
    with scope():
        type(message)._default_manager.filter(pk=message.pk, state=State.CLAIMED).update(
            attempts=message.attempts + 1, **outcome
        )
    return outcome["state"] == State.SENT


def _refused(message: AnyMessage, code: int, text: bytes | str) -> dict[str, Any]:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    reason = redact(f"{code} {words}")[:300]
    if 400 <= code < 500:
        return _again(message, reason)
    # 550 and its like speak of the address, everything else of us.
    return {"state": State.BOUNCED if code in (550, 551, 553, 554) else State.FAILED, "error": reason}


def _again(message: AnyMessage, reason: str) -> dict[str, Any]:
    """Back into the queue, each time for longer; after MOST_ATTEMPTS it has failed."""
    if message.attempts + 1 >= MOST_ATTEMPTS:
        return {"state": State.FAILED, "error": redact(reason)[:300]}
    wait = timedelta(minutes=2**message.attempts)
    return {"state": State.QUEUED, "error": redact(reason)[:300], "not_before": timezone.now() + wait}
