from __future__ import annotations

import re

from django import template

register = template.Library()
COLOUR = re.compile(r"#[0-9a-f]{6}\Z")


@register.simple_tag
def token(tokens: dict[str, str], name: str) -> str:
    """One colour of a team's tokens; nothing that is no colour leaves here."""
    value = tokens.get(name, "") if isinstance(tokens, dict) else ""
    return value if COLOUR.match(value) else "#808080"
