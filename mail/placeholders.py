"""Named placeholders in text by teams: `{client_name}` (MSG-2, trust 10).

One pass over the text and nothing else: no attributes, no formats, no nesting, and what a value brings is
never looked at again. Anything in braces that is not a known name is told when the text is saved.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from django.utils.translation import gettext as _

BRACED = re.compile(r"\{([^{}]*)\}")


def check(text: str, allowed: Collection[str]) -> list[str]:
    """What is wrong with the placeholders of a text, as sentences; an empty list when nothing is."""
    known = ", ".join(f"{{{name}}}" for name in allowed)
    unknown = dict.fromkeys(name for name in BRACED.findall(text) if name not in allowed)
    return [
        _("{%(name)s} is not a placeholder of this message. You can use: %(known)s.")
        % {"name": _short(name), "known": known}
        for name in unknown
    ]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced. Braces around anything else stay as they are."""
    return "".join(values[part] if known else part for part, known in pieces(text, values))


def pieces(text: str, names: Collection[str]) -> Iterator[tuple[str, bool]]:
    """The text in order: (literal, False) and (name, True), so that each can be treated on its own."""
    end = 0
    for found in BRACED.finditer(text):
        if found[1] in names:
            yield text[end : found.start()], False
            yield found[1], True
            end = found.end()
    yield text[end:], False


def with_link(text: str, link: str) -> str:
    """The text with its link's placeholder at the end, if it has been left out."""
    placeholder = f"{{{link}}}"
    if not link or placeholder in text:
        return text
    return f"{text.rstrip()}\n\n{placeholder}"


def _short(name: str) -> str:
    tidy = " ".join(name.split())
    return tidy if len(tidy) <= 40 else f"{tidy[:40]}…"
