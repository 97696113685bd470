"""What every document has at head and foot: the firm, its mark, its colours, the page's number."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from documents.content import Firm
from documents.press import LOGO, logo_size
from teams.colour import tokens

OWN_COLOUR = "#0b6e69"
HEX = re.compile(r"#[0-9a-fA-F]{6}")
WIDE = Decimal("1.6")  # a logo from this ratio on carries the firm's name itself


def letterhead(firm: Firm, *, shows_vat: bool) -> dict[str, Any]:
    """What every document has at head and foot. The document's language must be active."""
    colours = tokens(firm.colour if HEX.fullmatch(firm.colour) else OWN_COLOUR)
    return {
        "team_colour": colours["--cma-team"],
        "accent": colours["--cma-primary"],
        "soft": colours["--cma-primary-soft"],
        **_logo(firm.logo),
        "reach": _reach(firm, shows_vat=shows_vat),
        "legal": _legal(firm),
        "page_words": _page_words(),
    }


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
