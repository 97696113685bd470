"""Where a person goes after sign-in: their one place, or a choice of several (PEO-2, POR-13)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from teams.access import PersonRequest
from teams.directory import memberships_of, portal_accesses_of


@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """Send the person to their team or portal, or let them choose (always, with `?switch=1`)."""
    seats, keys = memberships_of(request.user.pk), portal_accesses_of(request.user.pk)
    if "switch" not in request.GET:
        if len(seats) == 1 and not keys:
            return redirect("teams:today", seats[0].slug)
        if len(keys) == 1 and not seats:
            return redirect("portal:home", keys[0].slug)
    return render(request, "teams/choose.html", {"seats": seats, "keys": keys})
