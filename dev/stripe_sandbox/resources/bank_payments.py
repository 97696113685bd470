"""Payments from bank accounts: Bacs Direct Debit with its mandate, and bank transfers."""

from __future__ import annotations

import secrets

import stripe

from dev.stripe_sandbox.account import Account
from dev.stripe_sandbox.resources import charges
from dev.stripe_sandbox.schema import blank_part
from dev.stripe_sandbox.store import Object


def start_debit(account: Account, intent: Object, method: Object) -> None:
    """→ processing: Bacs decides days later."""
    if not method.get("_mandate"):
        account.change(method, _mandate=_new_mandate(account, method)["id"])
    charge = charges.attempt(account, intent, method, status="pending")
    account.emit("charge.pending", charge)
    account.change(intent, status="processing")
    account.emit("payment_intent.processing", intent)


def _new_mandate(account: Account, method: Object) -> Object:
    reference = secrets.token_hex(8).upper()
    acceptance = blank_part(stripe.Mandate.CustomerAcceptance)
    acceptance |= {
        "type": "online",
        "accepted_at": account.now(),
        "online": {"ip_address": None, "user_agent": None},
    }
    details = blank_part(stripe.Mandate.PaymentMethodDetails.BacsDebit)
    details |= {
        "network_status": "accepted",
        "reference": reference,
        "url": f"{account.base_url}/",
    }
    return account.new(
        "mandate",
        payment_method=method["id"],
        payment_method_details={"type": "bacs_debit", "bacs_debit": details},
        customer_acceptance=acceptance,
        status="active",
        type="multi_use",
        multi_use={},
    )


def show_bank_details(account: Account, intent: Object) -> None:
    """→ requires_action: the payer is told where to send the money."""
    instructions = blank_part(stripe.PaymentIntent.NextAction.DisplayBankTransferInstructions)
    instructions |= {
        "type": "gb_bank_transfer",
        "amount_remaining": intent["amount"],
        "currency": intent["currency"],
        "reference": secrets.token_hex(4).upper(),
    }
    action = {
        "type": "display_bank_transfer_instructions",
        "display_bank_transfer_instructions": instructions,
    }
    account.change(intent, status="requires_action", next_action=action)
    account.emit("payment_intent.requires_action", intent)
