"""Stopping and resuming what is sent by itself after a quote (QUO-16)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from invoices.drafting import acting_as
from quotes.drafting import locked, record_quote
from quotes.models import Quote, QuoteState
from teams.models import User, WrongState


@transaction.atomic
def pause_follow_ups(quote: Quote, *, paused: bool, by: User) -> None:
    """Follow this quote up no more, or again. Twice is once. Raises WrongState unless it is sent."""
    now = locked(quote)
    if now.state != QuoteState.SENT:
        raise WrongState(_("%s does not wait for an answer: nothing is followed up.") % now.reference)
    if now.follow_ups_paused == paused:
        return
    now.follow_ups_paused = paused
    now.save(update_fields=["follow_ups_paused", "updated_at"])
    with acting_as(by):
        record_quote("quote.follow_ups_paused" if paused else "quote.follow_ups_resumed", now)
