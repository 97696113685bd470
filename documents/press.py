"""HTML to PDF. WeasyPrint alone, without Django: the rendering process loads this and nothing else.

The page may use the bundled fonts, and the logo and the signature handed in. Whatever else it asks for
stops the printing: no address is opened and no file is read (trust 9).
"""

from __future__ import annotations

import atexit
import gc
import hashlib
import io
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcherResponse

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
INTER = ("Inter", "inter", (400, 600, 700))
NOTO = ("Noto Sans JP", "noto-sans-jp", (400, 700))
# Where Inter has gaps that Noto fills: signs, and everything from the CJK radicals on.
BEYOND_INTER = re.compile("[\u2200-\u2211\u2213-\u29ff\u2e80-\uffef\U00020000-\U0003ffff]")

LOGO = "cma:logo"
SIGNATURE = "cma:signature"
LOGO_FORMATS = ("PNG", "JPEG")
LOGO_PIXELS = 16_000_000
LOGO_BOX = (960, 320)  # twice 300 dots an inch at the largest printed size


class NotBundledError(Exception):
    """The page asked for something that is not ours to give."""


class Fetcher:
    """Knows the addresses it was given and no others. WeasyPrint then stops (fatal, by `_fail_on_errors`)."""

    _fail_on_errors = True

    def __init__(self, known: dict[str, tuple[bytes | Path, str]]) -> None:
        self._known = known

    def __call__(self, url: str) -> URLFetcherResponse:
        from weasyprint.urls import URLFetcherResponse

        if url not in self._known:
            raise NotBundledError(f"not bundled: {url[:80]}")
        content, mime = self._known[url]
        body = content if isinstance(content, bytes) else content.read_bytes()
        return URLFetcherResponse(url, body, {"Content-Type": mime})


def press(page: str, logo: bytes | None = None, signature: bytes | None = None) -> bytes:
    """The page as PDF/A-3u with tags. The same page gives the same bytes."""
    from weasyprint import HTML
    from weasyprint.urls import FatalURLFetchingError

    _family(*INTER)
    if BEYOND_INTER.search(page):
        _family(*NOTO)
    handed = {LOGO: logo, SIGNATURE: signature}
    known: dict[str, tuple[bytes | Path, str]] = {
        name: (_picture(picture), "image/png") for name, picture in handed.items() if picture
    }
    try:
        return bytes(
            HTML(string=page, url_fetcher=Fetcher(known)).write_pdf(
                stylesheets=[_style()],
                font_config=_fonts(),
                pdf_variant="pdf/a-3u",
                pdf_tags=True,
                pdf_identifier=hashlib.sha256(page.encode()).digest()[:16],
            )
        )
    except FatalURLFetchingError as error:  # a BaseException, which callers would not expect
        raise NotBundledError(str(error)) from error


def warm_up() -> None:
    """Load what the first page would otherwise wait for."""
    press("<!doctype html><title>.</title><p>1")


@cache
def _fonts() -> FontConfiguration:
    """The one font configuration of this process."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@cache
def _family(family: str, stem: str, weights: tuple[int, ...]) -> None:
    """Make a bundled family known. The Japanese one takes time and memory, so only pages that need it ask."""
    from weasyprint import CSS

    known: dict[str, tuple[bytes | Path, str]] = {}
    rules = []
    for weight in weights:
        name = f"{stem}-{weight}.woff2"
        known[f"cma:font/{name}"] = (FONTS / name, "font/woff2")
        rules.append(f'@font-face{{font-family:"{family}";font-weight:{weight};src:url(cma:font/{name})}}')
    CSS(string="\n".join(rules), font_config=_fonts(), url_fetcher=Fetcher(known))


@cache
def _style() -> CSS:
    """The parsed style sheet, once a process: with the fonts it costs more than a page (527 to 92 ms)."""
    from weasyprint import CSS

    return CSS(
        string=(HERE / "documents.css").read_text("utf-8"), font_config=_fonts(), url_fetcher=Fetcher({})
    )


def _let_go() -> None:
    """Free Pango's objects while its library is still there: at the interpreter's own end it may crash."""
    for kept in (_style, _family, _fonts):
        kept.cache_clear()
    gc.collect()


atexit.register(_let_go)


def logo_size(logo: bytes) -> tuple[int, int] | None:
    """Width and height, read from the head of a PNG or JPEG. None when it is neither, broken or too large."""
    try:
        with Image.open(io.BytesIO(logo), formats=LOGO_FORMATS) as picture:
            width, height = picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return (width, height) if 0 < width * height <= LOGO_PIXELS else None


def _picture(logo: bytes) -> bytes:
    """The logo as a small RGB or RGBA PNG: neither its metadata nor its colour profile gets into the PDF."""
    try:
        if logo_size(logo) is None:
            raise ValueError("not a picture that can be printed")
        with Image.open(io.BytesIO(logo), formats=LOGO_FORMATS) as opened:
            clear = opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info
            picture = opened.convert("RGBA" if clear else "RGB")
        picture.thumbnail(LOGO_BOX, Image.Resampling.LANCZOS)
    except (
        OSError,
        ValueError,
        SyntaxError,
    ):  # cut short behind its head: an empty spot, not a failed invoice
        picture = Image.new("RGBA", (1, 1))
    out = io.BytesIO()
    Image.frombytes(picture.mode, picture.size, picture.tobytes()).save(out, "PNG", optimize=True)
    return out.getvalue()
