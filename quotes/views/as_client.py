"""A draft as its client will see it, before anything is sent."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from cma.answers import done, shown
from quotes.breakdown import breakdown_of
from teams.access import OfficeRequest, can


@require_safe
@can("work")
def quote_as_client(request: OfficeRequest, pk: int) -> HttpResponse:
    """Drawn from the parts of the client's own page; nothing in it can be pressed or counts as viewed.

    What was sent has moved on: its own page shows it.
    """
    team = request.team
    quote = get_object_or_404(team.quotes.select_related("client"), pk=pk)
    quote.team = quote.client.team = team
    if not quote.is_draft:
        return done(request, reverse("quotes:quote", args=[team.slug, quote.pk]))
    context = {
        "quote": quote,
        "parts": breakdown_of(quote),
        "may_choose": True,
        "shows_prices": True,
        "is_open": False,
        "attachments": quote.attachments.select_related("file").defer("file__content", "file__thumbnail"),
        "back": reverse("quotes:quote-edit", args=[team.slug, quote.pk]),
    }
    return shown(request, "quotes/as_client.html", context)
