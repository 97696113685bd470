"""The settings' section "Quotes": what they start with, how they are numbered and followed up (TEA-1)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cma.answers import UNPROCESSABLE, done, shown
from cma.toasts import toast
from invoices.forms.numbers import SeriesForm, renumber
from invoices.models import NumberSeries, SeriesKind
from quotes.forms.settings import FollowUpsForm, TextsForm
from quotes.models import QuoteSettings
from teams.access import OfficeRequest, can
from teams.audit import record
from teams.forms.settings import SectionForm

PAGE_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@can("settings")
def settings(request: OfficeRequest) -> HttpResponse:
    """All of the section; each form posts to an address of its own."""
    return _page(request)


def _url(request: OfficeRequest, anchor: str = "") -> str:
    url = reverse("quotes:settings", args=[request.team.slug])
    return f"{url}#{anchor}" if anchor else url


def _page(request: OfficeRequest, **refused: Any) -> HttpResponse:
    """The page, each form as it is stored but for the one that was refused (SCR-4)."""
    stored = QuoteSettings.of(request.team)
    series = NumberSeries.of(request.team, SeriesKind.QUOTE)
    context: dict[str, Any] = {
        "texts_form": TextsForm(instance=stored),
        "numbers_form": SeriesForm(instance=series),
        "follow_ups_form": FollowUpsForm(instance=stored),
        "next_reference": series.next_reference,
        **refused,
    }
    return shown(request, "quotes/settings.html", context, status=UNPROCESSABLE if refused else None)


def _locked(request: OfficeRequest) -> QuoteSettings:
    """The row, locked, and apart from what the page shows of it."""
    return QuoteSettings.objects.select_for_update().get(pk=QuoteSettings.of(request.team).pk)


def _save(request: OfficeRequest, form: SectionForm) -> None:
    """Store what is different, and write down what that was."""
    stored = QuoteSettings.objects.get(pk=form.instance.pk)
    changes = {
        name: [getattr(stored, name), form.cleaned_data[name]]
        for name in form.changed_data
        if getattr(stored, name) != form.cleaned_data[name]
    }
    if changes:
        form.save()
        record("quote.settings_changed", subject=form.instance, changes=changes)
    toast(request, _("Saved.") if changes else _("Nothing has changed."))


@require_http_methods(PAGE_METHODS)
@can("settings")
def settings_texts(request: OfficeRequest) -> HttpResponse:
    """How long a quote is valid, and the words it starts with (QUO-1)."""
    if request.method != "POST":
        return redirect(_url(request, "texts"))
    form = TextsForm(request.POST, instance=_locked(request))
    if not form.is_valid():
        return _page(request, texts_form=form)
    _save(request, form)
    return done(request, _url(request))


@require_http_methods(PAGE_METHODS)
@can("settings")
def settings_numbers(request: OfficeRequest) -> HttpResponse:
    """How quotes are numbered; skipped numbers keep their reason."""
    if request.method != "POST":
        return redirect(_url(request, "numbers"))
    series = NumberSeries.locked(request.team, SeriesKind.QUOTE)
    form = SeriesForm(request.POST, instance=NumberSeries.locked(request.team, SeriesKind.QUOTE))
    if not form.is_valid():
        return _page(request, numbers_form=form)
    if changes := renumber(series, form, by=request.user):
        reason = form.cleaned_data["reason"] if form.skips else ""
        record("quote.numbering_changed", subject=series, changes=changes, reason=reason)
    toast(request, _("Saved."))
    return done(request, _url(request))


@require_http_methods(PAGE_METHODS)
@can("settings")
def settings_follow_ups(request: OfficeRequest) -> HttpResponse:
    """Whether unanswered quotes are followed up, and on which days (QUO-16)."""
    if request.method != "POST":
        return redirect(_url(request, "follow-ups"))
    form = FollowUpsForm(request.POST, instance=_locked(request))
    if not form.is_valid():
        return _page(request, follow_ups_form=form)
    _save(request, form)
    return done(request, _url(request))
