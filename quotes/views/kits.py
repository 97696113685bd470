"""Kits: put into a quote, kept from one, renamed and deleted (QUO-1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cma.answers import by_htmx, done, shown
from cma.toasts import toast
from invoices.forms.document import chosen_products
from quotes.drafting import kit_content, save_kit
from quotes.errors import NotReady
from quotes.forms.editor import put_in
from quotes.forms.kits import KitNameForm
from quotes.forms.lines import QuoteLines
from quotes.models import Kit
from teams.access import OfficeRequest, can
from teams.audit import record
from teams.models import Team

PAGE_METHODS = ["GET", "HEAD", "POST"]


@dataclass
class KitPanel:
    """What the editor shows about kits above its lines: those to choose from, or a name to keep one under."""

    keeps: bool
    kits: list[Kit] = field(default_factory=list)
    name: str = ""
    problem: str = ""
    is_refused: bool = False

    @classmethod
    def asked(cls, request: OfficeRequest, lines: QuoteLines, verb: str, key: str) -> Self | None:
        """Do what a button about kits asks for; what is left to show, or nothing."""
        team = request.team
        if verb == "kits":
            return cls(False, kits_of(team))
        if verb == "name-kit":
            return cls(True, kits_of(team))
        if verb == "kit":
            _insert(request, lines, key)
        elif verb == "keep-kit":
            return cls._keep(request, lines)
        return None

    @classmethod
    def _keep(cls, request: OfficeRequest, lines: QuoteLines) -> Self | None:
        name = request.POST.get("kit_name", "").replace("\x00", "")
        panel = cls(True, kits_of(request.team), name, is_refused=True)
        lines.check()
        products = chosen_products(request.team, lines)
        if not lines.is_valid:
            panel.problem = _("Put the lines right first.")
            return panel
        try:
            kit = save_kit(
                request.team,
                name=name,
                groups=lines.group_inputs({}),
                lines=lines.inputs(products, {}),
                by=request.user,
            )
        except NotReady as problem:
            panel.problem = str(problem)
            return panel
        toast(request, _("The kit “%s” is saved.") % kit.name)
        return None


def _insert(request: OfficeRequest, lines: QuoteLines, key: str) -> None:
    kit = request.team.kits.filter(pk=key).first() if key.isascii() and key.isdecimal() else None
    if kit is None:
        toast(request, _("That kit is not there any more."), bad=True)
        return
    put_in(lines, *kit_content(kit, request.team))
    toast(request, _("“%s” is put in.") % kit.name)


def kits_of(team: Team) -> list[Kit]:
    """The team's kits by name."""
    return list(team.kits.all())


def _list_url(request: OfficeRequest) -> str:
    return reverse("quotes:kit-list", args=[request.team.slug])


@require_safe
@can("work")
def kit_list(request: OfficeRequest) -> HttpResponse:
    """All kits, to be renamed or deleted."""
    return shown(request, "quotes/kit_list.html", {"kits": kits_of(request.team)})


@require_safe
@can("work")
def kit_choose(request: OfficeRequest) -> HttpResponse:
    """The dialog of the editor: which kit to put in. Its buttons belong to the editor's form."""
    return _dialog(request, KitPanel(False, kits_of(request.team)))


@require_safe
@can("work")
def kit_name(request: OfficeRequest) -> HttpResponse:
    """The dialog of the editor: a name to keep the lines under."""
    return _dialog(request, KitPanel(True, kits_of(request.team)))


def _dialog(request: OfficeRequest, panel: KitPanel) -> HttpResponse:
    """A part of the editor: as a page of its own it has no form to send."""
    if not by_htmx(request):
        return redirect(_list_url(request))
    return shown(request, "quotes/kit_dialog.html", {"panel": panel}, part="dialog")


@require_http_methods(PAGE_METHODS)
@can("work")
def kit_rename(request: OfficeRequest, pk: int) -> HttpResponse:
    """Another name for a kit."""
    kit = get_object_or_404(request.team.kits.select_for_update(), pk=pk)
    before = kit.name
    form = KitNameForm(request.POST if request.method == "POST" else None, kit=kit)
    if form.is_bound and form.is_valid():
        try:
            with transaction.atomic():
                kit.name = form.cleaned_data["name"]
                kit.save(update_fields=["name", "updated_at"])
        except IntegrityError:
            # Somebody gave another kit this name in the same moment.
            form.add_error("name", _("There is a kit of that name already."))
        else:
            if kit.name != before:
                record("kit.renamed", subject=kit, name=kit.name, before=before)
            toast(request, _("Saved."))
            return done(request, _list_url(request))
    context = {"kit": kit, "before": before, "back": _list_url(request)}
    return shown(request, "quotes/kit_rename.html", context, part="dialog", form=form)


@require_http_methods(PAGE_METHODS)
@can("work")
def kit_delete(request: OfficeRequest, pk: int) -> HttpResponse:
    """Do without a kit; quotes that were made with it stay as they are."""
    kit = get_object_or_404(request.team.kits, pk=pk)
    if request.method == "POST":
        record("kit.deleted", subject=kit, name=kit.name)
        kit.delete()
        toast(request, _("The kit “%s” is deleted.") % kit.name)
        return done(request, _list_url(request))
    context = {"kit": kit, "back": _list_url(request)}
    return shown(request, "quotes/kit_delete.html", context, part="dialog")
