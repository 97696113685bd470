"""Icons, statuses, lists, menus and dialogs. A builtin library (docs/frontend.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from cma import formats, icons
from cma.answers import by_htmx
from cma.components import Event, Tab, Words, state

register = template.Library()

register.simple_tag(icons.icon, name="icon")


@register.simple_tag
def badge(
    status: str,
    *,
    large: bool = False,
    kind: str = "",
    word: Words = "",
    why: Words = "",
    menu: bool = False,
) -> SafeString:
    """A status: icon, word, colour. `large` beside a reference, `menu` as a summary that opens one."""
    look = state(str(status), kind)
    shown = format_html(
        '<span class="state state-{}{}">{}{}{}</span>',
        look.css,
        " state-lg" if large else "",
        icons.icon(look.icon, 16),
        word or look.word,
        icons.icon("chevron-down", css="turn") if menu else "",
    )
    if not why:
        return shown
    return format_html('{}<span class="under on-desk">{}</span>', shown, why)


@register.simple_tag
def face(name: str, size: int = 36, tone: int = 0) -> SafeString:
    """Initials in a circle; the name stands beside it, so it is hidden from screen readers."""
    css = "face" + (f" face-{size}" if size != 36 else "") + (f" face-m{(tone - 1) % 3 + 1}" if tone else "")
    return format_html('<span class="{}" aria-hidden="true">{}</span>', css, formats.initials(name))


LIST_PAGE_PARAMETERS = ("page", "after", "before", "newer", "older", "cursor")


def _address(request: HttpRequest, **changes: str | None) -> str:
    query = request.GET.copy()
    for name in LIST_PAGE_PARAMETERS:
        query.pop(name, None)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


@register.simple_tag
def tabs(items: Sequence[Tab], label: Words) -> SafeString:
    """Filters as tabs with counts (SCR-5)."""
    return mark_safe(render_to_string("components/tabs.html", {"items": items, "label": label}))  # noqa: S308


@register.simple_tag(takes_context=True)
def sort_head(
    context: Context, label: Words, key: str, *, amount: bool = False, cls: str = "", default: str = ""
) -> SafeString:
    """A column's head that sorts: first press upwards, second downwards, told by `aria-sort`."""
    request = context["request"]
    current = request.GET.get("sort", default)
    up, down = current == key, current == f"-{key}"
    return format_html(
        '<th scope="col" class="{}" aria-sort="{}"><a href="{}">{}{}</a></th>',
        " ".join(filter(None, ["amount" if amount else "", cls])),
        "ascending" if up else "descending" if down else "none",
        _address(request, sort=f"-{key}" if up else key),
        label,
        icons.icon("arrow-narrow-up" if up else "arrow-narrow-down" if down else "selector", 14),
    )


@register.simple_tag
def pager(*, newer: str = "", older: str = "", label: Words = "") -> SafeString:
    """Newer and older, by keyset: nothing is counted through (SCR-5)."""
    if not (newer or older or label):
        return mark_safe("")
    context = {"newer": newer, "older": older, "label": label}
    return mark_safe(render_to_string("components/pager.html", context))  # noqa: S308 - the template escapes


@register.simple_tag
def swaps_list(target: str = "list") -> SafeString:
    """On the region of a list, beside its id: app.js lets tabs, search, sort and pager swap it in place."""
    return format_html(
        'data-list hx-target="#{0}" hx-select="#{0}" hx-swap="outerHTML" hx-push-url="true"', target
    )


@register.simple_block_tag
def empty(content: str, picture: str, title: Words, text: Words = "", *, well: bool = True) -> SafeString:
    """What a list says before it has anything: one picture, one sentence, one button."""
    return mark_safe(  # noqa: S308 - the template escapes, the content is rendered template
        render_to_string(
            "components/empty.html",
            {
                "picture": f"components/pictures/{picture}.svg",
                "title": title,
                "text": text,
                "content": content,
                "well": well,
            },
        )
    )


@register.simple_tag
def back(url: str, label: Words) -> SafeString:
    """The way back to where this thing belongs."""
    return format_html('<a class="back" href="{}">{}{}</a>', url, icons.icon("chevron-left", 16), label)


@register.simple_block_tag
def menu_of(
    content: str, label: Words, small: bool = False, start: bool = False, cls: str = ""
) -> SafeString:
    """A row of dots that opens a menu; a `<details>`, so that it works without script."""
    return format_html(
        '<details class="menu{} {}"><summary class="btn btn-quiet btn-icon{}" aria-label="{}">{}</summary>'
        '<div class="menu-list">{}</div></details>',
        " menu-start" if start else "",
        cls,
        " btn-sm" if small else "",
        label,
        icons.icon("dots"),
        mark_safe(content),  # noqa: S308 - rendered by the template
    )


@register.simple_tag
def opens_dialog() -> SafeString:
    """On a link: with script its page is fetched into the `<dialog>`, without it is simply opened."""
    return mark_safe("data-dialog")


@register.simple_tag(takes_context=True)
def posts_dialog(context: Context, url: str = "") -> SafeString:
    """On the form in a dialog: a refusal (422, 409) is swapped in where the form stands."""
    return format_html(
        'hx-post="{}" hx-target="closest .dialog-body" hx-swap="outerHTML" hx-sync="this:drop"',
        url or context["request"].get_full_path(),
    )


@register.simple_block_tag(takes_context=True)
def dialog(
    context: Context, content: str, *, title: Words, text: Words = "", wide: bool = False
) -> SafeString:
    """The shell of a confirm or a short form: on a page of its own, or inside the `<dialog>`."""
    # On its own page the title is the page's heading.
    heading = "h2" if by_htmx(context["request"]) else "h1"
    return format_html(
        '<div class="dialog-body{}"><{} id="dialog-title" class="dialog-title" tabindex="-1">{}</{}>'
        "{}{}</div>",
        " dialog-wide" if wide else "",
        mark_safe(heading),  # noqa: S308 - one of two constants
        title,
        mark_safe(heading),  # noqa: S308
        format_html('<p class="muted">{}</p>', text) if text else "",
        mark_safe(content),  # noqa: S308 - rendered by the template
    )


@register.simple_tag
def dialog_acts(
    *,
    back: str,
    word: Words = "",
    danger: bool = False,
    icon: str = "",
    busy: Words = "",
) -> SafeString:
    """`Go back` and `Confirm` (SCR-3); the first closes the dialog, or leads back from the page."""
    return format_html(
        '<div class="acts"><a class="btn btn-line" href="{}" data-close>{}</a>'
        '<button class="btn {}"{}>{}{}</button></div>',
        back,
        _("Go back"),
        "btn-danger" if danger else "btn-main",
        format_html(' data-busy="{}"', busy) if busy else "",
        icons.icon(icon) if icon else "",
        word or _("Confirm"),
    )


@register.inclusion_tag("components/timeline.html")
def timeline(entries: Sequence[Event]) -> dict[str, Any]:
    """What happened, newest first."""
    return {"entries": entries}
