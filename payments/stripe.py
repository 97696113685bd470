"""The only place that talks to Stripe: plain values in and out, a sentence for everything that goes wrong.

Nothing in here touches the database, and nothing calls it inside a transaction that decides.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.errors import KeyRefused, NothingThere, RightsMissing, StripeAway, StripeRefused

if TYPE_CHECKING:
    from stripe import StripeClient

# Seconds to connect and to answer, and how often the SDK tries again (with the same idempotency key).
TIMEOUT = (4, 15)
RETRIES = 2
# Everything that says that money moved. At most 20: the list of events takes no more kinds at once.
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "charge.updated",
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
)
RIGHTS = (
    gettext_lazy("Account: Read"),
    gettext_lazy("Balance Transactions: Read"),
    gettext_lazy("Checkout Sessions: Write"),
    gettext_lazy("Payment Intents: Read"),
    gettext_lazy("Charges and Refunds: Read"),
    gettext_lazy("Disputes: Read"),
    gettext_lazy("Events: Read"),
    gettext_lazy("Webhook Endpoints: Write"),
)
NOWHERE = "cma_probe_nothing_here"
RIGHT_IN_MESSAGE = re.compile(r"'(rak_\w+)'")


@dataclass(frozen=True, slots=True)
class AccountFacts:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A Checkout session as Stripe has it now."""

    id: str
    url: str
    # open, complete or expired
    status: str
    # paid, unpaid or no_payment_required
    payment_status: str
    amount: int
    currency: str
    livemode: bool
    payment_intent: str
    expires_at: dt.datetime | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RefundFacts:
    id: str
    amount: int
    status: str
    at: dt.datetime

    @property
    def has_failed(self) -> bool:
        return self.status in ("failed", "canceled")


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    id: str
    amount: int
    status: str
    reason: str
    evidence_due_at: dt.datetime | None
    withdrawn: bool
    reinstated: bool


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment intent with all that hangs on it, as Stripe has it now."""

    intent: str
    status: str
    amount_received: int
    currency: str
    livemode: bool
    metadata: Mapping[str, str]
    charge: str = ""
    fee: int | None = None
    fee_currency: str = ""
    paid_with: str = ""
    at: dt.datetime | None = None
    problem: str = ""
    refunds: tuple[RefundFacts, ...] = ()
    disputes: tuple[DisputeFacts, ...] = ()

    @property
    def has_succeeded(self) -> bool:
        return self.status == "succeeded"


@dataclass(frozen=True, slots=True)
class EventFacts:
    id: str
    type: str
    object_id: str
    livemode: bool


@dataclass(frozen=True, slots=True)
class EndpointFacts:
    id: str
    url: str
    events: frozenset[str]
    is_enabled: bool
    api_version: str
    # Only told once, by the answer that creates it.
    secret: str = field(default="", repr=False)


class Stripe:
    """One team's Stripe account, through its key."""

    def __init__(self, key: str) -> None:
        self._key = key

    @cached_property
    def _client(self) -> StripeClient:
        import stripe

        return stripe.StripeClient(
            self._key,
            base_addresses={"api": settings.CMA_STRIPE_BASE} if settings.CMA_STRIPE_BASE else None,
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=TIMEOUT),
        )

    # ---- The key and its account

    def account(self) -> AccountFacts:
        """Whose key it is."""
        with _told():
            account = self._client.v1.accounts.retrieve_current()
        profile = account.business_profile
        return AccountFacts(account.id, (profile.name if profile else "") or account.email or "")

    def missing_rights(self) -> list[str]:
        """Which of the rights that CMA needs the key lacks, as Stripe's dashboard names them.

        Each is tried: reading by reading, writing by changing something that does not exist.
        """
        missing: list[str] = []
        for label, probe in self._probes():
            try:
                with _told():
                    probe()
            except NothingThere:
                continue
            except RightsMissing:
                missing.append(str(label))
        return list(dict.fromkeys(missing))

    @staticmethod
    def rights_needed() -> list[str]:
        """What a restricted key must be allowed to do, as Stripe's dashboard names it."""
        return [str(right) for right in RIGHTS]

    def _probes(self) -> list[tuple[Promise, Callable[[], object]]]:
        v1 = self._client.v1
        account, bookings, sessions, intents, charges, disputes, events, webhooks = RIGHTS
        return [
            (account, v1.accounts.retrieve_current),
            (bookings, lambda: v1.balance_transactions.list({"limit": 1})),
            (sessions, lambda: v1.checkout.sessions.list({"limit": 1})),
            (sessions, lambda: v1.checkout.sessions.expire(NOWHERE)),
            (intents, lambda: v1.payment_intents.list({"limit": 1})),
            (charges, lambda: v1.charges.list({"limit": 1})),
            (charges, lambda: v1.refunds.list({"limit": 1})),
            (disputes, lambda: v1.disputes.list({"limit": 1})),
            (events, lambda: v1.events.list({"limit": 1})),
            (webhooks, lambda: v1.webhook_endpoints.list({"limit": 1})),
            (webhooks, lambda: v1.webhook_endpoints.delete(NOWHERE)),
        ]

    # ---- Checkout

    def create_session(self, params: Mapping[str, Any], *, idempotency_key: str) -> SessionFacts:
        """A new Checkout session, or the one that the same key made before."""
        with _told():
            session = self._client.v1.checkout.sessions.create(
                params,  # type: ignore[arg-type]
                {"idempotency_key": idempotency_key},
            )
        return _session_facts(session)

    def session(self, session_id: str) -> SessionFacts:
        """Raises NothingThere."""
        with _told():
            session = self._client.v1.checkout.sessions.retrieve(session_id)
        return _session_facts(session)

    def expire_session(self, session_id: str) -> SessionFacts:
        """Close the session, if it is still open; answers how it stands."""
        try:
            with _told():
                return _session_facts(self._client.v1.checkout.sessions.expire(session_id))
        except NothingThere:
            raise
        except StripeRefused:
            # Paid or expired meanwhile: only an open one can be closed.
            return self.session(session_id)

    def find_session(self, key: str, *, since: dt.datetime) -> SessionFacts | None:
        """The session that carries this attempt's key, if it ever came to be."""
        with _told():
            listed = self._client.v1.checkout.sessions.list(
                {"created": {"gte": int(since.timestamp())}, "limit": 100}
            )
            for session in listed.auto_paging_iter():
                facts = _session_facts(session)
                if facts.metadata.get("cma_key") == key:
                    return facts
        return None

    # ---- Payments

    def payment(self, intent_id: str) -> PaymentFacts:
        """The payment intent with its charge, fee, refunds and disputes. Raises NothingThere."""
        with _told():
            intent = self._client.v1.payment_intents.retrieve(
                intent_id, {"expand": ["latest_charge.balance_transaction"]}
            )
            if intent.status != "succeeded":
                return _payment_facts(intent)
            refunds = self._client.v1.refunds.list({"payment_intent": intent_id, "limit": 100})
            disputes = self._client.v1.disputes.list({"payment_intent": intent_id, "limit": 100})
            return _payment_facts(
                intent,
                refunds=tuple(_refund_facts(refund) for refund in refunds.auto_paging_iter()),
                disputes=tuple(_dispute_facts(dispute) for dispute in disputes.auto_paging_iter()),
            )

    def intent_of(self, kind: str, object_id: str) -> str:
        """The payment intent that a charge, refund or dispute belongs to; empty for none."""
        v1 = self._client.v1
        look: dict[str, Callable[[str], Any]] = {
            "charge": v1.charges.retrieve,
            "refund": v1.refunds.retrieve,
            "dispute": v1.disputes.retrieve,
        }
        with _told():
            return _id(look[kind](object_id).payment_intent)

    # ---- Events and where they are sent

    def events_since(self, since: dt.datetime) -> Iterator[EventFacts]:
        """Our kinds of events from this instant on, newest first."""
        with _told():
            listed = self._client.v1.events.list(
                {"created": {"gte": int(since.timestamp())}, "types": list(EVENTS), "limit": 100}
            )
            for event in listed.auto_paging_iter():
                yield event_facts(event.to_dict())

    def endpoints(self, url: str) -> list[EndpointFacts]:
        """The endpoints that already send to this address."""
        with _told():
            listed = self._client.v1.webhook_endpoints.list({"limit": 100})
            return [_endpoint_facts(each) for each in listed.auto_paging_iter() if each.url == url]

    def create_endpoint(self, url: str) -> EndpointFacts:
        """A new endpoint, its API version pinned to the one that this code was written for."""
        params: Any = {
            "url": url,
            "enabled_events": list(EVENTS),
            "api_version": api_version(),
            "description": "CMA",
        }
        with _told():
            endpoint = self._client.v1.webhook_endpoints.create(params)
        return _endpoint_facts(endpoint)

    def refresh_endpoint(self, endpoint_id: str) -> None:
        """Switch it on and have it send all of our kinds of events."""
        params: Any = {"enabled_events": list(EVENTS), "disabled": False}
        with _told():
            self._client.v1.webhook_endpoints.update(endpoint_id, params)

    def delete_endpoint(self, endpoint_id: str) -> None:
        """Have nothing more sent to it; one that is gone already is fine."""
        try:
            with _told():
                self._client.v1.webhook_endpoints.delete(endpoint_id)
        except NothingThere:
            return


def api_version() -> str:
    """Stripe's API version that the installed SDK speaks."""
    import stripe

    return stripe.api_version


def verify_signature(payload: bytes, header: str, secret: str, *, tolerance: int, now: float) -> bool:
    """Whether Stripe signed this body with our secret, at most `tolerance` seconds from now, either way."""
    import stripe

    try:
        stripe.WebhookSignature.verify_header(payload, header, secret, tolerance)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    # The SDK looks only backwards; a stamp from the future would stay good for as long as it is ahead.
    stamp = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
    return abs(now - stamp) <= tolerance


def event_facts(event: Mapping[str, Any]) -> EventFacts:
    """Where an event says to look. Raises ValueError when it is no event."""
    try:
        facts = EventFacts(event["id"], event["type"], event["data"]["object"]["id"], event["livemode"])
    except (KeyError, TypeError) as missing:
        raise ValueError(f"no event: {missing}") from missing
    texts = (facts.id, facts.type, facts.object_id)
    if not all(
        isinstance(text, str) and 0 < len(text) <= most
        for text, most in zip(texts, (120, 80, 200), strict=True)
    ):
        raise ValueError("no event: a text is missing or too long")
    if not isinstance(facts.livemode, bool):
        raise ValueError("no event: no mode")
    return facts


@contextmanager
def _told() -> Iterator[None]:
    """The SDK's errors as ours, with a sentence each."""
    import stripe

    try:
        yield
    except stripe.AuthenticationError as error:
        raise KeyRefused from error
    except stripe.PermissionError as error:
        found = RIGHT_IN_MESSAGE.search(str(error))
        raise RightsMissing([found[1] if found else _("one that this step needs")]) from error
    except stripe.RateLimitError as error:
        raise StripeAway(_("Stripe is busy at the moment. Try again in a minute.")) from error
    except stripe.StripeError as error:
        raise _trouble(error) from error


def _trouble(error: Any) -> Exception:
    status = error.http_status
    if status == 404 or error.code == "resource_missing":
        return NothingThere(_("Stripe knows nothing of it in this account."))
    # 409: a request with the same key is still under way. Nothing and 5xx: it may or may not have happened.
    if status is None or status >= 500 or status == 409:
        return StripeAway()
    return StripeRefused(
        _("Stripe refused: %(reason)s") % {"reason": error.user_message or _("no reason given")}
    )


def _session_facts(session: Any) -> SessionFacts:
    return SessionFacts(
        id=session.id,
        url=session.url or "",
        status=session.status or "",
        payment_status=session.payment_status,
        amount=session.amount_total or 0,
        currency=(session.currency or "").upper(),
        livemode=session.livemode,
        payment_intent=_id(session.payment_intent),
        expires_at=_instant(session.expires_at),
        metadata=_texts(session.metadata),
    )


def _payment_facts(
    intent: Any, *, refunds: tuple[RefundFacts, ...] = (), disputes: tuple[DisputeFacts, ...] = ()
) -> PaymentFacts:
    charge = intent.latest_charge
    booking = charge.balance_transaction if charge else None
    problem = intent.last_payment_error
    return PaymentFacts(
        intent=intent.id,
        status=intent.status,
        amount_received=intent.amount_received,
        currency=intent.currency.upper(),
        livemode=intent.livemode,
        metadata=_texts(intent.metadata),
        charge=charge.id if charge else "",
        fee=booking.fee if booking else None,
        fee_currency=booking.currency.upper() if booking else "",
        paid_with=_paid_with(charge.payment_method_details) if charge else "",
        at=_instant(charge.created) if charge else None,
        problem=(problem.message or "") if problem else "",
        refunds=tuple(sorted(refunds, key=lambda refund: (refund.at, refund.id))),
        disputes=disputes,
    )


BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "diners": "Diners Club"}


def _paid_with(details: Any) -> str:
    """`Visa ending 4242`, as it is printed on receipts."""
    if details is None:
        return ""
    kind = details.type
    if kind == "card":
        brand = details.card.brand or ""
        return _("%(brand)s ending %(last4)s") % {
            "brand": BRANDS.get(brand, brand.replace("_", " ").title() or _("Card")),
            "last4": details.card.last4,
        }
    if kind == "bacs_debit":
        return _("Direct Debit ending %(last4)s") % {"last4": details.bacs_debit.last4}
    return str(kind).replace("_", " ").capitalize()


def _refund_facts(refund: Any) -> RefundFacts:
    at = dt.datetime.fromtimestamp(refund.created, dt.UTC)
    return RefundFacts(refund.id, refund.amount, refund.status or "", at)


def _dispute_facts(dispute: Any) -> DisputeFacts:
    moved = [entry.amount for entry in dispute.balance_transactions]
    evidence = dispute.evidence_details
    return DisputeFacts(
        id=dispute.id,
        amount=dispute.amount,
        status=dispute.status,
        reason=dispute.reason or "",
        evidence_due_at=_instant(evidence.due_by if evidence else None),
        withdrawn=any(amount < 0 for amount in moved),
        reinstated=any(amount > 0 for amount in moved),
    )


def _endpoint_facts(endpoint: Any) -> EndpointFacts:
    return EndpointFacts(
        id=endpoint.id,
        url=endpoint.url,
        events=frozenset(endpoint.enabled_events),
        is_enabled=endpoint.status == "enabled",
        api_version=endpoint.api_version or "",
        secret=getattr(endpoint, "secret", None) or "",
    )


def _id(thing: Any) -> str:
    """The id of something that is an id, an object, or nothing."""
    if thing is None:
        return ""
    return thing if isinstance(thing, str) else str(thing.id)


def _texts(metadata: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in (metadata.to_dict() if metadata else {}).items()}


def _instant(seconds: int | None) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds else None
