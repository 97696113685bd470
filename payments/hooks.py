"""Addresses that Stripe calls; they name no team in words, only by an unguessable token."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import webhooks
from teams.directory import team_by_webhook_token

app_name = "hooks"

LARGEST = 1024 * 1024
LONGEST_TOKEN = 64


@csrf_exempt
@login_not_required
@require_POST
def stripe(request: HttpRequest, token: str) -> HttpResponse:
    """An event of one team's Stripe account: 200 once stored; 400, and nothing stored, if not signed."""
    # Told by its length, before a byte of it is read.
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > LARGEST:
        return HttpResponse("Too large.", status=413, content_type="text/plain")
    team_id = team_by_webhook_token(token) if len(token) <= LONGEST_TOKEN else None
    if team_id is None:
        return HttpResponse("Unknown address.", status=404, content_type="text/plain")
    try:
        webhooks.receive(team_id, request.body, request.headers.get("Stripe-Signature", ""))
    except webhooks.Refused:
        return HttpResponse("Refused.", status=400, content_type="text/plain")
    return HttpResponse("Stored.", content_type="text/plain")


urlpatterns = [path("stripe/<str:token>/", stripe, name="stripe")]
