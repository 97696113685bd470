"""What is printed on a quote: plain frozen values, worked out and rounded by the caller."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from documents.content import DocumentLine, Fact, Firm, Party, VatLine


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Lines of which the client takes some: from `least` to `most` of them (QUO-2)."""

    key: str
    name: str
    hint: str = ""
    least: int = 1
    most: int = 1


@dataclass(frozen=True, kw_only=True)
class QuoteLine(DocumentLine):
    """A line as it is offered, or as it was agreed.

    `net` is that of the quantity that is taken, else of the one that is offered.
    """

    is_free: bool = False  # the client decides whether it is taken
    taken: bool = True
    choice: Choice | None = None
    label: str = ""  # "Good", "Better"
    least_quantity: Decimal | None = None  # between these the client sets the quantity
    most_quantity: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What somebody asked or answered."""

    by: str
    at: datetime  # in the zone in which it is to be read
    text: str


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What was asked and answered about one line, or about the whole quote."""

    about: str
    remarks: tuple[Remark, ...]
    is_open: bool = False


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who agreed, when and to which words. Drawn, or typed into the same box."""

    name: str
    signed_at: datetime  # in the zone in which it was signed
    wording: str
    drawn: bytes | None = None  # PNG
    typed: str = ""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """How anyone can tell that it was agreed: facts, the fingerprint, and where to check it."""

    facts: tuple[Fact, ...]
    sha256: str
    check_url: str


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What makes an offer a signed quote."""

    signature: Signature
    evidence: Evidence
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, kw_only=True)
class QuoteDocument:
    """An offer, or the signed quote when there is an agreement."""

    reference: str
    version: int
    firm: Firm
    client: Party
    lines: tuple[QuoteLine, ...]
    fixed: Decimal
    chosen: Decimal
    net: Decimal
    vat: Decimal
    total: Decimal
    valid_until: date
    sent_on: date | None = None  # None for a draft
    draft: bool = False
    state: str = ""  # in words, unless it is open: "Declined"
    title: str = ""
    intro: str = ""
    terms: str = ""
    site: tuple[str, ...] = ()
    vat_lines: tuple[VatLine, ...] = ()
    least_total: Decimal | None = None  # what choosing can make of the offer
    most_total: Decimal | None = None
    attachments: tuple[str, ...] = ()
    agreement: Agreement | None = None
    shows_vat: bool = True
    currency: str = "GBP"
    language: str = "en-gb"
