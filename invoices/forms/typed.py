"""Figures as people type them, and what to say when they cannot be read (SCR-4, BAD-1)."""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from cma.formats import grouped

PLAIN = re.compile(r"-?(\d+\.?\d*|\.\d+)\Z", re.ASCII)
WITH_COMMAS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?\Z", re.ASCII)
DECIMAL_COMMA = re.compile(r"-?\d+,\d{1,2}\Z", re.ASCII)
LARGEST = Decimal("9999999.99")
LARGEST_QUANTITY = Decimal("999999.999")


class Unreadable(ValueError):
    """The text is no figure that can be used here; the message is for people."""


def number(text: str, *, places: int, largest: Decimal, example: str) -> Decimal:
    """The figure that was typed, with a pound sign or blanks around it if need be. Raises Unreadable."""
    text = text.strip().removeprefix("£").strip()
    if WITH_COMMAS.match(text):
        raise Unreadable(_("Write %s, without the comma.") % text.replace(",", ""))
    if DECIMAL_COMMA.match(text):
        raise Unreadable(_("Write %s, with a point.") % text.replace(",", "."))
    if not PLAIN.match(text) or len(text) > 30:
        raise Unreadable(_("That is not a number. Write one such as %s.") % example)
    value = Decimal(text)
    if value < 0:
        raise Unreadable(_("It cannot be below nought."))
    if value > largest:
        raise Unreadable(_("That is too much: at most %s.") % grouped(largest, places if places < 4 else 2))
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        raise Unreadable(_("At most %(places)d places after the point.") % {"places": places})
    return value


def quantity(text: str) -> Decimal:
    """More than nought, to three places (MON-1)."""
    value = number(text, places=3, largest=LARGEST_QUANTITY, example="1.5")
    if not value:
        raise Unreadable(_("A quantity of 0 bills nothing. Write 1 or more, or remove the line."))
    return value


def unit_price(text: str) -> Decimal:
    """To four places (MON-1)."""
    return number(text, places=4, largest=LARGEST, example="1234.50")


def discount(text: str) -> tuple[Decimal, Decimal]:
    """`10%` is a part of the price, `16.50` is money: (percent, amount)."""
    text = text.strip()
    if not text:
        return Decimal(0), Decimal(0)
    if text.endswith("%"):
        percent = number(text[:-1], places=2, largest=LARGEST, example="10% / 16.50")
        if percent > 100:
            raise Unreadable(_("More than 100% cannot be taken off."))
        return percent, Decimal(0)
    return Decimal(0), number(text, places=2, largest=LARGEST, example="10% / 16.50")


def plain(value: Decimal, *, at_least: int = 0) -> str:
    """A stored figure as it is typed: `1`, `9.9`, `145.00`."""
    text = f"{value:f}"
    whole, _dot, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(at_least, "0")
    return f"{whole}.{fraction}" if fraction else whole


def discount_text(percent: Decimal, amount: Decimal) -> str:
    """What stands in the one field for the discount."""
    if percent:
        return f"{plain(percent)}%"
    return plain(amount, at_least=2) if amount else ""
