"""What the invoice's page shows, read in a number of queries that does not grow (INV-16)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cma import formats
from cma.components import Event
from invoices.documents import discount_words, live_allocations
from invoices.models import Invoice, Line, LineKind, Status
from invoices.origins import Origin, origins_of
from mail.models import Message
from mail.story import entries_about, mail_problem, messages_about, story
from teams.models import AuditEntry, Team

if TYPE_CHECKING:
    from payments.models import Allocation


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line as the page prints it."""

    kind: str
    description: str
    details: str
    discount: str
    quantity: str = ""
    unit_price: str = ""
    vat: str = ""
    net: str = ""
    short: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """A row below the lines."""

    label: str
    amount: str
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class ShownPayment:
    """A payment's share in this invoice."""

    payment_id: int
    icon: str
    method: str
    detail: str
    amount: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the aside."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """The page, formatted."""

    invoice: Invoice
    status: Status
    version: str
    lines: list[ShownLine]
    sums: list[Sum]
    payments: list[ShownPayment]
    events: list[Event]
    facts: list[Fact]
    origins: list[Origin]
    received: str
    balance: str
    due: str
    is_open: bool = field(default=False)
    mail_problem: str = ""


def page_of(invoice: Invoice, team: Team) -> InvoicePage:
    """Everything the page needs. `invoice.client` is there already."""
    today, currency = team.today(), invoice.currency
    status = invoice.status(today)
    lines = list(invoice.lines.all())
    allocations = live_allocations(invoice) if not invoice.is_draft else []
    messages = messages_about("invoice", [invoice.pk])
    is_open = status in {Status.SENT, Status.PARTIALLY_PAID, Status.OVERDUE}
    return InvoicePage(
        invoice=invoice,
        status=status,
        version=version_of(invoice),
        lines=[_line(line, invoice) for line in lines],
        sums=list(_sums(invoice)),
        payments=[_payment(one, currency) for one in reversed(allocations)],
        events=story(entries_about("invoice", [invoice.pk]), messages),
        facts=list(_facts(invoice)),
        origins=origins_of(invoice),
        received=formats.money(invoice.paid, currency),
        balance=formats.money(invoice.balance, currency),
        due=_("Due %(day)s, %(away)s")
        % {"day": formats.day(invoice.due_on), "away": formats.days_from(invoice.due_on, today)},
        is_open=is_open,
        mail_problem=mail_problem(messages),
    )


def version_of(invoice: Invoice) -> str:
    """Names what the page shows: it differs as soon as any of it does. Two queries."""
    about = {"subject_id": invoice.pk}
    last = AuditEntry.objects.filter(subject="invoice", **about).aggregate(last=Max("pk"))["last"]
    mails = Message.objects.filter(subject_model="invoice", **about).values_list("pk", "state")
    told = [
        invoice.version,
        invoice.state,
        str(invoice.paid),
        str(invoice.credited),
        invoice.due_on.isoformat(),
        str(invoice.viewed_at),
        invoice.status(invoice.team.today()).value,
        last,
        sorted(mails),
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _line(line: Line, invoice: Invoice) -> ShownLine:
    words = discount_words(line, invoice.currency)
    if line.kind != LineKind.ITEM:
        return ShownLine(line.kind, line.description, line.details, "")
    quantity = f"{formats.quantity(line.quantity)} {line.unit}".strip()
    price = price_text(line.unit_price)
    short = f"{quantity} × {price}"
    if invoice.charges_vat:
        short = _("%(sum)s, VAT %(rate)s") % {"sum": short, "rate": line.vat_label}
    return ShownLine(
        line.kind,
        line.description,
        line.details,
        words,
        quantity=quantity,
        unit_price=price,
        vat=line.vat_label,
        net=formats.grouped(line.net, 2),
        short=short,
    )


def price_text(price: Decimal) -> str:
    """Two places, or as many as the price has: `52.00`, `0.0375`."""
    places = max(2, len(f"{price:f}".partition(".")[2].rstrip("0")))
    return formats.grouped(price, places)


def _sums(invoice: Invoice) -> Iterable[Sum]:
    def shown(amount: Decimal | str) -> str:
        return formats.money(Decimal(amount), invoice.currency)

    if invoice.charges_vat:
        yield Sum(_("Subtotal"), shown(invoice.net))
        many = len(invoice.vat_rows) > 1
        for row in invoice.vat_rows:
            label = _("VAT %s") % row["label"]
            if many:
                label = _("VAT %(label)s on %(net)s") % {"label": row["label"], "net": shown(row["net"])}
            yield Sum(label, shown(row["vat"]))
    yield Sum(_("Total"), shown(invoice.total), is_total=True)


ICONS = {
    "bank": "building-bank",
    "cash": "cash",
    "cheque": "writing-sign",
    "stripe": "credit-card",
    "card": "credit-card",
}


def _payment(allocation: Allocation, currency: str) -> ShownPayment:
    payment = allocation.payment
    parts = [formats.day(payment.received_on)]
    if payment.recorded_by_id and payment.recorded_by:
        parts.append(_("recorded by %s") % payment.recorded_by)
    if payment.note:
        parts.append(f"“{payment.note}”")
    return ShownPayment(
        payment_id=payment.pk,
        icon=ICONS.get(payment.method, "coin-pound"),
        method=payment.method_text(),
        detail=" · ".join(parts),
        amount=formats.money(allocation.amount, currency),
        by_hand=payment.stripe_payment_intent is None,
    )


def _facts(invoice: Invoice) -> Iterable[Fact]:
    yield Fact(_("Issue date"), formats.day(invoice.issue_on))
    if invoice.supply_on:
        yield Fact(_("Supplied"), formats.day(invoice.supply_on))
    yield Fact(_("Due date"), formats.day(invoice.due_on))
    days = (invoice.due_on - invoice.issue_on).days
    yield Fact(_("Terms"), ngettext("%(days)d day", "%(days)d days", days) % {"days": days})
    if invoice.sent_at:
        yield Fact(_("Sent"), formats.moment(invoice.sent_at))
    if invoice.viewed_at:
        yield Fact(_("Opened"), formats.moment(invoice.viewed_at))


def context_of(invoice: Invoice, team: Team, **more: Any) -> dict[str, Any]:
    """The page's context, for the page itself and for its live part."""
    return {"invoice": invoice, "page": page_of(invoice, team), **more}
