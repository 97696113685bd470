"""What is done with several invoices at once (INV-15): mark sent, e-mail, PDFs in a zip."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from cma.answers import done, moved_on
from cma.downloads import ZIP, kept
from cma.formats import money
from cma.toasts import toast
from invoices import tasks
from invoices.errors import NotReady
from invoices.exports import MOST_PDFS, start_zip
from invoices.models import Export, ExportState, Invoice
from invoices.money import ZERO
from teams.access import OfficeRequest, can
from teams.audit import record
from teams.models import WrongState

NO_CONTENT = 204
ACTIONS = {"sent", "email"}


def picked(request: OfficeRequest) -> list[Invoice]:
    """The chosen invoices of this team, oldest first; what else was sent is passed over."""
    wanted = [
        int(pk) for pk in request.POST.getlist("pick") if pk.isascii() and pk.isdecimal() and len(pk) < 18
    ]
    rows = request.team.invoices.filter(pk__in=wanted[:MOST_PDFS]).select_related("client")
    found = list(rows.prefetch_related("client__emails", "client__portal_accesses").order_by("pk"))
    for invoice in found:
        invoice.team = invoice.client.team = request.team
    return found


@require_POST
@can("work")
def invoice_bulk(request: OfficeRequest) -> HttpResponse:
    """Ask first, on a page of its own; "Confirm" sends the same choice again with `sure`."""
    action = request.POST.get("do", "")
    if action not in ACTIONS:
        raise Http404
    invoices = picked(request)
    usable = [one for one in invoices if _fits(one, action)]
    back = reverse("invoices:invoice-list", args=[request.team.slug])
    if not usable:
        text = (
            _("None of the chosen invoices is a draft.") if action == "sent" else _("Nobody can be e-mailed.")
        )
        toast(request, text if invoices else _("Choose at least one invoice."), bad=True)
        return done(request, back)
    if request.POST.get("sure"):
        return _do(request, action, usable, back)
    context: dict[str, Any] = {
        "action": action,
        "invoices": [{"row": one, "sum": money(_sum(one, action), one.currency)} for one in usable],
        "left_out": len(invoices) - len(usable),
        "total": money(sum((_sum(one, action) for one in usable), ZERO), request.team.currency),
        "back": back,
        "default": request.team.email_on_issue,
        "key": uuid.uuid4(),
    }
    return render(request, "invoices/invoice_bulk.html", context)


def _fits(invoice: Invoice, action: str) -> bool:
    if action == "sent":
        return invoice.is_draft
    return invoice.is_issued and invoice.balance > 0 and bool(invoice.client.billing_email())


def _sum(invoice: Invoice, action: str) -> Any:
    return invoice.total if action == "sent" else invoice.balance


def _do(request: OfficeRequest, action: str, invoices: list[Invoice], back: str) -> HttpResponse:
    if action == "email":
        key = request.POST.get("form_key", "")[:36]
        for invoice in invoices:
            tasks.send_again_later(invoice, key)
        text = ngettext("%(n)d invoice is on its way.", "%(n)d invoices are on their way.", len(invoices))
        toast(request, text % {"n": len(invoices)})
        return done(request, back)
    email, sent, problems = bool(request.POST.get("email_client")), 0, []
    for invoice in invoices:
        try:
            with transaction.atomic():
                invoice.issue(by=request.user, email_client=email and bool(invoice.client.billing_email()))
            sent += 1
        except (NotReady, WrongState) as refusal:
            problems.append(str(refusal))
    if sent:
        text = ngettext("%(n)d invoice is marked Sent.", "%(n)d invoices are marked Sent.", sent)
        toast(request, text % {"n": sent})
    for problem in problems[:5]:
        toast(request, problem, bad=True)
    return done(request, back)


@require_POST
@can("export")
def invoice_zip(request: OfficeRequest) -> HttpResponse:
    """Begin a zip of the chosen invoices' PDFs and show how far it is (SCR-6)."""
    invoices = picked(request)
    if not invoices:
        toast(request, _("Choose at least one invoice."), bad=True)
        return done(request, reverse("invoices:invoice-list", args=[request.team.slug]))
    export = start_zip(request.team, [one.pk for one in invoices], by=request.user)
    record("invoice.exported", rows=len(invoices))
    return done(request, reverse("invoices:export", args=[request.team.slug, export.pk]))


@require_safe
@can("export")
def export(request: OfficeRequest, pk: int) -> HttpResponse:
    """How far the zip is; asked again by the page itself until it is ready."""
    found = get_object_or_404(request.team.exports.defer("content"), pk=pk)
    if request.GET.get("v") == f"{found.state}{found.done}":
        return HttpResponse(status=NO_CONTENT)
    template = "invoices/export.html#progress" if request.GET.get("v") else "invoices/export.html"
    return render(request, template, {"export": found})


@require_safe
@can("export")
def export_download(request: OfficeRequest, pk: int) -> HttpResponse:
    """The zip itself."""
    found: Export = get_object_or_404(request.team.exports, pk=pk)
    if found.state != ExportState.DONE or found.content is None:
        text = _("The zip is not ready yet.")
        return moved_on(request, text, back=reverse("invoices:export", args=[request.team.slug, pk]))
    return kept(bytes(found.content), ZIP, found.filename, headers={"Cache-Control": "no-store"})
