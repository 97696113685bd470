"""What stands on an invoice and on a receipt (INV-17, INV-18)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from documents.content import DocumentLine, Fact, InvoiceDocument, LineKind, Party, PaymentLine, VatLine
from documents.render import html, pdf
from tests.documents.reading import fonts, has, pages, read, text
from tests.documents.samples import (
    FIRM,
    TWELVE,
    URL,
    document,
    item,
    japanese,
    logo,
    many,
    receipt,
    without_vat,
)


def test_all_that_a_vat_invoice_must_show():
    printed = pdf(document())
    assert has(printed, "Invoice INV-0117", "Brook & Daughters Plumbing", "3 Goit Mill Yard, Leeds LS4 2XB")
    assert has(printed, "VAT GB 999 9999 73", "Gas Safe 999001", "registered in England 09990142")
    assert has(printed, "Billed to", "Jo Harper", "18 Wharfe View", "Work at", "Your quote", "QUO-0038")
    assert has(printed, "Issued 9 Nov 2026", "Supplied 4 to 5 Nov 2026", "Due 9 Dec 2026")
    assert has(
        printed, "Double-panel radiator, 600 × 1200 mm", "White, with wall brackets", "2 186.50 20% 373.00"
    )
    assert has(
        printed, "6 h 48.00 20% 288.00", "14 m 6.50 20% 91.00", "170.00 less 10%", "1 31.255 20% 31.26"
    )
    assert has(printed, "Back bedrooms", "The old radiators were taken")
    assert has(printed, "VAT rate Net VAT 20% 1,129.16 225.83 0% 154.00 0.00")
    assert has(printed, "Net 1,283.16 VAT 225.83 Total £1,508.99 Paid so far 0.00 Still to pay £1,508.99")


def test_the_answer_stands_before_everything_else():
    first = pages(pdf(document()))[0]
    assert first.index("£1,508.99") < first.index("Billed to")
    assert "Still to pay by 9 Dec 2026" in first


def test_the_slip_tells_how_to_pay():
    printed = pdf(document())
    assert has(printed, "How to pay", "Account name Brook & Daughters Plumbing", "Sort code 10-88-00")
    assert has(printed, "Account number 00012345", "Amount £1,508.99", "Reference, please quote INV-0117")
    assert has(printed, "Please pay by 9 Dec 2026", "scan the code, or open", URL.removeprefix("https://"))
    assert URL in {
        link.get_object()["/A"]["/URI"] for page in read(printed).pages for link in page.get("/Annots", [])
    }
    assert '<svg role="img" aria-label="QR code of the payment page"' in html(document())


def test_the_slip_names_what_is_left_to_pay_after_a_part_payment():
    paid = Decimal("500.00")
    printed = pdf(
        document(
            paid=paid,
            payments=(PaymentLine(paid_on=date(2026, 11, 16), method="bank transfer", amount=paid),),
        )
    )
    assert has(
        printed, "Paid on 16 Nov 2026, bank transfer −500.00", "Still to pay £1,008.99", "Amount £1,008.99"
    )


@pytest.mark.parametrize(
    ("advice", "shown", "hidden"),
    [
        ({"url": ""}, ["Sort code"], ["scan the code"]),
        (
            {"sort_code": "", "account_number": ""},
            ["To pay, scan the code or open"],
            ["Sort code", "Account name"],
        ),
        (
            {"sort_code": "", "account_number": "", "iban": "GB29 NWBK 6016 1331 9268 19", "bic": "NWBKGB2L"},
            ["IBAN GB29 NWBK 6016 1331 9268 19", "BIC NWBKGB2L"],
            ["Sort code"],
        ),
        ({"url": "javascript:alert(1)"}, ["Sort code"], ["javascript", "scan the code"]),
        ({"url": "", "account_number": "", "sort_code": ""}, [], ["How to pay"]),
        ({"balance": Decimal("0.00")}, [], ["How to pay"]),
    ],
)
def test_the_slip_leaves_out_what_there_is_not(advice: dict[str, Any], shown: list[str], hidden: list[str]):
    plain = document()
    assert plain.advice
    page = html(replace(plain, advice=replace(plain.advice, **advice)))
    seen = re.sub(r"<[^>]+>", " ", page)
    squeezed = re.sub(r"\s+", " ", seen)
    assert all(words in squeezed for words in shown)
    assert not any(words in squeezed for words in hidden)


def test_credit_notes_and_many_payments_are_summed_up():
    payments = tuple(
        PaymentLine(paid_on=date(2026, 11, day), method="cash", amount=Decimal("100.00"))
        for day in range(1, 5)
    )
    plain = document(paid=Decimal("400.00"), payments=payments)
    printed = pdf(replace(plain, credited=Decimal("8.99"), balance=plain.balance - Decimal("8.99")))
    assert has(printed, "Paid so far −400.00 Credited −8.99 Still to pay £1,100.00")


def test_a_draft_is_watermarked_on_every_page_and_asks_for_no_money():
    printed = pdf(document(many(40), draft=True))
    assert all("DRAFT" in page for page in pages(printed))
    assert has(printed, "Invoice draft", "Number INV-0117")
    assert not has(printed, "How to pay")


def test_a_void_invoice_says_so_and_asks_for_no_money():
    printed = pdf(document(void=True))
    assert all("VOID" in page for page in pages(printed))
    assert has(printed, "Nothing to pay", "Total £1,508.99")
    assert not has(printed, "How to pay")
    assert not has(printed, "Still to pay")


def test_an_issued_invoice_has_no_watermark():
    assert not has(pdf(document()), "DRAFT")
    assert not has(pdf(document()), "VOID")


def test_a_team_without_vat_number_shows_no_vat():
    printed = pdf(without_vat())
    assert "VAT" not in text(printed)
    assert has(printed, "Description Quantity Unit price Amount", "Total £1,283.16", "2 186.50 373.00")


def test_reverse_charge_is_worded_once():
    wording = "Reverse charge: customer to account to HMRC for the VAT"
    lines = (
        item("First fix", "1", "800.00", "Reverse charge"),
        item("Second fix", "1", "200.00", "Reverse charge"),
    )
    reverse = VatLine(label="Reverse charge", net=Decimal("1000.00"), vat=Decimal("0.00"), wording=wording)
    client = Party(name="Keystone Builders Ltd", address=("Leeds",), vat_number="GB 888 8888 88")
    printed = pdf(document(lines, vat_lines=(reverse, reverse), client=client))
    assert re.sub(r"\s", "", text(printed)).count(re.sub(r"\s", "", wording)) == 1
    assert has(printed, "VAT GB 888 8888 88", "VAT 0.00", "Total £1,000.00")


def test_the_receipt_of_a_paid_invoice():
    printed = pdf(receipt())
    assert has(
        printed, "RECEIPT INV-0112", "Paid in full on 23 Nov 2026", "Received from", "Harper Lettings Ltd"
    )
    assert has(printed, "16 Nov 2026 Bank transfer", "500.00 0.00 500.00", "Visa ending 4242, through Stripe")
    assert has(printed, "1,008.99 15.00 1,023.99", "Together £1,508.99 £15.00 £1,523.99")
    assert has(printed, "What it was for", "Total £1,508.99 Paid −1,508.99 Still to pay £0.00")
    assert has(printed, "which stays the VAT document", "part of the payment and not of the invoice")
    assert not has(printed, "How to pay")


def test_a_receipt_without_fees_has_no_fee_column():
    paid = receipt()
    printed = pdf(replace(paid, payments=tuple(replace(each, fee=Decimal("0.00")) for each in paid.payments)))
    assert not has(printed, "Fee")
    assert not has(printed, "processing fee is part")
    assert has(printed, "Together £1,508.99")


def test_a_receipt_of_something_that_cost_nothing():
    free = document((item("Call-out under guarantee", "1", "0.00"),))
    assert has(pdf(replace(free, kind=receipt().kind)), "RECEIPT", "Paid in full", "£0.00")


def test_japanese_is_printed_with_our_own_font():
    printed = pdf(japanese())
    assert has(
        printed,
        "株式会社みどり不動産",
        "髙橋 﨑子",
        "札幌市中央区北一条西",
        "給湯器の交換工事（既存機器の撤去を含む）",
    )
    assert has(printed, "※保証書は別送", "Łódź House", "1 式")
    assert any("Noto-Sans-JP" in name for name in fonts(printed))


def test_dates_follow_the_language():
    page = html(replace(japanese(), language="ja"))
    assert '<html lang="ja">' in page
    assert "2026年12月9日" in page


@pytest.mark.parametrize("make", [document, receipt, without_vat, japanese])
def test_all_fonts_are_embedded_and_ours(make):
    embedded = fonts(pdf(make()))
    assert embedded
    assert all(embedded.values())
    assert all("Inter" in name or "Noto-Sans-JP" in name for name in embedded)


def test_it_is_a_tagged_pdf_a_3u_with_language_title_and_author():
    reader = read(pdf(document()))
    assert reader.metadata
    assert reader.metadata.title == "Invoice INV-0117, Brook & Daughters Plumbing"
    assert reader.metadata.author == "Brook & Daughters Plumbing"
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a PDF boolean object
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root
    metadata = root["/Metadata"].get_data().decode()
    assert 'part="3"' in metadata or "<pdfaid:part>3</pdfaid:part>" in metadata
    assert 'conformance="U"' in metadata or "<pdfaid:conformance>U</pdfaid:conformance>" in metadata


def test_the_same_document_gives_the_same_bytes():
    assert pdf(document()) == pdf(document())
    assert pdf(document()) != pdf(document(note="Another"))


@pytest.mark.parametrize(("count", "expected"), [(12, 1), (40, 3), (200, 8)])
def test_long_tables_break_with_the_header_repeated(count: int, expected: int):
    plain = (
        tuple(item(f"Part number {n}", "2", f"{n}.25") for n in range(1, count + 1))
        if count == 12
        else many(count)
    )
    found = pages(pdf(document(plain)))
    assert len(found) == expected
    assert all("Quantity Unit price" in page for page in found if "Part number" in page)
    assert [f"Page {number} of {expected}" in page for number, page in enumerate(found, 1)] == [
        True
    ] * expected
    assert all("Brook & Daughters Plumbing" in page and "INV-0117" in page for page in found)


@pytest.mark.parametrize("count", range(14, 34, 3))
def test_no_total_stands_alone(count: int):
    lines = tuple(item(f"Part number {number}", "1", "10.00") for number in range(1, count + 1))
    found = pages(pdf(document(lines)))
    with_totals = next(page for page in found if "Still to pay £" in page and "Total £" in page)
    assert f"Part number {count}" in with_totals
    assert f"Part number {count - 1}" in with_totals


def test_a_heading_never_ends_a_page():
    for count in range(18, 30):
        lines = (
            *(item(f"Part {n}", "1", "1.00") for n in range(count)),
            DocumentLine(kind=LineKind.HEADING, description="Stage two"),
            *TWELVE,
        )
        for page in pages(pdf(document(lines))):
            assert not re.search(r"Stage two\s+(Brook|Page)", page)


@pytest.mark.parametrize("size", [(400, 400), (900, 220), (60, 600), (1, 1)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "LA"])
def test_logos_of_any_shape_and_kind(size: tuple[int, int], mode: str):
    page = document(
        TWELVE[1:3], firm=replace(FIRM, logo=logo(*size, mode="RGB") if mode == "RGB" else _as(mode, size))
    )
    printed = pdf(page)
    images = [image for each in read(printed).pages for image in each.images]
    assert len(images) == 1
    assert len(pages(printed)) == 1


def test_a_wide_logo_stands_for_the_name():
    wide = html(document(firm=replace(FIRM, logo=logo(900, 220))))
    assert 'class="wide"><img src="cma:logo" alt="Brook &amp; Daughters Plumbing">' in wide
    assert 'class="firm-name"' not in wide


def test_a_broken_logo_is_left_out():
    for bad in (
        b"",
        logo()[:300],
        b"no picture",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        b"<svg/>",
        b"GIF89a" + b"\0" * 20,
    ):
        printed = pdf(document(firm=replace(FIRM, logo=bad)))
        assert has(printed, "Brook & Daughters Plumbing", "£1,508.99")


@pytest.mark.parametrize("colour", ["#f5c518", "#ffffff", "#000000", "red;}*{display:none", ""])
def test_any_colour_can_be_read(colour: str):
    page = html(document(firm=replace(FIRM, colour=colour)))
    assert re.search(r"--team: #[0-9a-f]{6}; --accent: #[0-9a-f]{6};", page)


def test_many_facts_and_a_long_client():
    facts = (*(Fact(label=f"Order number {n}", lines=(f"PO-{n}",)) for n in range(6)),)
    client = Party(
        name="Mrs Wilhelmina Featherstonehaugh-Cholmondeley of Marjoribanks", address=("x" * 90,) * 7
    )
    assert has(pdf(document(client=client, facts=facts)), "PO-5", "Featherstonehaugh-Cholmondeley")


def test_short_terms_stand_below_and_long_ones_on_a_page_of_their_own():
    assert len(pages(pdf(document(TWELVE[1:4], terms="Title stays with us until paid.")))) == 1
    found = pages(pdf(document(TWELVE[1:4], terms="Title stays with us until paid. " * 60)))
    assert len(found) == 2
    assert "Terms" in found[1]


def test_the_largest_figures_keep_to_their_columns():
    big = Decimal("9999999.99")
    line = item("Cooling tower", "999999.999", "9999999.9999", net=big, unit="square metres")
    printed = pdf(document((line, line), subtotal=big, vat=big, total=big, balance=big))
    assert has(printed, "9,999,999.99", "£9,999,999.99", "999,999.999")


def test_sums_in_other_currencies():
    euro = document(currency="EUR")
    assert has(pdf(euro), "€1,508.99")
    assert has(pdf(document(currency="CHF")), "CHF 1,508.99")


def _as(mode: str, size: tuple[int, int]) -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.open(io.BytesIO(logo(*size))).convert(mode).save(out, "PNG")
    return out.getvalue()


def test_the_content_cannot_be_changed():
    frozen: InvoiceDocument = document()
    with pytest.raises(AttributeError):
        frozen.total = Decimal(0)  # type: ignore[misc]
