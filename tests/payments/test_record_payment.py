"""Recording money that came without Stripe (INV-11, PAY-3, BAD-1)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.test import Client as Browser

from invoices.models import Invoice
from mail.models import Message
from payments import ledger
from payments.models import BankTransferClaim, Payment
from tests.payments.making import by_stripe, figures, issued, pay, void
from tests.payments.racing import at_once
from tests.world import World

HTMX = {"HX-Request": "true"}
BASE = "/t/kirkstall-plumbing/payments/"


@pytest.fixture
def invoice(world: World) -> Invoice:
    with world.scope():
        return issued(world.jo, "300.00")


@pytest.fixture
def bob(world: World) -> Browser:
    return world.browser(world.bob)


def address(invoice: Invoice) -> str:
    return f"{BASE}invoices/{invoice.pk}/record/"


def typed(world: World, **other: Any) -> dict[str, str]:
    return {
        "amount": "100.00",
        "method": "cash",
        "received_on": world.team.today().isoformat(),
        "note": "first half",
        "form_key": str(uuid.uuid4()),
        **other,
    }


def booked(world: World, invoice: Invoice) -> tuple[str, str, str, int]:
    """Paid, balance, credit, and how many payments there are."""
    with world.scope():
        return (*figures(invoice), Payment.objects.count())


def test_it_works(world: World, bob: Browser, invoice: Invoice) -> None:
    response = bob.post(address(invoice), typed(world))
    assert response.status_code == 303
    assert response.headers["Location"] == f"/t/kirkstall-plumbing/invoices/{invoice.pk}/"
    assert booked(world, invoice) == ("100.00", "200.00", "0.00", 1)
    with world.scope():
        payment = Payment.objects.get()
        assert (payment.method, payment.note, payment.recorded_by) == ("cash", "first half", world.bob)
        entry = world.team.audit_entries.latest("pk")
    assert (entry.verb, entry.actor_id) == ("payment.recorded", world.bob.pk)


def test_the_page_offers_a_form_and_its_dialog(bob: Browser, invoice: Invoice) -> None:
    page = bob.get(address(invoice)).content.decode()
    assert "<html" in page
    assert "£300.00 still to pay" in page
    part = bob.get(address(invoice), headers=HTMX).content.decode()
    assert "<html" not in part
    assert 'name="form_key"' in part


@pytest.mark.parametrize(
    ("query", "amount"), [("?status=paid", "300.00"), ("?status=partially_paid", ""), ("", "")]
)
def test_paid_fills_in_the_balance(
    world: World, bob: Browser, invoice: Invoice, query: str, amount: str
) -> None:
    form = bob.get(address(invoice) + query).context["form"]
    assert form.initial.get("amount", "") == amount
    assert form.initial["received_on"] == world.team.today()


def test_a_claimed_transfer_is_told_and_filled_in(world: World, bob: Browser, invoice: Invoice) -> None:
    with world.scope():
        ledger.claim_transfer(invoice, Decimal("120.00"), by=world.jo_user)
    response = bob.get(address(invoice))
    assert response.context["form"].initial["amount"] == "120.00"
    assert "a transfer of £120.00 is on its way" in response.content.decode()
    bob.post(address(invoice), typed(world, amount="120.00", method="bank"))
    with world.scope():
        assert BankTransferClaim.objects.get().closed_at is not None


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("", "Write how much came"),
        ("0", "more than nothing"),
        ("-5", "below nought"),
        ("10000000", "too much"),
        ("abc", "not a number"),
        ("1,234.50", "Write 1234.50, without the comma."),
        ("12.345", "At most 2 places"),
        ("1e3", "not a number"),
        ("NaN", "not a number"),
        ("9" * 40, "at most 30"),
    ],
)
def test_amounts_that_are_refused(
    world: World, bob: Browser, invoice: Invoice, amount: str, told: str
) -> None:
    response = bob.post(address(invoice), typed(world, amount=amount, note="kept"))
    html = response.content.decode()
    assert response.status_code == 422
    assert told in html
    assert 'value="kept"' in html
    assert booked(world, invoice) == ("0.00", "300.00", "0.00", 0)


@pytest.mark.parametrize(
    ("days", "told"), [(1, "still to come"), (-800, "more than a year before"), (None, "Say on which day")]
)
def test_days_that_are_refused(
    world: World, bob: Browser, invoice: Invoice, days: int | None, told: str
) -> None:
    day = (world.team.today() + dt.timedelta(days)).isoformat() if days is not None else ""
    response = bob.post(address(invoice), typed(world, received_on=day))
    assert response.status_code == 422
    assert told in response.content.decode()


@pytest.mark.parametrize(
    "other", [{"method": "stripe"}, {"method": ""}, {"note": "x" * 201}, {"note": "a\x07b"}]
)
def test_other_nonsense_is_refused(
    world: World, bob: Browser, invoice: Invoice, other: dict[str, str]
) -> None:
    assert bob.post(address(invoice), typed(world, **other)).status_code == 422
    assert booked(world, invoice)[3] == 0


def test_more_than_the_balance_asks_first(world: World, bob: Browser, invoice: Invoice) -> None:
    form = typed(world, amount="320.00")
    response = bob.post(address(invoice), form, headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 422
    assert "Book £20.00 as credit for Jo Whitaker" in html
    assert 'value="20.00"' in html
    assert booked(world, invoice)[3] == 0

    response = bob.post(address(invoice), {**form, "as_credit": "20.00"})
    assert response.status_code == 303
    assert booked(world, invoice) == ("300.00", "0.00", "20.00", 1)
    with world.scope():
        assert Message.objects.filter(kind="overpayment").count() == 1


def test_the_tick_counts_for_the_sum_it_was_set_for(world: World, bob: Browser, invoice: Invoice) -> None:
    response = bob.post(address(invoice), typed(world, amount="900.00", as_credit="20.00"))
    html = response.content.decode()
    assert response.status_code == 422
    assert "Book £600.00 as credit" in html
    assert "checked" not in html.split('name="as_credit"')[1].split(">")[0]
    assert booked(world, invoice)[3] == 0


def test_sent_twice_it_is_one_payment(world: World, bob: Browser, invoice: Invoice) -> None:
    form = typed(world, amount="300.00")
    assert [bob.post(address(invoice), form).status_code for _ in range(2)] == [303, 303]
    assert booked(world, invoice) == ("300.00", "0.00", "0.00", 1)


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_at_once_it_is_one_payment(world: World, invoice: Invoice) -> None:
    form = typed(world, amount="300.00")
    browsers = [world.browser(world.bob) for _ in range(3)]
    presses = [partial(browser.post, address(invoice), form) for browser in browsers]
    assert [response.status_code for response in at_once(*presses)] == [303, 303, 303]
    assert booked(world, invoice) == ("300.00", "0.00", "0.00", 1)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_are_never_paid_twice_unasked(world: World, invoice: Invoice) -> None:
    """The second of two forms for the whole sum finds the invoice paid, and books nothing."""
    browsers = [world.browser(world.bob), world.browser(world.alice)]
    presses = [partial(one.post, address(invoice), typed(world, amount="300.00")) for one in browsers]
    assert sorted(response.status_code for response in at_once(*presses)) == [303, 409]
    assert booked(world, invoice) == ("300.00", "0.00", "0.00", 1)


def test_a_form_whose_payment_was_undone_makes_no_other(world: World, bob: Browser, invoice: Invoice) -> None:
    form = typed(world)
    bob.post(address(invoice), form)
    with world.scope():
        ledger.undo_payment(Payment.objects.get(), by=world.bob)
    response = bob.post(address(invoice), form)
    assert response.status_code == 409
    assert "recorded and undone" in response.content.decode()


def test_the_toast_offers_undo(world: World, bob: Browser, invoice: Invoice) -> None:
    bob.post(address(invoice), typed(world))
    with world.scope():
        payment = Payment.objects.get()
    html = bob.get(f"{BASE}{payment.pk}/undo/").content.decode()
    assert f"£100.00 recorded on {invoice.reference}" in html
    assert f'action="{BASE}{payment.pk}/undo/"' in html


def test_from_a_dialog_it_leads_back_to_the_page_behind(world: World, bob: Browser, invoice: Invoice) -> None:
    behind = f"/t/kirkstall-plumbing/clients/{world.jo.pk}/billing/"
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{behind}"}
    response = bob.post(address(invoice), typed(world), headers=headers)
    assert response.headers["HX-Redirect"] == behind
    elsewhere = {**HTMX, "HX-Current-URL": "http://evil.example/t/kirkstall-plumbing/"}
    response = bob.post(address(invoice), typed(world), headers=elsewhere)
    assert response.headers["HX-Redirect"] == f"/t/kirkstall-plumbing/invoices/{invoice.pk}/"


@pytest.mark.parametrize("state", ["draft", "void", "paid"])
def test_wrong_state(world: World, bob: Browser, invoice: Invoice, state: str) -> None:
    with world.scope():
        if state == "paid":
            pay(invoice, "300.00")
        elif state == "void":
            void(invoice)
        else:
            invoice = Invoice.objects.create(
                team=world.team,
                client=world.jo,
                reference="D-1",
                issue_on=world.team.today(),
                due_on=world.team.today(),
                net=Decimal(10),
                total=Decimal(10),
            )
    for response in (bob.get(address(invoice)), bob.post(address(invoice), typed(world), headers=HTMX)):
        assert response.status_code == 409
        assert state in response.content.decode().lower()


def test_who_may_not(world: World, invoice: Invoice) -> None:
    assert world.browser(world.ann).post(address(invoice), typed(world)).status_code == 403
    assert world.browser(world.charlie).post(address(invoice), typed(world)).status_code == 404
    assert world.browser(world.jo_user).get(address(invoice)).status_code == 404
    assert world.browser().get(address(invoice)).status_code == 302
    assert booked(world, invoice)[3] == 0


def test_another_teams_invoice_is_not_there(world: World, bob: Browser) -> None:
    with world.other_scope():
        foreign = issued(world.lee)
    assert bob.get(address(foreign)).status_code == 404
    assert bob.post(address(foreign), typed(world)).status_code == 404


def test_wrong_method(bob: Browser, invoice: Invoice) -> None:
    assert bob.put(address(invoice)).status_code == 405


# ---- A transfer that did not come -------------------------------------------------------------------


@pytest.fixture
def claim(world: World, invoice: Invoice) -> BankTransferClaim:
    with world.scope():
        return ledger.claim_transfer(invoice, Decimal("120.00"), by=world.jo_user)


def test_a_transfer_that_did_not_come(world: World, bob: Browser, claim: BankTransferClaim) -> None:
    url = f"{BASE}transfers/{claim.pk}/close/"
    assert "£120.00" in bob.get(url).content.decode()
    assert bob.post(url).status_code == 303
    with world.scope():
        claim.refresh_from_db()
        assert world.team.audit_entries.latest("pk").verb == "transfer.not_found"
    assert claim.closed_at is not None
    response = bob.post(url, headers=HTMX)
    assert response.status_code == 409
    assert "settled already" in response.content.decode()


def test_closing_a_claim_is_for_those_who_work_here(world: World, claim: BankTransferClaim) -> None:
    url = f"{BASE}transfers/{claim.pk}/close/"
    assert world.browser(world.ann).post(url).status_code == 403
    assert world.browser(world.charlie).post(url).status_code == 404
    assert (
        world.browser(world.charlie).post(url.replace("kirkstall-plumbing", "stone-electrics")).status_code
        == 404
    )
    assert world.browser(world.bob).delete(url).status_code == 405


def test_money_by_stripe_shows_in_the_balance(world: World, bob: Browser, invoice: Invoice) -> None:
    with world.scope():
        by_stripe(invoice, "250.00", "pi_1")
    assert bob.get(address(invoice) + "?status=paid").context["form"].initial["amount"] == "50.00"
