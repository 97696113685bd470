"""An invoice's or receipt's content as the strings that the templates print: cleaned, formatted, in order.

Everything is formatted here and nothing in the templates, which only place it.
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from cma.formats import day, day_short, money
from documents import lines
from documents.content import Fact, InvoiceDocument, Kind, PaymentLine
from documents.letterhead import letterhead
from documents.lines import Cell, Row, Sum
from documents.printable import cleaned
from documents.slip import slip

DENSE = 16  # rows from which a sheet of several pages is set closer
# Millimetres of a page and of what stands on it, to see what fits (read off the printed sheet).
PAGE, HEAD, TOTALS, SLIP = 258.0, 59.0, 42.0, 56.5
ROW, REMARK, HEADING, NOTE, TEXT, FACT = 8.5, 7.7, 11.0, 4.1, 4.6, 5.4
PAYMENTS, PAYMENT = 50.0, 12.5
SAVED_ONCE, SAVED_PER_ROW = 18.0, 1.9
SHORT_TERMS = 700  # longer ones get a page of their own


def sheet(document: InvoiceDocument) -> dict[str, Any]:
    """What the templates print. The document's language must be active."""
    document = cleaned(document)
    rows = _rows(document)
    return {
        "document": document,
        "receipt": document.kind is Kind.RECEIPT,
        "word": _word(document),
        "number": _("draft") if document.draft else document.reference,
        **letterhead(document.firm, shows_vat=document.shows_vat),
        "watermark": _watermark(document),
        "answer": _answer(document),
        "columns": _columns(document),
        "rows": rows,
        "widths": lines.widths(rows),
        "setting": _setting(document, rows),
        "span": 5 if document.shows_vat else 4,
        "vat_rows": lines.vat_rows(document.vat_lines, document.currency) if document.shows_vat else [],
        "wordings": list(dict.fromkeys(each.wording for each in document.vat_lines if each.wording)),
        "sums": _sums(document),
        "payments": _payments(document),
        "slip": slip(document),
        "terms_are_long": len(document.terms) > SHORT_TERMS,
    }


def _figure(document: InvoiceDocument, amount: Decimal) -> str:
    """A plain figure for a column: the currency's sign stands on totals only."""
    return lines.figure(amount, document.currency)


def _money(document: InvoiceDocument, amount: Decimal) -> str:
    return money(amount, document.currency)


def _word(document: InvoiceDocument) -> str:
    return _("RECEIPT") if document.kind is Kind.RECEIPT else _("Invoice")


def _watermark(document: InvoiceDocument) -> str:
    if document.void:
        return _("VOID")
    return _("DRAFT") if document.draft else ""


def _answer(document: InvoiceDocument) -> Cell:
    """The first thing anyone looks for: what is still to pay and until when."""
    if document.kind is Kind.RECEIPT:
        label = _("Paid in full")
        if document.payments:
            last = day(max(each.paid_on for each in document.payments))
            label = _("Paid in full on %(day)s") % {"day": last}
        return Cell(label=label, value=_money(document, document.total))
    if document.void:
        return Cell(label=_("Nothing to pay"), value=_("Void"))
    label = _("Still to pay")
    if document.due_date and document.balance > 0:
        label = _("Still to pay by %(day)s") % {"day": day(document.due_date)}
    return Cell(label=label, value=_money(document, document.balance))


def _columns(document: InvoiceDocument) -> list[tuple[Fact, ...]]:
    """The head's columns: who, where, when issued, when due, and the document's own facts among them."""
    receipt = document.kind is Kind.RECEIPT
    who = Fact(label=_("Received from") if receipt else _("Billed to"), lines=_party(document))
    where = tuple(fact for fact in document.facts if len(fact.lines) > 1)
    rest = tuple(fact for fact in document.facts if len(fact.lines) == 1)
    issued = [Fact(label=_("Invoice issued") if receipt else _("Issued"), lines=(day(document.issue_date),))]
    if supplied := _supplied(document):
        issued.append(Fact(label=_("Supplied"), lines=(supplied,)))
    last = []
    if receipt:
        last.append(Fact(label=_("Still to pay"), lines=(_money(document, document.balance),), strong=True))
    elif document.due_date:
        last.append(Fact(label=_("Due"), lines=(day(document.due_date),), strong=True))
    if document.draft:
        last.append(Fact(label=_("Number"), lines=(document.reference,)))
    return [(who,), where, tuple(issued), (*last, *rest)]


def _party(document: InvoiceDocument) -> tuple[str, ...]:
    client = document.client
    names = tuple(dict.fromkeys(filter(None, [client.company, client.name])))
    vat = (_("VAT %(number)s") % {"number": client.vat_number},) if client.vat_number else ()
    return (*names, *client.address, *vat)


def _supplied(document: InvoiceDocument) -> str:
    first, last = document.supply_date, document.supply_until
    if not (first and last and last > first):
        return day(first) if first else ""
    opening = day(first)
    if document.language.startswith("en") and first.year == last.year:  # "4 to 5 Nov 2026"
        opening = str(first.day) if first.month == last.month else day_short(first)
    return _("%(first)s to %(last)s") % {"first": opening, "last": day(last)}


def _rows(document: InvoiceDocument) -> list[Row]:
    last = len(document.lines) - 2
    return [
        lines.row_of(line, document.currency, keep=place >= last) for place, line in enumerate(document.lines)
    ]


def _setting(document: InvoiceDocument, rows: list[Row]) -> str:
    """How close the sheet is set: closer when that keeps it on one page, and when it is long anyway."""
    kinds = {"heading": HEADING, "note": REMARK}
    height = HEAD + TOTALS + sum(kinds.get(row.kind, ROW) + NOTE * len(row.notes) for row in rows)
    height += max(sum(FACT + TEXT * len(fact.lines) for fact in column) for column in _columns(document))
    if document.kind is Kind.RECEIPT:
        height += PAYMENTS + PAYMENT * len(document.payments)
    elif document.note:
        height += 6 + TEXT * text_lines(document.note)
    height += SLIP if slip(document) else 0
    if 0 < len(document.terms) <= SHORT_TERMS:
        height += 5 + 3.8 * text_lines(document.terms)
    if height <= PAGE:
        return ""
    if height - SAVED_ONCE - SAVED_PER_ROW * len(rows) <= PAGE:
        return "compact"
    return "dense" if len(rows) >= DENSE else ""


def text_lines(text: str) -> int:
    """About how many lines a text takes on paper."""
    return sum(1 + len(line) // 110 for line in text.split("\n"))


def _sums(document: InvoiceDocument) -> list[Sum]:
    sums = []
    if document.shows_vat:
        sums.append(Sum(label=_("Net"), amount=_figure(document, document.subtotal)))
        sums.append(Sum(label=_("VAT"), amount=_figure(document, document.vat), style="last"))
    total = _money(document, document.total)
    if document.void:
        return [*sums, Sum(label=_("Total"), amount=total, style="grand")]
    sums.append(Sum(label=_("Total"), amount=total, style="rule" if document.shows_vat else ""))
    sums.extend(_paid(document))
    if document.credited:
        sums.append(Sum(label=_("Credited"), amount=_figure(document, -document.credited)))
    sums[-1] = dataclasses.replace(sums[-1], style=f"{sums[-1].style} last".strip())
    balance = _money(document, document.balance)
    return [*sums, Sum(label=_("Still to pay"), amount=balance, style="grand")]


def _paid(document: InvoiceDocument) -> list[Sum]:
    """Up to three payments one by one, more of them, or none, in one row."""
    together = sum((each.amount for each in document.payments), Decimal(0))
    if document.kind is Kind.INVOICE and 0 < len(document.payments) <= 3 and together == document.paid:
        return [
            Sum(
                label=_("Paid on %(day)s, %(method)s") % {"day": day(each.paid_on), "method": each.method},
                amount=_figure(document, -each.amount),
            )
            for each in document.payments
        ]
    label = _("Paid") if document.kind is Kind.RECEIPT else _("Paid so far")
    return [Sum(label=label, amount=_figure(document, -document.paid))]


def _payments(document: InvoiceDocument) -> dict[str, Any] | None:
    """The receipt's payments. Fees have a column of their own and are in no sum of the invoice (INV-18)."""
    if document.kind is not Kind.RECEIPT or not document.payments:
        return None
    amount = sum((each.amount for each in document.payments), Decimal(0))
    fee = sum((each.fee for each in document.payments), Decimal(0))
    return {
        "rows": [_payment(document, each) for each in document.payments],
        "has_fees": fee != 0,
        "amount": _money(document, amount),
        "fee": _money(document, fee),
        "received": _money(document, amount + fee),
    }


def _payment(document: InvoiceDocument, payment: PaymentLine) -> dict[str, str]:
    return {
        "day": day(payment.paid_on),
        "method": payment.method,
        "note": payment.note,
        "amount": _figure(document, payment.amount),
        "fee": _figure(document, payment.fee),
        "received": _figure(document, payment.amount + payment.fee),
    }
