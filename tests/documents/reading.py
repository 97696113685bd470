"""Reading a PDF back."""

from __future__ import annotations

import io
import re
from typing import Any

from pypdf import PdfReader


def read(printed: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(printed))


def pages(printed: bytes) -> list[str]:
    """The text of each page with its blanks and lines closed up."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in read(printed).pages]


def text(printed: bytes) -> str:
    return " ".join(pages(printed))


def has(printed: bytes, *words: str) -> bool:
    """Whether all the words are there, wherever the lines break."""
    squeezed = re.sub(r"\s", "", text(printed))
    return all(re.sub(r"\s", "", word) in squeezed for word in words)


def fonts(printed: bytes) -> dict[str, bool]:
    """Every font's name and whether it is embedded."""
    found: dict[str, bool] = {}
    for page in read(printed).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            thing: Any = font.get_object()
            for inner in thing.get("/DescendantFonts", [thing]):
                described = inner.get_object()
                description = described.get("/FontDescriptor", {})
                found[str(described["/BaseFont"])] = any(key.startswith("/FontFile") for key in description)
    return found
