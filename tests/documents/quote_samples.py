"""Quotes to print: a bathroom with a choice of suites and extras, as an offer and signed."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw

from documents.content import Fact, Party, VatLine
from documents.quote_content import (
    Agreement,
    Choice,
    Evidence,
    Exchange,
    QuoteDocument,
    QuoteLine,
    Remark,
    Signature,
)
from tests.documents.samples import FIRM, heading, item, note

LONDON = ZoneInfo("Europe/London")
SUITE = Choice(key="suite", name="Bathroom suite", hint="All of them white")
SHA256 = "9f2c41d87be05a36c1f408e96d27b3a5e4701c9b82fd5e63a0b7f9143d68c25e"


def line(description: str, quantity: str, price: str, **more: Any) -> QuoteLine:
    """A line of a quote; `item`'s fields and its own."""
    own = {name: more.pop(name) for name in tuple(more) if name in QuoteLine.__annotations__}
    plain = item(description, quantity, price, **more)
    return QuoteLine(**{name: getattr(plain, name) for name in plain.__dataclass_fields__}, **own)


def words(made: Any) -> QuoteLine:
    """A heading or a note as a line of a quote."""
    return QuoteLine(kind=made.kind, description=made.description)


LINES = (
    line("Strip out the old suite and take it away", "1", "420.00"),
    line("First fix: hot, cold and waste pipes", "16", "48.00", unit="h"),
    line("Tile board and tanking", "6.5", "38.00", unit="m²", details="Bath wall to 600 mm above the rim"),
    line("Fit the suite, second fix, test", "24", "48.00", unit="h"),
    line("Making good and cleaning up", "1", "180.00"),
    line("Essential", "1", "890.00", is_free=True, taken=False, choice=SUITE, label="Good"),
    line("Comfort", "1", "1340.00", is_free=True, choice=SUITE, label="Better, most chosen"),
    line("Signature", "1", "2190.00", is_free=True, taken=False, choice=SUITE, label="Best"),
    line("Heated towel rail", "1", "245.00", is_free=True),
    line(
        "Tiled shower niche",
        "1",
        "95.00",
        is_free=True,
        least_quantity=Decimal(1),
        most_quantity=Decimal(3),
    ),
    line("Underfloor heating mat", "1", "385.00", is_free=True, taken=False),
    line("Mirror cabinet with light", "1", "210.00", is_free=True, taken=False),
)


def offer(lines: tuple[QuoteLine, ...] = LINES, **more: Any) -> QuoteDocument:
    """An offer of these lines; the sums are added up here."""
    taken = [each for each in lines if each.taken and each.net is not None]
    fixed = sum((each.net for each in taken if not each.is_free and each.net), Decimal(0))
    net = sum((each.net for each in taken if each.net), Decimal(0))
    vat = (net / 5).quantize(Decimal("0.01"))
    given: dict[str, Any] = {
        "reference": "QUO-0042",
        "version": 2,
        "firm": FIRM,
        "client": Party(name="Jo Harper", address=("18 Wharfe View", "Leeds LS8 0ZZ")),
        "lines": lines,
        "fixed": fixed,
        "chosen": net - fixed,
        "net": net,
        "vat": vat,
        "total": net + vat,
        "vat_lines": (VatLine(label="20%", net=net, vat=vat),),
        "valid_until": date(2026, 12, 19),
        "sent_on": date(2026, 11, 19),
        "title": "Bathroom refit, first floor",
        "intro": "From stripping out to the last bead of silicone.\nA working toilet every night.",
        "site": ("18 Wharfe View", "Leeds LS8 0ZZ"),
        "least_total": Decimal("4388.40"),
        "most_total": Decimal("7578.00"),
    } | more
    return QuoteDocument(**given)


def drawn() -> bytes:
    """A scrawl as `cma.pictures.signature` hands it over."""
    canvas = Image.new("RGBA", (640, 200), (22, 32, 42, 0))
    points = [(20, 160), (90, 30), (150, 170), (230, 40), (310, 165), (400, 80), (620, 110)]
    ImageDraw.Draw(canvas).line(points, fill=(22, 32, 42, 255), width=6, joint="curve")
    out = io.BytesIO()
    canvas.save(out, "PNG")
    return out.getvalue()


def agreement(**more: Any) -> Agreement:
    """Jo signed on a phone; one question was answered and one was not."""
    signature: dict[str, Any] = {
        "name": "Jo Harper",
        "signed_at": datetime(2026, 11, 23, 14, 21, 7, tzinfo=LONDON),
        "wording": "I agree to quote QUO-0042, version 2, for £5,336.40 and to the terms.",
        "drawn": drawn(),
    } | more
    asked = Remark(
        by="Jo Harper", at=datetime(2026, 11, 20, 19, 40, tzinfo=LONDON), text="Behind the bath too?"
    )
    told = Remark(by="Hannah Brook", at=datetime(2026, 11, 21, 8, 15, tzinfo=LONDON), text="Yes, to 600 mm.")
    return Agreement(
        signature=Signature(**signature),
        evidence=Evidence(
            facts=(
                Fact(label="Signed in as", lines=("jo.harper@example.org",)),
                Fact(label="Internet address", lines=("203.0.113.42",)),
                Fact(label="Browser", lines=("Safari on iPhone",)),
                Fact(label="First and last seen", lines=("19 Nov 2026, 17:32 and 23 Nov 2026, 14:16",)),
            ),
            sha256=SHA256,
            check_url="https://brookanddaughters.example/check/",
        ),
        exchanges=(
            Exchange(about="Tile board and tanking", remarks=(asked, told)),
            Exchange(
                about="Heated towel rail", remarks=(replace(asked, text="On the switch?"),), is_open=True
            ),
        ),
    )


def signed(document: QuoteDocument | None = None, **more: Any) -> QuoteDocument:
    """The offer as Jo signed it."""
    return replace(document or offer(), agreement=agreement(**more))


def parts(count: int) -> tuple[QuoteLine, ...]:
    """A long quote: `count` fixed lines under headings, and the choices."""
    made: list[QuoteLine] = []
    for number in range(count):
        if number % 10 == 0:
            made.append(words(heading(f"Room {number // 10 + 1}")))
        made.append(line(f"Work number {number + 1}", "1", "10.00"))
    return (*made, words(note("All rubble is taken away.")), *LINES[5:])
