"""How a view answers: with the page or a part of it, with 422 and 409 where htmx swaps them in."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

UNPROCESSABLE, CONFLICT, SEE_OTHER = 422, 409, 303


def by_htmx(request: HttpRequest) -> bool:
    """Whether a part of the page was asked for, and not the page (a press on Back asks for the page)."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx and not htmx.history_restore_request)


def shown(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    part: str = "",
    form: BaseForm | None = None,
    status: int | None = None,
) -> HttpResponse:
    """The page, or its `part` when htmx asks; 422 when `form` was sent and is refused (SCR-4)."""
    context = dict(context or {})
    if form is not None:
        context.setdefault("form", form)
        if status is None and form.is_bound and form.errors:
            status = UNPROCESSABLE
    name = f"{template}#{part}" if part and by_htmx(request) else template
    response = render(request, name, context, status=status)
    # The browser may keep page and part under one address: it must not show the one for the other.
    patch_vary_headers(response, ["HX-Request"])
    return response


def done(request: HttpRequest, url: str) -> HttpResponse:
    """After a change: on to `url`, by 303 or, from htmx, by a navigation of the whole page."""
    if by_htmx(request):
        return HttpResponseClientRedirect(url)
    response = HttpResponseRedirect(url)
    response.status_code = SEE_OTHER
    return response


def moved_on(request: HttpRequest, text: str, *, back: str, whole: bool = False) -> HttpResponse:
    """409: the thing is no longer in the state this page was drawn for; `text` says in which it is.

    `whole`: a page even for htmx, where what was sent is not a dialog's but the page's form.
    """
    context, part = {"text": text, "back": back}, "" if whole else "dialog"
    return shown(request, "components/moved_on.html", context, part=part, status=CONFLICT)
