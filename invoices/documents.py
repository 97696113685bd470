"""An invoice as a document to print, and the PDFs that are kept (INV-17, INV-18).

What is printed of an issued invoice are its stored figures; the hash of a kept PDF names only what
may still change: the due date, that it was void, or in a receipt the payments.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from clients.models import Client
from cma import formats
from documents.content import (
    DocumentLine,
    Firm,
    InvoiceDocument,
    Kind,
    Party,
    PaymentAdvice,
    PaymentLine,
    VatLine,
)
from documents.content import LineKind as PrintedKind
from documents.worker import render_safely
from invoices.issuing import buyer_of, seller_of
from invoices.links import pay_url
from invoices.models import Invoice, Line, LineKind, PricedLine, Rendering, RenderingKind
from invoices.money import ZERO
from teams.models import Team
from teams.scope import team_scope

if TYPE_CHECKING:
    from payments.models import Allocation


def document_of(invoice: Invoice, kind: RenderingKind = RenderingKind.INVOICE) -> InvoiceDocument:
    """What is printed: a draft with today's addresses, an issued invoice with those it was issued with."""
    seller = seller_of(invoice.team) if invoice.is_draft else invoice.seller
    buyer = buyer_of(invoice.client) if invoice.is_draft else invoice.buyer
    receipt = kind == RenderingKind.RECEIPT
    paid = invoice.paid if receipt else ZERO
    return InvoiceDocument(
        kind=Kind(kind),
        reference=invoice.reference,
        draft=invoice.is_draft,
        void=invoice.is_void,
        title=invoice.title,
        firm=firm_of(invoice.team, seller),
        client=party_of(buyer),
        issue_date=invoice.issue_on,
        supply_date=invoice.supply_on or invoice.issue_on,
        due_date=None if receipt else invoice.due_on,
        lines=tuple(_line(line, invoice) for line in invoice.lines.all()),
        subtotal=invoice.net,
        vat=invoice.vat,
        total=invoice.total,
        paid=paid,
        credited=invoice.credited if receipt else ZERO,
        balance=invoice.balance if receipt else invoice.total,
        vat_lines=tuple(_vat_lines(invoice)),
        payments=tuple(_payments(invoice)) if receipt else (),
        advice=_advice(invoice, seller) if invoice.is_issued and not receipt else None,
        note="\n".join(filter(None, [invoice.note, seller.get("note", "")])),
        shows_vat=invoice.charges_vat,
        currency=invoice.currency,
        language=invoice.client.language or invoice.team.language,
    )


def firm_today(team: Team) -> Firm:
    """The trade as it is today, for what is printed for the moment."""
    return firm_of(team, seller_of(team))


def party_today(client: Client) -> Party:
    """The client as they are today."""
    return party_of(buyer_of(client))


def firm_of(team: Team, seller: dict[str, Any]) -> Firm:
    """The trade as `seller_of` put it down."""
    logo = team.logos.filter(pk=seller["logo"]).first() if seller.get("logo") else None
    return Firm(
        name=seller["name"],
        address=tuple(seller.get("address", ())),
        phone=seller.get("phone", ""),
        email=seller.get("email", ""),
        website=seller.get("website", ""),
        vat_number=seller.get("vat_number", ""),
        company_number=seller.get("company_number", ""),
        registrations=seller.get("registration", ""),
        logo=bytes(logo.image) if logo else None,
        logo_mime=logo.mime if logo else "",
        colour=seller.get("colour") or "#0b6e69",
    )


def party_of(buyer: dict[str, Any]) -> Party:
    """The client as `buyer_of` put it down."""
    return Party(
        name=buyer["name"],
        company=buyer.get("company", ""),
        address=tuple(buyer.get("address", ())),
        vat_number=buyer.get("vat_number", ""),
    )


def _line(line: Line, invoice: Invoice) -> DocumentLine:
    if line.kind != LineKind.ITEM:
        return DocumentLine(kind=PrintedKind(line.kind), description=line.description, details=line.details)
    return DocumentLine(
        description=line.description,
        details=line.details,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        discount=discount_words(line, invoice.currency),
        vat_label=line.vat_label,
        net=line.net,
    )


def discount_words(line: PricedLine, currency: str) -> str:
    """`Less 10%`, `Less £16.50`, or nothing."""
    parts = []
    if line.discount_percent:
        parts.append(formats.percent(line.discount_percent))
    if line.discount_amount:
        parts.append(formats.money(line.discount_amount, currency))
    return _("Less %s") % " + ".join(parts) if parts else ""


def _vat_lines(invoice: Invoice) -> Iterable[VatLine]:
    for row in invoice.vat_rows:
        yield VatLine(
            label=row["label"], net=Decimal(row["net"]), vat=Decimal(row["vat"]), wording=row["wording"]
        )


def live_allocations(invoice: Invoice) -> list[Allocation]:
    """What lies on the invoice now: neither reversed nor a reversal, oldest first."""
    rows = invoice.allocations.select_related("payment", "payment__recorded_by").filter(
        reverses=None, reversal=None
    )
    return list(rows.order_by("payment__received_on", "pk"))


def _payments(invoice: Invoice) -> Iterable[PaymentLine]:
    for allocation in live_allocations(invoice):
        payment = allocation.payment
        yield PaymentLine(
            paid_on=payment.received_on,
            method=payment.method_text(),
            amount=allocation.amount,
            note=payment.note,
        )


def _advice(invoice: Invoice, seller: dict[str, Any]) -> PaymentAdvice:
    return PaymentAdvice(
        balance=invoice.total,
        reference=invoice.reference,
        due=invoice.due_on,
        account_name=seller.get("bank_account_name", ""),
        sort_code=seller.get("bank_sort_code", ""),
        account_number=seller.get("bank_account_number", ""),
        url=pay_url(invoice),
    )


def content_hash(invoice: Invoice, kind: RenderingKind) -> str:
    """Names what of a kept PDF may still change."""
    varying: list[Any] = [kind.value, invoice.state]
    if kind == RenderingKind.RECEIPT:
        varying += [[one.pk, str(one.amount)] for one in live_allocations(invoice)]
    else:
        varying.append(invoice.due_on.isoformat())
    return hashlib.sha256(json.dumps(varying).encode()).hexdigest()


def kept_pdf(invoice: Invoice, kind: RenderingKind = RenderingKind.INVOICE) -> Rendering | None:
    """The PDF, if it has been made; inside a scope."""
    return Rendering.objects.filter(
        invoice=invoice, kind=kind, content_hash=content_hash(invoice, kind)
    ).first()


def stored_pdf(team_id: int, invoice_id: int, kind: RenderingKind = RenderingKind.INVOICE) -> Rendering:
    """The kept PDF; made first if need be. To be called outside any scope: no transaction spans printing.

    Raises documents.worker.RenderFailed, Invoice.DoesNotExist.
    """
    with team_scope(team_id):
        invoice = Invoice.objects.select_related("team", "client").get(
            pk=invoice_id, state__in=["issued", "void"]
        )
        if (kept := kept_pdf(invoice, kind)) is not None:
            return kept
        document, wanted = document_of(invoice, kind), content_hash(invoice, kind)
    pdf = render_safely(document)
    with team_scope(team_id):
        # Two at once print twice and keep one.
        rendering, _created = Rendering.objects.get_or_create(
            team_id=team_id,
            invoice_id=invoice_id,
            kind=kind,
            content_hash=wanted,
            defaults={"pdf": pdf, "sha256": hashlib.sha256(pdf).hexdigest()},
        )
    return rendering


def draft_pdf(team_id: int, invoice_id: int) -> bytes:
    """A draft with its watermark, printed for the moment and not kept."""
    with team_scope(team_id):
        document = document_of(Invoice.objects.select_related("team", "client").get(pk=invoice_id))
    return render_safely(document)


def filename(reference: str, kind: RenderingKind = RenderingKind.INVOICE) -> str:
    """`INV-0001.pdf`, `INV-0001-receipt.pdf`; a reference that was typed may hold anything."""
    stem = "".join(
        char if char.isascii() and (char.isalnum() or char in "-_.") else "-" for char in reference
    )
    return f"{stem.strip('.') or 'invoice'}{'-receipt' if kind == RenderingKind.RECEIPT else ''}.pdf"
