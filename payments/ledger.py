"""The verbs of the ledger: every movement of money goes through one of these, inside a team's office scope.

Rows are added, never changed. Locks are taken in one order (the invoices by id, then the client's
account) and everything is read again once they are held. After each verb an invoice holds as much of
the payments meant for it as it can take, and what is left of them is the client's credit; so the
figures depend on what happened, not on the order in which it was heard (PAY-1 to PAY-3).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client
from cma.formats import money
from invoices.models import Invoice
from invoices.money import LARGEST_TOTAL, PENNY, ZERO
from payments import letters
from payments.errors import AmountRefused, BooksDiffer
from payments.models import (
    Allocation,
    BankTransferClaim,
    ClientAccount,
    Dispute,
    DisputeMovement,
    Method,
    MovementKind,
    Payment,
    Refund,
)
from teams.audit import record
from teams.models import Team, User, WrongState

FINAL_DISPUTE = frozenset({"won", "lost", "warning_closed", "prevented"})


# ---- Payments ---------------------------------------------------------------------------------------


def record_payment(
    *,
    client: Client,
    amount: Decimal,
    method: Method,
    received_on: dt.date,
    invoice: Invoice | None = None,
    note: str = "",
    by: User | None = None,
    form_key: UUID | None = None,
    currency: str = "",
    stripe_payment_intent: str | None = None,
    stripe_charge: str = "",
    stripe_fee: Decimal | None = None,
    paid_with: str = "",
    livemode: bool = True,
) -> Payment:
    """Book money that came: to the invoice as far as it takes it, the rest to the client's credit.

    The same Stripe payment or the same form twice is one payment. By hand, raises WrongState for an
    invoice that is not issued or already paid; what Stripe took is booked whatever the invoice's state.
    """
    check_amount(amount)
    target = _lock(client, [invoice.pk] if invoice else []).get(invoice.pk if invoice else 0)
    known = _already_booked(client.team, stripe_payment_intent, form_key)
    if known is not None:
        return known
    if target is not None and method != Method.STRIPE:
        refuse_unless_open(target)
    payment = Payment.objects.create(
        team_id=client.team_id,
        client=client,
        amount=amount,
        currency=currency or (target.currency if target else client.team.currency),
        method=method,
        received_on=received_on,
        invoice=target,
        note=note,
        form_key=form_key,
        stripe_payment_intent=stripe_payment_intent,
        stripe_charge=stripe_charge,
        stripe_fee=stripe_fee,
        paid_with=paid_with,
        livemode=livemode,
        recorded_by=by,
    )
    _settle([target])
    _tell_of_payment(payment, target)
    return payment


def check_amount(amount: Decimal) -> None:
    """Raises AmountRefused unless this is a sum of money that can come in at once (BAD-1)."""
    if amount <= 0:
        raise AmountRefused(_("The amount must be more than nothing, such as 120.00."))
    if amount > LARGEST_TOTAL:
        raise AmountRefused(
            _("That is more than %(most)s, the most we can book.") % {"most": money(LARGEST_TOTAL)}
        )
    if amount != amount.quantize(PENNY):
        raise AmountRefused(_("Write pounds and pence, such as 1234.50."))


def _already_booked(team: Team, payment_intent: str | None, form_key: UUID | None) -> Payment | None:
    if payment_intent is None and form_key is None:
        return None
    same = Q(stripe_payment_intent=payment_intent) if payment_intent else Q(form_key=form_key)
    return team.payments.filter(same, reverses=None).first()


def refuse_unless_open(invoice: Invoice) -> None:
    """Raises WrongState unless money can be recorded on it: issued, and not paid yet."""
    if not invoice.is_issued:
        raise WrongState(
            _("%(reference)s is %(state)s: no payment can be recorded on it.")
            % {"reference": invoice.reference, "state": invoice.get_state_display()}
        )
    if invoice.balance <= 0:
        raise WrongState(_("%(reference)s is already paid.") % {"reference": invoice.reference})


def _tell_of_payment(payment: Payment, invoice: Invoice | None) -> None:
    facts = {
        "payment": payment.pk,
        "amount": str(payment.amount),
        "currency": payment.currency,
        "method": payment.method_text(),
    }
    record("payment.recorded", subject=invoice or payment, client_id=payment.client_id, **facts)
    over = free_of(payment)
    if invoice is not None:
        invoice.transfer_claims.filter(closed_at=None).update(closed_at=timezone.now())
        if over > 0:
            credit = {"amount": str(over), "currency": payment.currency}
            record("payment.credited", subject=invoice, client_id=payment.client_id, **credit)
            letters.overpaid(payment, invoice, over=over)
        if payment.is_by_stripe and invoice.is_paid and over < payment.amount:
            letters.receipt(payment, invoice)


def undo_payment(payment: Payment, *, by: User) -> Payment:
    """Take back a payment that was recorded by hand (INV-11); answers the row that reverses it.

    Raises WrongState when it was already undone, came through Stripe, or part of it went back.
    """
    locked = _lock_payment(payment)
    if payment.reverses_id or Payment.objects.filter(reverses=payment).exists():
        raise WrongState(_("This payment was already undone."))
    if payment.is_by_stripe:
        raise WrongState(_("This money is at Stripe: refund it there, and it is booked here by itself."))
    if spent_of(payment):
        raise WrongState(_("Part of this payment was refunded, so it cannot be undone any more."))
    for allocation in payment.allocations.live():
        _reverse(allocation, reason="undone")
    undone = Payment.objects.create(
        team_id=payment.team_id,
        client_id=payment.client_id,
        amount=-payment.amount,
        currency=payment.currency,
        method=payment.method,
        received_on=payment.received_on,
        invoice_id=payment.invoice_id,
        livemode=payment.livemode,
        reverses=payment,
        recorded_by=by,
    )
    _settle(locked.values())
    subject = locked.get(payment.invoice_id or 0, payment)
    facts = {"payment": payment.pk, "amount": str(payment.amount), "currency": payment.currency}
    record("payment.undone", subject=subject, client_id=payment.client_id, **facts)
    return undone


def release(invoice: Invoice, *, refunded: bool, by: User) -> Decimal:
    """Free an invoice of its payments so that it can be voided (INV-12); answers how much that was.

    The money becomes the client's credit or, with `refunded`, is recorded as given back. For a Stripe
    payment that record waits for Stripe's own refund, which takes its place.
    """
    target = _lock(invoice.client, [invoice.pk])[invoice.pk]
    freed: dict[int, Decimal] = {}
    for allocation in target.allocations.live().order_by("pk"):
        _reverse(allocation, reason="void")
        freed[allocation.payment_id] = freed.get(allocation.payment_id, ZERO) + allocation.amount
    total = sum(freed.values(), ZERO)
    if refunded:
        for payment in Payment.objects.filter(pk__in=freed).order_by("pk"):
            _add_refund(
                payment,
                freed[payment.pk],
                invoice.team.today(),
                payment.method,
                by=by,
                note=invoice.reference,
            )
    if total:
        verb = "payment.recorded_as_refunded" if refunded else "payment.released_to_credit"
        facts = {"amount": str(total), "currency": invoice.currency}
        record(verb, subject=invoice, client_id=invoice.client_id, **facts)
    invoice.refresh_from_db()
    return total


# ---- Money that goes back ---------------------------------------------------------------------------


def record_refund(
    payment: Payment,
    *,
    amount: Decimal,
    refunded_on: dt.date,
    method: Method,
    stripe_refund: str | None = None,
    note: str = "",
    by: User | None = None,
) -> Refund:
    """Book money that went back: first what is free of the payment, then its invoices, newest first.

    The same Stripe refund twice is one. Raises BooksDiffer when more went back than came.
    """
    locked = _lock_payment(payment)
    if stripe_refund is not None:
        known = payment.refunds.filter(stripe_refund=stripe_refund, reverses=None).first()
        if known is not None:
            return known
        _give_way_to_stripe(payment, amount)
    left = payment_left(payment)
    if amount > left:
        raise BooksDiffer(
            _("A refund of %(amount)s is more than the %(left)s left of the payment.")
            % {"amount": money(amount, payment.currency), "left": money(left, payment.currency)}
        )
    _take_back(payment, amount, reason="refund")
    refund = _add_refund(payment, amount, refunded_on, method, stripe_refund=stripe_refund, note=note, by=by)
    _settle(locked.values())
    facts = {"payment": payment.pk, "amount": str(amount), "currency": payment.currency}
    record("payment.refunded", subject=_subject(payment, locked), client_id=payment.client_id, **facts)
    return refund


def fail_refund(refund: Refund) -> Refund | None:
    """The bank sent a refund back: the money is the team's again, and pays what it paid before.

    None when that was booked already.
    """
    locked = _lock_payment(refund.payment)
    if Refund.objects.filter(reverses=refund).exists():
        return None
    failed = _reverse_refund(refund)
    _settle(locked.values())
    facts = {"amount": str(refund.amount), "currency": refund.payment.currency}
    record(
        "payment.refund_failed", subject=_subject(refund.payment, locked), client_id=refund.client_id, **facts
    )
    return failed


def record_dispute(
    payment: Payment,
    *,
    stripe_dispute: str,
    amount: Decimal,
    status: str,
    reason: str = "",
    evidence_due_at: dt.datetime | None = None,
    withdrawn: bool,
    reinstated: bool,
) -> Dispute:
    """Bring the books in line with a dispute as Stripe tells it; telling it again changes nothing.

    `withdrawn` and `reinstated` say whether the money was ever taken and given back. What has been
    closed stays closed, so an older report that arrives late does no harm.
    """
    locked = _lock_payment(payment)
    dispute, is_new = Dispute.objects.get_or_create(
        team_id=payment.team_id,
        stripe_dispute=stripe_dispute,
        defaults={
            "client_id": payment.client_id,
            "payment": payment,
            "amount": amount,
            "status": status,
            "reason": reason,
            "evidence_due_at": evidence_due_at,
        },
    )
    facts = {"amount": str(amount), "currency": payment.currency, "reason": reason}
    subject = _subject(payment, locked)
    if is_new:
        record("payment.disputed", subject=subject, client_id=payment.client_id, **facts)
    if withdrawn:
        _withdraw(payment, dispute)
    if reinstated:
        _reinstate(payment, dispute)
    _settle(locked.values())
    if dispute.closed_at is None:
        dispute.status, dispute.reason, dispute.evidence_due_at = status, reason, evidence_due_at
        if status in FINAL_DISPUTE:
            dispute.closed_at = timezone.now()
            verb = "payment.dispute_lost" if status == "lost" else "payment.dispute_won"
            record(verb, subject=subject, client_id=payment.client_id, **facts)
        dispute.save(update_fields=["status", "reason", "evidence_due_at", "closed_at"])
    return dispute


def _withdraw(payment: Payment, dispute: Dispute) -> None:
    # Never more than is left: what was refunded before cannot be taken from our books twice.
    amount = min(dispute.amount, payment_left(payment))
    is_over = dispute.closed_at is not None and dispute.status != "lost"
    if amount <= 0 or is_over or dispute.movements.exists():
        return
    _take_back(payment, amount, reason="dispute")
    _move(payment, dispute, MovementKind.WITHDRAWN, amount)


def _reinstate(payment: Payment, dispute: Dispute) -> None:
    movements = {movement.kind: movement for movement in dispute.movements.all()}
    if MovementKind.WITHDRAWN in movements and MovementKind.REINSTATED not in movements:
        _move(payment, dispute, MovementKind.REINSTATED, -movements[MovementKind.WITHDRAWN].amount)


def _move(payment: Payment, dispute: Dispute, kind: MovementKind, amount: Decimal) -> None:
    DisputeMovement.objects.create(
        team_id=payment.team_id,
        client_id=payment.client_id,
        payment=payment,
        dispute=dispute,
        kind=kind,
        amount=amount,
    )


def _give_way_to_stripe(payment: Payment, amount: Decimal) -> None:
    """A void may have recorded this refund ahead of Stripe: the real one takes its place."""
    ahead = payment.refunds.live().filter(stripe_refund=None, method=Method.STRIPE)
    for refund in ahead.order_by("-pk"):
        if amount <= 0:
            return
        _reverse_refund(refund)
        if refund.amount > amount:
            rest = refund.amount - amount
            _add_refund(
                payment, rest, refund.refunded_on, Method.STRIPE, by=refund.recorded_by, note=refund.note
            )
        amount -= refund.amount


def _add_refund(
    payment: Payment,
    amount: Decimal,
    refunded_on: dt.date,
    method: str,
    *,
    stripe_refund: str | None = None,
    note: str = "",
    by: User | None = None,
) -> Refund:
    return Refund.objects.create(
        team_id=payment.team_id,
        client_id=payment.client_id,
        payment=payment,
        amount=amount,
        method=method,
        stripe_refund=stripe_refund,
        refunded_on=refunded_on,
        note=note,
        recorded_by=by,
    )


def _reverse_refund(refund: Refund) -> Refund:
    return Refund.objects.create(
        team_id=refund.team_id,
        client_id=refund.client_id,
        payment_id=refund.payment_id,
        amount=-refund.amount,
        method=refund.method,
        stripe_refund=refund.stripe_refund,
        refunded_on=refund.refunded_on,
        reverses=refund,
    )


# ---- What a client says -----------------------------------------------------------------------------


def claim_transfer(invoice: Invoice, amount: Decimal, by: User | None) -> BankTransferClaim:
    """Note that the client says a bank transfer is on its way (PAY-11), and tell the owners, once.

    Marks nothing as paid. Raises WrongState when there is nothing to pay. Office scope.
    """
    check_amount(amount)
    invoice = invoice.team.invoices.select_for_update().select_related("client", "team").get(pk=invoice.pk)
    refuse_unless_open(invoice)
    open_claim = invoice.transfer_claims.filter(closed_at=None).first()
    if open_claim is not None:
        return open_claim
    claim = BankTransferClaim.objects.create(
        team_id=invoice.team_id, client_id=invoice.client_id, invoice=invoice, amount=amount, claimed_by=by
    )
    facts = {"amount": str(amount), "currency": invoice.currency}
    record("transfer.claimed", subject=invoice, client_id=invoice.client_id, **facts)
    letters.transfer_claimed(claim)
    return claim


def close_claim(claim: BankTransferClaim, *, by: User) -> None:
    """The trade says that nothing came; reminders go on."""
    closed = BankTransferClaim.objects.filter(pk=claim.pk, closed_at=None).update(closed_at=timezone.now())
    if closed:
        record(
            "transfer.not_found", subject=claim.invoice, client_id=claim.client_id, amount=str(claim.amount)
        )


# ---- Figures ----------------------------------------------------------------------------------------


def free_of(payment: Payment) -> Decimal:
    """What of the payment is neither allocated nor gone: the part that is credit."""
    return payment_left(payment) - _sum(Allocation.objects.filter(payment=payment))


def payment_left(payment: Payment) -> Decimal:
    """What of the payment is still the team's: the amount less what went back."""
    return _sum(Payment.objects.filter(Q(pk=payment.pk) | Q(reverses=payment))) - spent_of(payment)


def spent_of(payment: Payment) -> Decimal:
    """What went back of the payment, by refund or dispute."""
    refunds, disputes = (
        Refund.objects.filter(payment=payment),
        DisputeMovement.objects.filter(payment=payment),
    )
    return _sum(refunds) + _sum(disputes)


def credit_of(client: Client) -> Decimal:
    """What the client has with the team that no invoice has taken."""
    account = ClientAccount.objects.filter(client=client).first()
    return account.credit if account else ZERO


def _sum(rows: QuerySet[Any]) -> Decimal:
    found = rows.aggregate(total=Sum("amount"))["total"]
    return Decimal(found) if found is not None else ZERO


# ---- Locks and allocations --------------------------------------------------------------------------


def _lock(client: Client, invoice_ids: Iterable[int]) -> dict[int, Invoice]:
    """Lock these invoices by id, then the client's account; answers the invoices as they are now."""
    invoices = client.team.invoices.select_for_update(of=("self",)).select_related("client", "team")
    locked = {invoice.pk: invoice for invoice in invoices.filter(pk__in=list(invoice_ids)).order_by("pk")}
    if any(invoice.client_id != client.pk for invoice in locked.values()):
        raise ValueError("an invoice of another client")
    _lock_account(client.team_id, client.pk)
    return locked


def _lock_account(team_id: int, client_id: int) -> ClientAccount:
    ClientAccount.objects.bulk_create(
        [ClientAccount(team_id=team_id, client_id=client_id)], ignore_conflicts=True
    )
    return ClientAccount.objects.select_for_update().get(client_id=client_id)


class _MoreToLock(Exception):
    pass


def _lock_payment(payment: Payment) -> dict[int, Invoice]:
    """Lock every invoice that the payment touches, then the account.

    Which invoices those are is only certain once the account is locked: if there are more by then,
    the locks are given back (they go with the savepoint) and taken again in the right order.
    """
    wanted = _invoices_of(payment)
    while True:
        try:
            with transaction.atomic():
                locked = _lock(payment.client, wanted)
                now = _invoices_of(payment)
                if not now <= wanted:
                    raise _MoreToLock
                return locked
        except _MoreToLock:
            wanted = now


def _invoices_of(payment: Payment) -> set[int]:
    found = set(payment.allocations.live().values_list("invoice_id", flat=True))
    return found | {payment.invoice_id} if payment.invoice_id else found


def _subject(payment: Payment, locked: dict[int, Invoice]) -> Invoice | Payment:
    """What the timeline shows it on: the invoice that the payment was meant for, else the payment."""
    return locked.get(payment.invoice_id or 0, payment)


def _allocate(payment: Payment, invoice_id: int, amount: Decimal) -> Allocation:
    return Allocation.objects.create(
        team_id=payment.team_id,
        client_id=payment.client_id,
        payment=payment,
        invoice_id=invoice_id,
        amount=amount,
    )


def _reverse(allocation: Allocation, *, reason: str) -> Allocation:
    return Allocation.objects.create(
        team_id=allocation.team_id,
        client_id=allocation.client_id,
        payment_id=allocation.payment_id,
        invoice_id=allocation.invoice_id,
        amount=-allocation.amount,
        reverses=allocation,
        reason=reason,
    )


def _take_back(payment: Payment, amount: Decimal, *, reason: str) -> None:
    """Make `amount` of the payment free: take it from its invoices, the newest allocation first."""
    short = amount - free_of(payment)
    for allocation in payment.allocations.live().order_by("-pk"):
        if short <= 0:
            return
        _reverse(allocation, reason=reason)
        if allocation.amount > short:
            _allocate(payment, allocation.invoice_id, allocation.amount - short)
        short -= allocation.amount


def _settle(invoices: Iterable[Invoice | None]) -> None:
    """Give each of these locked invoices what is free of the payments meant for it, oldest first."""
    for invoice in invoices:
        if invoice is None:
            continue
        invoice.refresh_from_db(fields=["state", "paid", "credited", "balance"])
        if invoice.is_issued and invoice.balance > 0:
            _fill(invoice)
        _close_card_sessions(invoice)


def _fill(invoice: Invoice) -> None:
    for payment in Payment.objects.live().filter(invoice=invoice, currency=invoice.currency).order_by("pk"):
        part = min(invoice.balance, free_of(payment))
        if part > 0:
            _allocate(payment, invoice.pk, part)
            invoice.refresh_from_db(fields=["paid", "balance"])
        if invoice.balance <= 0:
            return


def _close_card_sessions(invoice: Invoice) -> None:
    """A card page for more than is owed now is closed, once this transaction has committed (PAY-8)."""
    from payments import checkout

    checkout.expire_for(invoice)
