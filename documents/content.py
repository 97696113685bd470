"""What is printed on a document: plain frozen values, worked out and rounded by the caller.

Nothing here is computed or looked up again while printing, so a stored figure and a printed figure
cannot differ (MON-3).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    INVOICE = "invoice"
    RECEIPT = "receipt"


class LineKind(StrEnum):
    ITEM = "item"
    HEADING = "heading"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True)
class Firm:
    """Who sends the document."""

    name: str
    address: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    website: str = ""
    vat_number: str = ""
    company_number: str = ""
    registrations: str = ""  # "Gas Safe 999001"
    legal: str = ""  # the line at the foot of every page; made from name, number and address when empty
    logo: bytes | None = None  # PNG or JPEG
    logo_mime: str = ""
    colour: str = "#0b6e69"


@dataclass(frozen=True, kw_only=True)
class Party:
    """Who receives it."""

    name: str
    company: str = ""
    address: tuple[str, ...] = ()
    vat_number: str = ""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One labelled fact of the head: the address of the work, the quote, an order number."""

    label: str
    lines: tuple[str, ...]
    strong: bool = False
    is_stamp: bool = False  # in a frame: the document's state


@dataclass(frozen=True, kw_only=True)
class DocumentLine:
    """A line to pay for, a heading between lines, or a note."""

    description: str
    kind: LineKind = LineKind.ITEM
    details: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    unit_price: Decimal | None = None
    discount: str = ""  # in words: "170.00 less 10%"
    vat_label: str = ""  # "20%", "Exempt"
    net: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class VatLine:
    """One VAT rate, and what the law wants said about it ("Reverse charge: customer to account …")."""

    label: str
    net: Decimal
    vat: Decimal
    wording: str = ""


@dataclass(frozen=True, kw_only=True)
class PaymentLine:
    """A payment's share in this invoice, and the processing fee paid on top of it."""

    paid_on: date
    method: str
    amount: Decimal
    fee: Decimal = Decimal("0.00")
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class PaymentAdvice:
    """The slip "How to pay". Empty bank fields and an empty address of the pay page are left out."""

    balance: Decimal
    reference: str
    due: date | None = None
    account_name: str = ""
    sort_code: str = ""
    account_number: str = ""
    iban: str = ""
    bic: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class InvoiceDocument:
    """An invoice, or the receipt of a paid one."""

    reference: str
    firm: Firm
    client: Party
    issue_date: date
    lines: tuple[DocumentLine, ...]
    subtotal: Decimal
    vat: Decimal
    total: Decimal
    balance: Decimal
    kind: Kind = Kind.INVOICE
    draft: bool = False
    void: bool = False
    title: str = ""  # what it is about, printed above the lines
    supply_date: date | None = None
    supply_until: date | None = None  # when the supply took more than the one day
    due_date: date | None = None
    facts: tuple[Fact, ...] = ()
    vat_lines: tuple[VatLine, ...] = ()
    paid: Decimal = Decimal("0.00")
    credited: Decimal = Decimal("0.00")
    payments: tuple[PaymentLine, ...] = ()
    advice: PaymentAdvice | None = None
    note: str = ""
    terms: str = ""
    shows_vat: bool = True  # False without a VAT number (MON-5)
    currency: str = "GBP"
    language: str = "en"
