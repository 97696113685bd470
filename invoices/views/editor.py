"""The editor of a draft (INV-1 to INV-4, INV-6). It works without script: every button is a named submit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalogue.models import VatRate
from cma.answers import CONFLICT, UNPROCESSABLE, done, moved_on
from cma.toasts import toast
from invoices.drafting import save_draft, what_changed
from invoices.errors import ChangedMeanwhile, ReferenceTaken
from invoices.forms import typed
from invoices.forms.document import chosen_products, make_client, usable_rates
from invoices.forms.editor import InvoiceForm, initial_of, initial_of_new, lines_of
from invoices.forms.lines import UNITS, InvoiceLines, TypedLine
from invoices.links import office_url
from invoices.models import Invoice, LineKind
from invoices.money import TooLarge
from invoices.views.parts import add_item, chosen_client, problems
from teams.access import OfficeRequest, can
from teams.models import Team, WrongState

# What a button of the form may ask for besides saving; `:<key>` names the line.
LINE_ACTIONS = ("up", "down", "remove", "copy")


@dataclass
class Editor:
    """One drawing of the page: the form, its lines and what is wrong."""

    request: OfficeRequest
    form: InvoiceForm
    lines: InvoiceLines
    invoice: Invoice | None = None
    conflict: ChangedMeanwhile | None = None
    who: str = ""

    def shown(self, status: int = 200) -> HttpResponse:
        """The page."""
        team = self.request.team
        if not self.lines.is_checked:
            self.lines.check()
        blank = TypedLine(key="KEY", vat_rate=str(getattr(self.lines.default_rate, "pk", "")))
        context = {
            "form": self.form,
            "lines": self.lines,
            "invoice": self.invoice,
            "rates": list(self.lines.rates.values()),
            "units": UNITS,
            "problems": problems(self.form, self.lines) if status == UNPROCESSABLE else None,
            "conflict": self.conflict,
            "conflict_text": _("%s changed this invoice while you were typing.") % self.who
            if self.who
            else _("This invoice was changed while you were typing."),
            "chosen": chosen_client(team, self.form),
            "templates": [blank, replace(blank, kind=LineKind.HEADING), replace(blank, kind=LineKind.NOTE)],
            "back": office_url(self.invoice)
            if self.invoice
            else reverse("invoices:invoice-list", args=[team.slug]),
            "adds_client": bool(self.form["new_client_name"].value()),
        }
        return render(self.request, "invoices/invoice_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def invoice_create(request: OfficeRequest) -> HttpResponse:
    """A new draft, with reference and dates filled in (INV-1)."""
    if request.method == "POST":
        return _posted(request, None)
    wanted = request.GET.get("client", "")
    client = request.team.clients.current().filter(pk=wanted).first() if wanted.isdecimal() else None
    form = InvoiceForm(request.team, initial=initial_of_new(request.team, client))
    lines = InvoiceLines(request.team, usable_rates(request.team), [])
    lines.add()
    return Editor(request, form, lines).shown()


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def invoice_edit(request: OfficeRequest, pk: int) -> HttpResponse:
    """A draft again; an issued invoice answers 409 with the way back to its page."""
    invoice = get_object_or_404(request.team.invoices.select_related("client"), pk=pk)
    if not invoice.is_draft:
        text = (
            _("%s was sent and can no longer be changed. Copy it to a new draft instead.") % invoice.reference
        )
        return moved_on(request, text, back=office_url(invoice), whole=True)
    if request.method == "POST":
        return _posted(request, invoice)
    form = InvoiceForm(request.team, document=invoice, initial=initial_of(invoice))
    return Editor(
        request, form, lines_of(request.team, _rates(request.team, invoice), invoice), invoice
    ).shown()


def _rates(team: Team, invoice: Invoice | None) -> list[VatRate]:
    used = invoice.lines.values_list("vat_rate_id", flat=True) if invoice else []
    return usable_rates(team, [rate for rate in used if rate])


def _posted(request: OfficeRequest, invoice: Invoice | None) -> HttpResponse:
    team, action = request.team, request.POST.get("do", "save")
    lines = InvoiceLines.typed(team, _rates(team, invoice), request.POST)
    if action not in {"save", "finalize", "preview"}:
        return _rearranged(request, invoice, lines, action)
    form = InvoiceForm(team, request.POST, document=invoice)
    editor = Editor(request, form, lines, invoice)
    lines.check()
    lines.check_count(lines.kept)
    products = chosen_products(team, lines)
    if not (form.is_valid() and lines.is_valid):
        return editor.shown(UNPROCESSABLE)
    try:
        with transaction.atomic():
            saved = _save(request, form, lines, products, invoice)
    except ReferenceTaken as taken:
        form.add_error("reference", str(taken))
    except TooLarge:
        lines.problem = _("An invoice can come to at most £9,999,999.99. Split it in two.")
    except ChangedMeanwhile as changed:
        return _conflict(editor, changed)
    except WrongState as moved:
        return moved_on(
            request, str(moved), back=office_url(invoice) if invoice else request.path, whole=True
        )
    else:
        return _saved(request, form, saved, action)
    return editor.shown(UNPROCESSABLE)


def _save(
    request: OfficeRequest,
    form: InvoiceForm,
    lines: InvoiceLines,
    products: dict[str, Any],
    invoice: Invoice | None,
) -> Invoice:
    cleaned = form.cleaned_data
    client = cleaned["client_row"] or make_client(
        request.team, name=cleaned["new_client_name"].strip(), email=cleaned["new_client_email"]
    )
    # A form that comes again (Back, a second tab) changes the draft that it made, unless that has moved on.
    key = cleaned["form_key"] if invoice is None else None
    made = request.team.invoices.filter(form_key=key).first() if key else None
    return save_draft(
        request.team,
        client=client,
        lines=lines.inputs(products),
        by=request.user,
        reference=form.wanted_reference,
        title=cleaned["title"].strip(),
        issue_on=cleaned["issue_on"],
        due_on=cleaned["due_on"],
        supply_on=cleaned["supply_on"],
        note=cleaned["note"].strip(),
        form_key=key,
        invoice=invoice or made,
        version=1 if made else cleaned["version"],
    )


def _saved(request: OfficeRequest, form: InvoiceForm, saved: Invoice, action: str) -> HttpResponse:
    promised = form.cleaned_data.get("suggested")
    if form.document is None and not form.wanted_reference and promised and promised != saved.reference:
        text = _("%(promised)s was taken meanwhile, this one is %(reference)s.")
        toast(request, text % {"promised": promised, "reference": saved.reference})
    else:
        toast(request, _("%s is saved as a draft.") % saved.reference)
    # A preview is a download, which leaves the page as it is: that must not be the empty form any more.
    name = {"finalize": "invoices:invoice-issue", "preview": "invoices:invoice-edit"}.get(
        action, "invoices:invoice"
    )
    url = reverse(name, args=[request.team.slug, saved.pk])
    return done(request, f"{url}?pdf=1" if action == "preview" else url)


def _conflict(editor: Editor, changed: ChangedMeanwhile) -> HttpResponse:
    """409: the form as typed, what is stored now, and the newer version: saving again is a decision."""
    editor.who, changed.differences = what_changed(
        changed.invoice,
        typed={**editor.form.cleaned_data, "client": editor.form.cleaned_data["client_row"]},
        typed_total=editor.lines.totals.total,
        typed_lines=len(editor.lines.kept),
    )
    initial = {name: editor.form.data.get(name) for name in editor.form.fields}
    editor.form = InvoiceForm(
        editor.request.team, document=changed.invoice, initial={**initial, "version": changed.invoice.version}
    )
    editor.conflict = changed
    return editor.shown(CONFLICT)


def _rearranged(
    request: OfficeRequest, invoice: Invoice | None, lines: InvoiceLines, action: str
) -> HttpResponse:
    """Without script: add, move, copy or remove a line, or add up; nothing is stored."""
    verb, _colon, key = action.partition(":")
    if verb in LINE_ACTIONS:
        _move(lines, verb, key)
    elif verb == "add":
        add_item(request.team, lines, request.POST.get("add", "").replace("\x00", "").strip()[:200])
    elif verb in {"heading", "note"}:
        lines.add(verb)
    given = {name: request.POST.get(name) for name in InvoiceForm.base_fields}
    form = InvoiceForm(request.team, document=invoice, initial=given)
    return Editor(request, form, lines, invoice).shown()


def _move(lines: InvoiceLines, verb: str, key: str) -> None:
    at = lines.find(key)
    if at is None:
        return
    line = lines.lines[at]
    if verb == "copy":
        lines.lines.insert(at + 1, replace(line, key=lines.fresh_key(), errors={}))
        return
    lines.lines.pop(at)
    if verb != "remove":
        lines.lines.insert(max(at + (-1 if verb == "up" else 1), 0), line)


@require_POST
@can("work")
def invoice_preview(request: OfficeRequest) -> HttpResponse:
    """Figures of the form as it is being typed (INV-3). Reads the VAT rates and stores nothing."""
    rates = list(request.team.vat_rates.all()) if request.team.is_vat_registered else []
    lines = InvoiceLines.typed(request.team, rates, request.POST)
    lines.check()
    return render(request, "invoices/invoice_preview.html", {"lines": lines})


@require_GET
@can("work")
def product_options(request: OfficeRequest) -> HttpResponse:
    """Products that match what is being typed, for the list below the field."""
    words = request.GET.get("q", "")[:100].replace("\x00", "").split()
    found = request.team.products.filter(archived_at=None).select_related("vat_rate")
    for word in words[:6]:
        found = found.filter(name__icontains=word)
    products = list(found.order_by("name", "pk")[:8])
    for product in products:
        product.typed_price = typed.plain(product.unit_price, at_least=2)  # type: ignore[attr-defined]
    context = {"products": products, "query": " ".join(words)}
    return render(request, "invoices/options.html#products", context)


@require_GET
@can("read")
def client_options(request: OfficeRequest) -> HttpResponse:
    """Clients that match what is being typed."""
    query = request.GET.get("q", "")[:100].replace("\x00", "")
    usable: Any = request.team.clients.current()
    clients = usable.matching(query).prefetch_related("addresses").order_by("name", "pk")[:8]
    for client in clients:
        client.team = request.team
    return render(request, "invoices/options.html#clients", {"clients": clients, "query": query.strip()})
