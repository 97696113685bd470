"""Paying as the client sees it (PAY-11, PAY-12), against the Stripe sandbox."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser

from dev.stripe_sandbox import Sandbox, new_key, running
from invoices.models import Invoice
from mail.models import Message
from payments import account, tasks
from payments.models import BankTransferClaim, CheckoutAttempt, Payment, WebhookEvent
from teams.models import Team
from tests.portal.making import bill, pay
from tests.world import World

HTMX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def stripe_server() -> Iterator[Sandbox]:
    with running() as sandbox:
        yield sandbox


@dataclass
class Desk:
    """Jo before a bill of 100.00, with a team that may have a key in the sandbox."""

    world: World
    sandbox: Sandbox
    invoice: Invoice
    browser: Browser

    def at(self, page: str = "", invoice: Invoice | None = None) -> str:
        return f"/p/kirkstall-plumbing/invoices/{(invoice or self.invoice).pk}/{page}"

    def get(self, page: str = "") -> str:
        return self.browser.get(self.at(page)).content.decode()

    def start(self, amount: str | None = None) -> HttpResponse:
        data = {} if amount is None else {"amount": amount}
        return self.browser.post(self.at("pay/stripe/"), data)  # type: ignore[return-value]

    def attempt(self) -> CheckoutAttempt:
        with self.world.scope():
            return CheckoutAttempt.objects.latest("pk")

    def back(self) -> str:
        """Where Stripe sends the payer of the last attempt."""
        return self.at(f"paid/?session_id={self.attempt().session}")

    def count(self, model: Any) -> int:
        with self.world.scope():
            return int(model.objects.count())


@pytest.fixture
def desk(world: World, stripe_server: Sandbox, settings: Any) -> Iterator[Desk]:
    settings.CMA_STRIPE_BASE = stripe_server.url
    settings.CMA_MASTER_KEYS = {"k1": os.urandom(32)}
    stripe_server.key = new_key()
    stripe_server.deliver("hold", stripe_server.key)
    with world.scope():
        invoice = bill(world.jo, "100.00", title="Radiators")
    yield Desk(world, stripe_server, invoice, world.browser(world.jo_user))
    stripe_server.recover()


@pytest.fixture
def card(desk: Desk) -> Desk:
    account.save_key(desk.world.team.pk, desk.sandbox.key)
    return desk


def test_the_ways_that_are_set_up(card: Desk) -> None:
    page = card.get("pay/")
    assert "Pay with Stripe" in page
    assert "£100.00" in page
    assert "Pay a part of it" in page
    assert "I have sent a bank transfer" in page
    for detail in ("Kirkstall Plumbing Ltd", "20-00-00", "55779911", card.invoice.reference):
        assert detail in page
    assert "test mode" in page
    # No card field in our HTML (PAY-9).
    for field in ("cc-number", "card", "cvc"):
        assert f'name="{field}' not in page
        assert f'autocomplete="{field}' not in page


def test_bank_details_alone(desk: Desk) -> None:
    page = desk.get("pay/")
    assert "Pay with Stripe" not in page
    assert "20-00-00" in page


def test_neither(desk: Desk) -> None:
    with desk.world.scope():
        Team.objects.update(bank_sort_code="", bank_account_number="")
    page = desk.get("pay/")
    assert "Please contact Kirkstall Plumbing for other payment options." in page
    assert "Pay with Stripe" not in page
    assert "I have sent a bank transfer" not in page
    assert "tel:01134960142" in page


def test_no_part_where_the_team_takes_none(card: Desk) -> None:
    with card.world.scope():
        Team.objects.update(allow_part_payment=False)
    assert "Pay a part of it" not in card.get("pay/")
    # What the browser sends all the same is not listened to: the balance is the server's (PAY-8).
    assert card.start("1.00").status_code == 303
    assert str(card.attempt().amount) == "100.00"


def test_paying_by_card(card: Desk) -> None:
    response = card.start("100.00")
    assert response.status_code == 303
    attempt = card.attempt()
    assert response["Location"] == attempt.url
    assert attempt.url.startswith(card.sandbox.url)
    assert attempt.started_by == card.world.jo_user
    assert card.sandbox.pay(attempt.session or "").is_done
    # No webhook has come: the payer's own return books it (PAY-7).
    page = card.browser.get(card.back()).content.decode()
    assert "Paid, thank you Jo" in page
    assert "Visa ending 4242" in page
    assert "A receipt is on its way to jo@example.com" in page
    assert card.count(Payment) == 1
    assert card.browser.get(card.back()).status_code == 200
    assert card.count(Payment) == 1
    assert "Pay Now" not in card.get()
    assert card.browser.get(card.at("pay/"))["Location"] == card.at()


def test_the_webhook_changes_the_pages_that_are_open(card: Desk) -> None:
    polls = {
        page: card.browser.get(page).context["poll"] for page in (card.at(), "/p/kirkstall-plumbing/billing/")
    }
    card.start()
    assert card.sandbox.pay(card.attempt().session or "").is_done
    for webhook in card.sandbox.take(card.sandbox.key):
        headers = {"Stripe-Signature": webhook.signature}
        answer = Browser().post(webhook.path, webhook.body, content_type="application/json", headers=headers)
        assert answer.status_code == 200
    with card.world.scope():
        waiting = list(WebhookEvent.objects.filter(state="received").values_list("pk", flat=True))
    for event in waiting:
        tasks.handle_event(card.world.team.pk, event)
    for poll in polls.values():
        part = card.browser.get(poll, headers=HTMX)
        assert part.status_code == 200
        assert "receipt.pdf" in part.content.decode()


@pytest.mark.parametrize("typed", ["40", "40.00", "£40", " 40.00 "])
def test_a_part(card: Desk, typed: str) -> None:
    assert card.start(typed).status_code == 303
    assert str(card.attempt().amount) == "40.00"
    card.sandbox.pay(card.attempt().session or "")
    page = card.browser.get(card.back()).content.decode()
    assert "Received, thank you Jo" in page
    assert "£60.00" in page
    assert "Pay Now" in page


@pytest.mark.parametrize(
    "typed",
    ["0", "-5", "0.99", "100.01", "10000000", "abc", "1e2", "NaN", "12.345", "٤٠", "1,2,3.4.5", "1" * 25],
)
def test_an_amount_that_is_refused_keeps_what_was_typed(card: Desk, typed: str) -> None:
    response = card.start(typed)
    assert response.status_code == 422
    page = response.content.decode()
    assert typed in page
    # Unfolded, so that the person sees what is wrong.
    assert '<details id="part" open>' in page
    assert card.count(CheckoutAttempt) == 0


def test_nothing_typed_is_the_balance(card: Desk) -> None:
    assert card.start("").status_code == 303
    assert str(card.attempt().amount) == "100.00"


def test_a_double_press_opens_one_session(card: Desk) -> None:
    first, second = card.start(), card.start()
    assert first["Location"] == second["Location"]
    assert card.count(CheckoutAttempt) == 1


def test_when_stripe_says_no(card: Desk) -> None:
    card.sandbox.revoke(card.sandbox.key)
    response = card.start("25.00")
    assert response.status_code == 422
    assert "25.00" in response.content.decode()
    assert 'role="alert"' in response.content.decode()
    assert card.count(Payment) == 0


def test_when_stripe_is_away(card: Desk) -> None:
    card.sandbox.fail(10, 500, key=card.sandbox.key)
    response = card.start()
    assert response.status_code == 422
    assert "Nothing was charged" in response.content.decode()


def test_without_a_key_a_forged_start_is_refused(desk: Desk) -> None:
    response = desk.start()
    assert response.status_code == 422
    assert desk.count(CheckoutAttempt) == 0


def test_paid_meanwhile(card: Desk) -> None:
    """409, and the page as it stands now: another tab, or the office."""
    with card.world.scope():
        pay(card.invoice)
    for page in ("pay/stripe/", "pay/sent/"):
        response = card.browser.post(card.at(page))
        assert response.status_code == 409
        assert "paid already" in response.content.decode()
        assert "Receipt" in response.content.decode()
    assert card.count(CheckoutAttempt) == 0


def test_void_meanwhile(card: Desk) -> None:
    with card.world.scope():
        card.invoice.void(by=card.world.alice)
    for page in ("pay/stripe/", "pay/sent/"):
        response = card.browser.post(card.at(page))
        assert response.status_code == 409
        assert "void" in response.content.decode()
    assert card.browser.get(card.at("pay/"))["Location"] == card.at()


def test_back_without_paying(card: Desk) -> None:
    card.start()
    assert "Nothing was charged" in card.get("pay/?cancelled=1")
    page = card.browser.get(card.back()).content.decode()
    assert "Thank you, one moment" in page
    assert card.count(Payment) == 0


@pytest.mark.parametrize("session", ["", "cs_test_of_nobody", "../../etc"])
def test_back_with_a_session_that_is_not_ours(card: Desk, session: str) -> None:
    assert card.browser.get(card.at("paid/"), {"session_id": session}).status_code == 404


def test_back_with_the_session_of_another_client(card: Desk) -> None:
    card.start()
    with card.world.scope():
        of_kit = bill(card.world.kit, "10.00")
    kit = card.world.browser(card.world.kit_user)
    assert kit.get(card.at(f"paid/?session_id={card.attempt().session}", of_kit)).status_code == 404


def test_the_next_bill_is_offered(card: Desk) -> None:
    with card.world.scope():
        other = bill(card.world.jo, "168.00", title="Outside tap", due_in=-7)
    card.start()
    card.sandbox.pay(card.attempt().session or "")
    page = card.browser.get(card.back()).content.decode()
    assert "One more is open" in page
    assert card.at("pay/", other) in page


def test_i_have_sent_a_bank_transfer(desk: Desk) -> None:
    """Tells the owner, marks nothing as paid, and happens once."""
    for _time in range(2):
        assert desk.browser.post(desk.at("pay/sent/"))["Location"] == desk.at("pay/")
    page = desk.get("pay/")
    assert "that a transfer is on its way" in page
    assert "I have sent a bank transfer" not in page
    with desk.world.scope():
        claim = BankTransferClaim.objects.get()
        assert (claim.invoice_id, str(claim.amount), claim.claimed_by) == (
            desk.invoice.pk, "100.00", desk.world.jo_user,
        )  # fmt: skip
        message = Message.objects.get(kind="bank_transfer_claimed")
        assert message.to_address == "alice@example.com"
        desk.invoice.refresh_from_db()
        assert str(desk.invoice.balance) == "100.00"
        entry = desk.world.team.audit_entries.get(verb="transfer.claimed")
        assert entry.actor_name == "Jo Whitaker"


@pytest.mark.parametrize("page", ["pay/stripe/", "pay/sent/"])
def test_wrong_method(desk: Desk, page: str) -> None:
    assert desk.browser.get(desk.at(page)).status_code == 405


@pytest.mark.parametrize("page", ["pay/", "paid/"])
def test_wrong_method_of_a_reader(desk: Desk, page: str) -> None:
    assert desk.browser.post(desk.at(page)).status_code == 405


def test_the_section_goes_off_while_the_page_is_open(card: Desk) -> None:
    from portal.models import PortalAccess

    card.get("pay/")
    with card.world.scope():
        PortalAccess.objects.filter(client=card.world.jo).update(shows_invoices=False)
    assert card.start().status_code == 404
    assert card.browser.post(card.at("pay/sent/")).status_code == 404
    assert card.count(CheckoutAttempt) == 0
    assert card.count(BankTransferClaim) == 0
