"""The icons in use, read once from static/icons/ and drawn into the page (no request, one colour)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

SIZES = {14: "i i-14", 16: "i i-16", 20: "i", 24: "i i-24"}

# Our own, for the badges: heavier than Tabler's at 16 px.
DRAWN = {
    "state-dashed": '<circle cx="12" cy="12" r="8.5" stroke-dasharray="3.2 3.2"/>',
    "state-half": (
        '<circle cx="12" cy="12" r="8.5"/>'
        '<path d="M12 6.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" stroke="none"/>'
    ),
    "state-crossed": '<circle cx="12" cy="12" r="8.5"/><path d="m6.2 6.2 11.6 11.6"/>',
    "state-done": (
        '<circle cx="12" cy="12" r="9.5" fill="currentColor" stroke="none"/>'
        '<path d="m8 12.3 2.7 2.7L16 9.6" class="knock"/>'
    ),
}


@cache
def drawing(name: str) -> SafeString:
    """What lies inside the `<svg>`. Raises LookupError for an icon that is not vendored."""
    if name in DRAWN:
        return mark_safe(DRAWN[name])  # noqa: S308 - a constant above
    path = Path(settings.BASE_DIR) / "static" / "icons" / f"{name}.svg"
    if "/" in name or not path.is_file():
        raise LookupError(f"no icon {name!r}: add it to ICONS in dev/vendor.py and run that")
    svg = path.read_text()
    return mark_safe(svg[svg.index(">") + 1 : svg.rindex("</svg>")])  # noqa: S308 - a file of ours


def icon(name: str, size: int = 20, css: str = "", label: str = "") -> SafeString:
    """An inline SVG; hidden from screen readers unless it says something that no word beside it does."""
    speaks = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round"'
        ' stroke-linejoin="round" {}>{}</svg>',
        f"{SIZES[size]} {css}".strip(),
        speaks,
        drawing(name),
    )
