"""What those see whom the portal's door does not let in, or not any more."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from cma import errors
from cma.answers import by_htmx
from cma.toasts import toast
from portal.preview import Preview

# Parts of a page that ask again say for whom the page was drawn (portal/base.html).
DRAWN_FOR = "CMA-Drawn-For"


def to_sign_in(request: HttpRequest, slug: str) -> HttpResponse:
    """The firm's own sign-in page, and back to where the person wanted to go."""
    wanted = request.get_full_path() if request.method in ("GET", "HEAD") else ""
    if by_htmx(request):
        wanted = request.htmx.current_url_abs_path or ""  # type: ignore[attr-defined]
    address = reverse("portal:sign-in", args=[slug])
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}):
        address = f"{address}?{urlencode({'next': wanted})}"
    return onwards(request, address)


def onwards(request: HttpRequest, address: str) -> HttpResponse:
    """A redirect; a part of a page that asks is answered with a navigation of the whole."""
    return HttpResponseClientRedirect(address) if by_htmx(request) else redirect(address)


def suspended(request: HttpRequest) -> HttpResponse:
    """What a client sees everywhere while the portal is switched off for them (POR-4)."""
    response = render(request, "portal/suspended.html", status=403)
    return whole_page_again(request, response)


def link_is_gone(request: HttpRequest) -> HttpResponse:
    """A mailed link that is too old, was revoked or never was: the same page, which offers a new one."""
    return whole_page_again(request, render(request, "portal/quote_link_gone.html", status=410))


def only_looking(request: HttpRequest, looking: Preview) -> HttpResponse:
    """Whatever a member presses while they view as client: nothing happens, and it is said (POR-7)."""
    if by_htmx(request):
        toast(request, _("You are viewing as your client. Nothing was changed."))
        return whole_page_again(request, HttpResponse(status=403))
    return render(request, "portal/preview_refused.html", {"client_id": looking.client_id}, status=403)


def drawn_for_another(request: HttpRequest, mark: str) -> HttpResponse | None:
    """A part of an open page asks, but another client was chosen meanwhile, in another tab: the page must
    not go on with this one's part, nor a form of it reach this one.
    """
    request.drawn_for = mark  # type: ignore[attr-defined]
    if by_htmx(request) and request.headers.get(DRAWN_FOR, mark) != mark:
        return whole_page_again(request, HttpResponse(status=204))
    return None


def nothing_here(request: HttpRequest) -> HttpResponse:
    """The general 404, for a part of a page that the person has no key to any more."""
    del request.cma_not_found  # type: ignore[attr-defined]
    return whole_page_again(request, errors.not_found(request))


def not_found(request: HttpRequest) -> HttpResponse:
    """The firm's own 404, for those who were let in."""
    return whole_page_again(request, render(request, "portal/404.html", status=404))


def whole_page_again(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A page that is still open asks for a part of itself: it must not go on showing what was taken away."""
    if by_htmx(request):
        response.headers["HX-Refresh"] = "true"
    return response
