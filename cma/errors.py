"""Error pages (SCR-8): branded, standing on their own, leaking nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    # Rendered without context processors: these pages must work when session or database do not.
    return HttpResponse(render_to_string(template, {"status": status, "path": request.path}), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the address or the host makes no sense."""
    return _page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but not allowed."""
    return _page(request, "403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is missing or old."""
    return _page(request, "403_csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing here, or nothing for this person."""
    # Behind the portal's door the firm's own page says it.
    branded = getattr(request, "cma_not_found", None)
    if branded is not None:
        return branded(request)
    return _page(request, "404.html", 404)


def too_large(request: HttpRequest) -> HttpResponse:
    """413: more was sent than is taken."""
    return _page(request, "413.html", 413)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429: too often in too short a time."""
    return _page(request, "429.html", 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault."""
    return _page(request, "500.html", 500)


def service_unavailable(request: HttpRequest) -> HttpResponse:
    """503: the database is away; try again in a moment."""
    response = _page(request, "503.html", 503)
    response.headers["Retry-After"] = "10"
    return response
