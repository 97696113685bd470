"""The dialogs and buttons that change a quote. Each dialog is a page of its own, too (SCR-3)."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cma.answers import UNPROCESSABLE, done, moved_on, shown
from cma.toasts import toast
from invoices.links import office_url as invoice_url
from quotes import answering, drafting, sending
from quotes.convert import generate_invoice
from quotes.errors import NotReady, Refused
from quotes.forms.actions import AnswerForm, DuplicateForm, WithdrawForm
from quotes.links import office_url
from quotes.models import Quote, QuoteState
from quotes.pausing import pause_follow_ups
from quotes.views.detail import find, quote_page
from teams.access import OfficeRequest, can
from teams.models import WrongState

MOST_NAMES = 200


def dialog(
    request: OfficeRequest, template: str, quote: Quote, form: Any = None, **more: Any
) -> HttpResponse:
    """The page of a dialog, or its part; 422 when the form was refused."""
    context = {"quote": quote, "quote_url": office_url(quote), **more}
    return shown(request, template, context, part="dialog", form=form)


def posted(request: OfficeRequest) -> Any:
    """What was sent, for a form; None while it is only asked for."""
    return request.POST if request.method == "POST" else None


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def quote_withdraw(request: OfficeRequest, pk: int) -> HttpResponse:
    """Sent → withdrawn: the client can no longer accept it (QUO-3)."""
    quote = find(request, pk)
    url = office_url(quote)
    if quote.state != QuoteState.SENT:
        text = _("%s is not with the client: there is nothing to withdraw.") % quote.reference
        return moved_on(request, text, back=url)
    form = WithdrawForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            sending.withdraw(quote, by=request.user, reason=form.cleaned_data["reason"])
        except WrongState as moved:
            return moved_on(request, str(moved), back=url)
        toast(request, _("%s is withdrawn.") % quote.reference)
        return done(request, url)
    return dialog(request, "quotes/quote_withdraw.html", quote, form)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def quote_delete(request: OfficeRequest, pk: int) -> HttpResponse:
    """Draft → gone."""
    quote = find(request, pk)
    if not quote.is_draft:
        text = (
            _("%s was sent and cannot be deleted. Withdraw it instead: it keeps its number.")
            % quote.reference
        )
        return moved_on(request, text, back=office_url(quote))
    if request.method == "POST":
        back = reverse("quotes:quote-list", args=[request.team.slug])
        try:
            drafting.delete_draft(quote, by=request.user)
        except WrongState as moved:
            return moved_on(request, str(moved), back=back)
        toast(request, _("The draft of %s is deleted.") % quote.reference)
        return done(request, back)
    return dialog(request, "quotes/quote_delete.html", quote)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def quote_duplicate(request: OfficeRequest, pk: int) -> HttpResponse:
    """A new draft with the same words and lines, for this client or another (QUO-1)."""
    quote = find(request, pk)
    form = DuplicateForm(
        posted(request), initial={"form_key": uuid.uuid4()}, team=request.team, client=quote.client
    )
    if form.is_bound and form.is_valid():
        client = form.cleaned_data["for_client"]
        copy = drafting.duplicate(
            quote, by=request.user, client=client, form_key=form.cleaned_data["form_key"]
        )
        names = {"copy": copy.reference, "source": quote.reference, "client": client}
        toast(request, _("%(copy)s is a copy of %(source)s for %(client)s.") % names)
        return done(request, _edit_url(copy, request))
    newest = request.team.clients.filter(archived_at=None).order_by("-pk")
    on_offer = sorted(set(newest.values_list("name", flat=True)[:MOST_NAMES]))
    return dialog(request, "quotes/quote_duplicate.html", quote, form, names=on_offer)


def _edit_url(quote: Quote, request: OfficeRequest) -> str:
    return reverse("quotes:quote-edit", args=[request.team.slug, quote.pk])


@require_POST
@can("work")
def quote_new_version(request: OfficeRequest, pk: int) -> HttpResponse:
    """A draft of the next version; pressed again, the one that is there (QUO-10)."""
    quote = find(request, pk)
    try:
        version = drafting.new_version(quote, by=request.user)
    except WrongState as moved:
        return moved_on(request, str(moved), back=office_url(quote))
    words = _("Version %(new)s is a draft. Version %(old)s counts until you send it.")
    toast(request, words % {"new": version.version, "old": quote.version})
    return done(request, _edit_url(version, request))


@require_POST
@can("work")
def quote_answer(request: OfficeRequest, pk: int) -> HttpResponse:
    """Say something to a question; the client is mailed (QUO-5)."""
    quote = find(request, pk)
    wanted = request.POST.get("line", "")
    form = AnswerForm({"text": request.POST.get(f"text-{wanted}", "")})
    if not form.is_valid():
        return _not_said(request, quote, wanted, str(form.errors["text"][0]))
    try:
        key = uuid.UUID(wanted) if wanted else None
        with transaction.atomic():
            answering.answer(quote, line_key=key, text=form.cleaned_data["text"], by=request.user)
    except ValueError:
        return _not_said(request, quote, "", _("This line is not part of the quote."))
    except Refused as refusal:
        return _not_said(request, quote, wanted, str(refusal))
    except WrongState:
        text = _("%s is closed: what is said now would not get to the client.") % quote.reference
        return moved_on(request, text, back=office_url(quote))
    toast(request, _("Answered. %s gets a mail.") % quote.client)
    return done(request, f"{office_url(quote)}#questions")


def _not_said(request: OfficeRequest, quote: Quote, wanted: str, problem: str) -> HttpResponse:
    """422: the page with what was typed, and what is wrong with it."""
    typed = request.POST.get(f"text-{wanted}", "")
    return quote_page(request, quote, status=UNPROCESSABLE, said_to=wanted, typed=typed, say_problem=problem)


@require_POST
@can("work")
def quote_generate_invoice(request: OfficeRequest, pk: int) -> HttpResponse:
    """Accepted → a draft of its invoice; pressed again, the one it made (INV-5)."""
    quote = find(request, pk)
    try:
        invoice = generate_invoice(quote, by=request.user)
    except (WrongState, NotReady) as refusal:
        return moved_on(request, str(refusal), back=office_url(quote))
    invoice.team = request.team
    if not invoice.is_draft:
        return done(request, invoice_url(invoice))
    words = _("%(invoice)s is drafted from %(quote)s. Look it over and finalize it.")
    toast(request, words % {"invoice": invoice.reference, "quote": quote.reference})
    return done(request, reverse("invoices:invoice-edit", args=[request.team.slug, invoice.pk]))


@require_POST
@can("work")
def quote_follow_ups(request: OfficeRequest, pk: int) -> HttpResponse:
    """Stop following this quote up, or go on with it (QUO-16)."""
    quote = find(request, pk)
    paused = request.POST.get("paused") == "yes"
    try:
        pause_follow_ups(quote, paused=paused, by=request.user)
    except WrongState as moved:
        return moved_on(request, str(moved), back=office_url(quote))
    words = _("%s is no longer followed up.") if paused else _("%s is followed up again.")
    toast(request, words % quote.reference)
    return done(request, office_url(quote))
