"""Run as a process of its own: a picture on stdin, a PNG on stdout. Imports nothing of the app.

Limits are set before Pillow sees a byte. Whatever goes wrong ends the process with a status that is
not 0; the parent says so in words.
"""

import io
import resource
import sys

MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 10
LARGEST = (1200, 600)
MOST_PIXELS = 16_000_000


def main() -> None:
    """Read, decode, shrink, write."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    data = sys.stdin.buffer.read()
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
        # The first frame alone, the way up that the camera meant, without anything hidden in it.
        picture = ImageOps.exif_transpose(opened)
        clean = picture.convert(
            "RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB"
        )
    clean.thumbnail(LARGEST)
    clean.info.clear()
    out = io.BytesIO()
    clean.save(out, "PNG", optimize=True)
    sys.stdout.buffer.write(out.getvalue())


if __name__ == "__main__":
    main()
