"""A document's content as the strings that the templates print: cleaned, formatted, in their order.

Everything is formatted here and nothing in the templates, which only place it.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast

import segno
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from cma.formats import NO_MINOR_UNIT, day, day_short, grouped, money, quantity
from documents.content import DocumentLine, Fact, Firm, InvoiceDocument, Kind, LineKind, PaymentLine
from documents.press import LOGO, logo_size
from teams.colour import tokens

OWN_COLOUR = "#0b6e69"
HEX = re.compile(r"#[0-9a-fA-F]{6}")
WEB = re.compile(r"https?://[^\s\"'<>]+")
# Control characters but the line feed, what turns the direction of the text around it, lone surrogates.
UNPRINTABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\uffff\ud800-\udfff]"
)
# Breaking a word without end takes a time that grows with its square: such words get places to break.
ENDLESS_WORD = re.compile(r"\S{200,}")
WIDE = Decimal("1.6")  # a logo from this ratio on carries the firm's name itself
DENSE = 16  # rows from which a sheet of several pages is set closer
# Millimetres of a page and of what stands on it, to see what fits (read off the printed sheet).
PAGE, HEAD, TOTALS, SLIP = 258.0, 59.0, 42.0, 56.5
ROW, REMARK, HEADING, NOTE, TEXT, FACT = 8.5, 7.7, 11.0, 4.1, 4.6, 5.4
PAYMENTS, PAYMENT = 50.0, 12.5
SAVED_ONCE, SAVED_PER_ROW = 18.0, 1.9
SHORT_TERMS = 700  # longer ones get a page of their own
SLIP_COLUMNS = 3


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the table of lines."""

    kind: str
    description: str
    notes: tuple[str, ...] = ()
    quantity: str = ""
    unit_price: str = ""
    vat: str = ""
    net: str = ""
    keep: bool = False  # stays with the row after it: no total stands alone


@dataclass(frozen=True, kw_only=True)
class Sum:
    """A row of the totals."""

    label: str
    amount: str
    style: str = ""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A labelled value on the slip."""

    label: str
    value: str


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
        "widths": _widths(rows),
        "setting": _setting(document, rows),
        "span": 5 if document.shows_vat else 4,
        "vat_rows": _vat_rows(document),
        "wordings": list(dict.fromkeys(each.wording for each in document.vat_lines if each.wording)),
        "sums": _sums(document),
        "payments": _payments(document),
        "slip": _slip(document),
        "terms_are_long": len(document.terms) > SHORT_TERMS,
    }


def letterhead(firm: Firm, *, shows_vat: bool) -> dict[str, Any]:
    """What every document has at head and foot. The document's language must be active."""
    colours = tokens(firm.colour if HEX.fullmatch(firm.colour) else OWN_COLOUR)
    return {
        "team_colour": colours["--cma-team"],
        "accent": colours["--cma-primary"],
        **_logo(firm.logo),
        "reach": _reach(firm, shows_vat=shows_vat),
        "legal": _legal(firm),
        "page_words": _page_words(),
    }


def cleaned[T](value: T) -> T:
    """The same content without characters that cannot be printed or that reorder what stands beside them."""
    changed: Any = value
    if isinstance(changed, str) and not isinstance(changed, StrEnum):
        lines = changed.replace("\r\n", "\n").replace("\r", "\n")
        changed = ENDLESS_WORD.sub(_breakable, UNPRINTABLE.sub(" ", lines).strip())
    elif isinstance(value, tuple):
        changed = tuple(each for each in map(cleaned, value) if each != "")
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        changed = dataclasses.replace(value, **{name: cleaned(getattr(value, name)) for name in names})
    return cast("T", changed)


def _breakable(word: re.Match[str]) -> str:
    return "\N{ZERO WIDTH SPACE}".join(word[0][start : start + 20] for start in range(0, len(word[0]), 20))


def _figure(document: InvoiceDocument, amount: Decimal) -> str:
    """A plain figure for a column: the currency's sign stands on totals only."""
    return grouped(amount, 0 if document.currency in NO_MINOR_UNIT else 2)


def _money(document: InvoiceDocument, amount: Decimal) -> str:
    return money(amount, document.currency)


def _word(document: InvoiceDocument) -> str:
    return _("RECEIPT") if document.kind is Kind.RECEIPT else _("Invoice")


def _watermark(document: InvoiceDocument) -> str:
    if document.void:
        return _("VOID")
    return _("DRAFT") if document.draft else ""


def _logo(logo: bytes | None) -> dict[str, Any]:
    """A logo that is no picture is left out: a firm's invoice must not fail for it."""
    size = logo_size(logo) if logo else None
    if size is None:
        return {"logo": "", "logo_is_wide": False}
    return {"logo": LOGO, "logo_is_wide": size[0] >= size[1] * WIDE}


def _reach(firm: Firm, *, shows_vat: bool) -> list[str]:
    """How to reach the firm, and the numbers the tax office wants to see."""
    vat = _("VAT %(number)s") % {"number": firm.vat_number} if firm.vat_number and shows_vat else ""
    lines = [
        ", ".join(firm.address),
        " · ".join(filter(None, [firm.phone, firm.email])),
        firm.website.removeprefix("https://").removeprefix("http://").rstrip("/"),
        " · ".join(filter(None, [vat, firm.registrations])),
    ]
    return [line for line in lines if line]


def _legal(firm: Firm) -> str:
    number = _("company number %(number)s") % {"number": firm.company_number} if firm.company_number else ""
    return firm.legal or ", ".join(filter(None, [firm.name, number, *firm.address]))


def _page_words() -> list[str]:
    """What stands before, between and after the two counters, each of them possibly empty."""
    words = _("Page %(page)s of %(pages)s") % {"page": "\0", "pages": "\0"}
    return words.replace(" ", "\N{NO-BREAK SPACE}").split("\0")


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
    return [_row(document, line, keep=place >= last) for place, line in enumerate(document.lines)]


def _row(document: InvoiceDocument, line: DocumentLine, *, keep: bool) -> Row:
    notes = tuple(part for part in (*line.details.split("\n"), line.discount) if part)
    if line.kind is not LineKind.ITEM:
        return Row(kind=line.kind.value, description=line.description, notes=notes, keep=keep)
    amount = quantity(line.quantity) if line.quantity is not None else ""
    return Row(
        kind=line.kind.value,
        description=line.description,
        notes=notes,
        quantity=f"{amount} {line.unit}".strip(),
        unit_price=_unit_price(document, line.unit_price) if line.unit_price is not None else "",
        vat=line.vat_label,
        net=_figure(document, line.net) if line.net is not None else "",
        keep=keep,
    )


def _unit_price(document: InvoiceDocument, price: Decimal) -> str:
    """Two places, and up to four where they say something (MON-1)."""
    exact = f"{price.normalize():f}"
    places = len(exact.partition(".")[2])
    least = 0 if document.currency in NO_MINOR_UNIT else 2
    return grouped(price, min(max(places, least), 4))


def _widths(rows: list[Row]) -> dict[str, int]:
    """Millimetres of the four narrow columns, after their longest figure: 1.9 a figure and 4 of air."""
    longest = {
        "q": max((len(row.quantity) for row in rows), default=0),
        "p": max((len(row.unit_price) for row in rows), default=0),
        "v": max((len(row.vat) for row in rows), default=0),
        "s": max((len(row.net) for row in rows), default=0),
    }
    least_and_most = {"q": (20, 30), "p": (22, 30), "v": (15, 26), "s": (20, 30)}
    return {
        column: min(max(longest[column] * 19 // 10 + 5, least), most)
        for column, (least, most) in least_and_most.items()
    }


def _setting(document: InvoiceDocument, rows: list[Row]) -> str:
    """How close the sheet is set: closer when that keeps it on one page, and when it is long anyway."""
    kinds = {"heading": HEADING, "note": REMARK}
    height = HEAD + TOTALS + sum(kinds.get(row.kind, ROW) + NOTE * len(row.notes) for row in rows)
    height += max(sum(FACT + TEXT * len(fact.lines) for fact in column) for column in _columns(document))
    if document.kind is Kind.RECEIPT:
        height += PAYMENTS + PAYMENT * len(document.payments)
    elif document.note:
        height += 6 + TEXT * _text_lines(document.note)
    height += SLIP if _slip(document) else 0
    if 0 < len(document.terms) <= SHORT_TERMS:
        height += 5 + 3.8 * _text_lines(document.terms)
    if height <= PAGE:
        return ""
    if height - SAVED_ONCE - SAVED_PER_ROW * len(rows) <= PAGE:
        return "compact"
    return "dense" if len(rows) >= DENSE else ""


def _text_lines(text: str) -> int:
    """About how many lines a text takes on paper."""
    return sum(1 + len(line) // 110 for line in text.split("\n"))


def _vat_rows(document: InvoiceDocument) -> list[tuple[str, str, str]]:
    if not document.shows_vat:
        return []
    return [
        (each.label, _figure(document, each.net), _figure(document, each.vat)) for each in document.vat_lines
    ]


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


def _slip(document: InvoiceDocument) -> dict[str, Any] | None:
    """How to pay. Nothing on a receipt, a draft, a void or a paid invoice, or without a way to pay."""
    advice = document.advice
    if (
        advice is None
        or document.kind is Kind.RECEIPT
        or document.draft
        or document.void
        or advice.balance <= 0
    ):
        return None
    url = advice.url if WEB.fullmatch(advice.url) else ""
    account = advice.account_number or advice.iban
    if not (url or account):
        return None
    due = day(advice.due) if advice.due else ""
    cells = [
        (_("Account name"), advice.account_name if account else ""),
        (_("Sort code"), advice.sort_code),
        (_("Account number"), advice.account_number),
        (_("Amount"), _money(document, advice.balance)),
        (_("Reference, please quote"), advice.reference),
        (_("Please pay by"), due),
        (_("IBAN"), advice.iban),
        (_("BIC"), advice.bic),
    ]
    filled: list[Cell | None] = [Cell(label=label, value=value) for label, value in cells if value]
    filled += [None] * (-len(filled) % SLIP_COLUMNS)
    return {
        "rows": [filled[start : start + SLIP_COLUMNS] for start in range(0, len(filled), SLIP_COLUMNS)],
        "url": url,
        "shown_url": url.removeprefix("https://"),
        "qr": _qr(url) if url else "",
        "by_bank": bool(account),
    }


def _qr(url: str) -> SafeString:
    """The pay page as a QR code: error level M, no border, the paper is the quiet zone."""
    code = segno.make(url, error="m", micro=False)
    title = _("QR code of the payment page")
    drawn = code.svg_inline(border=0, dark="#16202a", omitsize=True)
    labelled = drawn.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
    return mark_safe(labelled)  # noqa: S308 - drawn by segno, the address is in the modules and not in the markup
