"""Drafts and invoices of the tests' world."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from invoices.drafting import LineInput, save_draft
from invoices.models import Invoice
from tests.world import World


def line(text: str = "Boiler service", price: str = "85.00", **more: Any) -> LineInput:
    """An item of one, without VAT unless a rate is given."""
    return LineInput(description=text, unit_price=Decimal(price), **more)


def draft(world: World, *lines: LineInput, **more: Any) -> Invoice:
    """A draft of Jo's at 20% VAT; call it inside the team's scope."""
    more.setdefault("client", world.jo)
    given = lines or (line(vat_rate=world.rate),)
    return save_draft(world.team, lines=given, by=more.pop("by", world.alice), **more)


def issued(world: World, *lines: LineInput, **more: Any) -> Invoice:
    """An invoice that was sent to Jo; call it inside the team's scope."""
    invoice = draft(world, *lines, **more)
    invoice.issue(by=world.alice)
    return invoice


def fate_of(invoice: Invoice) -> str:
    """What the register says of the invoice's number."""
    assert invoice.entry is not None
    return invoice.entry.fate


def first(pattern: str, text: str) -> str:
    """The first group of the pattern's first place in the text."""
    found = re.search(pattern, text)
    assert found is not None
    return found[1]


def pay(world: World, invoice: Invoice, amount: str | None = None) -> Any:
    """Money on the invoice, straight into the ledger's rows; call it inside the team's scope."""
    from payments.models import Allocation, Method, Payment

    invoice.refresh_from_db()
    sum_ = Decimal(amount) if amount else invoice.balance
    payment = Payment.objects.create(
        team=world.team,
        client=invoice.client,
        amount=sum_,
        method=Method.BANK,
        received_on=world.team.today(),
        recorded_by=world.alice,
    )
    Allocation.objects.create(
        team=world.team, client=invoice.client, payment=payment, invoice=invoice, amount=sum_
    )
    invoice.refresh_from_db()
    return payment


def url(world: World, name: str, *args: Any) -> str:
    """An address of Alice's team."""
    from django.urls import reverse

    return reverse(f"invoices:{name}", args=[world.team.slug, *args])


def typed(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What the editor's form sends: lines as dictionaries, what is left out as the form shows it."""
    data: dict[str, Any] = {
        "client_name": "",
        "client": "",
        "reference": "INV-0001",
        "suggested": "INV-0001",
        "issue_on": "2026-11-21",
        "due_on": "2026-12-21",
        "do": "save",
        "line": [],
    }
    for number, given in enumerate(lines, start=1):
        key = given.pop("key", f"l{number}")
        data["line"].append(key)
        row = {"kind": "item", "quantity": "1", "unit_price": "", "discount": "", "vat_rate": ""} | given
        data |= {f"{key}-{name}": str(value) for name, value in row.items()}
    return data | {name: value for name, value in fields.items() if value is not None}


def item(world: World, price: str = "85.00", text: str = "Boiler service", **more: Any) -> dict[str, Any]:
    """A line at 20% as it is typed."""
    return {"description": text, "unit_price": price, "vat_rate": world.rate.pk, **more}
