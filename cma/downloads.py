"""Answering with a file: a PDF, a zip, a drawing. Never guessed at, never run, no page of ours (trust 8)."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header

PDF = "application/pdf"
ZIP = "application/zip"


def kept(
    content: bytes, mime: str, name: str, *, inline: bool = False, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """The file, to be saved, or with `inline` to be shown by the browser's own viewer.

    Other people's copies are asked for anew, unless the headers say otherwise.
    """
    response = HttpResponse(content, content_type=mime)
    response.headers["Content-Disposition"] = content_disposition_header(not inline, name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    for header, value in (headers or {}).items():
        response.headers[header] = value
    if not response.has_header("Cache-Control"):
        patch_cache_control(response, private=True, max_age=0)
    return response
