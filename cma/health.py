"""Whether the process lives, and whether it can work."""

from __future__ import annotations

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse

from teams.guard import role_problem


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers."""
    return JsonResponse({"ok": True})


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database and role are right. An absent Redis is told but does not stop the pages."""
    try:
        problem = role_problem()
        with connection.cursor() as cursor:
            cursor.execute("select 1 from django_migrations limit 1")
        database = problem or "ok"
    except Error:
        database = "away"
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
        broker = "ok"
    except redis.RedisError:
        broker = "away"
    return JsonResponse({"database": database, "redis": broker}, status=200 if database == "ok" else 503)
