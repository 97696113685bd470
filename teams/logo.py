"""Taking in a logo: type by content, size read from its header, then re-encoded by a child process.

The web process never decodes what a stranger made: it reads a few bytes of the header, and the child
(teams/logo_child.py) decodes under limits of memory and time and hands back a PNG of our own making.
"""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from teams.audit import record
from teams.models import Logo, Team

MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 16_000_000
MOST_SIDE = 8_000
LEAST_SIDE = 16
SECONDS = 15
CHILD = Path(__file__).with_name("logo_child.py")

NO_PICTURE = _("This is no PNG, JPEG or WebP picture. Save your logo as PNG and choose that.")
UNREADABLE = _(
    "This picture cannot be read. Open it in a picture program, save it again as PNG, and try that."
)
TOO_BIG = _("This file is larger than 2 MB. Save your logo smaller and try again.")
TOO_MANY_PIXELS = _("This picture has too many pixels. Make it at most 4000 pixels wide and high.")
TOO_SMALL = _("This picture is too small to be printed. Use one of at least 16 pixels each way.")


@dataclass(frozen=True, slots=True)
class Picture:
    """A logo as we keep it: always a PNG."""

    png: bytes
    width: int
    height: int


def take_in(data: bytes) -> Picture:
    """The picture, re-encoded. Raises ValidationError with a sentence for people."""
    if len(data) > MOST_BYTES:
        raise ValidationError(TOO_BIG)
    size = size_of(data)
    if size is None:
        raise ValidationError(NO_PICTURE)
    width, height = size
    if width * height > MOST_PIXELS or max(size) > MOST_SIDE:
        raise ValidationError(TOO_MANY_PIXELS)
    if min(size) < LEAST_SIDE:
        raise ValidationError(TOO_SMALL)
    return _reencoded(data)


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height from the header of a PNG, JPEG or WebP; None for anything else. Decodes nothing."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            width, height = struct.unpack(">II", data[16:24])
            return width, height
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg_size(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
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


def _reencoded(data: bytes) -> Picture:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD)],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={},
            cwd="/",
        )
    except subprocess.TimeoutExpired as slow:
        raise ValidationError(UNREADABLE) from slow
    size = size_of(done.stdout)
    if done.returncode != 0 or size is None or not done.stdout.startswith(b"\x89PNG"):
        raise ValidationError(UNREADABLE)
    return Picture(done.stdout, *size)


def use_logo(team: Team, picture: Picture) -> Logo:
    """Keep the picture and use it from now on. Older ones stay, for mail that names their address."""
    sha256 = hashlib.sha256(picture.png).hexdigest()
    logo = team.logos.filter(sha256=sha256).first() or Logo.objects.create(
        team=team,
        image=picture.png,
        mime="image/png",
        width=picture.width,
        height=picture.height,
        sha256=sha256,
    )
    if changes := team.change(logo_sha256=sha256):
        record("team.logo_changed", subject=team, changes={"logo": _short(changes["logo_sha256"])})
    return logo


def drop_logo(team: Team) -> None:
    """Do without a logo; the name stands in its place."""
    if changes := team.change(logo_sha256=""):
        record("team.logo_removed", subject=team, changes={"logo": _short(changes["logo_sha256"])})


def _short(pair: list[str]) -> list[str]:
    return [sha256[:12] for sha256 in pair]
