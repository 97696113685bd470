"""The logo: by content, within limits, re-encoded, served to everyone (TEA-2; trust: files)."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from PIL import Image, PngImagePlugin

from invoices.issuing import seller_of
from teams.models import AuditEntry, Logo, Team
from tests.world import World

URL = "/t/kirkstall-plumbing/settings/branding/logo/"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 100), mode: str = "RGB", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "#0b6e69").save(out, kind, **more)
    return out.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A few bytes that say they are a huge picture."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + chunk


def upload(browser: Browser, data: bytes, name: str = "logo.png", kind: str = "image/png") -> Any:
    return browser.post(URL, {"logo": SimpleUploadedFile(name, data, kind)})


@pytest.fixture
def alice(world: World) -> Browser:
    return world.browser(world.alice)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_kept_as_our_own_png_and_served(world: World, alice: Browser, kind: str) -> None:
    # The name and the browser's word for the type count for nothing.
    assert upload(alice, picture(kind), "../../evil.svg", "image/svg+xml").status_code == 303
    with world.scope():
        team, kept = Team.objects.get(), Logo.objects.get()
        entry = AuditEntry.objects.latest("pk")
    assert (kept.mime, kept.width, kept.height) == ("image/png", 300, 100)
    assert bytes(kept.image).startswith(b"\x89PNG")
    assert team.logo_url == f"/logo/kirkstall-plumbing/{kept.sha256}/"
    assert entry.verb == "team.logo_changed"
    response = Browser().get(team.logo_url)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert "immutable" in response.headers["Cache-Control"]
    assert "public" in response.headers["Cache-Control"]
    assert response.content == bytes(kept.image)
    again = Browser().get(team.logo_url, headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_what_hides_in_a_picture_is_gone(world: World, alice: Browser) -> None:
    secret = PngImagePlugin.PngInfo()
    secret.add_text("Comment", "51.5 N, 0.1 W")
    assert upload(alice, picture(pnginfo=secret) + b"<script>alert(1)</script>").status_code == 303
    with world.scope():
        kept = bytes(Logo.objects.get().image)
    assert b"51.5 N" not in kept
    assert b"<script>" not in kept


def test_a_large_one_is_made_smaller_and_transparency_stays(world: World, alice: Browser) -> None:
    assert upload(alice, picture(size=(3000, 1500), mode="RGBA")).status_code == 303
    with world.scope():
        kept = Logo.objects.get()
    assert (kept.width, kept.height) == (1200, 600)
    assert Image.open(io.BytesIO(bytes(kept.image))).mode == "RGBA"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (SVG, "no PNG, JPEG or WebP"),
        (b"GIF89a" + b"\x00" * 100, "no PNG, JPEG or WebP"),
        (b"%PDF-1.7", "no PNG, JPEG or WebP"),
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n", "no PNG, JPEG or WebP"),
        (picture()[:200], "cannot be read"),
        (png_claiming(60_000, 60_000), "too many pixels"),
        (png_claiming(300, 100), "cannot be read"),
        (picture(size=(8, 8)), "too small"),
        (picture() + b"\x00" * (2 * 1024 * 1024), "larger than 2 MB"),
    ],
)
def test_what_is_no_logo_is_refused(world: World, alice: Browser, data: bytes, says: str) -> None:
    response = upload(alice, data)
    assert response.status_code == 422
    assert says in response.content.decode()
    with world.scope():
        assert not Logo.objects.exists()
        assert Team.objects.get().logo_sha256 == ""


def test_no_file_at_all(world: World, alice: Browser) -> None:
    response = alice.post(URL)
    assert response.status_code == 422
    assert "Choose a picture" in response.content.decode()


def test_removing_keeps_old_mail_whole(world: World, alice: Browser) -> None:
    upload(alice, picture())
    with world.scope():
        url = Team.objects.get().logo_url
        assert seller_of(Team.objects.get())["logo"] == Logo.objects.get().pk
    assert alice.get(f"{URL}remove/").status_code == 405
    assert alice.post(f"{URL}remove/").status_code == 303
    with world.scope():
        assert Team.objects.get().logo_url == ""
        assert Team.objects.get().logo is None
        # The next invoice prints the name alone.
        assert seller_of(Team.objects.get())["logo"] is None
    assert Browser().get(url).status_code == 200


def test_the_same_picture_twice_is_one_row(world: World, alice: Browser) -> None:
    upload(alice, picture())
    upload(alice, picture())
    with world.scope():
        assert Logo.objects.count() == 1


def test_who_may_not(world: World) -> None:
    for user, status in ((world.bob, 403), (world.ann, 403), (world.charlie, 404), (world.jo_user, 404)):
        assert upload(world.browser(user), picture()).status_code == status
        assert world.browser(user).post(f"{URL}remove/").status_code == status
    assert world.browser(world.alice).get(URL).status_code == 405


def test_addresses_of_logos_that_are_not_there(world: World, alice: Browser) -> None:
    upload(alice, picture())
    with world.scope():
        sha = Team.objects.get().logo_sha256
    # Another team's address does not serve it.
    assert Browser().get(f"/logo/stone-electrics/{sha}/").status_code == 404
    assert Browser().get(f"/logo/nobody/{sha}/").status_code == 404
    assert Browser().get("/logo/kirkstall-plumbing/0000/").status_code == 404
    assert Browser().post(f"/logo/kirkstall-plumbing/{sha}/").status_code == 405
