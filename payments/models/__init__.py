from payments.models.ledger import (
    METHODS_BY_HAND,
    Allocation,
    ClientAccount,
    Dispute,
    DisputeMovement,
    Method,
    MovementKind,
    Payment,
    Refund,
)
from payments.models.stripe import (
    LIVE_ATTEMPT,
    AttemptState,
    BankTransferClaim,
    CheckoutAttempt,
    EventState,
    StripeAccount,
    WebhookEvent,
)

__all__ = [
    "LIVE_ATTEMPT",
    "METHODS_BY_HAND",
    "Allocation",
    "AttemptState",
    "BankTransferClaim",
    "CheckoutAttempt",
    "ClientAccount",
    "Dispute",
    "DisputeMovement",
    "EventState",
    "Method",
    "MovementKind",
    "Payment",
    "Refund",
    "StripeAccount",
    "WebhookEvent",
]
