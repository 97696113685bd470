"""Pictures from strangers: by content, within limits, re-encoded elsewhere (trust 8; QUO-1, QUO-6)."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, ImageDraw, PngImagePlugin

from cma import pictures

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def encoded(picture: Image.Image, kind: str = "PNG", **more: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def plain(kind: str = "PNG", size: tuple[int, int] = (300, 100), mode: str = "RGB", **more: Any) -> bytes:
    return encoded(Image.new(mode, size, "#0b6e69"), kind, **more)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_claiming(width: int, height: int, *, body: bytes = b"") -> bytes:
    """A few bytes that say they are a picture of this size."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + body


def scrawl(
    size: tuple[int, int] = (800, 300), *, ground: str | tuple[int, ...] = (0, 0, 0, 0), ink: str = "#10243e"
) -> Image.Image:
    """A signature as a browser's canvas hands it over."""
    canvas = Image.new("RGBA", size, ground)
    points = [(200, 200), (260, 90), (310, 210), (380, 110), (450, 205), (600, 150)]
    ImageDraw.Draw(canvas).line(points, fill=ink, width=5, joint="curve")
    return canvas


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def refusal(data: bytes, take: Any = pictures.signature) -> str:
    with pytest.raises(ValidationError) as refused:
        take(data)
    return str(refused.value.messages[0])


def test_a_signature_is_kept_as_dark_ink_on_nothing() -> None:
    kept = opened(pictures.signature(encoded(scrawl())))
    assert (kept.format, kept.mode) == ("PNG", "RGBA")
    # Cropped to what was written, with a margin of nothing around it.
    assert 400 < kept.width < 450
    assert 110 < kept.height < 160
    alpha = kept.getchannel("A")
    assert alpha.getpixel((0, 0)) == 0
    box = alpha.getbbox()
    assert box == (12, 12, kept.width - 12, kept.height - 12)
    assert alpha.getpixel((150, 60)) == 0
    assert sum(alpha.histogram()[200:]) > 500


def test_ink_on_white_paper_and_on_nothing_are_one_signature() -> None:
    on_white = opened(pictures.signature(encoded(scrawl(ground="white"))))
    as_rgb = opened(pictures.signature(encoded(scrawl(ground="white").convert("RGB"))))
    on_nothing = opened(pictures.signature(encoded(scrawl())))
    assert on_white.size == as_rgb.size == on_nothing.size
    assert on_white.tobytes() == as_rgb.tobytes()


def test_a_signature_carries_nothing_else() -> None:
    """QUO-6: what is kept is our own encoding; what hides in the browser's file is gone."""
    secret = PngImagePlugin.PngInfo()
    secret.add_text("Comment", "51.5 N, 0.1 W")
    kept = pictures.signature(encoded(scrawl(), pnginfo=secret) + b"<script>alert(1)</script>")
    assert b"51.5 N" not in kept
    assert b"<script>" not in kept
    assert pictures.signature(encoded(scrawl())) == kept


def test_a_large_canvas_is_kept_at_the_size_it_is_printed() -> None:
    kept = opened(pictures.signature(encoded(scrawl().resize((2000, 750)))))
    assert kept.width <= 1200
    assert kept.height <= 500


@pytest.mark.parametrize(
    "canvas",
    [
        Image.new("RGBA", (800, 300), (0, 0, 0, 0)),
        Image.new("RGB", (800, 300), "white"),
        Image.new("RGB", (800, 300), "black"),
        Image.new("RGB", (800, 300), "#777777"),
        Image.new("RGBA", (800, 300), (255, 255, 255, 255)),
        scrawl(ink="#ffffff"),
        scrawl(ink="#fafafa", ground="white"),
    ],
)
def test_an_empty_canvas_is_no_signature(canvas: Image.Image) -> None:
    """QUO-6: an empty box is not signed, whatever colour it is empty in."""
    assert "There is no signature yet" in refusal(encoded(canvas))


def test_a_touch_is_no_signature_and_a_short_one_is() -> None:
    touched = Image.new("RGBA", (800, 300), (0, 0, 0, 0))
    ImageDraw.Draw(touched).ellipse((100, 100, 108, 108), fill="black")
    assert "There is no signature yet" in refusal(encoded(touched))
    cross = Image.new("RGBA", (800, 300), (0, 0, 0, 0))
    ImageDraw.Draw(cross).line((100, 100, 120, 120), fill="black", width=3)
    assert pictures.signature(encoded(cross)).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "did not arrive as a picture"),
        (SVG, "did not arrive as a picture"),
        (b"GIF89a" + b"\x00" * 100, "did not arrive as a picture"),
        (b"%PDF-1.7", "did not arrive as a picture"),
        (plain("JPEG"), "did not arrive as a picture"),
        (plain("WEBP"), "did not arrive as a picture"),
        (b"\x89PNG\r\n\x1a\n", "did not arrive as a picture"),
        (encoded(scrawl())[:300], "cannot be read"),
        (png_claiming(300, 100), "cannot be read"),
        (png_claiming(60_000, 60_000), "too large to be kept"),
        (png_claiming(2_001, 20), "too large to be kept"),
        (png_claiming(20, 1_001), "too large to be kept"),
        (png_claiming(0, 0), "cannot be read"),
        (encoded(scrawl()) + b"\x00" * 200_000, "too large to be kept"),
        (encoded(scrawl()) + b"\x00" * 10_000_000, "too large to be kept"),
    ],
)
def test_what_is_no_signature_is_refused_with_a_sentence(data: bytes, says: str) -> None:
    assert says in refusal(data)


def test_a_bomb_of_text_is_refused() -> None:
    """A chunk of a few kB that unpacks to a hundred MB."""
    squeezed = zlib.compress(b"\x00" * 100_000_000, 9)
    bomb = chunk(b"zTXt", b"Comment\x00\x00" + squeezed)
    whole = encoded(scrawl())
    assert "cannot be read" in refusal(whole[:33] + bomb + whole[33:])


def test_more_rows_than_the_header_says_do_no_harm() -> None:
    rows = zlib.compress(b"\x00" * 50_000_000, 9)
    lying = png_claiming(400, 200, body=chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    assert "no signature yet" in refusal(lying)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_photo_becomes_two_pictures(kind: str) -> None:
    shown, thumbnail = pictures.photo(plain(kind, (3000, 1000)))
    assert (shown.width, shown.height) == (2000, 667)
    assert (thumbnail.width, thumbnail.height) == (480, 160)
    assert (shown.mime, thumbnail.mime) == ("image/jpeg", "image/jpeg")


def test_a_clear_drawing_stays_clear() -> None:
    shown, thumbnail = pictures.photo(encoded(scrawl()))
    assert shown.mime == "image/png"
    assert opened(shown.data).mode == "RGBA"
    # On paper for the thumbnail.
    assert opened(thumbnail.data).getpixel((0, 0)) == (255, 255, 255)


def test_a_photo_is_turned_upright_and_says_no_place() -> None:
    """QUO-1: a photo of somebody's bathroom does not say where they live."""
    half = Image.new("RGB", (400, 200), "white")
    half.paste("red", (0, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "9 Secret Lane"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (53.0, 49.0, 12.0)
    data = encoded(half, "JPEG", exif=exif, comment=b"9 Secret Lane", quality=95)
    assert opened(data).getexif().get_ifd(0x8825)
    for made in pictures.photo(data):
        kept = opened(made.data).convert("RGB")
        assert (kept.width, kept.height) == (200, 400)
        top, bottom = kept.getpixel((100, 40)), kept.getpixel((100, 360))
        assert isinstance(top, tuple)
        assert isinstance(bottom, tuple)
        assert top[1] < 60
        assert bottom[1] > 200
        assert not opened(made.data).getexif()
        assert b"Secret Lane" not in made.data


@pytest.mark.parametrize("turn", range(2, 9))
def test_every_way_of_holding_a_camera(turn: int) -> None:
    """What is shown is what a viewer that heeds Exif shows."""
    corner = Image.new("RGB", (64, 32), "white")
    corner.paste("black", (0, 0, 32, 16))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[turn]
    exif = Image.Exif()
    exif[0x0112] = turn
    data = encoded(corner.transpose(Image.Transpose(undo)), exif=exif)
    shown = opened(pictures.photo(data)[0].data).convert("L")
    assert shown.size == (64, 32)
    assert [shown.getpixel(at) for at in ((8, 4), (56, 4), (8, 28), (56, 28))] == pytest.approx(
        [0, 255, 255, 255], abs=8
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (SVG, "no PNG, JPEG or WebP"),
        (b"MZ\x90\x00", "no PNG, JPEG or WebP"),
        (b"", "no PNG, JPEG or WebP"),
        (plain("JPEG")[:200], "cannot be read"),
        (b"\xff\xd8\xff\xe0", "no PNG, JPEG or WebP"),
        (plain("JPEG", (400, 400))[:700], "cannot be read"),
        (png_claiming(20_000, 20), "too many pixels"),
        (png_claiming(9_000, 9_000), "too many pixels"),
        (plain() + b"\x00" * (20 * 1024 * 1024), "larger than 20 MB"),
    ],
)
def test_what_is_no_photo_is_refused_with_a_sentence(data: bytes, says: str) -> None:
    assert says in refusal(data, pictures.photo)


def test_ten_megabytes_are_a_photo_like_any_other() -> None:
    noise = Image.effect_noise((2400, 1800), 120).convert("RGB")
    data = encoded(noise, "PNG", compress_level=0)
    assert len(data) > 10_000_000
    assert pictures.photo(data)[0].width == 2000


def test_the_most_pixels_that_are_allowed_fit_into_the_childs_memory() -> None:
    """Few bytes that unpack to 256 MB of clear pixels."""
    rows = zlib.compress(b"\x00" * (8_000 * 4 + 1) * 8_000, 9)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8_000, 8_000, 8, 6, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    assert len(data) < 1_000_000
    assert pictures.photo(data)[0].width == 2000


def test_the_size_is_read_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: Any, **_kwargs: Any) -> None:
        raise AssertionError("the child must not be asked")

    monkeypatch.setattr("subprocess.run", never)
    assert "too large to be kept" in refusal(png_claiming(20_000, 20_000))
    assert "too many pixels" in refusal(png_claiming(20_000, 20_000), pictures.photo)
    assert "no PNG" in refusal(SVG, pictures.photo)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("size", [(16, 16), (301, 77), (1024, 2048)])
def test_headers_tell_the_size(kind: str, size: tuple[int, int]) -> None:
    assert pictures.size_of(plain(kind, size)) == size
    assert pictures.kind_of(plain(kind, size)) == kind.lower()


def test_headers_of_other_webp_and_jpeg_kinds() -> None:
    assert pictures.size_of(plain("WEBP", (40, 30), lossless=True)) == (40, 30)
    assert pictures.size_of(plain("WEBP", (40, 30), "RGBA", exif=b"Exif\x00\x00II*\x00")) == (40, 30)
    assert pictures.size_of(plain("JPEG", (40, 30), progressive=True)) == (40, 30)


def use_child(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> None:
    child = folder / "child.py"
    child.write_text(text)
    monkeypatch.setattr(pictures, "CHILD", child)


def test_a_slow_child_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_child(monkeypatch, tmp_path, "while True: pass")
    monkeypatch.setattr(pictures, "SECONDS", 0.5)
    assert "cannot be read" in refusal(encoded(scrawl()))


@pytest.mark.parametrize("answer", [b"", b"\x00\x00", b"\x00\x00\x00\xff\x89PNG", b"\x00\x00\x00\x05<svg>"])
def test_half_an_answer_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: bytes) -> None:
    use_child(monkeypatch, tmp_path, f"import sys; sys.stdout.buffer.write({answer!r})")
    assert "cannot be read" in refusal(encoded(scrawl()))


def test_the_child_works_under_limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The control: what decodes within the limits fails when they are drawn tight."""
    data = plain(size=(3900, 3900))
    assert pictures.photo(data)[0].width == 2000
    text = pictures.CHILD.read_text()
    tight = text.replace("MEMORY = 640 * 1024 * 1024", "MEMORY = 60 * 1024 * 1024")
    assert tight != text
    use_child(monkeypatch, tmp_path, tight)
    assert "cannot be read" in refusal(data, pictures.photo)
