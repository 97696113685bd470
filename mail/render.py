"""A mail as subject, plain text and HTML. Pure: what it says and looks like, not whom it goes to.

The team's wording is plain text in paragraphs. In the HTML its literal text and the values are escaped,
addresses are linked in the wording only, and a paragraph that is only the link becomes slip and button.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from mail.placeholders import fill, pieces, with_link
from teams.colour import tokens

OWN_COLOUR = "#0b6e69"
PAY_COLOUR, ON_PAY = "#15803d", "#ffffff"
HEX = re.compile(r"#[0-9a-fA-F]{6}")
WEB = re.compile(r"https?://[^\s<>\"'{}]+")
LINE_BREAK = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
SUBJECT_LENGTH = 200
PREHEADER_LENGTH = 120


class HeaderInjection(ValueError):
    """A subject of more than one line."""


@dataclass(frozen=True, kw_only=True)
class MailFirm:
    """Who writes: the head and the foot of the mail."""

    name: str
    trade: str = ""
    address: str = ""  # in one line
    phone: str = ""
    takes_answers: bool = True  # there is an address to reply to
    colour: str = OWN_COLOUR


@dataclass(frozen=True, kw_only=True)
class Button:
    """The one button of a mail."""

    label: str
    url: str
    is_payment: bool = False


@dataclass(frozen=True, kw_only=True)
class Slip:
    """What it is about and the sum, with what belongs to it in rows of label and value."""

    label: str
    amount: str
    note: str = ""
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Also:
    """A further thing that the mail leads to, under the button."""

    label: str
    note: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Composed:
    subject: str
    text: str
    html: str


def compose(
    *,
    subject: str,
    text: str,
    values: Mapping[str, str],
    button: Button | None,
    slip: Slip | None,
    firm: MailFirm,
    why: str,
    bank: Slip | None = None,
    also: tuple[Also, ...] = (),
    link: str = "link",
    language: str = "en-gb",
) -> Composed:
    """The mail. Raises HeaderInjection for a subject with line breaks, ValueError for a button to nowhere.

    `link` names the placeholder whose value is the button's address; it is added when the text lacks it.
    """
    leads_to = [button.url] if button is not None else []
    if not all(WEB.fullmatch(url) for url in [*leads_to, *(each.url for each in also)]):
        raise ValueError("a button leads to a web address")
    clean = {name: _printable(value) for name, value in values.items()}
    if button is not None:
        clean[link] = button.url
    if clean.get(link):
        text = with_link(text, link)
    else:
        # Nowhere to go yet: the slip, if any, stands where the link would, without a button.
        clean[link] = ""
    line = subject_line(subject, clean)
    paragraphs = _paragraphs(_printable(text))
    if also and f"{{{link}}}" not in paragraphs:
        # They stand under the button, which a link in the middle of a sentence does not make.
        paragraphs.append(f"{{{link}}}")
    context = _context(firm) | {
        "language": language,
        "title": line,
        "preheader": _preheader(paragraphs, clean),
        "blocks": [_block(each, clean, link=link, button=button) for each in paragraphs],
        "button": button,
        "slip": slip,
        "bank": bank,
        "also": also,
        "why": why,
        "texts": [_plain(each, clean, link=link, button=button) for each in paragraphs],
    }
    # The firm's and the slip's texts are values, too.
    page = _printable(render_to_string("mail/layout.html", context))
    plain = _printable(render_to_string("mail/layout.txt", context))
    return Composed(subject=line, text=_tidy(plain), html=page)


def subject_line(subject: str, values: Mapping[str, str]) -> str:
    """The subject in one line: line breaks of the wording are refused, those of values closed up."""
    if LINE_BREAK.search(subject):
        raise HeaderInjection("a subject is one line")
    flat = {name: " ".join(LINE_BREAK.sub(" ", value).split()) for name, value in values.items()}
    line = " ".join(_printable(fill(subject, flat)).split())
    return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1]}…"


def _printable(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROL.sub("", re.sub("[\v\f\x1c-\x1e\x85\u2028\u2029]", "\n", lines))


def _paragraphs(text: str) -> list[str]:
    return [each.strip() for each in re.split(r"\n[ \t]*\n+", text) if each.strip()]


def _preheader(paragraphs: list[str], values: Mapping[str, str]) -> str:
    """What the list of mails shows beside the subject: the first paragraph that is no greeting."""
    first = next((each for each in paragraphs if not each.endswith(",") and not each.startswith("{")), "")
    return " ".join(fill(first, values).split())[:PREHEADER_LENGTH]


def _is_button(paragraph: str, values: Mapping[str, str], link: str, button: Button | None) -> bool:
    return paragraph == f"{{{link}}}" and (button is not None or not values.get(link, paragraph))


def _block(
    paragraph: str, values: Mapping[str, str], *, link: str, button: Button | None
) -> SafeString | None:
    """A paragraph as HTML; None is where slip and button stand."""
    if _is_button(paragraph, values, link, button):
        return None
    parts = []
    for part, is_name in pieces(paragraph, values):
        if not is_name:
            parts.append(_linked(part))
        elif part == link:
            parts.append(_linked(values[part]))
        else:
            parts.append(_broken(values[part]))
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped


def _linked(text: str) -> SafeString:
    """Escaped text in which web addresses, and only they, are links."""
    parts, end = [], 0
    for found in WEB.finditer(text):
        url = found[0].rstrip(".,;:!?)")
        parts.append(_broken(text[end : found.start()]))
        parts.append(format_html('<a class="link" href="{}">{}</a>', url, url))
        end = found.start() + len(url)
    parts.append(_broken(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped


def _broken(text: str) -> SafeString:
    return mark_safe(str(escape(text)).replace("\n", "<br>"))  # noqa: S308 - escaped


def _plain(paragraph: str, values: Mapping[str, str], *, link: str, button: Button | None) -> str | None:
    if _is_button(paragraph, values, link, button):
        return None
    filled = fill(paragraph, values)
    return "\n".join(
        textwrap.fill(line, 78, break_long_words=False, break_on_hyphens=False) for line in filled.split("\n")
    )


def _tidy(text: str) -> str:
    """No more than one empty line, none at the ends."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip() + "\n"


def _context(firm: MailFirm) -> dict[str, Any]:
    colour = firm.colour if HEX.fullmatch(firm.colour) else OWN_COLOUR
    light, dark = tokens(colour), tokens(colour, "dark")
    return {
        "firm": firm,
        "telephone": re.sub(r"[^\d+]", "", firm.phone),
        "signature": ", ".join(filter(None, [firm.name, firm.address])),
        "answer": _("Just answer this mail, or ring") if firm.takes_answers else _("Ring"),
        "team_colour": light["--cma-team"],
        "on_team": light["--cma-on-team"],
        "link_colour": light["--cma-primary"],
        "dark_link_colour": dark["--cma-primary"],
        "pay_colour": PAY_COLOUR,
        "on_pay": ON_PAY,
    }
