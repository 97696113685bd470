"""Logo and colour: taking them in, showing them beforehand, and serving the logo to everyone (TEA-2)."""

from __future__ import annotations

import re

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_POST, require_safe

from cma.answers import done, shown
from cma.toasts import toast
from teams.access import OfficeRequest, can, own_scope
from teams.colour import both_themes
from teams.directory import team_by_slug
from teams.forms.settings import LogoForm
from teams.logo import MOST_BYTES, TOO_BIG, drop_logo, take_in, use_logo
from teams.models import Team
from teams.scope import team_scope
from teams.views.settings import branding_refused

COLOUR = re.compile(r"#[0-9a-f]{6}\Z")
YEAR = 60 * 60 * 24 * 365


@can("settings")
@require_POST
@own_scope
def settings_logo(request: OfficeRequest) -> HttpResponse:
    """Take in a new logo. The child process works while no transaction is open."""
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["logo"]
        try:
            if upload.size > MOST_BYTES:
                raise ValidationError(TOO_BIG)
            picture = take_in(upload.read())
        except ValidationError as refusal:
            form.add_error("logo", refusal)
        else:
            with request.open_scope():
                use_logo(request.team, picture)
            toast(request, _("That is your logo from now on."))
            return done(request, reverse("teams:settings-branding", args=[request.team.slug]))
    with request.open_scope():
        return branding_refused(request, form)


@can("settings")
@require_POST
def settings_logo_remove(request: OfficeRequest) -> HttpResponse:
    """Do without a logo."""
    drop_logo(request.team)
    toast(request, _("Your name stands in its place now."))
    return done(request, reverse("teams:settings-branding", args=[request.team.slug]))


@can("settings")
@require_safe
def settings_branding_preview(request: OfficeRequest) -> HttpResponse:
    """How pages would look in `?colour=`, drawn by the server."""
    colour = request.GET.get("colour", "").lower()
    if not COLOUR.match(colour):
        return HttpResponse(status=422)
    preview = Team(name=request.team.name, slug=request.team.slug, trade=request.team.trade, colour=colour)
    preview.colour_tokens = both_themes(colour)
    return shown(request, "teams/branding_preview.html", {"preview": preview})


def _etag(_request: HttpRequest, slug: str, sha256: str) -> str:
    return f'"{slug}-{sha256}"'


@login_not_required
@require_safe
@condition(etag_func=_etag)
def logo(request: HttpRequest, slug: str, sha256: str) -> HttpResponse:
    """A firm's logo, for its portal, its mails and its doors. The address names the content."""
    team_id = team_by_slug(slug)
    if team_id is None:
        raise Http404
    with team_scope(team_id):
        found = Team.objects.get(pk=team_id).logos.filter(sha256=sha256).first()
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.image), content_type=found.mime)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Content-Disposition"] = 'inline; filename="logo.png"'
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_cache_control(response, public=True, max_age=YEAR, immutable=True)
    return response
