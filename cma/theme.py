"""Dark or light: a cookie of this browser, set by a plain form, so that pages come in the right theme."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEME_COOKIE = "cma_theme"
THEMES = ("light", "dark")
YEAR = 60 * 60 * 24 * 365


# Open to everyone: it is a matter of taste, and the sign-in page has one too.
@login_not_required
@require_POST
def theme_switch(request: HttpRequest) -> HttpResponse:
    """Turn to the theme asked for, or to the other one, and go back to where the person was."""
    wanted = request.POST.get("theme", "")
    if wanted not in THEMES:
        wanted = "light" if request.COOKIES.get(THEME_COOKIE) == "dark" else "dark"
    back = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    response.set_cookie(THEME_COOKIE, wanted, max_age=YEAR, secure=request.is_secure(), samesite="Lax")
    return response
