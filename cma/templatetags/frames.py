"""What the frames of the pages are made of. A builtin library (docs/frontend.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from cma import menu
from cma.theme import THEME_COOKIE, THEMES
from cma.toasts import undo_address

register = template.Library()

TOKEN_NAME = re.compile(r"--cma-[a-z-]+\Z")
TOKEN_VALUE = re.compile(r"#[0-9a-f]{6}\Z")


@register.simple_block_tag
def grab(content: str) -> SafeString:
    """Render a block once and keep it (`as back_part`): some are shown twice, or asked whether empty."""
    return mark_safe(content.strip())  # noqa: S308 - rendered by the template


@register.simple_tag(takes_context=True)
def theme(context: Context) -> SafeString:
    """The theme this browser has chosen, on `<html>`; without a choice the system's is followed."""
    chosen = context["request"].COOKIES.get(THEME_COOKIE, "")
    return format_html(' data-bs-theme="{}"', chosen) if chosen in THEMES else mark_safe("")


@register.filter
def toast_undo(message: Message) -> str:
    """The address that takes back what a toast tells of, or nothing."""
    return undo_address(message)


@register.simple_tag
def team_styles(team: Any) -> SafeString:
    """The team's colour as custom properties, for `<style nonce>`: light, dark, and dark by the system."""
    light, dark = (_declarations(team.colour_tokens.get(name, {})) for name in ("light", "dark"))
    return mark_safe(  # noqa: S308 - names and values are checked below
        f":root{{{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-bs-theme]){{{dark}}}}}"
        f'@media screen{{[data-bs-theme="dark"]{{{dark}}}}}'
    )


def _declarations(values: Mapping[str, str]) -> str:
    """Only `--cma-…: #rrggbb` leaves this function, whatever was stored."""
    return ";".join(
        f"{name}:{value}"
        for name, value in values.items()
        if TOKEN_NAME.match(name) and TOKEN_VALUE.match(value)
    )


@register.simple_tag(takes_context=True)
def places(context: Context) -> list[menu.Link]:
    """The side bar's entries."""
    return menu.links(context["request"], menu.SIDE)


@register.simple_tag(takes_context=True)
def work_pills(context: Context) -> list[menu.Link]:
    """Quotes and Invoices at the top of a phone, on the pages of either; nothing elsewhere."""
    pills = menu.links(context["request"], menu.WORK)
    return pills if any(pill.current for pill in pills) else []


@register.simple_tag(takes_context=True)
def portal_places(context: Context) -> list[menu.Link]:
    """The client's places: sections that are switched on and whose pages exist (POR-1)."""
    return menu.portal_links(context["request"])


@register.simple_tag
def team_logo(team: Any) -> str:
    """Where the firm's logo is served from, or nothing while it has none."""
    return str(getattr(team, "logo_url", "") or "")


@register.simple_tag(takes_context=True)
def account_places(context: Context) -> list[menu.Link]:
    """What stands behind the team's name."""
    return menu.links(context["request"], menu.ACCOUNT)


@register.simple_tag
def maybe_url(name: str, *args: Any) -> str:
    """An address, or nothing while the page it names is not there: for links in frames and errors only."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
