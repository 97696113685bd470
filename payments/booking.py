"""Bringing our books in line with what Stripe reports: the one place where a card payment is recorded.

Return of the payer, webhook, sweeper: all roads lead to `book`. It is handed facts that were read from
Stripe a moment ago, outside the transaction, and compares them with our own attempt row; it may be told
the same any number of times and in any order.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from payments import ledger
from payments.errors import BooksDiffer, PaymentsError
from payments.models import AttemptState, CheckoutAttempt, Method, Payment
from payments.stripe import PaymentFacts, RefundFacts, SessionFacts
from payments.sums import from_minor
from teams.audit import record
from teams.models import Team

# What an attempt can still become: one further right is never taken back by a report that arrives late.
RANK = {
    AttemptState.NEW: 0,
    AttemptState.UNKNOWN: 0,
    AttemptState.OPEN: 1,
    AttemptState.PROCESSING: 2,
    AttemptState.EXPIRED: 3,
    AttemptState.FAILED: 3,
    AttemptState.PAID: 4,
}
# A debit that is being collected, or a transfer that the payer has been told how to make.
UNDER_WAY = ("processing", "requires_action")
WRITTEN = ["session", "url", "expires_at", "payment_intent", "payment", "state", "error", "checked_at"]


class NotOurs(PaymentsError):
    """What Stripe reports belongs to no attempt of this team. Booked nowhere; the text says why."""


def book(
    team: Team, *, session: SessionFacts | None = None, payment: PaymentFacts | None = None
) -> CheckoutAttempt:
    """Bring attempt and ledger in line with these facts; answers the attempt. Inside the team's scope.

    Raises NotOurs, or BooksDiffer for what cannot be booked as it stands.
    """
    found = _find(team, session, payment)
    # Invoice first, then the attempt: the order in which everybody takes them.
    team.invoices.select_for_update().get(pk=found.invoice_id)
    attempt = (
        team.checkout_attempts.select_for_update(of=("self",))
        .select_related("client", "invoice")
        .get(pk=found.pk)
    )
    _compare(attempt, session, payment)
    if session is not None:
        attempt.session = session.id
        attempt.url, attempt.expires_at = session.url, session.expires_at or attempt.expires_at
        attempt.payment_intent = session.payment_intent or attempt.payment_intent
    if payment is not None:
        attempt.payment_intent = payment.intent
        if payment.has_succeeded:
            attempt.payment = _book_payment(attempt, payment)
    _move(attempt, _state(attempt, session, payment))
    if attempt.state == AttemptState.FAILED and payment is not None:
        attempt.error = payment.problem[:300]
    attempt.checked_at = timezone.now()
    attempt.save(update_fields=WRITTEN)
    return attempt


def _find(team: Team, session: SessionFacts | None, payment: PaymentFacts | None) -> CheckoutAttempt:
    """The attempt that these facts are about: by the session's id, or by the key that only we gave out."""
    attempts = team.checkout_attempts.all()
    if session is not None:
        known = attempts.filter(session=session.id).first()
        if known is not None:
            return known
    facts = session or payment
    metadata = facts.metadata if facts is not None else {}
    if metadata.get("cma_team") != str(team.pk):
        other = metadata.get("cma_team")
        raise NotOurs(
            _("It belongs to another team's invoice.")
            if other
            else _("It was not made by CMA: another use of the account.")
        )
    number = metadata.get("cma_attempt", "")
    attempt = attempts.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    if attempt is None or str(attempt.idempotency_key) != metadata.get("cma_key"):
        raise NotOurs(_("It names an attempt that this team never made."))
    return attempt


def _compare(attempt: CheckoutAttempt, session: SessionFacts | None, payment: PaymentFacts | None) -> None:
    """Raises NotOurs or BooksDiffer where facts and attempt cannot belong together."""
    if session is not None and attempt.session not in (None, session.id):
        raise NotOurs(_("It names an attempt that has another Checkout session."))
    if payment is not None and attempt.payment_intent not in ("", payment.intent):
        raise NotOurs(_("It names an attempt that has another payment."))
    for facts in (session, payment):
        if facts is not None and facts.livemode != attempt.livemode:
            raise BooksDiffer(
                _("Stripe reports the other mode (live or test) than this payment was started in.")
            )
        if facts is not None and facts.currency != attempt.currency:
            raise BooksDiffer(
                _("Stripe reports %(theirs)s where %(ours)s was asked for.")
                % {"theirs": facts.currency, "ours": attempt.currency}
            )


def _state(
    attempt: CheckoutAttempt, session: SessionFacts | None, payment: PaymentFacts | None
) -> AttemptState:
    if attempt.payment_id:
        return AttemptState.PAID
    if session is not None and session.status == "expired":
        return AttemptState.EXPIRED
    under_way = payment is None or payment.status in UNDER_WAY
    if session is not None and session.status == "complete":
        # The form was sent. Money comes days later, or was refused by then.
        return AttemptState.PROCESSING if under_way else AttemptState.FAILED
    if payment is not None and payment.status == "processing":
        return AttemptState.PROCESSING
    if attempt.state == AttemptState.PROCESSING and not under_way:
        return AttemptState.FAILED
    return AttemptState.OPEN if attempt.session else AttemptState(attempt.state)


def _move(attempt: CheckoutAttempt, state: AttemptState) -> None:
    before = AttemptState(attempt.state)
    if RANK[state] <= RANK[before]:
        return
    attempt.state = state
    if state in (AttemptState.PROCESSING, AttemptState.FAILED):
        verb = "payment.under_way" if state == AttemptState.PROCESSING else "payment.failed"
        facts = {"amount": str(attempt.amount), "currency": attempt.currency}
        record(verb, subject=attempt.invoice, client_id=attempt.client_id, **facts)


def _book_payment(attempt: CheckoutAttempt, facts: PaymentFacts) -> Payment:
    amount = from_minor(facts.amount_received, facts.currency)
    fee = from_minor(facts.fee, facts.fee_currency) if facts.fee is not None else None
    fee = fee if facts.fee_currency == facts.currency else None
    known = attempt.payment
    payment = known or ledger.record_payment(
        client=attempt.client,
        invoice=attempt.invoice,
        amount=amount,
        currency=facts.currency,
        method=Method.STRIPE,
        received_on=_day(attempt.team, facts.at),
        by=attempt.started_by,
        stripe_payment_intent=facts.intent,
        stripe_charge=facts.charge,
        stripe_fee=fee,
        paid_with=facts.paid_with[:60],
        livemode=facts.livemode,
    )
    if known is None and amount != attempt.amount:
        told = {"amount": str(amount), "expected": str(attempt.amount), "currency": facts.currency}
        record("payment.unexpected_amount", subject=attempt.invoice, client_id=attempt.client_id, **told)
    if fee is not None and payment.stripe_fee is None:
        payment.learn_fee(fee)
    for refund in facts.refunds:
        _book_refund(payment, refund)
    for dispute in facts.disputes:
        ledger.record_dispute(
            payment,
            stripe_dispute=dispute.id,
            amount=from_minor(dispute.amount, facts.currency),
            status=dispute.status[:40],
            reason=dispute.reason[:60],
            evidence_due_at=dispute.evidence_due_at,
            withdrawn=dispute.withdrawn,
            reinstated=dispute.reinstated,
        )
    return payment


def _book_refund(payment: Payment, facts: RefundFacts) -> None:
    # One that failed before we heard of it is booked all the same, and reversed: an older report that
    # arrives after this one then finds it known.
    refund = ledger.record_refund(
        payment,
        amount=from_minor(facts.amount, payment.currency),
        refunded_on=_day(payment.team, facts.at),
        method=Method.STRIPE,
        stripe_refund=facts.id,
    )
    if facts.has_failed:
        ledger.fail_refund(refund)


def _day(team: Team, at: dt.datetime | None) -> dt.date:
    return at.astimezone(team.zone).date() if at else team.today()
