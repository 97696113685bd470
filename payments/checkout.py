"""Paying an invoice on Stripe's page: from the attempt's row to what became of it (PAY-7, PAY-8).

The attempt, with its idempotency key, is committed before Stripe is asked. An answer that was lost is
a state (UNKNOWN) that keeps others from starting until Stripe was asked again with the same key.
Everything here opens scopes of its own, except `expire_for`, which is called inside one.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from cma.formats import money
from cma.tasks import look_now
from invoices.models import Invoice, InvoiceState
from invoices.money import ZERO
from payments import ledger
from payments.account import key_of, note_problem, stripe_of
from payments.booking import book
from payments.errors import (
    AlreadyUnderWay,
    AmountRefused,
    CardsDown,
    KeyRefused,
    NothingThere,
    NotPayable,
    PaymentsError,
    StripeAway,
    StripeError,
    StripeRefused,
    UnknownSession,
)
from payments.models import LIVE_ATTEMPT, AttemptState, CheckoutAttempt, StripeAccount
from payments.stripe import SessionFacts, Stripe
from payments.sums import check_limits, to_minor
from teams.audit import Actor, acting
from teams.models import Team
from teams.scope import current_scope, team_scope

log = logging.getLogger(__name__)

BY_STRIPE = Actor("Stripe")
# How long a page of Stripe's stays open: long enough to find the card, short enough to be forgotten safely.
LIFETIME = timedelta(hours=2)
# One that is about to close is not offered again.
NEARLY_OVER = timedelta(minutes=5)
# Stripe remembers idempotency keys for a day: after that, asking again would be a new request.
KEY_LIVES = timedelta(hours=23)
# An attempt still NEW after this lost its process between the row and the answer.
ANSWERED_WITHIN = timedelta(minutes=2)
UNKNOWN_AGAIN = (timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))
OPEN_AGAIN, PROCESSING_AGAIN = timedelta(minutes=4), timedelta(hours=1)


# ---- Starting ---------------------------------------------------------------------------------------


def start(
    *,
    team_id: int,
    client_id: int,
    invoice_id: int,
    amount: Decimal,
    started_by_id: int | None,
    success_url: str,
    cancel_url: str,
) -> CheckoutAttempt:
    """An open Checkout session for this invoice and amount; send the payer to the attempt's `url`.

    `success_url` may hold {CHECKOUT_SESSION_ID}. Raises payments.errors.PaymentsError with a sentence for
    people: NotPayable, AmountRefused, AlreadyUnderWay, StripeError.
    """
    try:
        stripe = stripe_of(team_id)
        attempt = _reuse_or_clear(stripe, team_id, client_id, invoice_id, amount)
        if attempt is not None:
            return attempt
        with team_scope(team_id):
            invoice = _lock_payable(team_id, client_id, invoice_id)
            _check(invoice, amount)
            account = _lock_account(team_id)
            attempt = _make_attempt(
                invoice,
                account,
                amount,
                started_by_id=started_by_id,
                success_url=success_url,
                cancel_url=cancel_url,
            )
        return _open(Stripe(key_of(account)), attempt)
    except (KeyRefused, StripeRefused) as problem:
        note_problem(team_id, problem)
        raise CardsDown from problem


def _lock_account(team_id: int) -> StripeAccount:
    """The account whose key this attempt will use. Until it is committed, nobody changes the key."""
    Team.objects.select_for_update(no_key=True).get(pk=team_id)
    account = StripeAccount.objects.filter(team_id=team_id).first()
    if account is None:
        raise NotPayable(_("Card payments are not set up."))
    return account


def _lock_payable(team_id: int, client_id: int, invoice_id: int) -> Invoice:
    """The invoice, locked. Raises NotPayable unless this client can pay it by card now."""
    invoices = Invoice.objects.select_for_update(of=("self",)).select_related("team", "client")
    invoice = invoices.filter(team_id=team_id, client_id=client_id, pk=invoice_id).first()
    if invoice is None or invoice.state == InvoiceState.DRAFT:
        raise NotPayable(_("There is no such invoice."))
    if invoice.is_void:
        raise NotPayable(
            _("%(reference)s is void: there is nothing to pay.") % {"reference": invoice.reference}
        )
    if invoice.balance <= 0:
        raise NotPayable(_("%(reference)s is paid. Thank you.") % {"reference": invoice.reference})
    if not invoice.team.takes_cards:
        raise NotPayable(_("Card payments are not set up."))
    return invoice


def _check(invoice: Invoice, amount: Decimal) -> None:
    """Raises AmountRefused or AlreadyUnderWay. The invoice is locked, so this stays true."""
    ledger.check_amount(amount)
    attempts = invoice.checkout_attempts
    if attempts.filter(state__in=(AttemptState.NEW, AttemptState.UNKNOWN, AttemptState.OPEN)).exists():
        raise AlreadyUnderWay(_("A payment of this invoice is just being started. Try again in a minute."))
    coming = attempts.filter(state=AttemptState.PROCESSING).aggregate(sum=Sum("amount"))["sum"] or ZERO
    left = invoice.balance - coming
    if coming and amount > left:
        raise AlreadyUnderWay(
            _("%(amount)s is already on its way from your bank. It can take a few days to arrive.")
            % {"amount": money(coming, invoice.currency)}
        )
    if amount > left:
        raise AmountRefused(
            _("That is more than is owed: %(balance)s is still to pay.")
            % {"balance": money(left, invoice.currency)}
        )
    if amount < left and not invoice.team.allow_part_payment:
        raise AmountRefused(
            _("Please pay the whole amount, %(balance)s.") % {"balance": money(left, invoice.currency)}
        )
    check_limits(amount, invoice.currency)


def _make_attempt(
    invoice: Invoice,
    account: StripeAccount,
    amount: Decimal,
    *,
    started_by_id: int | None,
    success_url: str,
    cancel_url: str,
) -> CheckoutAttempt:
    now = timezone.now()
    attempt = CheckoutAttempt.objects.create(
        team_id=invoice.team_id,
        client_id=invoice.client_id,
        invoice=invoice,
        amount=amount,
        currency=invoice.currency,
        livemode=account.livemode,
        idempotency_key=uuid4(),
        started_by_id=started_by_id,
        expires_at=now + LIFETIME,
    )
    attempt.params = _params(attempt, invoice, now + LIFETIME, success_url, cancel_url)
    attempt.check_after = now + ANSWERED_WITHIN
    attempt.save(update_fields=["params", "check_after"])
    return attempt


def _params(
    attempt: CheckoutAttempt, invoice: Invoice, expires_at: datetime, success_url: str, cancel_url: str
) -> dict[str, Any]:
    """What Stripe is asked for. Amount and currency are ours, never the browser's."""
    name = _("Invoice %(reference)s") % {"reference": invoice.reference}
    metadata = {
        "cma_team": str(invoice.team_id),
        "cma_invoice": str(invoice.pk),
        "cma_attempt": str(attempt.pk),
        "cma_key": str(attempt.idempotency_key),
    }
    price = {
        "currency": attempt.currency.lower(),
        "unit_amount": to_minor(attempt.amount, attempt.currency),
        "product_data": {"name": name},
    }
    params: dict[str, Any] = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": success_url,
        "cancel_url": cancel_url,
        "client_reference_id": str(attempt.idempotency_key),
        "expires_at": int(expires_at.timestamp()),
        "metadata": metadata,
        "payment_intent_data": {"description": name, "metadata": metadata},
        "submit_type": "pay",
    }
    email = invoice.client.billing_email()
    return {**params, "customer_email": email} if email else params


def _open(stripe: Stripe, attempt: CheckoutAttempt) -> CheckoutAttempt:
    """Ask Stripe for the session of a committed attempt."""
    try:
        session = stripe.create_session(attempt.params, idempotency_key=str(attempt.idempotency_key))
    except StripeAway as problem:
        _set(attempt, AttemptState.UNKNOWN, error=str(problem), check_after=timezone.now() + UNKNOWN_AGAIN[0])
        raise
    except StripeError as problem:
        # Stripe said no: nothing was made, and another attempt may be started.
        _set(attempt, AttemptState.FAILED, error=str(problem))
        raise
    return _apply(stripe, attempt.team_id, session)


def _set(attempt: CheckoutAttempt, state: AttemptState, **fields: Any) -> None:
    """Move an attempt that is still NEW or UNKNOWN; whoever was faster has the last word."""
    fields["error"] = fields.get("error", "")[:300]
    with team_scope(attempt.team_id):
        CheckoutAttempt.objects.filter(
            pk=attempt.pk, state__in=(AttemptState.NEW, AttemptState.UNKNOWN)
        ).update(state=state, **fields)


def _reuse_or_clear(
    stripe: Stripe, team_id: int, client_id: int, invoice_id: int, amount: Decimal
) -> CheckoutAttempt | None:
    """An attempt that is open for the same sum, or None after what stood in the way was settled or closed.

    Raises AlreadyUnderWay while the outcome of another one cannot be known.
    """
    with team_scope(team_id):
        invoice = _lock_payable(team_id, client_id, invoice_id)
        attempt = invoice.checkout_attempts.filter(
            state__in=(AttemptState.NEW, AttemptState.UNKNOWN, AttemptState.OPEN)
        ).first()
    if attempt is None:
        return None
    if attempt.state == AttemptState.NEW and attempt.created_at > timezone.now() - ANSWERED_WITHIN:
        raise AlreadyUnderWay(_("A payment of this invoice is just being started. Try again in a minute."))
    try:
        return _settle_or_close(stripe, attempt, amount)
    except NothingThere:
        _gone(attempt)
        return None


def _settle_or_close(stripe: Stripe, attempt: CheckoutAttempt, amount: Decimal) -> CheckoutAttempt | None:
    if attempt.state != AttemptState.OPEN:
        attempt = ask_again(attempt, stripe)
        if attempt.state in (AttemptState.NEW, AttemptState.UNKNOWN):
            raise AlreadyUnderWay(
                _(
                    "Stripe has not told us yet what became of the last attempt. "
                    "Nothing was charged twice; try again in a few minutes."
                )
            )
    if _is_good(attempt, amount):
        return attempt
    if attempt.state == AttemptState.OPEN:
        _close(stripe, attempt)
    return None


def _is_good(attempt: CheckoutAttempt, amount: Decimal) -> bool:
    lives = attempt.expires_at is not None and attempt.expires_at > timezone.now() + NEARLY_OVER
    return attempt.state == AttemptState.OPEN and attempt.amount == amount and lives and bool(attempt.url)


# ---- What became of it ------------------------------------------------------------------------------


def returned(team_id: int, session_id: str, *, client_id: int | None = None) -> CheckoutAttempt:
    """The payer is back from Stripe's page: ask Stripe how it went, and book it (PAY-7).

    Raises UnknownSession for a session that is not this team's (and this client's, if given).
    """
    with team_scope(team_id):
        attempts = CheckoutAttempt.objects.filter(team_id=team_id, session=session_id)
        attempt = attempts.filter(client_id=client_id).first() if client_id else attempts.first()
    if attempt is None:
        raise UnknownSession(_("There is no such payment."))
    if attempt.state == AttemptState.PAID:
        return attempt
    return ask_again(attempt, stripe_of(team_id))


def settle_session(team_id: int, session_id: str) -> CheckoutAttempt:
    """Read the session and its payment from Stripe and book them. Raises NotOurs."""
    stripe = stripe_of(team_id)
    return _apply(stripe, team_id, stripe.session(session_id))


def settle_payment(team_id: int, intent_id: str) -> CheckoutAttempt:
    """Read the payment with its refunds and disputes from Stripe and book them. Raises NotOurs."""
    payment = stripe_of(team_id).payment(intent_id)
    with team_scope(team_id), acting(BY_STRIPE):
        return book(Team.objects.get(pk=team_id), payment=payment)


def _apply(stripe: Stripe, team_id: int, session: SessionFacts) -> CheckoutAttempt:
    payment = stripe.payment(session.payment_intent) if session.payment_intent else None
    with team_scope(team_id), acting(BY_STRIPE):
        return book(Team.objects.get(pk=team_id), session=session, payment=payment)


def ask_again(attempt: CheckoutAttempt, stripe: Stripe) -> CheckoutAttempt:
    """Ask Stripe how an attempt stands, whatever we last heard; answers it as it is then."""
    if attempt.session is not None:
        return _apply(stripe, attempt.team_id, stripe.session(attempt.session))
    session = stripe.find_session(
        str(attempt.idempotency_key), since=attempt.created_at - timedelta(minutes=10)
    )
    if session is None and _may_ask_with_key(attempt):
        # The same request with the same key: what it made before, or made now; never two.
        try:
            session = stripe.create_session(attempt.params, idempotency_key=str(attempt.idempotency_key))
        except StripeAway:
            return _still_unknown(attempt)
        except StripeError as problem:
            _set(attempt, AttemptState.FAILED, error=str(problem))
    if session is not None:
        return _apply(stripe, attempt.team_id, session)
    _set(attempt, AttemptState.FAILED, error=attempt.error or _("Stripe knows of no such payment."))
    return _read(attempt)


def _may_ask_with_key(attempt: CheckoutAttempt) -> bool:
    """Whether the request may be sent once more with its key.

    Stripe forgets keys after a day. It also remembers a failure of its own under the key: what was
    asked again without an answer, and minutes later is in no list, never came to be.
    """
    now = timezone.now()
    settled = (
        attempt.asked > 0 and attempt.checked_at is not None and attempt.checked_at < now - UNKNOWN_AGAIN[0]
    )
    return attempt.created_at > now - KEY_LIVES and not settled


def _still_unknown(attempt: CheckoutAttempt) -> CheckoutAttempt:
    wait = UNKNOWN_AGAIN[min(attempt.asked + 1, len(UNKNOWN_AGAIN) - 1)]
    _set(
        attempt,
        AttemptState.UNKNOWN,
        error=attempt.error,
        asked=attempt.asked + 1,
        checked_at=timezone.now(),
        check_after=timezone.now() + wait,
    )
    return _read(attempt)


def _read(attempt: CheckoutAttempt) -> CheckoutAttempt:
    with team_scope(attempt.team_id):
        return CheckoutAttempt.objects.get(pk=attempt.pk)


# ---- Closing ----------------------------------------------------------------------------------------


def expire_for(invoice: Invoice) -> None:
    """Close card pages that ask for more than the invoice still owes, once this transaction has committed.

    Called inside the scope by whatever changes what is owed. Should the broker be away, the sweeper
    finds them: what makes a page superfluous is written in invoice and attempt alone.
    """
    from payments import tasks

    owed = invoice.balance if invoice.is_issued else ZERO
    superfluous = CheckoutAttempt.objects.filter(
        invoice=invoice, state__in=(AttemptState.UNKNOWN, AttemptState.OPEN), amount__gt=owed
    )
    scope = current_scope()
    if scope is not None and superfluous.exists():
        look_now(tasks.close_checkouts, scope.team_id, invoice.pk)


def close_for(team_id: int, invoice_id: int, *, only_superfluous: bool = False) -> None:
    """Close the invoice's open card pages now. One that was paid meanwhile is booked. Raises StripeError."""
    with team_scope(team_id):
        attempts = CheckoutAttempt.objects.filter(
            team_id=team_id, invoice_id=invoice_id, state__in=(AttemptState.UNKNOWN, AttemptState.OPEN)
        )
        if only_superfluous:
            attempts = attempts.filter(_superfluous())
        waiting = list(attempts)
    _close_each(team_id, waiting)


def close_all(team_id: int) -> None:
    """Close every open card page of the team, with the key that is stored. Raises StripeError."""
    with team_scope(team_id):
        states = (AttemptState.NEW, AttemptState.UNKNOWN, AttemptState.OPEN)
        waiting = list(CheckoutAttempt.objects.filter(team_id=team_id, state__in=states))
    _close_each(team_id, waiting)


def _close_each(team_id: int, attempts: list[CheckoutAttempt]) -> None:
    if not attempts:
        return
    stripe = stripe_of(team_id)
    for attempt in attempts:
        try:
            _close(stripe, attempt)
        except NothingThere:
            _gone(attempt)
        except StripeError:
            raise
        except PaymentsError as problem:
            # It was paid, in a way that a person must look at: that is no reason to leave others open.
            _note(attempt, problem)


def _close(stripe: Stripe, attempt: CheckoutAttempt) -> CheckoutAttempt:
    if attempt.session is None:
        attempt = ask_again(attempt, stripe)
    if attempt.state != AttemptState.OPEN or attempt.session is None:
        return attempt
    return _apply(stripe, attempt.team_id, stripe.expire_session(attempt.session))


def _superfluous() -> Q:
    return Q(invoice__balance__lt=F("amount")) | ~Q(invoice__state=InvoiceState.ISSUED)


# ---- Sweeping ---------------------------------------------------------------------------------------


def sweep(team_id: int) -> int:
    """Ask Stripe about every attempt whose time has come; answers how many.

    One that fails keeps none other back.
    """
    with team_scope(team_id):
        waiting = list(
            CheckoutAttempt.objects.filter(team_id=team_id, state__in=LIVE_ATTEMPT)
            .filter(Q(check_after__lte=timezone.now()) | Q(state=AttemptState.OPEN) & _superfluous())
            .order_by("check_after")[:50]
        )
    for attempt in waiting:
        _sweep_one(attempt)
    return len(waiting)


def _sweep_one(attempt: CheckoutAttempt) -> None:
    again = PROCESSING_AGAIN if attempt.state == AttemptState.PROCESSING else OPEN_AGAIN
    with team_scope(attempt.team_id):
        CheckoutAttempt.objects.filter(pk=attempt.pk).update(check_after=timezone.now() + again)
        superfluous = CheckoutAttempt.objects.filter(_superfluous(), pk=attempt.pk).exists()
    try:
        stripe = stripe_of(attempt.team_id)
        if superfluous and attempt.state == AttemptState.OPEN:
            _close(stripe, attempt)
        else:
            ask_again(attempt, stripe)
    except NothingThere:
        _gone(attempt)
    except StripeError as problem:
        note_problem(attempt.team_id, problem)
        log.warning("attempt %s of team %s: %s", attempt.pk, attempt.team_id, problem)
    except PaymentsError as problem:
        _note(attempt, problem)


def _gone(attempt: CheckoutAttempt) -> None:
    """Stripe has no such session (the key is of another account now): it can no longer be paid through us."""
    with team_scope(attempt.team_id):
        CheckoutAttempt.objects.filter(pk=attempt.pk, state__in=LIVE_ATTEMPT).update(
            state=AttemptState.EXPIRED, error=_("Stripe knows nothing of it in this account.")
        )


def _note(attempt: CheckoutAttempt, problem: PaymentsError) -> None:
    with team_scope(attempt.team_id):
        CheckoutAttempt.objects.filter(pk=attempt.pk).update(error=str(problem)[:300])
