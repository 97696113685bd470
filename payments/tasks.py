"""Looking at events and open checkouts in the background. Rows are the queues; tasks only say "look now".

Beat starts the sweepers; each hands every team with a Stripe key its own task, so that one team's slow
or failing Stripe keeps no other waiting.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from celery import Task, shared_task

from payments import account, checkout, letters, webhooks
from payments.errors import NotPayable, PaymentsError, StripeError
from payments.models import StripeAccount
from teams.scope import team_scope

log = logging.getLogger(__name__)


@shared_task
def handle_event(team_id: int, event_pk: int) -> None:
    """Handle one stored event, unless that has been done."""
    webhooks.handle(team_id, event_pk)


@shared_task
def close_checkouts(team_id: int, invoice_id: int) -> None:
    """Close card pages that ask for more than the invoice still owes."""
    _carefully(team_id, lambda team: checkout.close_for(team, invoice_id, only_superfluous=True))


@shared_task
def attach_receipt(team_id: int, message_id: int) -> None:
    """Print the receipt that a mail waits for."""
    letters.attach_receipt(team_id, message_id)


@shared_task
def sweep_events() -> None:
    """Handle what a lost broker forgot and what failed before."""
    _every_team(sweep_team_events, within=30)


@shared_task
def sweep_checkouts() -> None:
    """Ask Stripe about open and unknown checkouts, and put right a missing endpoint."""
    _every_team(sweep_team_checkouts, within=120)


@shared_task
def sweep_missed_events() -> None:
    """Ask every team's Stripe for events that never reached us."""
    _every_team(fetch_team_events, within=300)


@shared_task
def sweep_team_events(team_id: int) -> None:
    """One team's waiting events, oldest first."""
    for event_pk in webhooks.waiting_events(team_id):
        webhooks.handle(team_id, event_pk)


@shared_task
def sweep_team_checkouts(team_id: int) -> None:
    """One team's checkouts and endpoint."""
    _carefully(team_id, checkout.sweep)
    _carefully(team_id, _mend_endpoint)


@shared_task
def fetch_team_events(team_id: int) -> None:
    """One team's missed events."""
    _carefully(team_id, webhooks.fetch_missed)


def _every_team(task: Task[[int], None], *, within: int) -> None:
    """Start the task for each team with a key; what has not begun before the next round is dropped."""
    for team_id in account.teams_with_stripe():
        task.apply_async((team_id,), expires=within)


def _mend_endpoint(team_id: int) -> None:
    with team_scope(team_id):
        lacking = StripeAccount.objects.filter(team_id=team_id, endpoint="").exists()
    if lacking:
        account.ensure_endpoint(team_id)


def _carefully(team_id: int, look: Callable[[int], object]) -> None:
    """Write down what is wrong with the key; the rows stay, and are looked at again."""
    try:
        look(team_id)
    except NotPayable:
        return
    except StripeError as problem:
        account.note_problem(team_id, problem)
        log.warning("team %s: %s", team_id, problem)
    except PaymentsError as problem:
        log.warning("team %s: %s", team_id, problem)
