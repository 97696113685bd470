"""Sending what waits in the outbox (MSG-1)."""

from __future__ import annotations

from celery import shared_task

from mail import sending
from mail.models import AccountMessage, Message
from teams.directory import all_team_ids
from teams.scope import team_scope


@shared_task
def send(team_id: int, message_id: int) -> None:
    """Send one mail of a team, unless somebody else has claimed it."""
    sending.send_message(team_id, message_id)


@shared_task
def send_account_message(message_id: int) -> None:
    """Send one mail of the sign-in pages."""
    sending.send_account_message(message_id)


@shared_task
def sweep() -> None:
    """Send what a lost broker forgot, and show what a crash left between claim and sending."""
    for team_id in all_team_ids():
        with team_scope(team_id):
            sending.show_lost(Message.objects.all())
            waiting = sending.due(Message.objects.all())
        for message_id in waiting:
            sending.send_message(team_id, message_id)
    sending.show_lost(AccountMessage.objects.all())
    for message_id in sending.due(AccountMessage.objects.all()):
        sending.send_account_message(message_id)
