"""The editor of a draft (QUO-1, QUO-2). It works without script: every button is a named submit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalogue.models import VatRate
from cma.answers import CONFLICT, UNPROCESSABLE, done, moved_on
from cma.toasts import toast
from invoices.forms.document import chosen_products, make_client, usable_rates
from invoices.forms.lines import UNITS
from invoices.models import LineKind
from invoices.money import TooLarge
from invoices.views.parts import add_item, chosen_client, problems
from quotes.attaching import MOST_FILES, Taken, attach, take_in
from quotes.drafting import save_draft
from quotes.errors import ChangedMeanwhile, NotReady, ReferenceTaken
from quotes.forms.conflict import what_changed
from quotes.forms.editor import QuoteForm, blank_lines, initial_of, initial_of_new, lines_of
from quotes.forms.files import Files
from quotes.forms.lines import QuoteLine, QuoteLines, TypedGroup
from quotes.forms.moving import rearrange
from quotes.models import Quote, QuoteState
from quotes.views.kits import KitPanel
from quotes.views.typing_in import site_text, sites_of
from teams.access import OfficeRequest, can, own_scope
from teams.models import Team, WrongState

SAVES = {"save": "quotes:quote", "send": "quotes:quote-send", "view": "quotes:quote-as-client"}


@dataclass
class Editor:
    """One drawing of the page: the form, its lines and files, and what is wrong."""

    request: OfficeRequest
    form: QuoteForm
    lines: QuoteLines
    files: Files = field(default_factory=Files)
    quote: Quote | None = None
    conflict: ChangedMeanwhile | None = None
    panel: KitPanel | None = None

    def shown(self, status: int = 200, *, is_typed: bool = False) -> HttpResponse:
        """The page; `is_typed`: what it shows is not stored anywhere yet."""
        team = self.request.team
        if not self.lines.is_checked:
            self.lines.check()
        client = chosen_client(team, self.form)
        context = {
            "form": self.form,
            "lines": self.lines,
            "files": self.files,
            "quote": self.quote,
            "rates": list(self.lines.rates.values()),
            "units": UNITS,
            "problems": self.problems() if status == UNPROCESSABLE else None,
            "conflict": self.conflict,
            "conflict_text": _conflict_text(self.conflict),
            "is_typed": is_typed or status != 200,
            "chosen": client,
            "sites": sites_of(team, client.pk) if client else [],
            "templates": _templates(self.lines),
            "new_group": TypedGroup("KEY"),
            "panel": self.panel,
            "most_files": MOST_FILES,
            "back": reverse("quotes:quote-list", args=[team.slug])
            if self.quote is None
            else reverse("quotes:quote", args=[team.slug, self.quote.pk]),
            "adds_client": bool(self.form["new_client_name"].value()),
        }
        return render(self.request, "quotes/editor.html", context, status=status)

    def problems(self) -> dict[str, Any]:
        """The summary above a refused form: fields, lines, choices and files."""
        of_groups = [
            {
                "label": _("%(name)s: %(text)s") % {"name": group.shown_name, "text": text},
                "id": f"{group.key}-{name}",
                "first": text,
            }
            for group in self.lines.groups
            for name, text in group.errors.items()
        ]
        return problems(self.form, self.lines, more=of_groups, sentences=self.files.problems)


def _templates(lines: QuoteLines) -> list[QuoteLine]:
    blank = QuoteLine(key="KEY", vat_rate=str(getattr(lines.default_rate, "pk", "")))
    return [blank, replace(blank, kind=LineKind.HEADING), replace(blank, kind=LineKind.NOTE)]


def _conflict_text(conflict: ChangedMeanwhile | None) -> str:
    if conflict is None:
        return ""
    if conflict.by:
        return _("%s changed this quote while you were typing.") % conflict.by
    return _("This quote was changed while you were typing.")


def _uploads(request: OfficeRequest) -> tuple[list[Taken], list[str]]:
    """What came with the form; child processes work on it while no transaction is open."""
    return take_in(request.FILES.getlist("files")) if request.method == "POST" else ([], [])


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
@own_scope
def quote_create(request: OfficeRequest) -> HttpResponse:
    """A new draft, with reference, date and the team's words filled in (QUO-1)."""
    uploads = _uploads(request)
    with request.open_scope():
        if request.method == "POST":
            return _posted(request, None, uploads)
        team = request.team
        wanted = request.GET.get("client", "")
        client = team.clients.current().filter(pk=wanted).first() if wanted.isdecimal() else None
        form = QuoteForm(team, initial=initial_of_new(team, client))
        return Editor(request, form, blank_lines(team, usable_rates(team))).shown()


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
@own_scope
def quote_edit(request: OfficeRequest, pk: int) -> HttpResponse:
    """A draft again; what was sent answers 409 and offers a new version (QUO-10)."""
    uploads = _uploads(request)
    with request.open_scope():
        team = request.team
        quote = get_object_or_404(team.quotes.select_related("client"), pk=pk)
        if not quote.is_draft:
            return _closed(request, quote)
        if request.method == "POST":
            return _posted(request, quote, uploads)
        form = QuoteForm(team, document=quote, initial=initial_of(quote))
        lines = lines_of(team, _rates(team, quote), quote)
        return Editor(request, form, lines, Files.of(quote), quote).shown()


def _closed(request: OfficeRequest, quote: Quote) -> HttpResponse:
    """409, as a whole page: the form's answer is looked for there."""
    renews = quote.state not in {QuoteState.ACCEPTED, QuoteState.SUPERSEDED}
    context = {"quote": quote, "renews": renews, "back": _url(request, "quotes:quote", quote)}
    return render(request, "quotes/editor_closed.html", context, status=CONFLICT)


def _url(request: OfficeRequest, name: str, quote: Quote) -> str:
    return reverse(name, args=[request.team.slug, quote.pk])


def _rates(team: Team, quote: Quote | None) -> list[VatRate]:
    used = quote.lines.values_list("vat_rate_id", flat=True) if quote else []
    return usable_rates(team, [rate for rate in used if rate])


def _posted(
    request: OfficeRequest, quote: Quote | None, uploads: tuple[list[Taken], list[str]]
) -> HttpResponse:
    team, action = request.team, request.POST.get("do", "save")
    lines = QuoteLines.typed(team, _rates(team, quote), request.POST)
    files = Files.typed(team, request.POST, *uploads)
    if action not in SAVES:
        return _rearranged(request, quote, lines, files, action)
    form = QuoteForm(team, request.POST, document=quote)
    editor = Editor(request, form, lines, files, quote)
    lines.check()
    lines.check_count(lines.kept)
    products = chosen_products(team, lines)
    if not (form.is_valid() and lines.is_valid) or files.problems:
        return editor.shown(UNPROCESSABLE)
    try:
        with transaction.atomic():
            saved = _save(editor, products)
    except ReferenceTaken as taken:
        form.add_error("reference", str(taken))
    except TooLarge:
        lines.problem = str(lines.too_large)
    except NotReady as problem:
        lines.problem = str(problem)
    except ChangedMeanwhile as changed:
        return _conflict(editor, changed)
    except WrongState:
        now = team.quotes.filter(pk=quote.pk).first() if quote else None
        return _closed(request, now) if now else _gone(request)
    else:
        return _saved(request, form, saved, action)
    return editor.shown(UNPROCESSABLE)


def _gone(request: OfficeRequest) -> HttpResponse:
    return moved_on(
        request,
        _("This draft was deleted or sent meanwhile."),
        back=reverse("quotes:quote-list", args=[request.team.slug]),
        whole=True,
    )


def _save(editor: Editor, products: dict[str, Any]) -> Quote:
    team, by, cleaned = editor.request.team, editor.request.user, editor.form.cleaned_data
    client = cleaned["client_row"] or make_client(
        team, name=cleaned["new_client_name"].strip(), email=cleaned["new_client_email"]
    )
    # A form that comes again (Back, a second tab) changes the draft that it made, unless that has moved on.
    key = cleaned["form_key"] if editor.quote is None else None
    made = team.quotes.filter(form_key=key).first() if key else None
    known = _known(editor.quote or made)
    saved = save_draft(
        team,
        client=client,
        lines=editor.lines.inputs(products, known),
        groups=editor.lines.group_inputs(known),
        by=by,
        reference=editor.form.wanted_reference,
        title=cleaned["title"].strip(),
        intro=cleaned["intro"].strip(),
        terms=cleaned["terms"].strip(),
        site=cleaned["site"],
        valid_until=cleaned["valid_until"],
        form_key=key,
        quote=editor.quote or made,
        revision=1 if made else cleaned["version"],
    )
    attach(saved, [(row.file, row.name) for row in editor.files.rows])
    return saved


def _known(quote: Quote | None) -> dict[str, UUID]:
    """The keys of the stored lines and choices: only they may come back with the form."""
    if quote is None:
        return {}
    keys = [*quote.lines.values_list("key", flat=True), *quote.groups.values_list("key", flat=True)]
    return {str(key): key for key in keys}


def _saved(request: OfficeRequest, form: QuoteForm, saved: Quote, action: str) -> HttpResponse:
    promised = form.cleaned_data.get("suggested")
    if form.document is None and not form.wanted_reference and promised and promised != saved.reference:
        text = _("%(promised)s was taken meanwhile, this one is %(reference)s.")
        toast(request, text % {"promised": promised, "reference": saved.reference})
    else:
        toast(request, _("%s is saved as a draft.") % saved.reference)
    return done(request, _url(request, SAVES[action], saved))


def _conflict(editor: Editor, changed: ChangedMeanwhile) -> HttpResponse:
    """409: the form as typed, what is stored now, and the newer revision: saving again is a decision."""
    form = editor.form
    typed = {**form.cleaned_data, "client": form.cleaned_data["client_row"]}
    changed.differences = what_changed(
        changed.quote, typed=typed, total=editor.lines.totals.total, lines=len(editor.lines.kept)
    )
    initial = {name: form.data.get(name) for name in form.fields}
    editor.form = QuoteForm(
        editor.request.team,
        document=changed.quote,
        initial={**initial, "version": changed.quote.revision},
    )
    editor.conflict = changed
    return editor.shown(CONFLICT)


def _rearranged(
    request: OfficeRequest, quote: Quote | None, lines: QuoteLines, files: Files, action: str
) -> HttpResponse:
    """Without script: add, move, copy, remove, fill in, insert a kit, or add up; the quote stays as it is."""
    verb, _colon, key = action.partition(":")
    given = {name: request.POST.get(name) for name in QuoteForm.base_fields}
    panel = KitPanel.asked(request, lines, verb, key)
    if verb == "add":
        add_item(request.team, lines, request.POST.get("add", "").replace("\x00", "").strip()[:200])
        lines.arrange()
    elif verb == "detach":
        files.remove(key)
    elif verb == "site":
        given["site"] = site_text(request.team, given.get("client"), key) or given.get("site")
    else:
        rearrange(lines, verb, key)
    form = QuoteForm(request.team, document=quote, initial=given)
    editor = Editor(request, form, lines, files, quote, panel=panel)
    refused = bool(files.problems) or (panel is not None and panel.is_refused)
    return editor.shown(UNPROCESSABLE if refused else 200, is_typed=True)
