"""Run as a process of its own: a picture on stdin, pictures of our own making on stdout.

Imports nothing of the app. Limits are set before Pillow sees a byte. Whatever goes wrong ends the process
with a status that is not 0; the parent says so in words.
"""

from __future__ import annotations

import io
import resource
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY = 640 * 1024 * 1024
CPU_SECONDS = 10
LOGO = (1200, 600)
SHOWN = (2000, 2000)
THUMBNAIL = (480, 480)
# Exif's word for how the camera was held, and what undoes it.
ORIENTATION = 0x0112
TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
SIDEWAYS = (5, 6, 7, 8)

BLANK = 3
INK = (22, 32, 42)
CANVAS = (2000, 1000)
SIGNATURE = (1200, 500)
MARGIN = 12
# Fainter than this is paper, darker than half is ink.
FAINT = 24
LEAST_INK = 40
LEAST_STROKE = 16
# A canvas that is mostly ink shows no handwriting.
MOST_INK = 0.6


class BlankError(Exception):
    """Nothing is drawn."""


def main() -> int:
    """Read, decode, work, write: each picture behind its length."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    job, most_pixels = sys.argv[1:3]
    data = sys.stdin.buffer.read()
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = int(most_pixels)
    try:
        made = JOBS[job](data)
    except BlankError:
        return BLANK
    for picture in made:
        sys.stdout.buffer.write(len(picture).to_bytes(4, "big") + picture)
    return 0


def logo(data: bytes) -> list[bytes]:
    """A PNG at most as large as a logo is printed."""
    return [_png(_opened(data, LOGO))]


def photo(data: bytes) -> list[bytes]:
    """The picture for the page, and its thumbnail."""
    picture = _opened(data, SHOWN)
    small = picture.copy()
    small.thumbnail(THUMBNAIL)
    return [_png(picture) if picture.mode == "RGBA" else _jpeg(picture), _jpeg(small)]


def signature(data: bytes) -> list[bytes]:
    """Whatever was dark, as ink on a transparent ground, cropped to what was written."""
    from PIL import Image, ImageOps

    drawn = _opened(data, CANVAS)
    paper = Image.new("RGB", drawn.size, "white")
    paper.paste(drawn, mask=drawn if drawn.mode == "RGBA" else None)
    darkness = ImageOps.invert(paper.convert("L")).point([0] * FAINT + list(range(FAINT, 256)))
    box = darkness.getbbox()
    shades = darkness.histogram()
    ink = sum(shades[128:])
    too_full = ink > MOST_INK * darkness.width * darkness.height
    if box is None or ink < LEAST_INK or too_full or max(box[2] - box[0], box[3] - box[1]) < LEAST_STROKE:
        raise BlankError
    strokes = ImageOps.expand(darkness.crop(box), MARGIN, 0)
    written = Image.new("RGBA", strokes.size, (*INK, 0))
    written.putalpha(strokes)
    written.thumbnail(SIGNATURE)
    return [_png(written)]


def _opened(data: bytes, box: tuple[int, int]) -> Image:
    """The first frame alone, within the box, the way up that the camera meant, and nothing hidden in it."""
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
        # A JPEG can be decoded at half or a quarter of its size, and then takes that much less memory.
        opened.draft("RGB", (max(box), max(box)))
        mode = "RGBA" if "A" in opened.getbands() or "transparency" in opened.info else "RGB"
        held = opened.getexif().get(ORIENTATION, 1)
        opened.load()
        # No second copy of what may be 64 million pixels.
        clean = opened if opened.mode == mode else opened.convert(mode)
    clean.thumbnail((box[1], box[0]) if held in SIDEWAYS else box)
    turned = clean.transpose(Image.Transpose[TURNS[held]]) if held in TURNS else clean
    turned.info.clear()
    return turned


def _png(picture: Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _jpeg(picture: Image) -> bytes:
    from PIL import Image

    if picture.mode == "RGBA":
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture)
        picture = paper
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


JOBS = {"logo": logo, "photo": photo, "signature": signature}

if __name__ == "__main__":
    sys.exit(main())
