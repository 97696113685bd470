"""Photos and drawings of a quote (QUO-1, BAD-1, BAD-2, trust 8)."""

from __future__ import annotations

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from quotes import attaching
from quotes.drafting import new_version
from quotes.models import AttachedFile, Attachment, Quote
from quotes.sending import send
from tests.quotes.editing import bathroom, only, told, url

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture(kind="JPEG", size=(640, 480), **more):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


def upload(name, data):
    return SimpleUploadedFile(name, data, content_type="application/octet-stream")


def send_form(world, *files, quote=None, status=303, **fields):
    address = url(world, "quote-edit", quote.pk) if quote else url(world, "quote-create")
    response = world.browser(world.alice).post(address, bathroom(world, **fields) | {"files": list(files)})
    assert response.status_code == status, told(response)
    return response


def attached(world):
    with world.scope():
        found = Attachment.objects.select_related("file").order_by("position")
        return [(one.name, one.file.mime, one.position) for one in found]


def shown(page):
    """The files of a form: (key, name)."""
    return list(
        zip(
            re.findall(r'name="file" value="(\d+)"', page),
            re.findall(r'name="file-\d+-name" value="([^"]*)"', page),
            strict=True,
        )
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_as_our_own_with_a_small_one(world, kind):
    data = picture(kind, size=(2400, 1800))
    send_form(world, upload("kitchen.xyz", data))
    with world.scope():
        file = AttachedFile.objects.get()
        assert bytes(file.content) != data
        assert file.mime.startswith("image/")
        with Image.open(io.BytesIO(bytes(file.thumbnail or b""))) as small:
            assert max(small.size) < 800
    assert [name for name, _mime, _at in attached(world)] == ["kitchen.xyz"]


def test_where_a_photo_was_taken_is_left_out(world):
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010E] = "SECRET-PLACE"
    send_form(world, upload("a.jpg", picture(exif=exif.tobytes())))
    with world.scope():
        file = AttachedFile.objects.get()
    assert b"SECRET-PLACE" not in bytes(file.content) + bytes(file.thumbnail or b"")


def test_a_drawing_is_kept_as_it_came(world):
    send_form(world, upload("plan.pdf", PDF), upload("photo.jpg", picture()))
    assert [(name, at) for name, _mime, at in attached(world)] == [("plan.pdf", 1), ("photo.jpg", 2)]
    with world.scope():
        assert bytes(AttachedFile.objects.get(mime="application/pdf").content) == PDF


REFUSED = [
    (
        "plan.svg",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "Photos can be JPEG",
    ),
    ("photo.jpg", b"<html><script>alert(1)</script></html>", "Photos can be JPEG"),
    ("photo.png", b"\x89PNG\r\n\x1a\nnothing that is one", "Save it as one of these"),
    ("photo.jpg", picture()[:300], "cannot be read"),
    ("movie.gif", b"GIF89a" + b"\0" * 40, "Photos can be JPEG"),
    ("plan.pdf", b"%PDF-1.7 without an end", "Photos can be JPEG"),
    ("plan.pdf", b"<script>%PDF-1.7 %%EOF", "Photos can be JPEG"),
    ("archive.zip", b"PK\x03\x04" + b"\0" * 40, "Photos can be JPEG"),
    ("empty.pdf", b"", "This file is empty."),
]


@pytest.mark.parametrize(("name", "data", "words"), REFUSED)
def test_by_content_and_not_by_name(world, name, data, words):
    """What is refused is answered with a sentence; what was typed and what was fine stay (SCR-4)."""
    # The test client leaves out files that are empty: only a browser sends them.
    files = [upload(name, data), upload("fine.jpg", picture())]
    page = send_form(world, *files, status=422, title="Wet room").content.decode()
    assert f"“{name}”" in page
    assert words in page
    assert 'value="Wet room"' in page
    assert [name for _key, name in shown(page)] == ["fine.jpg"]
    with world.scope():
        assert not Quote.objects.exists()


def test_what_was_sent_with_a_refused_form_need_not_be_chosen_again(world):
    page = send_form(world, upload("a.jpg", picture()), status=422, valid_until="never").content.decode()
    [(key, name)] = shown(page)
    send_form(world, **{"file": key, f"file-{key}-name": "Kitchen, before"})
    assert name == "a.jpg"
    assert [name for name, _mime, _at in attached(world)] == ["Kitchen, before"]


def test_too_large_is_said_before_it_is_read(world, monkeypatch):
    monkeypatch.setattr(attaching, "MOST_BYTES", 1000)
    page = send_form(world, upload("plan.pdf", PDF + b" " * 2000), status=422).content.decode()
    assert "larger than 20 MB" in page


def test_ten_files_and_no_more(world):
    files = [upload(f"{n}.pdf", PDF + bytes([65 + n]) + b"%%EOF") for n in range(11)]
    page = send_form(world, *files, status=422).content.decode()
    assert "At most 10 files at a time." in page
    kept = [key for key, _name in shown(page)]
    assert len(kept) == 10
    one_more = upload("more.pdf", PDF + b"more %%EOF")
    page = send_form(world, one_more, status=422, file=kept).content.decode()
    assert "A quote holds at most 10 files. Remove one first." in page
    send_form(world, file=kept)
    assert len(attached(world)) == 10


def test_the_same_file_twice_is_kept_once(world):
    send_form(world, upload("a.pdf", PDF), upload("b.pdf", PDF))
    assert [name for name, _mime, _at in attached(world)] == ["a.pdf"]


def test_a_file_is_removed_without_script(world):
    send_form(world, upload("a.pdf", PDF), upload("b.jpg", picture()))
    quote = only(world)
    page = world.browser(world.alice).get(url(world, "quote-edit", quote.pk)).content.decode()
    keys = [key for key, _name in shown(page)]
    page = send_form(
        world, quote=quote, status=200, do=f"detach:{keys[0]}", file=keys, version=1
    ).content.decode()
    assert [key for key, _name in shown(page)] == keys[1:]
    assert len(attached(world)) == 2
    send_form(world, quote=quote, file=keys[1:], version=1)
    assert len(attached(world)) == 1


def test_another_teams_file_cannot_be_attached(world):
    with world.other_scope():
        theirs = attaching.keep(world.other, attaching.Taken("x.pdf", attaching.PDF, PDF))
    send_form(world, file=[str(theirs.pk), "x", "9" * 30])
    assert attached(world) == []


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\plan.pdf", "plan.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("", "File"),
        ("x" * 300, "x" * 120),
    ],
)
def test_a_name_is_never_a_path(name, called):
    """BAD-2."""
    assert attaching.shown_name(name) == called


def test_a_sent_quote_keeps_its_files_and_a_new_version_has_them(world):
    send_form(world, upload("a.pdf", PDF))
    with world.scope():
        quote = only(world)
        quote.team = world.team
        send(quote, by=world.alice, email_client=False)
        second = new_version(Quote.objects.get(pk=quote.pk), by=world.alice)
    send_form(world, quote=second, version=1)
    with world.scope():
        assert quote.attachments.count() == 1
        assert second.attachments.count() == 0


class TestServed:
    @pytest.fixture
    def files(self, world):
        send_form(world, upload("plan.pdf", PDF), upload("photo.jpg", picture()))
        with world.scope():
            return {file.mime: file for file in AttachedFile.objects.all()}

    def test_harmlessly(self, world, files):
        browser = world.browser(world.ann)
        for mime, file in files.items():
            response = browser.get(url(world, "quote-file", file.pk))
            assert response.headers["Content-Type"] == mime
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in response.headers["Content-Security-Policy"]
            way = response.headers["Content-Disposition"].split(";")[0]
            assert way == ("attachment" if mime == attaching.PDF else "inline")
            assert response.content == bytes(file.content)

    def test_a_drawing_has_no_small_picture(self, world, files):
        browser = world.browser(world.alice)
        found = {mime: browser.get(url(world, "quote-thumbnail", file.pk)) for mime, file in files.items()}
        assert found.pop(attaching.PDF).status_code == 404
        (thumbnail,) = found.values()
        assert thumbnail.headers["Content-Type"] in {"image/jpeg", "image/png"}

    @pytest.mark.parametrize("name", ["quote-file", "quote-thumbnail"])
    def test_to_members_only(self, world, files, name):
        for file in files.values():
            for user in (world.charlie, world.jo_user):
                assert world.browser(user).get(url(world, name, file.pk)).status_code == 404
            assert world.browser().get(url(world, name, file.pk)).status_code == 302
