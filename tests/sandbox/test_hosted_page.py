"""What the payer sees and does on the hosted page."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import Any

import pytest
import stripe

from dev.stripe_sandbox import Sandbox
from tests.sandbox.conftest import given, new_session, types_of


class Page(HTMLParser):
    """Labels, fields, buttons and links of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, str | None]] = {}
        self.labels: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.buttons: list[str] = []
        self.tags: set[str] = set()
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._open = (tag, dict(attrs))
        if tag == "input" and dict(attrs).get("type") != "hidden":
            self.fields[str(dict(attrs)["id"])] = dict(attrs)

    def handle_data(self, data: str) -> None:
        tag, attrs = self._open or ("", {})
        if tag == "label":
            self.labels[str(attrs["for"])] = data
        elif tag == "button":
            self.buttons.append(data)
        elif tag == "a":
            self.links[data] = str(attrs["href"])
        self._open = None


def test_page_asks_for_a_card_and_fills_in_nothing(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client, 123456, customer_email="jo@example.com")
    html = sandbox.page(session.id)
    page = Page(html)
    assert list(page.labels.values()) == ["Card number", "Expiry", "CVC", "Name on card"]
    assert set(page.labels) == set(page.fields)
    assert all(not field.get("value") for field in page.fields.values())
    assert page.buttons == ["Pay £1,234.56"]
    assert page.links["← Back"] == "http://localhost:9/invoice"
    assert "script" not in page.tags
    assert "TEST" in html
    assert "Invoice INV-7" in html


def test_text_of_others_is_escaped(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    sandbox.account(sandbox.key, business_name="Bobs <b>Boilers</b>")
    session = new_session(client, cancel_url='http://localhost:9/"><script>alert(1)</script>')
    sandbox.pay(session.id, '"><script>alert(2)</script>')
    page = sandbox.page(session.id)
    assert "<script>" not in page
    assert "Bobs &lt;b&gt;Boilers" in page


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("4000 0000 0000 0002", "Your card was declined."),
        ("4000 0000 0000 9995", "Your card has insufficient funds."),
        ("4000 0000 0000 0069", "Your card has expired."),
        ("4000 0000 0000 0127", "Your card's security code is incorrect."),
        ("4111 1111 1111 1111", "used a non test card"),
    ],
)
def test_refused_card_leaves_the_session_open(
    sandbox: Sandbox, client: stripe.StripeClient, card: str, message: str
) -> None:
    session = new_session(client)
    visit = sandbox.pay(session.id, card)
    assert not visit.is_done
    assert message in visit.message
    again = client.v1.checkout.sessions.retrieve(session.id)
    assert (again.status, again.payment_status) == ("open", "unpaid")
    assert sandbox.pay(session.id).is_done
    assert sandbox.books()["charged"] == 12345


def test_decline_is_on_the_intent_and_in_the_events(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    sandbox.pay(session.id, "4000 0000 0000 9995")
    intent: Any = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent"]}
    ).payment_intent
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.decline_code == "insufficient_funds"
    assert types_of(client) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"card": "4242"}, "Your card number is incorrect."),
        ({"card": "4242 4242 4242 4241"}, "Your card number is incorrect."),
        ({"card": ""}, "Your card number is incorrect."),
        ({"expiry": "13 / 34"}, "Your card's expiry date is incomplete."),
        ({"expiry": ""}, "Your card's expiry date is incomplete."),
        ({"expiry": "01 / 20"}, "Your card's expiry date is in the past."),
        ({"cvc": "12"}, "Your card's security code is incomplete."),
        ({"name": " "}, "Enter the name on the card."),
    ],
)
def test_wrong_entries_are_said_beside_the_form(
    sandbox: Sandbox, client: stripe.StripeClient, form: Any, message: str
) -> None:
    session = new_session(client)
    visit = sandbox.pay(session.id, **form)
    assert (visit.status, visit.message) == (422, message)
    assert types_of(client) == []


def test_3d_secure_completed_pays(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    assert (
        sandbox.pay(session.id, "4000 0025 0000 3155").location
        == f"http://localhost:9/thanks?session={session.id}"
    )
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert "payment_intent.requires_action" in types_of(client)


def test_3d_secure_failed_goes_back_to_the_form(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    visit = sandbox.pay(session.id, "4000 0025 0000 3155", authenticate=False)
    assert (visit.status, visit.is_done) == (402, False)
    assert "unable to authenticate" in visit.message
    assert sandbox.pay(session.id).is_done
    assert sandbox.books()["payments"] == 1


def test_3d_secure_page_has_two_buttons_and_answers_once(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    session = new_session(client)
    form = {"method": "card", "number": "4000002500003155", "expiry": "1234", "cvc": "123", "name": "Jo"}
    step = str(sandbox.visit(f"/c/pay/{session.id}", form).location)
    assert step.startswith("/c/3ds/pi_")
    page = Page(sandbox.visit(step).html)
    assert page.buttons == ["Complete", "Fail"]
    assert sandbox.visit(step, {"answer": "complete"}).is_done
    assert sandbox.visit(step, {"answer": "complete"}).status == 409
    assert sandbox.books()["payments"] == 1


def test_disputed_card_is_paid_first(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    assert sandbox.pay(new_session(client).id, "4000 0000 0000 0259").is_done
    assert types_of(client)[-3:] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "checkout.session.completed",
    ]


def test_expired_session_says_so_and_cannot_be_paid(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    client.v1.checkout.sessions.expire(session.id)
    page = sandbox.page(session.id)
    assert "This page has expired" in page
    assert Page(page).links == {"Go back": "http://localhost:9/invoice"}
    assert sandbox.pay(session.id).status == 409
    assert sandbox.books()["payments"] == 0


def test_page_expires_with_time(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    sandbox.advance(24 * 3600 + 1)
    assert sandbox.pay(session.id).status == 409
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"


def test_paid_session_cannot_be_paid_again(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    sandbox.pay(session.id)
    again = sandbox.pay(session.id)
    assert (again.status, again.is_done) == (409, False)
    assert (
        Page(sandbox.page(session.id)).links["Continue"] == f"http://localhost:9/thanks?session={session.id}"
    )
    assert sandbox.books()["payments"] == 1


def test_two_tabs_pay_once(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    with ThreadPoolExecutor(12) as tabs:
        visits = list(tabs.map(lambda _: sandbox.pay(session.id), range(12)))
    assert [visit.is_done for visit in visits].count(True) == 1
    assert sandbox.books()["charged"] == 12345


def test_3d_secure_in_one_tab_and_a_card_in_the_other_pay_once(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    session = new_session(client)
    form = {"method": "card", "number": "4000002500003155", "expiry": "12/34", "cvc": "123", "name": "Jo"}
    step = sandbox.visit(f"/c/pay/{session.id}", form).location
    assert sandbox.pay(session.id).is_done
    assert step
    assert sandbox.visit(step, {"answer": "complete"}).status == 409
    assert sandbox.books()["payments"] == 1


def test_3d_secure_after_the_session_was_closed_pays_nothing(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    session = new_session(client)
    form = {"method": "card", "number": "4000002500003155", "expiry": "12/34", "cvc": "123", "name": "Jo"}
    step = str(sandbox.visit(f"/c/pay/{session.id}", form).location)
    client.v1.checkout.sessions.expire(session.id)
    late = sandbox.visit(step, {"answer": "complete"})
    assert (late.status, "This page has expired" in late.html) == (409, True)
    assert sandbox.books()["payments"] == 0


def test_unknown_session_is_not_found(sandbox: Sandbox) -> None:
    assert sandbox.pay("cs_test_nothing").status == 404
    assert sandbox.visit("/c/pay/../../etc/passwd").status == 404


def test_email_is_asked_for_when_unknown(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    assert "Email (optional)" in Page(sandbox.page(session.id)).labels.values()
    sandbox.pay(session.id, email="jo@example.com")
    details = client.v1.checkout.sessions.retrieve(session.id).customer_details
    assert given(details).email == "jo@example.com"


def test_index_explains(sandbox: Sandbox) -> None:
    page = sandbox.visit("/").html
    assert "Stripe sandbox" in page
    assert "4000 0025 0000 3155" in page


def test_receipt_of_a_payment(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = new_session(client)
    sandbox.pay(session.id)
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    intent: Any = paid.payment_intent
    assert "£123.45 received" in sandbox.visit(intent.latest_charge.receipt_url).html
