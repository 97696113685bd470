"""Anybody who holds the signed PDF can check it (QUO-15)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from portal.models import PortalAccess
from quotes.models import Acceptance
from quotes.views import check
from tests.quotes.making import accepted
from tests.world import World

URL = reverse("check")
PARTY_ONLY = ("Jo Whitaker", "QUO-0001", "£2,019.98", "Evidence file")


@pytest.fixture
def signed(world: World) -> Acceptance:
    with world.scope():
        return accepted(world)


def answer(browser: Browser, sha256: str) -> str:
    response = browser.get(reverse("check-print", args=[sha256]))
    assert response.status_code == 200
    return response.content.decode()


def upload(content: bytes, **more: Any) -> dict[str, Any]:
    return {"pdf": SimpleUploadedFile("quote.pdf", content, "application/pdf"), **more}


def test_the_page_is_for_everybody(world: World) -> None:
    page = world.browser().get(URL)
    assert page.status_code == 200
    assert "Check a signed quote" in page.content.decode()
    assert "Kirkstall" not in page.content.decode()


def test_a_pasted_fingerprint_has_an_address_of_its_own(world: World, signed: Acceptance) -> None:
    spaced = " ".join(signed.sha256[i : i + 4] for i in range(0, 64, 4)).upper()
    response = world.browser().post(URL, {"sha256": f" {spaced} "})
    assert response.status_code == 303
    assert response["Location"] == f"/check/{signed.sha256}/"


def test_the_holder_is_told_no_more_than_that_it_matches(world: World, signed: Acceptance) -> None:
    day = signed.signed_at.astimezone(world.team.zone)
    for print_, says in ((signed.sha256, "the fingerprint of a quote"), (signed.pdf_sha256, "byte for byte")):
        page = answer(world.browser(), print_)
        assert "It matches" in page
        assert says in page
        assert "Kirkstall Plumbing" in page
        assert f"{day.day} {day:%b %Y}" in page
        for hidden in PARTY_ONLY:
            assert hidden not in page


def test_the_file_itself(world: World, signed: Acceptance) -> None:
    """Hashed on the server as it comes in, and kept nowhere."""
    response = world.browser().post(URL, upload(bytes(signed.pdf)))
    assert response["Location"] == f"/check/{signed.pdf_sha256}/"


def test_an_altered_file_is_told_so(world: World, signed: Acceptance) -> None:
    altered = bytes(signed.pdf) + b"\n"
    response = world.browser().post(URL, upload(altered), follow=True)
    page = response.content.decode()
    assert "No signed quote has this fingerprint." in page
    assert "Kirkstall" not in page


@pytest.mark.parametrize("wrong", ["abc", "g" * 64, "a" * 63, "x" * 300])
def test_what_is_no_fingerprint_is_said_beside_the_field(world: World, wrong: str) -> None:
    response = world.browser().post(URL, {"sha256": wrong})
    assert response.status_code == 422
    assert "No signed quote" in answer(world.browser(), wrong)


def test_nothing_at_all(world: World) -> None:
    response = world.browser().post(URL, {})
    assert response.status_code == 422
    assert "Choose the PDF, or write its fingerprint." in response.content.decode()


def test_a_file_that_is_too_large(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "MOST_BYTES", 1000)
    response = world.browser().post(URL, upload(b"x" * 1001))
    assert response.status_code == 422
    assert "never larger than 20 MB" in response.content.decode()


def test_a_large_file_goes_through_piece_by_piece(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No temporary file, and never the whole of it in memory."""

    def never(*_args: Any, **_more: Any) -> None:
        raise AssertionError("written to disk")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", never)
    content = b"%PDF" + b"x" * 5_000_000
    response = world.browser().post(URL, upload(content))
    assert response["Location"] == f"/check/{hashlib.sha256(content).hexdigest()}/"


def test_the_forms_token_is_asked_for(world: World) -> None:
    browser = world.browser(enforce_csrf_checks=True)
    assert browser.post(URL, upload(b"x")).status_code == 403
    browser.get(URL)
    token = browser.cookies["cma_csrf"].value
    assert browser.post(URL, upload(b"x", csrfmiddlewaretoken=token)).status_code == 303


@pytest.mark.parametrize("who", ["alice", "bob", "ann", "jo_user"])
def test_the_parties_are_told_who_when_and_what(world: World, signed: Acceptance, who: str) -> None:
    browser = world.browser(getattr(world, who))
    page = answer(browser, signed.pdf_sha256)
    for shown in PARTY_ONLY:
        assert shown in page
    side = "/p/" if who == "jo_user" else "/t/"
    assert f'{side}kirkstall-plumbing/quotes/{signed.quote_id}/evidence.json"' in page


@pytest.mark.parametrize("who", ["kit_user", "charlie", "lee_user"])
def test_everybody_else_is_a_holder_like_any(world: World, signed: Acceptance, who: str) -> None:
    page = answer(world.browser(getattr(world, who)), signed.sha256)
    assert "It matches" in page
    for hidden in PARTY_ONLY:
        assert hidden not in page


@pytest.mark.parametrize("change", [{"shows_quotes": False}, {"hides_prices": True, "shows_invoices": False}])
def test_the_portals_switches_hold_here_too(
    world: World, signed: Acceptance, change: dict[str, bool]
) -> None:
    """POR-5, POR-6."""
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(**change)
    page = answer(world.browser(world.jo_user), signed.sha256)
    for hidden in PARTY_ONLY:
        assert hidden not in page


def test_a_suspended_client_is_no_party_for_now(world: World, signed: Acceptance) -> None:
    with world.scope():
        type(world.jo).objects.filter(pk=world.jo.pk).update(portal_enabled=False)
    assert "Evidence file" not in answer(world.browser(world.jo_user), signed.sha256)


def test_trying_out_is_rationed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(check.RATES, "check", "3/h/ip")
    codes = [world.browser().get(reverse("check-print", args=["a" * 64])).status_code for _try in range(3)]
    assert codes == [200, 200, 200]
    assert world.browser().post(URL, {"sha256": "a" * 64}).status_code == 429
