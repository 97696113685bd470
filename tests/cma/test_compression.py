"""Pages travel compressed, files as they are."""

from __future__ import annotations

import gzip

from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory

from cma.middleware import CompressPagesMiddleware


def answered(kind: str, content: bytes, accepts: str = "gzip, br") -> HttpResponse:
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(content, content_type=kind)

    request = RequestFactory().get("/", headers={"accept-encoding": accepts})
    response: HttpResponse = CompressPagesMiddleware(view)(request)  # type: ignore[assignment]
    return response


def test_a_page_travels_compressed(db: None) -> None:
    response = Browser(headers={"accept-encoding": "gzip"}).get("/account/login/")
    assert response.headers["Content-Encoding"] == "gzip"
    page = gzip.decompress(response.content)
    assert b"<html" in page
    assert len(response.content) < len(page) / 2
    assert "Accept-Encoding" in response.headers["Vary"]


def test_a_file_that_is_compressed_already_is_left_alone() -> None:
    for kind in ("application/pdf", "application/zip", "image/png"):
        assert "Content-Encoding" not in answered(kind, b"x" * 5000).headers, kind


def test_who_does_not_take_gzip_gets_the_page_as_it_is() -> None:
    response = answered("text/html", b"x" * 5000, accepts="identity")
    assert response.content == b"x" * 5000


def test_two_answers_alike_differ_in_length() -> None:
    """What a page keeps secret cannot be guessed from its size."""
    assert len({len(answered("text/html", b"y" * 5000).content) for _time in range(40)}) > 1
