"""Questions about a quote, asking for changes, and saying no (QUO-5, QUO-9)."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from cma.answers import UNPROCESSABLE, done, shown
from cma.errors import too_many
from cma.toasts import toast
from portal.access import PortalRequest, section
from portal.limits import allowed
from portal.models import Section
from portal.offers import find_offer
from portal.views.quotes import quote_page, told
from quotes import answering
from quotes.errors import Refused
from quotes.models import Quote, QuoteState, Status
from teams.models import User, WrongState

LONGEST = 2000


class ChangesForm(forms.Form):
    """What is to be different."""

    text = forms.CharField(
        label=gettext_lazy("What should be different?"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class DeclineForm(forms.Form):
    """Why not, if they like to say."""

    reason = forms.CharField(
        label=gettext_lazy("What is the reason?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Too dear, too late, somebody else: whatever helps us to do better."),
    )


@require_POST
@section(Section.QUOTES, by_link=True)
def quote_ask(request: PortalRequest, pk: int) -> HttpResponse:
    """A question about a line, or about the quote as a whole; the trade is mailed."""
    found = find_offer(request, pk)
    wanted = request.POST.get("line", "")
    text = request.POST.get(f"text-{wanted}", "").strip()
    problem = _problem(text)
    if problem:
        return quote_page(request, found, status=UNPROCESSABLE, asked=wanted, typed=text, ask_problem=problem)
    if not allowed(request, "quote-say", key=str(found.entry_id)):
        return too_many(request)
    try:
        key = UUID(wanted) if wanted else None
        answering.ask(found, line_key=key, text=text, by_name=request.shown_name, user=asker(request))
    except ValueError:
        return quote_page(request, found, status=UNPROCESSABLE, told=_("This line is not part of the quote."))
    except Refused as refusal:
        return _not_asked(request, found, wanted, text, refusal)
    except WrongState:
        return told(request, find_offer(request, pk), _("This quote is closed. Ring or write instead."))
    toast(request, _("Asked. You get a mail when there is an answer."))
    address = reverse("portal:quote", args=[request.team.slug, pk])
    return done(request, f"{address}#line-{wanted}" if wanted else f"{address}#about")


def _not_asked(
    request: PortalRequest, found: Quote, wanted: str, text: str, refusal: Refused
) -> HttpResponse:
    """422: why, and what was typed, where it was typed if that line is there."""
    if wanted and not found.lines.filter(key=UUID(wanted)).exists():
        return quote_page(request, found, status=UNPROCESSABLE, told=str(refusal))
    return quote_page(
        request, found, status=UNPROCESSABLE, asked=wanted, typed=text, ask_problem=str(refusal)
    )


def _problem(text: str) -> str:
    if not text:
        return _("Write your question first.")
    if len(text) > LONGEST:
        return _("Keep it under 2,000 characters.")
    return ""


def asker(request: PortalRequest) -> User | None:
    """The login that asks; None for who came by a mailed link, whoever else is signed in beside it."""
    return request.user if request.link is None else None


@require_http_methods(["GET", "HEAD", "POST"])
@section(Section.QUOTES, by_link=True)
def quote_changes(request: PortalRequest, pk: int) -> HttpResponse:
    """Ask for changes; after the last day, ask for an updated quote (QUO-9)."""
    found = find_offer(request, pk)
    is_late = found.status(request.team.today()) == Status.EXPIRED
    if found.state != QuoteState.SENT:
        return _not_open(request, found)
    initial = {"text": _("Please send me an updated quote.")} if is_late else None
    form = ChangesForm(request.POST or None, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return shown(request, "portal/quote_changes.html", {"quote": found, "is_late": is_late}, form=form)
    if not allowed(request, "quote-say", key=str(found.entry_id)):
        return too_many(request)
    try:
        answering.ask_for_changes(
            found, text=form.cleaned_data["text"], by_name=request.shown_name, user=asker(request)
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return shown(request, "portal/quote_changes.html", {"quote": found, "is_late": is_late}, form=form)
    except WrongState:
        return _not_open(request, find_offer(request, pk))
    toast(request, _("Sent. %(firm)s will get back to you.") % {"firm": request.team.name})
    return done(request, reverse("portal:quote", args=[request.team.slug, pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@section(Section.QUOTES, by_link=True)
def quote_decline(request: PortalRequest, pk: int) -> HttpResponse:
    """Say no, on a page of its own, so that nobody does it by mistake."""
    found = find_offer(request, pk)
    if request.hides_prices or found.state != QuoteState.SENT:
        return _not_open(request, found)
    form = DeclineForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return shown(request, "portal/quote_decline.html", {"quote": found}, form=form)
    try:
        answering.decline(
            found, reason=form.cleaned_data["reason"], by_name=request.shown_name, user=asker(request)
        )
    except WrongState as problem:
        return told(request, find_offer(request, pk), str(problem))
    toast(request, _("Declined. Thank you for letting %(firm)s know.") % {"firm": request.team.name})
    return done(request, reverse("portal:quote", args=[request.team.slug, pk]))


def _not_open(request: PortalRequest, found: Quote) -> HttpResponse:
    """Answered or withdrawn meanwhile: its page says so."""
    if request.method == "POST":
        return told(request, found, _("Nothing was changed: this quote is no longer open."))
    return redirect("portal:quote", request.team.slug, found.pk)
