"""Text as it can be printed: without what reorders its neighbours or takes forever to break."""

from __future__ import annotations

import dataclasses
import re
from enum import StrEnum
from typing import Any, cast

# Control characters but the line feed, what turns the direction of the text around it, lone surrogates.
UNPRINTABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\uffff\ud800-\udfff]"
)
# Breaking a word without end takes a time that grows with its square: such words get places to break.
ENDLESS_WORD = re.compile(r"\S{200,}")


def cleaned[T](value: T) -> T:
    """The same content without characters that cannot be printed or that reorder what stands beside them."""
    changed: Any = value
    if isinstance(changed, str) and not isinstance(changed, StrEnum):
        lines = changed.replace("\r\n", "\n").replace("\r", "\n")
        changed = ENDLESS_WORD.sub(_breakable, UNPRINTABLE.sub(" ", lines).strip())
    elif isinstance(value, tuple):
        changed = tuple(each for each in map(cleaned, value) if each != "")
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        changed = dataclasses.replace(value, **{name: cleaned(getattr(value, name)) for name in names})
    return cast("T", changed)


def _breakable(word: re.Match[str]) -> str:
    return "\N{ZERO WIDTH SPACE}".join(word[0][start : start + 20] for start in range(0, len(word[0]), 20))
