"""Documents to print: a plausible trade, and variants by `dataclasses.replace`."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from PIL import Image, ImageDraw

from documents.content import (
    DocumentLine,
    Fact,
    Firm,
    InvoiceDocument,
    Kind,
    LineKind,
    Party,
    PaymentAdvice,
    PaymentLine,
    VatLine,
)

PENNY = Decimal("0.01")


def logo(width: int = 400, height: int = 400, mode: str = "RGB") -> bytes:
    """A drawn mark, square or wide."""
    picture = Image.new(mode, (width, height), "#103f78")
    pen = ImageDraw.Draw(picture)
    for wave in range(3):
        top = height * (0.25 + wave * 0.22)
        pen.line(
            [(width * 0.15, top), (width * 0.5, top + height * 0.1), (width * 0.85, top)],
            "#ffffff",
            height // 12,
        )
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


FIRM = Firm(
    name="Brook & Daughters Plumbing",
    address=("3 Goit Mill Yard", "Leeds LS4 2XB"),
    phone="0113 496 0142",
    email="hello@brookanddaughters.example",
    vat_number="GB 999 9999 73",
    company_number="09990142",
    registrations="Gas Safe 999001",
    legal="Brook & Daughters Plumbing Ltd, registered in England 09990142, 3 Goit Mill Yard, Leeds LS4 2XB",
    logo=logo(),
    logo_mime="image/png",
    colour="#103f78",
)
URL = "https://pay.brookanddaughters.example/i/8Kq2vWc7ZtR4mXh9sLpN3d"


def item(description: str, quantity: str, price: str, vat: str = "20%", **more: Any) -> DocumentLine:
    """A line whose net is its quantity times its price, unless said otherwise."""
    net = (Decimal(quantity) * Decimal(price)).quantize(PENNY, ROUND_HALF_UP)
    given: dict[str, Any] = {"net": net, "vat_label": vat} | more
    return DocumentLine(
        description=description, quantity=Decimal(quantity), unit_price=Decimal(price), **given
    )


def heading(text: str) -> DocumentLine:
    """A heading between lines."""
    return DocumentLine(kind=LineKind.HEADING, description=text)


def note(text: str) -> DocumentLine:
    """A note between lines."""
    return DocumentLine(kind=LineKind.NOTE, description=text)


TWELVE = (
    heading("Back bedrooms"),
    item("Double-panel radiator, 600 × 1200 mm", "2", "186.50", details="White, with wall brackets"),
    item("Fitting, with pipe runs and lockshields", "6", "48.00", unit="h", details="Two rooms, 4 and 5 Nov"),
    item("15 mm copper pipe and fittings", "14.000", "6.5000", unit="m"),
    item(
        "Drain down, refill, balance, add inhibitor",
        "1",
        "170.00",
        net=Decimal("153.00"),
        discount="170.00 less 10%",
    ),
    item(
        "Thermostatic radiator valves, supplied and fitted",
        "4",
        "38.50",
        "0%",
        details="Energy-saving material",
    ),
    heading("Bathroom"),
    item("Towel rail, chrome, 500 × 1100 mm", "1", "142.00"),
    item("Mixer cartridge", "1", "31.2550"),
    item("Silicone, sanitary, white", "2", "7.95", unit="tubes"),
    note("The old radiators were taken to the household waste site in Kirkstall Road."),
    item("Waste disposal", "1", "35.00"),
)


def document(lines: tuple[DocumentLine, ...] = TWELVE, **more: Any) -> InvoiceDocument:
    """An invoice with these lines; the sums are added up here."""
    nets: dict[str, Decimal] = {}
    for line in lines:
        if line.net is not None:
            nets[line.vat_label] = nets.get(line.vat_label, Decimal(0)) + line.net
    rates = {"20%": Decimal("0.20")}
    vat_lines = tuple(
        VatLine(label=label, net=net, vat=(net * rates.get(label, Decimal(0))).quantize(PENNY, ROUND_HALF_UP))
        for label, net in nets.items()
    )
    subtotal = sum((each.net for each in vat_lines), Decimal(0))
    vat = sum((each.vat for each in vat_lines), Decimal(0))
    paid = more.get("paid", Decimal("0.00"))
    balance = subtotal + vat - paid
    given: dict[str, Any] = {
        "reference": "INV-0117",
        "firm": FIRM,
        "client": Party(name="Jo Harper", address=("18 Wharfe View", "Leeds LS8 0ZZ")),
        "issue_date": date(2026, 11, 9),
        "supply_date": date(2026, 11, 4),
        "supply_until": date(2026, 11, 5),
        "due_date": date(2026, 12, 9),
        "facts": (
            Fact(label="Work at", lines=("18 Wharfe View", "Leeds LS8 0ZZ")),
            Fact(label="Your quote", lines=("QUO-0038",)),
        ),
        "lines": lines,
        "vat_lines": vat_lines,
        "subtotal": subtotal,
        "vat": vat,
        "total": subtotal + vat,
        "balance": balance,
        "note": "Radiators for the back bedrooms, as agreed in quote QUO-0038. Thank you for having us, Jo.",
        "advice": PaymentAdvice(
            balance=balance,
            reference="INV-0117",
            due=date(2026, 12, 9),
            account_name="Brook & Daughters Plumbing",
            sort_code="10-88-00",
            account_number="00012345",
            url=URL,
        ),
    }
    return InvoiceDocument(**(given | more))


def many(count: int) -> tuple[DocumentLine, ...]:
    """Lines in groups of nine under headings, every fifth with a note."""
    lines: list[DocumentLine] = []
    for number in range(1, count + 1):
        if number % 10 == 1:
            lines.append(heading(f"Stage {number // 10 + 1}"))
        else:
            details = "With fittings and clips" if number % 5 == 0 else ""
            lines.append(item(f"Part number {number}", str(number % 7 + 1), f"{number}.25", details=details))
    return tuple(lines)


def receipt() -> InvoiceDocument:
    """Paid by transfer and by card, the card with a fee."""
    paid = document()
    return replace(
        paid,
        kind=Kind.RECEIPT,
        reference="INV-0112",
        client=Party(
            name="Jo Harper", company="Harper Lettings Ltd", address=("44 Priory Row", "Leeds LS1 0ZZ")
        ),
        paid=paid.total,
        balance=Decimal("0.00"),
        payments=(
            PaymentLine(
                paid_on=date(2026, 11, 16),
                method="Bank transfer",
                amount=Decimal("500.00"),
                note="Reference INV-0112",
            ),
            PaymentLine(
                paid_on=date(2026, 11, 23),
                method="Visa ending 4242, through Stripe",
                amount=paid.total - 500,
                fee=Decimal("15.00"),
                note="Card processing fee of 2% and £0.20, agreed to by Jo Harper before paying",
            ),
        ),
    )


def without_vat() -> InvoiceDocument:
    """The invoice of a team that is not registered for VAT (MON-5)."""
    plain = document()
    return replace(
        plain,
        firm=replace(FIRM, vat_number=""),
        shows_vat=False,
        vat_lines=(),
        vat=Decimal("0.00"),
        total=plain.subtotal,
        balance=plain.subtotal,
        facts=(),
        advice=replace(plain.advice, balance=plain.subtotal) if plain.advice else None,
    )


def japanese() -> InvoiceDocument:
    """A client, an address and lines in Japanese, rare kanji of names among them."""
    return document(
        (
            heading("浴室"),
            item(
                "給湯器の交換工事（既存機器の撤去を含む）",
                "1",
                "1840.00",
                unit="式",
                details="リンナイ製 24号、※保証書は別送",
            ),
            item("蛇口カートリッジ交換", "2", "31.25", unit="個"),
            note("部品の在庫がない場合は、改めてご連絡いたします。"),
        ),
        client=Party(
            name="髙橋 﨑子",
            company="株式会社みどり不動産",
            address=("〒060-0001 札幌市中央区北一条西２丁目", "Łódź House, Leeds"),
        ),
        note="いつもお世話になっております。下記のとおりご請求申し上げます。",
        facts=(),
    )
