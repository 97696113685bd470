"""The team's settings: sections that save on their own, each with its line in the audit log (TEA-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cma.answers import done, shown
from cma.toasts import toast
from teams.access import OfficeRequest, can
from teams.audit import record
from teams.colour import both_themes
from teams.forms import settings as forms
from teams.settings_menu import sections_for


@dataclass(frozen=True, slots=True)
class Section:
    """One form on one page of Settings."""

    key: str
    page: str
    form: type[forms.SectionForm]
    title: Promise
    text: Promise
    verb: str


SECTIONS = {
    section.key: section
    for section in (
        Section(
            "details",
            "business",
            forms.DetailsForm,
            gettext_lazy("Who you are"),
            gettext_lazy("Stands on invoices, in mails and on your clients' pages."),
            "team.details_changed",
        ),
        Section(
            "registration",
            "business",
            forms.RegistrationForm,
            gettext_lazy("Registered as"),
            gettext_lazy("What the law and your trade want to see on an invoice."),
            "team.details_changed",
        ),
        Section(
            "place",
            "business",
            forms.PlaceForm,
            gettext_lazy("Time and money"),
            gettext_lazy("What “today” means for due dates, and in what you charge."),
            "team.details_changed",
        ),
        Section(
            "colour",
            "branding",
            forms.ColourForm,
            gettext_lazy("Colour"),
            gettext_lazy("Buttons, links and the band on top: in the portal, in mails and on paper."),
            "team.branding_changed",
        ),
        Section(
            "documents",
            "branding",
            forms.DocumentsForm,
            gettext_lazy("Documents"),
            gettext_lazy("What every invoice says besides its figures."),
            "team.documents_changed",
        ),
    )
}


@can("settings")
@require_safe
def settings(request: OfficeRequest) -> HttpResponse:
    """The first section this member may change."""
    sections = sections_for(request.team, request.membership, "")
    return redirect(sections[0].url)


@can("settings")
@require_safe
def settings_business(request: OfficeRequest) -> HttpResponse:
    """Who the business is."""
    return _page(request, "business")


@can("settings")
@require_safe
def settings_branding(request: OfficeRequest) -> HttpResponse:
    """How the business looks."""
    return _page(request, "branding")


@can("settings")
@require_http_methods(["GET", "HEAD", "POST"])
def settings_section(request: OfficeRequest, section: str) -> HttpResponse:
    """Save one section; without a POST, go to the page it stands on."""
    wanted = SECTIONS.get(section)
    if wanted is None:
        raise Http404
    url = reverse(f"teams:settings-{wanted.page}", args=[request.team.slug])
    if request.method != "POST":
        return redirect(f"{url}#{wanted.key}")
    # A copy: what is refused must not show up in the head of this very page.
    form = wanted.form(request.POST, instance=type(request.team).objects.get(pk=request.team.pk))
    if not form.is_valid():
        return _page(request, wanted.page, refused={section: form})
    new = dict(form.cleaned_data)
    changes = request.team.change(**new)
    if "colour" in changes:
        request.team.change(colour_tokens=both_themes(request.team.colour))
    if changes:
        record(wanted.verb, subject=request.team, changes=changes)
    toast(request, _("Saved."))
    return done(request, url)


def _page(
    request: OfficeRequest, page: str, *, refused: dict[str, forms.SectionForm] | None = None, **more: Any
) -> HttpResponse:
    refused = refused or {}
    sections = [
        {"section": section, "form": refused.get(section.key) or section.form(instance=request.team)}
        for section in SECTIONS.values()
        if section.page == page
    ]
    context = {"sections": sections, "logo_form": forms.LogoForm(), **more}
    return shown(request, f"teams/settings_{page}.html", context, status=422 if refused or more else None)


def branding_refused(request: OfficeRequest, logo_form: forms.LogoForm) -> HttpResponse:
    """The branding page with what is wrong with the picture."""
    return _page(request, "branding", logo_form=logo_form)


@can("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def settings_security(request: OfficeRequest) -> HttpResponse:
    """Whether every member needs a second factor (PEO-4); the owner's decision."""
    team = type(request.team).objects.get(pk=request.team.pk)
    # An unticked box sends nothing: an empty POST is a form that was sent all the same.
    data = request.POST if request.method == "POST" else None
    form = forms.SecurityForm(data, instance=team, owner_has_one=is_mfa_enabled(request.user))
    if data is not None and form.is_valid():
        if changes := request.team.change(**form.cleaned_data):
            record("team.security_changed", subject=request.team, changes=changes)
        toast(request, _("Saved."))
        return done(request, request.path)
    return shown(request, "teams/settings_security.html", {"without": _without(request)}, form=form)


def _without(request: OfficeRequest) -> list[str]:
    """Names of the members who have no second factor."""
    members = list(request.team.memberships.select_related("user").order_by("pk"))
    ids = [member.user_id for member in members]
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    have = set(
        Authenticator.objects.filter(user_id__in=ids, type__in=kinds).values_list("user_id", flat=True)
    )
    return [str(member.user) for member in members if member.user_id not in have]
