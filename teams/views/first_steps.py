"""The first steps of a new business, each skippable (PEO-3)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cma.answers import done, shown
from teams import first_steps as steps
from teams.access import OfficeRequest, can


@can("settings")
@require_safe
def first_steps(request: OfficeRequest) -> HttpResponse:
    """The list, with what is done already."""
    found = steps.steps_for(request.team, request.membership)
    context = {
        "steps": found,
        "done": sum(step.is_done for step in found),
        "next": next((step for step in found if step.is_open), None),
    }
    return shown(request, "teams/first_steps.html", context)


@can("settings")
@require_POST
def first_step_skip(request: OfficeRequest, step: str) -> HttpResponse:
    """Leave one step out."""
    if step not in steps.KEYS:
        raise Http404
    steps.skip(request.team, step)
    return done(request, reverse("teams:first-steps", args=[request.team.slug]))


@can("settings")
@require_POST
def first_steps_finish(request: OfficeRequest) -> HttpResponse:
    """On to work."""
    steps.finish(request.team)
    return done(request, reverse("teams:today", args=[request.team.slug]))
