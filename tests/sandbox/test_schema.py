"""The checks against the SDK's types: what they let through and what they find."""

from __future__ import annotations

from typing import Any

import pytest
from stripe.params import EventListParams, PaymentIntentCreateParams, RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from dev.stripe_sandbox.errors import ApiError
from dev.stripe_sandbox.forms import nest
from dev.stripe_sandbox.schema import blank, check_object, parse_params

KINDS = [
    "account",
    "balance",
    "balance_transaction",
    "charge",
    "checkout.session",
    "customer",
    "dispute",
    "mandate",
    "payment_intent",
    "payment_method",
    "refund",
    "setup_intent",
    "webhook_endpoint",
]


@pytest.mark.parametrize("kind", KINDS)
def test_blank_object_is_valid(kind: str) -> None:
    assert check_object(blank(kind)) == []


@pytest.mark.parametrize(
    ("kind", "change", "finding"),
    [
        ("charge", {"amount": "12"}, "charge.amount: expected int, got '12'"),
        ("charge", {"amount": True}, "charge.amount: expected int, got True"),
        ("charge", {"amount": None}, "charge.amount: expected int, got None"),
        ("charge", {"status": None}, "charge.status: null is not allowed"),
        ("charge", {"status": "done"}, "charge.status: 'done' is not one of"),
        ("charge", {"colour": "red"}, "charge.colour: unknown field"),
        ("charge", {"payment_intent": 7}, "charge.payment_intent: expected str, got 7"),
        ("charge", {"billing_details": []}, "charge.billing_details: expected BillingDetails, got list"),
        ("dispute", {"balance_transactions": [{}]}, "dispute.balance_transactions[0].amount: missing"),
        ("checkout.session", {"metadata": []}, "checkout.session.metadata: expected a map"),
        ("balance", {"available": {}}, "balance.available: expected a list"),
    ],
)
def test_wrong_object_is_found_out(kind: str, change: dict[str, Any], finding: str) -> None:
    findings = check_object(blank(kind) | change)
    assert findings
    assert findings[0].startswith(finding)


def test_missing_field_is_found_out() -> None:
    charge = blank("charge")
    del charge["amount"]
    assert check_object(charge) == ["charge.amount: missing"]


def test_object_inside_an_event_is_checked() -> None:
    event = blank("event") | {"data": {"object": blank("charge") | {"amount": "12"}}}
    assert check_object(event) == ["charge.amount: expected int, got '12'"]


def test_object_inside_a_list_is_checked() -> None:
    listed = {"object": "list", "data": [blank("refund"), blank("refund") | {"amount": None}]}
    assert check_object(listed) == ["refund.amount: expected int, got None"]


def test_unknown_kind_is_found_out() -> None:
    assert check_object({"object": "unicorn"}) == ["unknown object kind 'unicorn'"]


def test_parameters_are_converted() -> None:
    given = nest([("amount", "500"), ("currency", "gbp"), ("off_session", "true"), ("metadata[a]", "1")])
    assert parse_params(given, PaymentIntentCreateParams) == {
        "amount": 500,
        "currency": "gbp",
        "off_session": True,
        "metadata": {"a": "1"},
    }
    listed = nest([("created[gte]", "5"), ("types[0]", "charge.failed"), ("delivery_success", "false")])
    assert parse_params(listed, EventListParams) == {
        "created": {"gte": 5},
        "types": ["charge.failed"],
        "delivery_success": False,
    }


@pytest.mark.parametrize(
    ("params", "cls", "param", "message"),
    [
        ({"currency": "gbp"}, PaymentIntentCreateParams, "amount", "Missing required param: amount."),
        ({"amount": "x", "currency": "gbp"}, PaymentIntentCreateParams, "amount", "Invalid integer: x"),
        ({"amount": {"a": "1"}, "currency": "gbp"}, PaymentIntentCreateParams, "amount", "Invalid integer"),
        ({"reason": "because"}, RefundCreateParams, "reason", "must be one of duplicate, fraudulent"),
        ({"metadata": "x"}, RefundCreateParams, "metadata", "Invalid object"),
        ({"refund_application_fee": "yes"}, RefundCreateParams, "refund_application_fee", "Invalid boolean"),
        ({"line_items": "x"}, SessionCreateParams, "line_items", "Invalid array"),
        (
            {"line_items": [{"price_data": {"unit_amount": "1"}}]},
            SessionCreateParams,
            "line_items[0][price_data][currency]",
            "Missing required param",
        ),
        (
            {"line_items": [{"price_data": {"currency": "gbp", "colour": "red"}}]},
            SessionCreateParams,
            "line_items[0][price_data][colour]",
            "Received unknown parameter",
        ),
        ({"api_key": "sk_test_x"}, SessionCreateParams, "api_key", "Received unknown parameter"),
    ],
)
def test_wrong_parameters_are_found_out(params: Any, cls: type, param: str, message: str) -> None:
    with pytest.raises(ApiError, match=message) as refused:
        parse_params(params, cls)
    assert refused.value.error["param"] == param


def test_forms_are_nested() -> None:
    pairs = [("a[b][0][c]", "1"), ("a[b][1][c]", "2"), ("d[]", "3"), ("d[]", "4"), ("e", "")]
    assert nest(pairs) == {"a": {"b": [{"c": "1"}, {"c": "2"}]}, "d": ["3", "4"], "e": ""}


@pytest.mark.parametrize("name", ["[a]", "a[b", "", "a" + "[b]" * 9])
def test_broken_form_names_are_refused(name: str) -> None:
    with pytest.raises(ApiError):
        nest([(name, "1")])


def test_contradictory_form_is_refused() -> None:
    with pytest.raises(ApiError):
        nest([("a", "1"), ("a[b]", "2")])
