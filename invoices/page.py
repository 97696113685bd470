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
from mail.models import Message, State
from teams import events
from teams.models import AuditEntry, Team

if TYPE_CHECKING:
    from payments.models import Allocation

MOST_EVENTS = 100


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
    messages = list(
        Message.objects.filter(subject_model="invoice", subject_id=invoice.pk)
        .defer("text", "html")
        .order_by("-pk")[:MOST_EVENTS]
    )
    entries = AuditEntry.objects.filter(subject="invoice", subject_id=invoice.pk).order_by("-pk")[
        :MOST_EVENTS
    ]
    is_open = status in {Status.SENT, Status.PARTIALLY_PAID, Status.OVERDUE}
    return InvoicePage(
        invoice=invoice,
        status=status,
        version=version_of(invoice),
        lines=[_line(line, invoice) for line in lines],
        sums=list(_sums(invoice)),
        payments=[_payment(one, currency) for one in reversed(allocations)],
        events=_story(list(entries), messages),
        facts=list(_facts(invoice)),
        received=formats.money(invoice.paid, currency),
        balance=formats.money(invoice.balance, currency),
        due=_("Due %(day)s, %(away)s")
        % {"day": formats.day(invoice.due_on), "away": formats.days_from(invoice.due_on, today)},
        is_open=is_open,
        mail_problem=_mail_problem(messages),
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


MAIL_WORDS = {
    State.QUEUED: ("clock", False),
    State.CLAIMED: ("clock", False),
    State.SENT: ("mail", False),
    State.FAILED: ("mail-x", False),
    State.BOUNCED: ("mail-x", False),
    State.UNKNOWN: ("mail-exclamation", False),
}


def _story(entries: list[AuditEntry], messages: list[Message]) -> list[Event]:
    """Log and mails in one line of time, newest first."""
    told = [(entry.at, 0, entry.pk, events.event(entry)) for entry in entries]
    told += [
        (message.sent_at or message.created_at, 1, message.pk, _mail_event(message)) for message in messages
    ]
    told.sort(key=lambda one: one[:3], reverse=True)
    return [event for _at, _kind, _pk, event in told]


def _mail_event(message: Message) -> Event:
    to = {"to": message.to_address}
    words = {
        State.QUEUED: _("Mail to %(to)s is about to be sent"),
        State.CLAIMED: _("Mail to %(to)s is being sent"),
        State.SENT: _("Sent to %(to)s"),
        State.FAILED: _("Mail to %(to)s could not be sent"),
        State.BOUNCED: _("Mail to %(to)s came back"),
        State.UNKNOWN: _("Mail to %(to)s may or may not have gone out"),
    }
    detail = message.subject if message.state == State.SENT or not message.error else message.error
    return Event(
        icon=MAIL_WORDS[State(message.state)][0],
        text=words[State(message.state)] % to,
        detail=detail,
        at=message.sent_at or message.created_at,
    )


def _mail_problem(messages: list[Message]) -> str:
    """What must be told above the page: the newest mail did not arrive."""
    if messages and messages[0].state in {State.FAILED, State.BOUNCED, State.UNKNOWN}:
        return _mail_event(messages[0]).text  # type: ignore[return-value]
    return ""


def context_of(invoice: Invoice, team: Team, **more: Any) -> dict[str, Any]:
    """The page's context, for the page itself and for its live part."""
    return {"invoice": invoice, "page": page_of(invoice, team), **more}
