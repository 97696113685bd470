"""Stripe's events: stored first, answered at once, handled by looking at Stripe again (PAY-5, PAY-6)."""

from __future__ import annotations

import json
import logging
import time
from contextlib import AbstractContextManager
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cma.redaction import redact
from cma.tasks import look_now
from payments.account import note_problem, signing_secret_of, stripe_of
from payments.booking import NotOurs, book
from payments.errors import NothingThere, PaymentsError, StripeError
from payments.models import EventState, StripeAccount, WebhookEvent
from payments.stripe import (
    EVENTS,
    EventFacts,
    PaymentFacts,
    SessionFacts,
    Stripe,
    event_facts,
    verify_signature,
)
from teams.audit import acting
from teams.models import Team
from teams.scope import team_scope

log = logging.getLogger(__name__)

TOLERANCE = 300
MOST_ATTEMPTS = 14
# Newest events are left to their own task for a moment, so that the sweeper does not race it.
GRACE = timedelta(seconds=20)
LONGEST_WAIT = timedelta(hours=6)
# What the events list may lag behind, and a little more.
OVERLAP = timedelta(minutes=10)
WAITING = (EventState.RECEIVED, EventState.FAILED)


class Refused(Exception):
    """Not signed by this team's Stripe account, stale, from the future, or no event at all."""


# ---- Coming in --------------------------------------------------------------------------------------


def receive(team_id: int, payload: bytes, signature: str) -> None:
    """Store a signed event and have it looked at. Raises Refused; then nothing is stored."""
    with team_scope(team_id):
        account = StripeAccount.objects.filter(team_id=team_id).first()
        secret = signing_secret_of(account) if account else ""
        if account is None or not secret:
            raise Refused("no endpoint")
        if not verify_signature(payload, signature, secret, tolerance=TOLERANCE, now=time.time()):
            raise Refused("signature")
        try:
            facts = event_facts(json.loads(payload))
        except ValueError as problem:
            raise Refused("no event") from problem
        store(account, facts)
        _note_heard(account)


def store(account: StripeAccount, facts: EventFacts) -> WebhookEvent | None:
    """Keep where the event says to look, once, and have it handled after the commit; None if it is known."""
    stored, is_new = WebhookEvent.objects.get_or_create(
        team_id=account.team_id,
        event=facts.id,
        defaults={
            "type": facts.type,
            "object_id": facts.object_id,
            "livemode": facts.livemode,
            **_uninteresting(account, facts),
        },
    )
    if not is_new:
        return None
    if stored.state == EventState.RECEIVED:
        from payments import tasks

        look_now(tasks.handle_event, account.team_id, stored.pk)
    return stored


def _uninteresting(account: StripeAccount, facts: EventFacts) -> dict[str, str]:
    if facts.livemode != account.livemode:
        return {
            "state": EventState.IGNORED,
            "error": _("It is of the other mode (live or test) than the key."),
        }
    if facts.type not in EVENTS:
        return {"state": EventState.IGNORED, "error": _("It is of a kind that moves no money here.")}
    return {}


def _note_heard(account: StripeAccount) -> None:
    # Not at every event: a burst of them should not queue up at this one row.
    now = timezone.now()
    recently = now - timedelta(seconds=30)
    StripeAccount.objects.filter(Q(last_event_at=None) | Q(last_event_at__lt=recently), pk=account.pk).update(
        last_event_at=now
    )


# ---- Handling ---------------------------------------------------------------------------------------


def handle(team_id: int, event_pk: int) -> EventState | None:
    """Look at Stripe where the event points, and book what is there; answers how that went.

    The row becomes DONE in the transaction that books. Whatever goes wrong is written on the row and
    tried again later, each time after a longer wait.
    """
    with team_scope(team_id):
        event = WebhookEvent.objects.filter(pk=event_pk, state__in=WAITING).first()
    if event is None:
        return None
    try:
        session, payment = _look(stripe_of(team_id), event)
        with team_scope(team_id), acting_as_stripe():
            if not _lock_waiting(event):
                return None
            book(Team.objects.get(pk=team_id), session=session, payment=payment)
            return _finish(event, EventState.DONE, "")
    except (NotOurs, NothingThere) as note:
        with team_scope(team_id):
            return _finish(event, EventState.IGNORED, str(note))
    except PaymentsError as problem:
        if isinstance(problem, StripeError):
            note_problem(team_id, problem)
        return _fail(event, str(problem))
    except Exception as problem:
        # Money may hang on it: whatever it was, it is shown on the row and tried again.
        log.exception("event %s of team %s", event.event, team_id)
        return _fail(event, f"{type(problem).__name__}: {problem}")


def acting_as_stripe() -> AbstractContextManager[None]:
    """Record what follows as done by Stripe."""
    from payments.checkout import BY_STRIPE

    return acting(BY_STRIPE)


def _look(stripe: Stripe, event: WebhookEvent) -> tuple[SessionFacts | None, PaymentFacts | None]:
    """What the event is about, as it is now. The event's own content is never used."""
    kind = event.type
    if kind.startswith("checkout.session."):
        session = stripe.session(event.object_id)
        return session, stripe.payment(session.payment_intent) if session.payment_intent else None
    if kind.startswith("payment_intent."):
        intent = event.object_id
    elif kind.startswith("charge.dispute."):
        intent = stripe.intent_of("dispute", event.object_id)
    elif kind.startswith(("refund.", "charge.refund.")):
        intent = stripe.intent_of("refund", event.object_id)
    else:
        intent = stripe.intent_of("charge", event.object_id)
    if not intent:
        raise NotOurs(_("It was not made by CMA: another use of the account."))
    return None, stripe.payment(intent)


def _lock_waiting(event: WebhookEvent) -> bool:
    return WebhookEvent.objects.select_for_update().filter(pk=event.pk, state__in=WAITING).first() is not None


def _finish(event: WebhookEvent, state: EventState, note: str) -> EventState:
    WebhookEvent.objects.filter(pk=event.pk, state__in=WAITING).update(
        state=state, error=note[:300], attempts=event.attempts + 1, handled_at=timezone.now()
    )
    return state


def _fail(event: WebhookEvent, problem: str) -> EventState:
    wait = min(timedelta(minutes=2**event.attempts), LONGEST_WAIT)
    with team_scope(event.team_id):
        WebhookEvent.objects.filter(pk=event.pk, state__in=WAITING).update(
            state=EventState.FAILED,
            error=redact(problem)[:300],
            attempts=event.attempts + 1,
            try_after=timezone.now() + wait,
        )
    return EventState.FAILED


def try_again(event: WebhookEvent) -> None:
    """A person asks for another try, however often it has failed. Inside the team's scope."""
    from payments import tasks

    moved = WebhookEvent.objects.filter(pk=event.pk, state=EventState.FAILED).update(
        attempts=0, try_after=timezone.now()
    )
    if moved:
        look_now(tasks.handle_event, event.team_id, event.pk)


# ---- Sweeping ---------------------------------------------------------------------------------------


def waiting_events(team_id: int) -> list[int]:
    """Events that a lost broker forgot, and failed ones whose time has come."""
    now = timezone.now()
    with team_scope(team_id):
        due = WebhookEvent.objects.filter(
            Q(state=EventState.RECEIVED, received_at__lte=now - GRACE)
            | Q(state=EventState.FAILED, try_after__lte=now, attempts__lt=MOST_ATTEMPTS),
            team_id=team_id,
        )
        return list(due.order_by("pk").values_list("pk", flat=True)[:200])


def fetch_missed(team_id: int) -> int:
    """Ask Stripe for events since we last asked, and store those that never reached us; answers how many."""
    with team_scope(team_id):
        account = StripeAccount.objects.filter(team_id=team_id).first()
    if account is None:
        return 0
    began = timezone.now()
    since = (account.events_asked_at or account.created_at) - OVERLAP
    found = sorted(stripe_of(team_id).events_since(since), key=lambda facts: facts.id)
    with team_scope(team_id):
        stored = [store(account, facts) for facts in found]
        StripeAccount.objects.filter(pk=account.pk).update(events_asked_at=began)
        # Stripe took the key: what was wrong with it is over, unless the endpoint is still missing.
        StripeAccount.objects.filter(pk=account.pk).exclude(endpoint="").update(problem="")
    return sum(event is not None for event in stored)
