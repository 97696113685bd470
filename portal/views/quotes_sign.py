"""Signing a quote, and what stands afterwards (QUO-6, QUO-7, QUO-8)."""

from __future__ import annotations

import base64
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cma.answers import CONFLICT, UNPROCESSABLE, done, shown
from cma.client_ip import client_ip
from cma.errors import too_many
from portal.access import PortalRequest, section
from portal.limits import allowed
from portal.models import Section
from portal.offers import find_offer
from portal.views.quotes import is_the_client, quote_page, told
from portal.views.quotes_talk import asker
from quotes import signing
from quotes.breakdown import Breakdown, breakdown_of
from quotes.errors import Moved, Refused
from quotes.forms.signing import SignForm
from quotes.models import How, Quote
from quotes.signing import Signer
from teams.models import WrongState


@require_http_methods(["GET", "HEAD", "POST"])
@section(Section.QUOTES, by_link=True)
@never_cache
def quote_sign(request: PortalRequest, pk: int) -> HttpResponse:
    """Name, signature, "I agree": one transaction accepts, or nothing does."""
    found = find_offer(request, pk)
    if request.hides_prices:
        return told(request, found, _("Signing is for those who see the prices."))
    if found.is_accepted:
        return done(request, reverse("portal:quote-accepted", args=[request.team.slug, pk]))
    if request.method != "POST":
        return _form_page(request, found)
    if not is_the_client(request):
        # The record would say that whoever was mailed the link had signed.
        return told(
            request,
            found,
            _("You are signed in as one of the team, so nothing was signed. Sign in person instead."),
        )
    form = SignForm(request.POST)
    if not form.is_valid():
        return _form_page(request, found, form)
    if not allowed(request, "quote-sign", key=str(found.entry_id)):
        return too_many(request)
    return _accepted(request, found, form)


def _accepted(request: PortalRequest, found: Quote, form: SignForm) -> HttpResponse:
    try:
        signing.accept(found, signer=signer_of(request, form), seen=form.cleaned_data["seen"])
    except Moved as moved:
        return _moved(request, moved)
    except WrongState as state:
        return told(request, find_offer(request, found.pk), str(state))
    except Refused as refusal:
        for problem in refusal.problems:
            form.add_error(None, str(problem))
        return _form_page(request, found, form)
    return done(request, reverse("portal:quote-accepted", args=[request.team.slug, found.pk]))


def signer_of(request: PortalRequest, form: SignForm) -> Signer:
    """Who signs, by which right, from where."""
    data = form.cleaned_data
    login = asker(request)
    return Signer(
        name=data["name"].strip(),
        how=How(data["how"]),
        agreed=data["agree"],
        drawn=data["drawn"],
        typed=data["typed"].strip(),
        login=login,
        link=request.link,
        email=login.email if login else (request.link.email if request.link else ""),
        in_person_with=None,
        ip=client_ip(request),
        user_agent=request.headers.get("User-Agent", "")[:300],
    )


def _form_page(request: PortalRequest, found: Quote, form: SignForm | None = None) -> HttpResponse:
    if not found.is_open(request.team.today()):
        if form is not None:
            return told(request, found, _("Nothing was signed: this quote is no longer open."))
        return redirect("portal:quote", request.team.slug, found.pk)
    parts = breakdown_of(found)
    if not parts.is_complete:
        return quote_page(request, found, status=UNPROCESSABLE, is_incomplete=True)
    return shown(
        request,
        "portal/quote_sign.html",
        sign_context(found, parts, form),
        status=UNPROCESSABLE if form else None,
    )


def sign_context(found: Quote, parts: Breakdown, form: SignForm | None) -> dict[str, Any]:
    """What is agreed to, and the form for it. What was seen stays what it was on the page first shown."""
    seen = signing.seen_of(found, dict(parts.picks))
    return {
        "quote": found,
        "parts": parts,
        "extras_taken": [row for row in parts.extras_alone if row.taken],
        "form": form or SignForm(initial={"seen": seen}),
        "wording": signing.wording_of(found, parts.figures),
    }


def _moved(request: PortalRequest, moved: Moved) -> HttpResponse:
    """409: the quote as it is now, with what is different; nothing was accepted (QUO-8)."""
    now = find_offer(request, moved.quote.pk)
    return quote_page(request, now, status=CONFLICT, has_moved=True, moved=moved.differences)


@require_safe
@section(Section.QUOTES, by_link=True)
def quote_accepted(request: PortalRequest, pk: int) -> HttpResponse:
    """By whom, when, and with which fingerprint."""
    found = find_offer(request, pk)
    if not found.is_accepted:
        return redirect("portal:quote", request.team.slug, pk)
    signed = found.acceptance
    context = {
        "quote": found,
        "signed": signed,
        "signature": base64.b64encode(bytes(signed.signature or b"")).decode(),
        "prints": [grouped_print(signed.sha256), grouped_print(signed.pdf_sha256)],
        "parts": breakdown_of(found),
        "shows_prices": not request.hides_prices,
    }
    return shown(request, "portal/quote_accepted.html", context)


def grouped_print(sha256: str) -> str:
    """A fingerprint in groups of four, as people compare them."""
    return " ".join(sha256[start : start + 4] for start in range(0, len(sha256), 4))
