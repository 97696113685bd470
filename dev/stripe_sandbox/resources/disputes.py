"""Disputes: the payer's bank takes the money back until the matter is decided."""

from __future__ import annotations

from typing import Any

import stripe

from dev.stripe_sandbox.account import Account
from dev.stripe_sandbox.errors import bad_request
from dev.stripe_sandbox.resources.balance import book
from dev.stripe_sandbox.resources.lists import merge_metadata
from dev.stripe_sandbox.schema import blank_part
from dev.stripe_sandbox.store import Object

FEE = 2000
DAYS_TO_ANSWER = 7
_OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")


def open_dispute(
    account: Account,
    charge: Object,
    *,
    amount: int | None = None,
    reason: str = "fraudulent",
    inquiry: bool = False,
) -> Object:
    """The payer disputes a charge. An inquiry takes no money yet."""
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise bad_request("This charge cannot be disputed.", param="charge")
    evidence_details = blank_part(stripe.Dispute.EvidenceDetails)
    evidence_details |= {
        "due_by": account.now() + DAYS_TO_ANSWER * 86400,
        "submission_method": "not_submitted",
    }
    evidence_details["enhanced_eligibility"] = {}
    dispute = account.new(
        "dispute",
        amount=charge["amount"] - charge["amount_refunded"] if amount is None else amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="warning_needs_response" if inquiry else "needs_response",
        is_charge_refundable=inquiry,
        evidence_details=evidence_details,
        metadata={},
        payment_method_details=_details(charge),
        network_reason_code="10.4",
    )
    account.change(charge, disputed=True, _dispute_won=inquiry)
    if not inquiry:
        _move_money(account, dispute, amount=-dispute["amount"], fee=FEE, category="dispute")
    account.emit("charge.dispute.created", dispute)
    if not inquiry:
        account.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def update(account: Account, params: Object, identifier: str) -> Object:
    """POST /v1/disputes/{id}: evidence, submitted unless `submit` is false."""
    dispute = _still_open(account, identifier)
    changes: dict[str, Any] = {}
    details = dict(dispute["evidence_details"])
    if params.get("evidence"):
        given = {name: value or None for name, value in params["evidence"].items() if isinstance(value, str)}
        changes["evidence"] = {**dispute["evidence"], **given}
        details["has_evidence"] = True
    if params.get("submit", True) and details["has_evidence"]:
        details["submission_count"] += 1
        details["submission_method"] = "manual"
        changes["status"] = (
            "warning_under_review" if dispute["status"].startswith("warning") else "under_review"
        )
    if "metadata" in params:
        changes["metadata"] = merge_metadata(dispute["metadata"], params["metadata"])
    changes["evidence_details"] = details
    previous = {name: dispute[name] for name in changes}
    account.change(dispute, **changes)
    account.emit("charge.dispute.updated", dispute, previous=previous)
    return dispute


def close(account: Account, _params: Object, identifier: str) -> Object:
    """The business accepts: lost."""
    return decide(account, _still_open(account, identifier), won=False)


def decide(account: Account, dispute: Object, *, won: bool) -> Object:
    """needs_response, under_review → won (money comes back) or lost."""
    if dispute["status"] not in _OPEN:
        raise bad_request(f"This dispute is already {dispute['status']}.")
    is_inquiry = dispute["status"].startswith("warning")
    before = {"status": dispute["status"]}
    account.change(dispute, status="warning_closed" if is_inquiry else "won" if won else "lost")
    if won and not is_inquiry:
        _move_money(account, dispute, amount=dispute["amount"], fee=0, category="dispute_reversal")
        account.emit("charge.dispute.funds_reinstated", dispute)
    if won:
        account.change(account.get("charge", dispute["charge"]), _dispute_won=True)
    account.emit("charge.dispute.closed", dispute, previous=before)
    return dispute


def _still_open(account: Account, identifier: str) -> Object:
    dispute = account.get("dispute", identifier)
    if dispute["status"] not in _OPEN:
        raise bad_request("This dispute is already closed", code="dispute_already_closed")
    return dispute


def _move_money(account: Account, dispute: Object, *, amount: int, fee: int, category: str) -> None:
    entry = book(account, kind="adjustment", amount=amount, fee=fee, source=dispute, category=category)
    account.change(dispute, balance_transactions=[*dispute["balance_transactions"], entry])


def _details(charge: Object) -> Object | None:
    method = charge["payment_method_details"]
    if method["type"] != "card":
        return None
    card = blank_part(stripe.Dispute.PaymentMethodDetails.Card)
    return {"type": "card", "card": card | {"brand": method["card"]["brand"], "network_reason_code": "10.4"}}
