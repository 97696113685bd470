"""What the editor asks while something is typed: the client's addresses, and what it all comes to."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from clients.models import Address, AddressKind
from quotes.forms.lines import QuoteLines
from teams.access import OfficeRequest, can
from teams.models import Team

MOST_SITES = 10


def sites_of(team: Team, client_id: int) -> list[Address]:
    """Where the client may want work done: sites first."""
    found = Address.objects.filter(team=team, client_id=client_id)
    return sorted(found, key=lambda one: (one.kind != AddressKind.SITE, one.pk))[:MOST_SITES]


def site_text(team: Team, client: object, key: str) -> str:
    """One of the client's addresses, as it is typed."""
    wanted = str(client or "")
    if not all(text.isascii() and text.isdecimal() and len(text) < 19 for text in (key, wanted)):
        return ""
    found = Address.objects.filter(team=team, client_id=wanted, pk=key).first()
    return "\n".join(found.lines()) if found else ""


@require_GET
@can("work")
def quote_sites(request: OfficeRequest) -> HttpResponse:
    """The addresses of a client, as buttons below the field."""
    wanted = request.GET.get("client", "")
    known = wanted.isascii() and wanted.isdecimal() and len(wanted) < 19
    context = {"sites": sites_of(request.team, int(wanted)) if known else []}
    return render(request, "quotes/editor_preview.html#sites", context)


@require_POST
@can("work")
def quote_preview(request: OfficeRequest) -> HttpResponse:
    """Figures of the form as it is being typed. Reads the VAT rates and stores nothing."""
    rates = list(request.team.vat_rates.all()) if request.team.is_vat_registered else []
    lines = QuoteLines.typed(request.team, rates, request.POST)
    lines.check()
    return render(request, "quotes/editor_preview.html", {"lines": lines})
