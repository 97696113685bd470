"""Signing face to face, on the trade's own phone or tablet (QUO-11).

The device is handed over: these pages wear the firm's clothes, lead nowhere into the office, and say at the
end that it goes back. What is recorded says that it was signed in person, and with whom.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cma.answers import CONFLICT, UNPROCESSABLE, by_htmx, done, shown
from cma.client_ip import client_ip
from quotes import answering, signing
from quotes.breakdown import breakdown_of, read_form
from quotes.choices import Problem
from quotes.errors import Moved, Refused
from quotes.forms.signing import SignForm
from quotes.models import How, Quote
from quotes.signing import Signer
from quotes.views.detail import find
from teams.access import OfficeRequest, can
from teams.models import WrongState


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
@never_cache
def quote_in_person(request: OfficeRequest, pk: int) -> HttpResponse:
    """The quote as its client sees it, with the ticks; on to the signature for who presses that."""
    quote = find(request, pk)
    if quote.is_accepted:
        return done(request, _address(request, "quote-in-person-done", quote))
    if request.method != "POST":
        status = None if quote.is_open(request.team.today()) else CONFLICT
        return _offer(request, quote, status=status)
    try:
        answering.choose(quote, read_form(quote, request.POST), by_name=quote.client.name)
    except WrongState as moved:
        return _told(request, pk, str(moved))
    except Refused as refusal:
        return _not_kept(request, quote, refusal)
    if by_htmx(request):
        return render(request, "portal/quote_totals.html", _context(request, quote))
    if request.POST.get("do") != "sign":
        return done(request, _address(request, "quote-in-person", quote))
    if not breakdown_of(quote).is_complete:
        return _offer(request, quote, status=UNPROCESSABLE, is_incomplete=True)
    return done(request, _address(request, "quote-in-person-sign", quote))


def _address(request: OfficeRequest, view: str, quote: Quote) -> str:
    return reverse(f"quotes:{view}", args=[request.team.slug, quote.pk])


def _context(request: OfficeRequest, quote: Quote, *, refused: list[Problem] | None = None) -> dict[str, Any]:
    rows = quote.attachments.select_related("file").defer("file__content", "file__thumbnail")
    return {
        "quote": quote,
        "status": quote.status(request.team.today()),
        "may_choose": quote.is_open(request.team.today()),
        "shows_prices": True,
        # Asking is for the portal: here the person who knows stands beside them.
        "is_open": False,
        "parts": breakdown_of(quote, refused=refused or ()),
        "attachments": list(rows),
    }


def _offer(request: OfficeRequest, quote: Quote, *, status: int | None = None, **more: Any) -> HttpResponse:
    return shown(request, "quotes/in_person.html", {**_context(request, quote), **more}, status=status)


def _told(request: OfficeRequest, pk: int, text: str) -> HttpResponse:
    """409: the quote stands otherwise than the page said; it is shown as it is now."""
    response = _offer(request, find(request, pk), status=CONFLICT, told=text)
    if by_htmx(request):
        # Only a part was asked for, and that part is gone: the whole page says what happened.
        response.headers["HX-Refresh"] = "true"
    return response


def _not_kept(request: OfficeRequest, quote: Quote, refusal: Refused) -> HttpResponse:
    """422: a quantity out of bounds, a line of another quote. The ticks stay as they were."""
    problems = [problem for problem in refusal.problems if isinstance(problem, Problem)]
    context = {**_context(request, quote, refused=problems), "refused": refusal.problems}
    template = "portal/quote_totals.html" if by_htmx(request) else "quotes/in_person.html"
    return shown(request, template, context, status=UNPROCESSABLE)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
@never_cache
def quote_in_person_sign(request: OfficeRequest, pk: int) -> HttpResponse:
    """Name, signature, "I agree": one transaction accepts, or nothing does (QUO-6)."""
    quote = find(request, pk)
    if quote.is_accepted:
        return done(request, _address(request, "quote-in-person-done", quote))
    if request.method != "POST":
        return _form(request, quote)
    form = SignForm(request.POST)
    if not form.is_valid():
        return _form(request, quote, form)
    try:
        signing.accept(quote, signer=signer_of(request, form), seen=form.cleaned_data["seen"])
    except Moved as moved:
        now = find(request, moved.quote.pk)
        return _offer(request, now, status=CONFLICT, has_moved=True, moved=moved.differences)
    except WrongState as refusal:
        return _told(request, pk, str(refusal))
    except Refused as refusal:
        for problem in refusal.problems:
            form.add_error(None, str(problem))
        return _form(request, quote, form)
    return done(request, _address(request, "quote-in-person-done", quote))


def signer_of(request: OfficeRequest, form: SignForm) -> Signer:
    """The client, who has no login here: the member beside them says by what right (QUO-11)."""
    data = form.cleaned_data
    return Signer(
        name=data["name"].strip(),
        how=How(data["how"]),
        agreed=data["agree"],
        drawn=data["drawn"],
        typed=data["typed"].strip(),
        in_person_with=request.user,
        ip=client_ip(request),
        user_agent=request.headers.get("User-Agent", "")[:300],
    )


def _form(request: OfficeRequest, quote: Quote, form: SignForm | None = None) -> HttpResponse:
    if not quote.is_open(request.team.today()):
        return _told(request, quote.pk, _("Nothing was signed: this quote is no longer open."))
    parts = breakdown_of(quote)
    if not parts.is_complete:
        return _offer(request, quote, status=UNPROCESSABLE, is_incomplete=True)
    seen = signing.seen_of(quote, parts.picks)
    context = {
        "quote": quote,
        "parts": parts,
        "extras_taken": [row for row in parts.extras_alone if row.taken],
        "form": form or SignForm(initial={"seen": seen}),
        "wording": signing.wording_of(quote, parts.figures),
    }
    status = UNPROCESSABLE if form else None
    return shown(request, "quotes/in_person_sign.html", context, status=status)


@require_safe
@can("work")
@never_cache
def quote_in_person_done(request: OfficeRequest, pk: int) -> HttpResponse:
    """It is signed; now the device goes back."""
    quote = find(request, pk)
    if not quote.is_accepted:
        return done(request, _address(request, "quote-in-person", quote))
    context = {"quote": quote, "signed": quote.acceptance, "has_mail": bool(quote.client.primary_email())}
    return shown(request, "quotes/in_person_done.html", context)
