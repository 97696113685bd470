"""Which request goes where, with which parameters, under which permission of a restricted key."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import stripe.params as p
import stripe.params.checkout as c

from .errors import ApiError
from .resources import (
    balance,
    checkout,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
    webhook_endpoints,
)
from .resources.lists import lister, retriever, updater
from .store import Object


@dataclass(frozen=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    handler: Callable[..., Object]
    params: type
    right: str


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The route of a request and the ids in its path. Raises ApiError 404."""
    for route in ROUTES:
        found = route.pattern.fullmatch(path) if route.method == method else None
        if found:
            return route, found.groups()
    raise ApiError(
        404,
        f"Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the "
        "trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) "
        "identifier in your code. Please see https://stripe.com/docs.",
    )


def _route(line: str, handler: Callable[..., Object], params: type, right: str) -> Route:
    method, template = line.split()
    pattern = re.compile("/v1/" + template.replace("{id}", "([^/]+)"))
    return Route(method, pattern, handler, params, f"rak_{right}")


ROUTES = [
    _route(
        "GET account", balance.retrieve_account, p.AccountRetrieveCurrentParams, "accounts_kyc_basic_read"
    ),
    _route(
        "GET accounts/{id}", balance.retrieve_own_account, p.AccountRetrieveParams, "accounts_kyc_basic_read"
    ),
    _route("GET balance", balance.retrieve_balance, p.BalanceRetrieveParams, "balance_read"),
    _route(
        "GET balance_transactions",
        balance.list_transactions,
        p.BalanceTransactionListParams,
        "balance_transaction_read",
    ),
    _route(
        "GET balance_transactions/{id}",
        balance.retrieve_transaction,
        p.BalanceTransactionRetrieveParams,
        "balance_transaction_read",
    ),
    _route("POST checkout/sessions", checkout.create, c.SessionCreateParams, "checkout_session_write"),
    _route("GET checkout/sessions", checkout.list_all, c.SessionListParams, "checkout_session_read"),
    _route(
        "GET checkout/sessions/{id}",
        retriever("checkout.session", "session"),
        c.SessionRetrieveParams,
        "checkout_session_read",
    ),
    _route("POST checkout/sessions/{id}", checkout.update, c.SessionUpdateParams, "checkout_session_write"),
    _route(
        "POST checkout/sessions/{id}/expire", checkout.expire, c.SessionExpireParams, "checkout_session_write"
    ),
    _route(
        "GET checkout/sessions/{id}/line_items",
        checkout.line_items,
        c.SessionLineItemListParams,
        "checkout_session_read",
    ),
    _route(
        "POST payment_intents", payment_intents.create, p.PaymentIntentCreateParams, "payment_intent_write"
    ),
    _route(
        "GET payment_intents",
        lister("payment_intent", "customer"),
        p.PaymentIntentListParams,
        "payment_intent_read",
    ),
    _route(
        "GET payment_intents/{id}",
        retriever("payment_intent", "intent"),
        p.PaymentIntentRetrieveParams,
        "payment_intent_read",
    ),
    _route(
        "POST payment_intents/{id}",
        updater("payment_intent", None, "description", "receipt_email"),
        p.PaymentIntentUpdateParams,
        "payment_intent_write",
    ),
    _route(
        "POST payment_intents/{id}/confirm",
        payment_intents.confirm,
        p.PaymentIntentConfirmParams,
        "payment_intent_write",
    ),
    _route(
        "POST payment_intents/{id}/cancel",
        payment_intents.cancel,
        p.PaymentIntentCancelParams,
        "payment_intent_write",
    ),
    _route("GET charges", lister("charge", "customer", "payment_intent"), p.ChargeListParams, "charge_read"),
    _route("GET charges/{id}", retriever("charge"), p.ChargeRetrieveParams, "charge_read"),
    _route(
        "POST charges/{id}",
        updater("charge", "charge.updated", "description", "receipt_email"),
        p.ChargeUpdateParams,
        "charge_write",
    ),
    _route("POST refunds", refunds.create, p.RefundCreateParams, "charge_write"),
    _route("GET refunds", lister("refund", "charge", "payment_intent"), p.RefundListParams, "charge_read"),
    _route("GET refunds/{id}", retriever("refund"), p.RefundRetrieveParams, "charge_read"),
    _route("POST refunds/{id}", updater("refund", "refund.updated"), p.RefundUpdateParams, "charge_write"),
    _route("POST refunds/{id}/cancel", refunds.cancel, p.RefundCancelParams, "charge_write"),
    _route(
        "GET disputes", lister("dispute", "charge", "payment_intent"), p.DisputeListParams, "dispute_read"
    ),
    _route("GET disputes/{id}", retriever("dispute", "dispute"), p.DisputeRetrieveParams, "dispute_read"),
    _route("POST disputes/{id}", disputes.update, p.DisputeUpdateParams, "dispute_write"),
    _route("POST disputes/{id}/close", disputes.close, p.DisputeCloseParams, "dispute_write"),
    _route("POST customers", customers.create, p.CustomerCreateParams, "customer_write"),
    _route("GET customers", customers.list_all, p.CustomerListParams, "customer_read"),
    _route("GET customers/{id}", customers.retrieve, p.CustomerRetrieveParams, "customer_read"),
    _route("POST customers/{id}", customers.update, p.CustomerUpdateParams, "customer_write"),
    _route("DELETE customers/{id}", customers.delete, p.CustomerDeleteParams, "customer_write"),
    _route(
        "GET customers/{id}/payment_methods",
        payment_methods.of_customer,
        p.CustomerPaymentMethodListParams,
        "payment_method_read",
    ),
    _route(
        "POST payment_methods", payment_methods.create, p.PaymentMethodCreateParams, "payment_method_write"
    ),
    _route("GET payment_methods", payment_methods.list_all, p.PaymentMethodListParams, "payment_method_read"),
    _route(
        "GET payment_methods/{id}",
        retriever("payment_method"),
        p.PaymentMethodRetrieveParams,
        "payment_method_read",
    ),
    _route(
        "POST payment_methods/{id}",
        updater("payment_method", "payment_method.updated"),
        p.PaymentMethodUpdateParams,
        "payment_method_write",
    ),
    _route(
        "POST payment_methods/{id}/attach",
        payment_methods.attach,
        p.PaymentMethodAttachParams,
        "payment_method_write",
    ),
    _route(
        "POST payment_methods/{id}/detach",
        payment_methods.detach,
        p.PaymentMethodDetachParams,
        "payment_method_write",
    ),
    _route("POST setup_intents", setup_intents.create, p.SetupIntentCreateParams, "setup_intent_write"),
    _route(
        "GET setup_intents",
        lister("setup_intent", "customer", "payment_method"),
        p.SetupIntentListParams,
        "setup_intent_read",
    ),
    _route(
        "GET setup_intents/{id}",
        retriever("setup_intent", "intent"),
        p.SetupIntentRetrieveParams,
        "setup_intent_read",
    ),
    _route(
        "POST setup_intents/{id}/confirm",
        setup_intents.confirm,
        p.SetupIntentConfirmParams,
        "setup_intent_write",
    ),
    _route(
        "POST setup_intents/{id}/cancel",
        setup_intents.cancel,
        p.SetupIntentCancelParams,
        "setup_intent_write",
    ),
    _route("GET mandates/{id}", retriever("mandate", "mandate"), p.MandateRetrieveParams, "mandate_read"),
    _route("GET events", events.list_all, p.EventListParams, "event_read"),
    _route("GET events/{id}", events.retrieve, p.EventRetrieveParams, "event_read"),
    _route(
        "POST webhook_endpoints", webhook_endpoints.create, p.WebhookEndpointCreateParams, "webhook_write"
    ),
    _route("GET webhook_endpoints", lister("webhook_endpoint"), p.WebhookEndpointListParams, "webhook_read"),
    _route(
        "GET webhook_endpoints/{id}",
        retriever("webhook_endpoint"),
        p.WebhookEndpointRetrieveParams,
        "webhook_read",
    ),
    _route(
        "POST webhook_endpoints/{id}",
        webhook_endpoints.update,
        p.WebhookEndpointUpdateParams,
        "webhook_write",
    ),
    _route(
        "DELETE webhook_endpoints/{id}",
        webhook_endpoints.delete,
        p.WebhookEndpointDeleteParams,
        "webhook_write",
    ),
]
