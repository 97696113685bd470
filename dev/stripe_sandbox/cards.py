"""Stripe's test cards and test payment methods, and what happens to whom pays with them."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import CardError


@dataclass(frozen=True)
class Card:
    """A test card. `decline` is Stripe's decline code; `always_3ds` asks even for a card set up before."""

    number: str
    brand: str = "visa"
    decline: str | None = None
    needs_3ds: bool = False
    always_3ds: bool = False
    disputes: bool = False
    refund_waits: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]


_CARDS = [
    Card("4242424242424242"),
    Card("4000056655665556"),
    Card("5555555555554444", brand="mastercard"),
    Card("378282246310005", brand="amex"),
    Card("4000008260000000"),
    Card("4000000000000002", decline="generic_decline"),
    Card("4000000000009995", decline="insufficient_funds"),
    Card("4000000000009987", decline="lost_card"),
    Card("4000000000000069", decline="expired_card"),
    Card("4000000000000127", decline="incorrect_cvc"),
    Card("4000000000000119", decline="processing_error"),
    Card("4000002500003155", needs_3ds=True),
    Card("4000002760003184", needs_3ds=True, always_3ds=True),
    Card("4000000000000259", disputes=True),
    Card("4000000000007726", refund_waits=True),
]
BY_NUMBER = {card.number: card for card in _CARDS}

BY_TOKEN = {
    "pm_card_visa": "4242424242424242",
    "pm_card_gb": "4000008260000000",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_threeDSecure2Required": "4000002500003155",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_pendingRefund": "4000000000007726",
}

_MESSAGES = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "lost_card": ("card_declined", "Your card was declined."),
    "expired_card": ("expired_card", "Your card has expired."),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "processing_error": (
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "authentication_required": (
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
}


def find_card(number: str) -> Card:
    """The card with this number. Raises CardError for a number that is none."""
    digits = number.replace(" ", "").replace("-", "")
    if digits in BY_NUMBER:
        return BY_NUMBER[digits]
    if is_card_number(digits):
        message = "Your card was declined. Your request was in test mode, but used a non test card."
        raise CardError(message, code="card_declined", decline_code="test_mode_live_card")
    raise CardError("Your card number is incorrect.", code="incorrect_number", param="number")


def refusal(decline: str) -> tuple[str, str]:
    """Error code and message of a decline code."""
    return _MESSAGES[decline]


def is_card_number(digits: str) -> bool:
    """The Luhn check every card number passes."""
    if not digits.isascii() or not digits.isdigit() or not 12 <= len(digits) <= 19:
        return False
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0
