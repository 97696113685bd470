"""The invoice's page, its live part and its dialogs (INV-9 to INV-16, SCR-3)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoices.models import Invoice, NumberEntry
from tests.invoices.helpers import draft, first, issued, line, pay, url


def get(world, name, invoice, user=None, query="", **more):
    return world.browser(user or world.alice).get(url(world, name, invoice.pk) + query, **more)


def post(world, name, invoice, user=None, **data):
    return world.browser(user or world.alice).post(url(world, name, invoice.pk), data)


@pytest.fixture
def of_state(world):
    """An invoice in a state, by name."""

    def make(state):
        with world.scope():
            if state == "draft":
                return draft(world)
            due = (
                {"issue_on": dt.date(2026, 1, 1), "due_on": dt.date(2026, 1, 2)} if state == "overdue" else {}
            )
            invoice = issued(world, **due)
            if state == "part":
                pay(world, invoice, "40.00")
            if state == "paid":
                pay(world, invoice)
            if state == "void":
                invoice.void(by=world.alice)
            return invoice

    return make


OFFERS = {
    "draft": (
        ["Finalize & Lock", "Edit", "Delete…"],
        ["Void…", "Mark As Paid", "Download receipt", "Still to pay"],
    ),
    "sent": (
        ["Mark As Paid", "Email…", "Take payment…", "Void…", "Still to pay"],
        ["Edit<", "Delete…", "receipt"],
    ),
    "part": (["Mark As Paid", "£40.00 of £102.00 paid", "£62.00"], ["Delete…", "receipt"]),
    "overdue": (["Overdue", "days late", "Mark As Paid"], ["Delete…", "receipt"]),
    "paid": (["Download receipt", "Void…"], ["Mark As Paid", "Take payment…", "Delete…"]),
    "void": (["Copy to new draft", "Void"], ["Mark As Paid", "Void…", "Delete…", "receipt"]),
}


@pytest.mark.parametrize("state", OFFERS)
def test_each_state_offers_what_it_allows(world, of_state, state):
    page = get(world, "invoice", of_state(state)).content.decode()
    offered, not_offered = OFFERS[state]
    for words in offered:
        assert words in page
    for words in not_offered:
        assert words not in page


@pytest.mark.parametrize("state", OFFERS)
def test_the_accountant_is_offered_no_change(world, of_state, state):
    invoice = of_state(state)
    page = get(world, "invoice", invoice, world.ann).content.decode()
    for words in ("Finalize", "Mark As Paid", "Void…", "Delete…", "Copy to new draft", "Email…"):
        assert words not in page


def test_lines_payments_and_story(world):
    with world.scope():
        invoice = issued(
            world, line("Combi boiler", "1145.00", vat_rate=world.rate, details="Ten years"), title="Boiler"
        )
        pay(world, invoice, "500.00")
    page = get(world, "invoice", invoice).content.decode()
    for words in (
        "Combi boiler",
        "Ten years",
        "1,145.00",
        "£1,374.00",
        "Bank transfer",
        "£500.00",
        "recorded by",
    ):
        assert words in page
    assert page.index("Finalised and locked by Alice Hartley") < page.index("Drafted by Alice Hartley")


def test_the_number_of_queries_does_not_grow(world):
    counts = []
    for many in (1, 12):
        with world.scope():
            invoice = issued(world, *[line(f"Part {n}", "10.00", vat_rate=world.rate) for n in range(many)])
            for _ in range(many):
                pay(world, invoice, "1.00")
        browser = world.browser(world.alice)
        browser.get(url(world, "invoice", invoice.pk))
        with CaptureQueriesContext(connection) as queries:
            browser.get(url(world, "invoice", invoice.pk))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_live_part_speaks_up_when_something_happened(world):
    with world.scope():
        invoice = issued(world)
    page = get(world, "invoice", invoice).content.decode()
    version = first(r"\?v=([0-9a-f]+)", page)
    assert get(world, "invoice-state", invoice, query=f"?v={version}").status_code == 204
    with world.scope():
        pay(world, invoice)
    response = get(world, "invoice-state", invoice, query=f"?v={version}")
    part = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in part
    assert "Download receipt" in part
    assert 'hx-swap-oob="innerHTML:.bar"' in part
    version = first(r"\?v=([0-9a-f]+)", part)
    assert get(world, "invoice-state", invoice, query=f"?v={version}").status_code == 204


def test_issue_asks_then_does(world):
    with world.scope():
        invoice = draft(world)
    page = get(world, "invoice-issue", invoice).content.decode()
    assert "Finalize & Lock INV-0001?" in page
    assert "Confirm" in page
    assert "jo@example.com" in page
    assert " checked" not in page
    assert post(world, "invoice-issue", invoice).url == url(world, "invoice", invoice.pk)
    with world.scope():
        assert Invoice.objects.get().is_issued


def test_the_tick_box_follows_the_teams_setting(world):
    with world.scope():
        world.team.email_on_issue = True
        world.team.save(update_fields=["email_on_issue"])
        invoice = draft(world)
    assert " checked" in get(world, "invoice-issue", invoice).content.decode()
    post(world, "invoice-issue", invoice, email_client="on")
    with world.scope():
        assert Invoice.objects.get().email_client


def test_by_htmx_it_is_a_dialog(world):
    with world.scope():
        invoice = draft(world)
    response = get(world, "invoice-issue", invoice, headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert 'class="dialog-body' in response.content.decode()


def test_what_cannot_be_issued_is_a_refused_form(world):
    with world.scope():
        invoice = draft(world, line("Free", "0", vat_rate=world.rate))
    response = post(world, "invoice-issue", invoice)
    assert response.status_code == 422
    assert "comes to nothing" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("invoice-issue", "sent"),
        ("invoice-issue", "void"),
        ("invoice-delete", "sent"),
        ("invoice-delete", "paid"),
        ("invoice-due-date", "draft"),
        ("invoice-due-date", "void"),
        ("invoice-email", "draft"),
        ("invoice-email", "void"),
    ],
)
def test_a_move_that_is_not_allowed_answers_409(world, of_state, name, state):
    invoice = of_state(state)
    with world.scope():
        before = Invoice.objects.values().get()
    response = post(world, name, invoice, due_on="2030-01-01", form_key=str(uuid.uuid4()))
    assert response.status_code == 409
    assert "See how it stands now" in response.content.decode()
    with world.scope():
        assert Invoice.objects.values().get() == before


def test_delete_asks_then_does(world):
    with world.scope():
        invoice = draft(world)
    assert "Confirm" in get(world, "invoice-delete", invoice).content.decode()
    assert post(world, "invoice-delete", invoice).url == url(world, "invoice-list")
    assert post(world, "invoice-delete", invoice).status_code == 404
    with world.scope():
        assert not NumberEntry.objects.exists()


def test_a_double_press_copies_once(world):
    with world.scope():
        invoice = issued(world)
    key = str(uuid.uuid4())
    first = post(world, "invoice-copy", invoice, form_key=key)
    assert first.url == post(world, "invoice-copy", invoice, form_key=key).url
    with world.scope():
        assert Invoice.objects.count() == 2


def test_the_due_date_moves(world):
    with world.scope():
        invoice = issued(world, issue_on=dt.date(2026, 11, 1))
    assert post(world, "invoice-due-date", invoice, due_on="2026-10-31").status_code == 422
    assert post(world, "invoice-due-date", invoice, due_on="2027-01-31").status_code == 303
    page = get(world, "invoice", invoice).content.decode()
    assert "Due date moved to 31 Jan 2027 by Alice Hartley" in page


CHANGES = ["invoice-issue", "invoice-delete", "invoice-copy", "invoice-due-date", "invoice-email"]


@pytest.mark.parametrize("name", [*CHANGES, "invoice", "invoice-state", "invoice-pdf", "invoice-receipt"])
def test_strangers_find_nothing(world, name):
    with world.scope():
        invoice = issued(world)
    assert get(world, name, invoice, world.charlie).status_code == 404
    assert (
        world.browser(world.charlie).get(f"/t/{world.other.slug}/invoices/{invoice.pk}/").status_code == 404
    )


@pytest.mark.parametrize("name", CHANGES)
def test_the_accountant_changes_nothing(world, name):
    with world.scope():
        invoice = draft(world)
    assert post(world, name, invoice, world.ann).status_code == 403
