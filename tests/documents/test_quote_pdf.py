"""What stands on an offer and on a signed quote (QUO-4, QUO-5, QUO-6, QUO-7)."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from documents.content import Party, VatLine
from documents.quote_content import Choice
from documents.render import html, pdf
from documents.worker import render_safely
from tests.documents.quote_samples import LINES, SHA256, SUITE, line, offer, parts, signed
from tests.documents.reading import fonts, has, pages, read, text


def test_an_offer_shows_choices_and_extras_as_the_client_first_sees_them() -> None:
    """QUO-2, QUO-4: every line with its price, what is ticked at first, and the fixed part apart."""
    printed = pdf(offer())
    assert has(printed, "Quote QUO-0042", "Brook & Daughters Plumbing", "VAT GB 999 9999 73")
    assert has(printed, "Good until 19 Dec 2026 £5,336.40", "Version 2 of 19 Nov 2026")
    assert has(printed, "Work at 18 Wharfe View Leeds LS8 0ZZ", "Bathroom refit, first floor")
    assert has(printed, "Fixed work Strip out the old suite and take it away 1 420.00 20% 420.00")
    assert has(printed, "Bathroom suite Choose one of these. All of them white Essential")
    assert has(printed, "Essential", "Good", "1 890.00 20% 890.00", "Comfort", "Better, most chosen")
    assert has(printed, "Extras, if you like Heated towel rail", "You choose how many: 1 to 3")
    assert has(printed, "Fixed work 2,767.00 As ticked 1,680.00 Net 4,447.00 VAT 889.40 Total £5,336.40")
    assert has(printed, "What you choose can make it £4,388.40 to £7,578.00.")
    assert not has(printed, "Offered and not taken")
    assert not has(printed, "Evidence")


def ticks(page: str) -> dict[str, tuple[str, bool]]:
    """What has a mark: its shape, and whether it is ticked."""
    marks = re.findall(r'aria-label="(Ticked|Not ticked)">(<rect|<circle).*?</svg>([^<]+)<', page, re.DOTALL)
    return {name.strip(): (shape[1:], word == "Ticked") for word, shape, name in marks}


def test_boxes_are_ticked_as_the_client_first_sees_them() -> None:
    """One of several is a circle, and what may be left is a box."""
    assert ticks(html(offer())) == {
        "Essential": ("circle", False),
        "Comfort": ("circle", True),
        "Signature": ("circle", False),
        "Heated towel rail": ("rect", True),
        "Tiled shower niche": ("rect", True),
        "Underfloor heating mat": ("rect", False),
        "Mirror cabinet with light": ("rect", False),
    }
    assert ticks(html(signed())) == {}


@pytest.mark.parametrize(
    ("least", "most", "says"),
    [
        (1, 1, "Choose one of these."),
        (2, 2, "Choose exactly 2 of these."),
        (0, 2, "Choose at most 2 of these."),
        (1, 3, "Choose from 1 to 3 of these."),
    ],
)
def test_a_choice_says_how_many(least: int, most: int, says: str) -> None:
    choice = Choice(key="tiles", name="Tiles", least=least, most=most)
    lines = tuple(replace(each, choice=choice) if each.choice else each for each in LINES)
    page = html(offer(lines))
    assert says in page
    assert ticks(page)["Comfort"][0] == ("circle" if most == 1 else "rect")


def test_two_choices_of_one_name_stay_apart() -> None:
    other = replace(SUITE, key="other", hint="Upstairs")
    lines = (*LINES, line("Plain", "1", "5.00", is_free=True, choice=other))
    page = html(offer(lines))
    assert page.count("Choose one of these.") == 2
    assert page.index("Signature") < page.index("Upstairs") < page.index("Plain")


def test_the_trades_headings_go_along_with_their_lines() -> None:
    page = html(offer(parts(12)))
    assert page.index("Room 1") < page.index("Work number 1<") < page.index("Room 2")
    # The extras stand in the second room.
    assert page.count("Room 2") == 2
    assert "Extras, if you like" in page


def test_a_quote_without_a_choice_is_a_plain_list() -> None:
    document = offer(LINES[:5], least_total=Decimal("3320.40"), most_total=Decimal("3320.40"))
    for each in (document, signed(document)):
        page = html(each)
        assert "Fixed work" not in page
        assert "As ticked" not in page
        assert "Strip out" in page


def test_a_signed_quote_shows_what_was_agreed_and_what_was_not_taken() -> None:
    """QUO-7: what was left stays on record, struck through and in no sum."""
    printed = pdf(signed())
    assert has(printed, "Accepted on 23 Nov 2026 £5,336.40", "State Accepted", "Good until 19 Dec 2026")
    assert has(printed, "Chosen Bathroom suite: Comfort", "Chosen from Essential, Comfort, Signature")
    assert has(printed, "Tiled shower niche", "1 of up to 3")
    assert has(printed, "Offered and not taken Bathroom suite: Essential", "Bathroom suite: Signature")
    assert has(printed, "Underfloor heating mat 1 385.00 20% 385.00")
    assert has(printed, "Fixed work 2,767.00 Chosen 1,680.00 Net 4,447.00 VAT 889.40 Total £5,336.40")
    assert not has(printed, "What you choose can make it")
    page = html(signed())
    off = re.findall(r'<tr class="[^"]*off"><td>([^<]+)', page)
    assert off == [
        "Bathroom suite: Essential",
        "Bathroom suite: Signature",
        "Underfloor heating mat",
        "Mirror cabinet with light",
    ]


def test_questions_signature_and_evidence_stand_under_what_was_signed() -> None:
    """QUO-5, QUO-6."""
    printed = pdf(signed())
    assert has(printed, "Tile board and tanking. Jo Harper, 20 Nov 2026, 19:40: Behind the bath too?")
    assert has(printed, "Hannah Brook, 21 Nov 2026, 08:15: Yes, to 600 mm.")
    assert has(printed, "On the switch? Still open when this was signed.")
    assert has(printed, "“I agree to quote QUO-0042, version 2, for £5,336.40 and to the terms.”")
    assert has(printed, "Jo Harper 23 Nov 2026, 14:21:07 GMT, drawn on screen")
    assert has(printed, "Signed in as jo.harper@example.org", "Internet address 203.0.113.42")
    assert has(printed, "Browser Safari on iPhone", "First and last seen 19 Nov 2026, 17:32")
    grouped = " ".join(SHA256[start : start + 8] for start in range(0, 64, 8))
    assert grouped in html(signed())
    assert has(printed, grouped, "Check it at brookanddaughters.example/check")
    addresses = [
        link.get_object()["/A"]["/URI"] for page in read(printed).pages for link in page.get("/Annots", [])
    ]
    assert addresses == ["https://brookanddaughters.example/check/"]


def images(printed: bytes) -> int:
    """How many different pictures are in it."""
    return len({image.data for page in read(printed).pages for image in page.images})


def test_a_drawn_signature_is_a_picture_and_a_typed_one_is_words() -> None:
    assert images(pdf(signed())) == images(pdf(signed(drawn=None, typed="Jo Harper"))) + 1
    typed = pdf(signed(drawn=None, typed="J. Harper"))
    assert has(typed, "J. Harper", "14:21:07 GMT, typed")
    assert 'alt="Signature of Jo Harper"' in html(signed())


def test_a_long_typed_name_is_there_to_its_end() -> None:
    name = "Maria del Carmen Fernandez de la Vega y Sanchez-Castellanos, widow of Thompson-Blackwood"
    printed = pdf(signed(drawn=None, typed=name))
    assert has(printed, name)
    assert 'class="typed long"' in html(signed(drawn=None, typed=name))


def test_without_a_vat_number_nothing_speaks_of_vat() -> None:
    """MON-5."""
    document = offer(shows_vat=False, vat=Decimal("0.00"), vat_lines=(), total=Decimal("4447.00"))
    for each in (document, signed(document, wording="I agree.")):
        words = text(pdf(each))
        assert "VAT" not in words
        assert re.search(r"Total £4,447\.00", words)


def test_what_the_law_wants_said_is_said() -> None:
    reverse = VatLine(label="0%", net=Decimal(1), vat=Decimal(0), wording="Reverse charge applies.")
    assert has(pdf(offer(vat_lines=(reverse,))), "Reverse charge applies.")


def test_a_draft_says_so_on_every_page() -> None:
    printed = pages(pdf(offer(parts(60), draft=True, sent_on=None)))
    assert len(printed) > 1
    assert all("DRAFT" in page for page in printed)
    assert not any("DRAFT" in page for page in pages(pdf(offer(parts(60)))))


def test_a_long_quote_runs_over_pages_and_no_total_stands_alone() -> None:
    printed = pages(pdf(signed(offer(parts(60), terms="We come at eight. " * 200))))
    assert len(printed) >= 3
    for number, page in enumerate(printed, 1):
        assert f"Page {number} of {len(printed)}" in page
    assert all("Brook & Daughters Plumbing" in page and "Quote QUO-0042" in page for page in printed)
    (last,) = [page for page in printed if "Net" in page and "Total £" in page]
    assert last.index("Mirror cabinet") < last.index("Total £")
    assert "Description" in printed[1]


def test_long_terms_stand_on_a_page_of_their_own_in_two_columns() -> None:
    printed = pdf(signed(offer(terms="We come at eight.\n\n" + "Nobody smokes indoors. " * 60)))
    *_before, terms = pages(printed)
    assert terms.count("Nobody smokes indoors.") == 60
    assert "Evidence" not in terms
    assert "columns" in html(offer(terms="x" * 800))
    assert has(pdf(offer(terms="Short and good.")), "Short and good.")
    assert "columns" not in html(offer(terms="Short and good."))


def test_it_is_an_archive_file_with_tags_and_its_own_fonts() -> None:
    for document in (offer(), signed()):
        printed = pdf(document)
        reader = read(printed)
        root: Any = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert root["/Lang"] == "en-gb"
        metadata = root["/Metadata"].get_object().get_data().decode()
        assert 'pdfaid:part="3"' in metadata or "<pdfaid:part>3</pdfaid:part>" in metadata
        assert all(fonts(printed).values())
        assert {name.partition("+")[2].partition("-")[0] for name in fonts(printed)} == {"Inter"}


def test_the_same_quote_gives_the_same_bytes() -> None:
    assert pdf(signed()) == pdf(signed())
    assert pdf(signed()) != pdf(signed(name="Joe Harper"))


def test_the_child_with_limits_prints_the_very_same() -> None:
    """QUO-6: the signed PDF is printed in a web request, in a process that may do nothing else."""
    printed = render_safely(signed())
    assert has(printed, "Evidence", "Jo Harper")
    assert images(printed) == 2
    assert images(render_safely(offer())) == 1


def test_hostile_words_are_words() -> None:
    evil = '<script>alert(1)</script><img src="http://evil.example/x">'
    document = signed(
        offer(
            (*LINES, line(evil, "1", "1.00", is_free=True, label=evil)),
            intro=evil,
            terms=evil,
            client=Party(name=evil),
            site=(evil,),
            attachments=(evil,),
        ),
        name=evil,
        wording=evil,
    )
    page = html(document)
    assert "<script" not in page
    assert '<img src="http' not in page
    assert has(pdf(document), "<script>alert(1)</script>")


def test_a_broken_signature_does_not_stop_the_printing() -> None:
    assert has(pdf(signed(drawn=b"\x89PNG no picture")), "drawn on screen")


def test_what_is_attached_is_named() -> None:
    assert has(pdf(offer(attachments=("plan.pdf", "wall.jpg"))), "Drawings and photos: plan.pdf, wall.jpg")


def test_a_state_stands_in_a_frame() -> None:
    assert '<span class="stamp">Declined</span>' in html(offer(state="Declined"))
    assert "stamp" not in html(offer())
