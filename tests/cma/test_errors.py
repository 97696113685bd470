"""Error pages stand on their own: branded, with a next step, leaking nothing (SCR-8)."""

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from cma import errors
from cma.middleware import DatabaseAwayMiddleware


@pytest.mark.parametrize(
    ("page", "status"),
    [
        (errors.bad_request, 400),
        (errors.forbidden, 403),
        (errors.csrf_failure, 403),
        (errors.not_found, 404),
        (errors.too_large, 413),
        (errors.too_many, 429),
        (errors.server_error, 500),
        (errors.service_unavailable, 503),
    ],
)
def test_they_need_no_database(page, status):
    """No `db` fixture: a query would fail the test."""
    response = page(RequestFactory().get("/somewhere/secret"))
    assert response.status_code == status
    assert "<h1" in response.text
    assert "Traceback" not in response.text
    assert "style=" not in response.text


def test_an_unknown_host_is_told_so(db):
    response = Client().get("/account/login/", HTTP_HOST="evil.example")
    assert response.status_code == 400
    assert "evil.example" not in response.text


def test_a_form_without_its_token(db):
    response = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "x"})
    assert response.status_code == 403
    assert "<h1" in response.text


def test_while_the_database_is_away_every_page_says_so():
    def away(request):
        raise OperationalError("connection refused by 10.0.0.5")

    response = DatabaseAwayMiddleware(away)(RequestFactory().get("/"))
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "10"
    assert "10.0.0.5" not in response.text


def test_an_error_in_a_view_is_a_500_without_details(world, monkeypatch):
    from teams.views import today

    def broken(team, date):
        raise RuntimeError("sk_live_secret")

    monkeypatch.setattr(today, "owed_by_age", broken)
    browser = world.browser(world.alice, raise_request_exception=False)
    response = browser.get(f"/t/{world.team.slug}/")
    assert response.status_code == 500
    assert "sk_live_secret" not in response.text


def test_security_headers(world):
    response = world.browser(world.alice).get("/account/")
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["X-Frame-Options"] == "DENY"
