"""What every page may use besides the request."""

from __future__ import annotations

from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, object]:
    """`team` when the page stands inside one."""
    return {"team": getattr(request, "team", None)}
