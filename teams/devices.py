"""Keeps the list of a person's devices fresh without a write for every request (TEA-5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

FRESH = timedelta(minutes=1)


class SeenMiddleware:
    """In the place of django-allauth's own, which writes (and locks) the row each time, polls included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            seen = UserSession.objects.filter(
                session_key=request.session.session_key,
                user_id=request.user.pk,
                last_seen_at__gt=timezone.now() - FRESH,
            )
            if not seen.exists():
                UserSession.objects.create_from_request(request)
        return self.get_response(request)
