"""One-time codes, recovery codes and devices (PEO-4, TEA-5). Passkeys are driven in tests/browser."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client as Browser
from django.utils import timezone

from cma.sealing import key_id_of
from mail.models import AccountMessage
from tests.world import PASSWORD, World


def code_for(secret: str) -> str:
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))


@pytest.fixture
def alice(client: Browser, world: World) -> Browser:
    client.post("/account/login/", {"login": "alice@example.com", "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.fixture
def secret(alice: Browser) -> str:
    """Alice has set up the app."""
    page = alice.get("/account/2fa/totp/activate/").content.decode()
    assert "data:image/svg+xml" in page
    secret: str = alice.session["mfa.totp.secret"]
    assert secret in page.replace(" ", "")
    assert alice.post("/account/2fa/totp/activate/", {"code": "000000"}).status_code == 422
    response = alice.post("/account/2fa/totp/activate/", {"code": code_for(secret)})
    assert response.status_code == 302
    cache.clear()
    return secret


def half_way_in(email: str = "alice@example.com") -> Browser:
    browser = Browser()
    response = browser.post("/account/login/", {"login": email, "password": PASSWORD})
    assert response.headers["Location"] == "/account/2fa/authenticate/"
    return browser


def test_with_the_app_the_password_is_not_enough(world: World, secret: str) -> None:
    browser = half_way_in()
    assert browser.get("/account/").status_code == 302
    assert "One more step" in browser.get("/account/2fa/authenticate/").content.decode()
    assert browser.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 422
    response = browser.post("/account/2fa/authenticate/", {"code": code_for(secret)})
    assert response.headers["Location"] == "/"
    assert browser.get("/account/").status_code == 200


def test_a_mailed_code_is_not_enough_either(world: World, secret: str) -> None:
    import re

    browser = Browser()
    browser.post("/account/login/code/", {"email": "alice@example.com"})
    mail = AccountMessage.objects.latest("pk")
    code = re.search(r"^([A-Z0-9-]{6,9})$", mail.text, re.MULTILINE)
    assert code
    response = browser.post("/account/login/code/confirm/", {"code": code[1]})
    assert response.headers["Location"] == "/account/2fa/authenticate/"


def test_one_code_opens_once(world: World, secret: str) -> None:
    code = code_for(secret)
    assert half_way_in().post("/account/2fa/authenticate/", {"code": code}).status_code == 302
    assert half_way_in().post("/account/2fa/authenticate/", {"code": code}).status_code == 422


def test_codes_cannot_be_tried_for_ever(world: World, secret: str) -> None:
    browser = half_way_in()
    for _ in range(12):
        browser.post("/account/2fa/authenticate/", {"code": "000000"})
    response = browser.post("/account/2fa/authenticate/", {"code": code_for(secret)})
    assert response.status_code in (302, 422, 429)
    assert browser.get("/account/").status_code == 302


def test_the_seed_is_kept_as_ciphertext(world: World, secret: str) -> None:
    for authenticator in Authenticator.objects.all():
        assert secret not in str(authenticator.data)
    totp = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert key_id_of(base64.b64decode(totp.data["secret"])) == "k1"


def test_recovery_codes_open_once(world: World, alice: Browser, secret: str) -> None:
    alice.post("/account/2fa/recovery-codes/generate/")
    page = alice.get("/account/2fa/recovery-codes/").content.decode()
    codes: list[str] = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert len(codes) == 10
    assert all(code in page for code in codes)
    assert codes[0] in alice.get("/account/2fa/recovery-codes/download/").content.decode()
    assert half_way_in().post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 302
    assert half_way_in().post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 422


def test_switching_off_asks_and_is_mailed(world: World, alice: Browser, secret: str) -> None:
    assert "Confirm" in alice.get("/account/2fa/totp/deactivate/").content.decode()
    assert alice.post("/account/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()
    assert AccountMessage.objects.latest("pk").subject == "Second factor switched off"


@pytest.mark.parametrize(
    "path",
    ["", "totp/activate/", "webauthn/", "webauthn/add/", "recovery-codes/"],
)
def test_pages_are_ours_and_carry_no_inline_styles(world: World, alice: Browser, path: str) -> None:
    response = alice.get(f"/account/2fa/{path}")
    if response.status_code == 302:
        return
    html = response.content.decode()
    assert 'class="skip"' in html
    assert "style=" not in html
    assert world.browser().get(f"/account/2fa/{path}").status_code == 302


def test_passkey_sign_in_offers_a_challenge(client: Browser, world: World) -> None:
    data = client.get("/account/2fa/webauthn/login/", headers={"Accept": "application/json"}).json()
    assert data["request_options"]["publicKey"]["challenge"]
    assert client.post("/account/2fa/webauthn/login/", {"credential": "{}"}).status_code in (302, 422)
    assert client.get("/account/").status_code == 302


# ---- Devices ---------------------------------------------------------------------------------------


def device(email: str, agent: str) -> Browser:
    browser = Browser(headers={"User-Agent": agent})
    browser.post("/account/login/", {"login": email, "password": PASSWORD})
    browser.get("/account/")
    return browser


def test_devices_are_seen_and_ended(world: World) -> None:
    here = device("alice@example.com", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    phone = device("alice@example.com", "Mozilla/5.0 (iPhone; Mac OS X) Version/19 Safari/604")
    html = here.get("/account/sessions/").content.decode()
    assert "Firefox on Windows" in html
    assert "Safari on iPhone" in html
    theirs = UserSession.objects.get(user_agent__contains="iPhone")
    assert here.post(f"/account/devices/{theirs.pk}/end/").status_code == 302
    assert phone.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200


def test_being_seen_is_written_once_a_minute(world: World) -> None:
    here = device("alice@example.com", "Firefox/1")
    UserSession.objects.update(user_agent="kept")
    here.get("/account/")
    assert UserSession.objects.get().user_agent == "kept"
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(minutes=2))
    here.get("/account/")
    assert UserSession.objects.get().user_agent == "Firefox/1"


def test_all_others_at_once(world: World) -> None:
    here, phone = device("alice@example.com", "Firefox/1"), device("alice@example.com", "Chrome/1")
    here.post("/account/sessions/")
    assert phone.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200


def test_nobody_ends_the_devices_of_others(world: World) -> None:
    here, other = device("alice@example.com", "Firefox/1"), device("bob@example.com", "Chrome/1")
    bobs = UserSession.objects.get(user=world.bob)
    assert here.post(f"/account/devices/{bobs.pk}/end/").status_code == 404
    assert here.get(f"/account/devices/{bobs.pk}/end/").status_code == 405
    mine = UserSession.objects.get(user=world.alice)
    assert here.post(f"/account/devices/{mine.pk}/end/").status_code == 404
    assert other.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        (
            "Mozilla/5.0 (Linux; Android 16) SamsungBrowser/28 Chrome/140 Safari",
            "Samsung Internet on Android",
        ),
        ("curl/8", "An unknown browser"),
        ("", "An unknown browser"),
    ],
)
def test_devices_are_named(agent: str, words: str) -> None:
    from teams.templatetags.devices import device as named

    assert named(agent) == words


def test_every_page_asks_for_signing_in_again(world: World, alice: Browser, secret: str) -> None:
    import time

    session: Any = alice.session
    for entry in session["account_authentication_methods"]:
        entry["at"] = time.time() - 3600
    session.save()
    for path in ("totp/deactivate/", "recovery-codes/", "webauthn/add/"):
        response = alice.get(f"/account/2fa/{path}")
        assert "reauthenticate" in response.headers["Location"]
