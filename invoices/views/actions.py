"""The dialogs that change an invoice. Each is a page of its own, too (SCR-3)."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cma.answers import done, moved_on, shown
from cma.toasts import toast
from documents.worker import RenderFailed
from invoices import mailing
from invoices.documents import stored_pdf
from invoices.errors import NotReady
from invoices.forms.actions import DueDateForm, IssueForm, OnceForm
from invoices.links import office_url
from invoices.models import Invoice
from invoices.views.detail import find
from teams.access import OfficeRequest, can, own_scope
from teams.models import WrongState


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def invoice_issue(request: OfficeRequest, pk: int) -> HttpResponse:
    """Draft → Sent: "Finalize & Lock" (INV-10)."""
    invoice = find(request, pk)
    url = office_url(invoice)
    if not invoice.is_draft:
        return moved_on(request, _("%s has been sent already.") % invoice.reference, back=url)
    address = invoice.client.billing_email()
    form = IssueForm(
        request.POST if request.method == "POST" else None,
        address=address,
        initial={"email_client": request.team.email_on_issue and bool(address)},
    )
    if form.is_bound and form.is_valid():
        try:
            with transaction.atomic():
                invoice.issue(by=request.user, email_client=form.cleaned_data["email_client"])
        except WrongState as moved:
            return moved_on(request, str(moved), back=url)
        except NotReady as missing:
            form.add_error(None, str(missing))
        else:
            mailed = form.cleaned_data["email_client"]
            text = _("%(ref)s is sent to %(to)s.") if mailed else _("%(ref)s is finalised and locked.")
            toast(request, text % {"ref": invoice.reference, "to": address})
            return done(request, url)
    late = invoice.due_on < request.team.today()
    return _dialog(request, "invoices/invoice_issue.html", invoice, form, is_late=late)


def _dialog(
    request: OfficeRequest, template: str, invoice: Invoice, form: Any = None, **more: Any
) -> HttpResponse:
    context = {"invoice": invoice, "invoice_url": office_url(invoice), **more}
    return shown(request, template, context, part="dialog", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def invoice_delete(request: OfficeRequest, pk: int) -> HttpResponse:
    """Draft → gone (INV-13)."""
    invoice = find(request, pk)
    if not invoice.is_draft:
        text = (
            _("%s was sent and cannot be deleted. Void it instead: it keeps its number.") % invoice.reference
        )
        return moved_on(request, text, back=office_url(invoice))
    if request.method == "POST":
        back = reverse("invoices:invoice-list", args=[request.team.slug])
        try:
            invoice.delete_draft(by=request.user)
        except WrongState as moved:
            return moved_on(request, str(moved), back=back)
        toast(request, _("%s is deleted.") % invoice.reference)
        return done(request, back)
    return _dialog(request, "invoices/invoice_delete.html", invoice)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def invoice_copy(request: OfficeRequest, pk: int) -> HttpResponse:
    """A new draft with the same client and lines (INV-14)."""
    invoice = find(request, pk)
    form = OnceForm(request.POST if request.method == "POST" else None, initial={"form_key": uuid.uuid4()})
    if form.is_bound and form.is_valid():
        copy = invoice.copy_to_draft(by=request.user, form_key=form.cleaned_data["form_key"])
        toast(
            request,
            _("%(copy)s is a copy of %(source)s.") % {"copy": copy.reference, "source": invoice.reference},
        )
        return done(request, reverse("invoices:invoice-edit", args=[request.team.slug, copy.pk]))
    return _dialog(request, "invoices/invoice_copy.html", invoice, form)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def invoice_due_date(request: OfficeRequest, pk: int) -> HttpResponse:
    """Move the due date of an issued invoice; it is logged (INV-14)."""
    invoice = find(request, pk)
    url = office_url(invoice)
    if not invoice.is_issued:
        text = _("%s is not open: its due date cannot be moved here.") % invoice.reference
        return moved_on(request, text, back=url)
    form = DueDateForm(request.POST if request.method == "POST" else None, invoice=invoice)
    if form.is_bound and form.is_valid():
        try:
            invoice.move_due_date(form.cleaned_data["due_on"], by=request.user)
        except WrongState as moved:
            return moved_on(request, str(moved), back=url)
        toast(request, _("The due date of %s is moved.") % invoice.reference)
        return done(request, url)
    return _dialog(request, "invoices/invoice_due_date.html", invoice, form)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
@own_scope
def invoice_email(request: OfficeRequest, pk: int) -> HttpResponse:
    """Send the invoice again, with its PDF and pay link. The PDF is made outside any transaction."""
    with request.open_scope():
        invoice = find(request, pk)
        address = invoice.client.billing_email()
        form = OnceForm(
            request.POST if request.method == "POST" else None, initial={"form_key": uuid.uuid4()}
        )
        url = office_url(invoice)
        if not invoice.is_issued:
            return moved_on(
                request, _("%s is not open: it cannot be e-mailed.") % invoice.reference, back=url
            )
        if not (address and form.is_bound and form.is_valid()):
            return _dialog(request, "invoices/invoice_email.html", invoice, form, address=address)
    try:
        rendering = stored_pdf(request.team.pk, pk)
    except RenderFailed:
        text = _("The PDF could not be made just now. Try again in a minute.")
        return moved_on(request, text, back=url)
    with request.open_scope():
        mailing.send_again(find(request, pk), rendering, key=str(form.cleaned_data["form_key"]))
    toast(request, _("%(ref)s is on its way to %(to)s.") % {"ref": invoice.reference, "to": address})
    return done(request, url)
