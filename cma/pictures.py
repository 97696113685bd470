"""Taking in pictures: type by content, size read from the header, then re-encoded by a child process.

The web process never decodes what a stranger made: it reads a few bytes of the header, and the child
(cma/pictures_child.py) decodes under limits of memory and time and hands back pictures of our own making.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SECONDS = 15
CHILD = Path(__file__).with_name("pictures_child.py")
# The child's word for a picture on which nothing is drawn.
BLANK = 3

UNREADABLE = _("This picture cannot be read. Open it in a picture program, save it again, and try that.")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as we made it: PNG or JPEG, and nothing in it but the picture."""

    data: bytes
    mime: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is taken in, and the sentence for each thing that is not."""

    kinds: tuple[str, ...]
    most_bytes: int
    most_pixels: int
    most_width: int
    most_height: int
    least_side: int = 1
    no_picture: str | Promise
    too_big: str | Promise
    too_many_pixels: str | Promise
    too_small: str | Promise = UNREADABLE
    unreadable: str | Promise = UNREADABLE
    blank: str | Promise = UNREADABLE


SIGNATURE = Rules(
    kinds=("png",),
    most_bytes=200_000,
    most_pixels=2_000_000,
    most_width=2_000,
    most_height=1_000,
    no_picture=_("The signature did not arrive as a picture. Draw it again, or type your name instead."),
    too_big=_("This signature is too large to be kept. Draw it again, or type your name instead."),
    too_many_pixels=_("This signature is too large to be kept. Draw it again, or type your name instead."),
    unreadable=_("This signature cannot be read. Draw it again, or type your name instead."),
    blank=_("There is no signature yet. Draw it in the box, or type your name instead."),
)
PHOTO = Rules(
    kinds=("png", "jpeg", "webp"),
    most_bytes=20 * 1024 * 1024,
    most_pixels=64_000_000,
    most_width=16_000,
    most_height=16_000,
    no_picture=_("This is no PNG, JPEG or WebP picture. Save it as one of these and choose that."),
    too_big=_("This picture is larger than 20 MB. Save it smaller and try again."),
    too_many_pixels=_("This picture has too many pixels. Make it at most 8000 pixels wide and high."),
)


def signature(data: bytes) -> bytes:
    """What was drawn as PNG: dark ink on nothing, cropped. Raises ValidationError with a sentence."""
    return reencode(data, "signature", SIGNATURE)[0].data


def photo(data: bytes) -> tuple[Picture, Picture]:
    """A photo for the page and its thumbnail: upright, without the place it was taken.

    Raises ValidationError with a sentence.
    """
    shown, thumbnail = reencode(data, "photo", PHOTO)
    return shown, thumbnail


def reencode(data: bytes, job: str, rules: Rules) -> list[Picture]:
    """What the child's `job` makes of a picture that keeps to the rules. Raises ValidationError."""
    if len(data) > rules.most_bytes:
        raise ValidationError(str(rules.too_big))
    size = size_of(data)
    if size is None or kind_of(data) not in rules.kinds:
        raise ValidationError(str(rules.no_picture))
    width, height = size
    if width > rules.most_width or height > rules.most_height or width * height > rules.most_pixels:
        raise ValidationError(str(rules.too_many_pixels))
    if min(size) < rules.least_side:
        raise ValidationError(str(rules.too_small))
    return _made(data, job, rules)


def kind_of(data: bytes) -> str:
    """`png`, `jpeg` or `webp` by content; empty for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height from the header of a PNG, JPEG or WebP; None for anything else. Decodes nothing."""
    try:
        match kind_of(data):
            case "png" if data[12:16] == b"IHDR":
                width, height = struct.unpack(">II", data[16:24])
                return width, height
            case "jpeg":
                return _jpeg_size(data)
            case "webp":
                return _webp_size(data)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at < len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        # The frame header: every SOF but the tables that share its range.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        if marker in (0x01, *range(0xD0, 0xD9)):
            at += 2
            continue
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        at += 2 + length
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L" and data[20] == 0x2F:
        (bits,) = struct.unpack("<I", data[21:25])
        return 1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF)
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _made(data: bytes, job: str, rules: Rules) -> list[Picture]:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD), job, str(rules.most_pixels)],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={},
            cwd="/",
        )
    except subprocess.TimeoutExpired as slow:
        raise ValidationError(str(rules.unreadable)) from slow
    if done.returncode == BLANK:
        raise ValidationError(str(rules.blank))
    pictures = _read(done.stdout) if done.returncode == 0 else []
    if not pictures:
        raise ValidationError(str(rules.unreadable))
    return pictures


def _read(output: bytes) -> list[Picture]:
    """The child's pictures, each behind its length; nothing when one is not whole."""
    pictures, at = [], 0
    while at < len(output):
        length = int.from_bytes(output[at : at + 4], "big")
        data = output[at + 4 : at + 4 + length]
        size = size_of(data)
        if len(data) != length or size is None:
            return []
        pictures.append(Picture(data, f"image/{kind_of(data)}", *size))
        at += 4 + length
    return pictures
