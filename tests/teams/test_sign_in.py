"""Sign-in by password and mailed code, passwords forgotten and changed, address changed (PEO-4)."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client as Browser

from mail.models import AccountMessage
from tests.world import PASSWORD, World

LOGIN = "/account/login/"
NEW = "a-quite-new-password"


def sign_in(browser: Browser, email: str = "alice@example.com", password: str = PASSWORD, **more: str) -> Any:
    return browser.post(LOGIN, {"login": email, "password": password, **more})


def newest_mail() -> AccountMessage:
    return AccountMessage.objects.latest("pk")


def code_of(message: AccountMessage) -> str:
    found = re.search(r"^([A-Z0-9-]{6,9})$", message.text, re.MULTILINE)
    assert found, message.text
    return found[1]


def test_the_page_shows_three_ways_in(client: Browser, world: World) -> None:
    html = client.get(LOGIN).content.decode()
    for words in ("Mail me a sign-in code", "Use a passkey", "Forgotten your password?", "New here?"):
        assert words in html
    assert 'autocomplete="username webauthn"' in html
    assert "style=" not in html


def test_password(client: Browser, world: World) -> None:
    response = sign_in(client, "ALICE@example.com")
    assert response.headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/t/kirkstall-plumbing/"


def test_the_session_changes_its_key(client: Browser, world: World) -> None:
    client.get("/account/signup/")
    client.session["x"] = 1
    client.session.save()
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_wrong_password_and_unknown_address_get_the_same_answer(client: Browser, world: World) -> None:
    wrong = sign_in(client, password="not-the-password")
    unknown = sign_in(client, "nobody@example.com", "not-the-password")
    assert wrong.status_code == unknown.status_code == 422
    words = "does not belong to this address"
    assert words in wrong.content.decode()
    assert words in unknown.content.decode()
    assert 'value="alice@example.com"' in wrong.content.decode()


def test_unknown_addresses_are_not_told_by_the_clock(client: Browser, world: World, settings: Any) -> None:
    """Both answers hash a password once; the count is what the clock would show."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    calls: list[str] = []
    original = MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        calls.append(password)
        return original(self, password, salt)

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    world.alice.set_password(PASSWORD)
    world.alice.save()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MD5PasswordHasher, "encode", counted)
        sign_in(client, password="not-the-password")
        known = len(calls)
        sign_in(client, "nobody@example.com", "not-the-password")
        unknown = len(calls) - known
    assert known == unknown == 1


def test_five_wrong_tries_stop_even_the_right_password(client: Browser, world: World) -> None:
    for _ in range(5):
        assert sign_in(client, password="not-the-password").status_code == 422
    response = sign_in(client)
    assert response.status_code == 422
    assert "Too many tries" in response.content.decode()
    # Another person is not shut out by it.
    assert sign_in(Browser(), "bob@example.com").status_code == 302


def test_thirty_a_minute_from_one_address_get_the_429_page(client: Browser, world: World) -> None:
    responses = [client.post(LOGIN, {}) for _ in range(31)]
    assert responses[0].status_code == 422
    assert responses[-1].status_code == 429
    assert "Too many tries" in responses[-1].content.decode()


def test_redirects_stay_in_the_house(client: Browser, world: World) -> None:
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        browser = Browser()
        assert sign_in(browser, next=target).headers["Location"] == "/"
    assert sign_in(client, next="/t/kirkstall-plumbing/members/").headers["Location"].endswith("/members/")


def test_signing_out_needs_a_post(world: World) -> None:
    browser = world.browser(world.alice)
    assert "Sign out" in browser.get("/account/logout/").content.decode()
    assert browser.get("/account/").status_code == 200
    browser.post("/account/logout/")
    assert browser.get("/account/").status_code == 302


def test_a_door_of_a_portal_wears_the_firms_name(client: Browser, world: World) -> None:
    html = client.get(f"{LOGIN}?next=/p/kirkstall-plumbing/").content.decode()
    assert "Kirkstall Plumbing" in html
    assert "0113 496 0142" in html
    assert "New here?" not in html
    refused = sign_in(client, password="wrong", next="/p/kirkstall-plumbing/")
    assert "Kirkstall Plumbing" in refused.content.decode()
    assert "Kirkstall" not in client.get(LOGIN).content.decode()
    assert client.get(f"{LOGIN}?next=/p/nobody/").status_code == 200


def test_a_part_of_a_page_asked_for_after_signing_out_leads_to_the_door(
    client: Browser, world: World
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/t/kirkstall-plumbing/clients/?q=jo"}
    response = client.get("/t/kirkstall-plumbing/clients/?page=x", headers=headers)
    assert response.status_code == 200
    wanted = "/account/login/?next=%2Ft%2Fkirkstall-plumbing%2Fclients%2F%3Fq%3Djo"
    assert response.headers["HX-Redirect"] == wanted
    elsewhere = headers | {"HX-Current-URL": "https://evil.example/"}
    response = client.get("/t/kirkstall-plumbing/clients/", headers=elsewhere)
    assert response.headers["HX-Redirect"] == "/account/login/?next=%2F"


# ---- By mailed code --------------------------------------------------------------------------------


def test_a_mailed_code_signs_in(client: Browser, world: World) -> None:
    response = client.post("/account/login/code/", {"email": "alice@example.com"})
    assert response.headers["Location"] == "/account/login/code/confirm/"
    assert "alice@example.com" in client.get("/account/login/code/confirm/").content.decode()
    assert client.post("/account/login/code/confirm/", {"code": "WRONG1"}).status_code == 422
    response = client.post("/account/login/code/confirm/", {"code": code_of(newest_mail())})
    assert response.headers["Location"] == "/"
    assert client.get("/account/").status_code == 200


def test_a_code_for_nobody_is_answered_the_same(client: Browser, world: World) -> None:
    response = client.post("/account/login/code/", {"email": "nobody@example.com"})
    assert response.headers["Location"] == "/account/login/code/confirm/"
    assert newest_mail().subject == "There is no account for this address"
    assert client.post("/account/login/code/confirm/", {"code": "ABCDEF"}).status_code == 422


def test_a_code_is_tried_three_times(client: Browser, world: World) -> None:
    client.post("/account/login/code/", {"email": "alice@example.com"})
    code = code_of(newest_mail())
    for _ in range(3):
        client.post("/account/login/code/confirm/", {"code": "WRONG1"})
    client.post("/account/login/code/confirm/", {"code": code})
    assert client.get("/account/").status_code == 302


# ---- Forgotten -------------------------------------------------------------------------------------


def reset_link(client: Browser, email: str = "alice@example.com") -> str:
    client.post("/account/password/reset/", {"email": email})
    found = re.search(r"http://testserver(/account/password/reset/key/\S+)", newest_mail().text)
    assert found, newest_mail().text
    return found[1]


def test_a_forgotten_password_is_chosen_anew(client: Browser, world: World) -> None:
    elsewhere = world.browser(world.alice)
    assert elsewhere.get("/account/").status_code == 200
    link = reset_link(client)
    clean = client.get(link)
    assert clean.headers["Referrer-Policy"] == "no-referrer"
    url = clean.headers["Location"]
    assert "set-password" in url
    assert client.get(url).status_code == 200
    assert client.post(url, {"password1": "short"}).status_code == 422
    response = client.post(url, {"password1": NEW})
    assert response.status_code == 302
    world.alice.refresh_from_db()
    assert world.alice.check_password(NEW)
    assert client.get("/account/").status_code == 200
    # Whoever was signed in with the old one is out.
    assert elsewhere.get("/account/").status_code == 302
    assert newest_mail().subject == "Your password has changed"


def test_the_link_works_once(client: Browser, world: World) -> None:
    link = reset_link(client)
    url = client.get(link).headers["Location"]
    client.post(url, {"password1": NEW})
    again = Browser().get(link)
    page = again if again.status_code == 200 else Browser().get(again.headers["Location"])
    assert "does not work any more" in page.content.decode()


def test_forgotten_by_nobody_is_answered_the_same(client: Browser, world: World) -> None:
    known = client.post("/account/password/reset/", {"email": "alice@example.com"})
    unknown = Browser().post("/account/password/reset/", {"email": "nobody@example.com"})
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    page = Browser().get(known.headers["Location"]).content.decode()
    assert "If we know the address" in page
    assert newest_mail().to_address == "nobody@example.com"
    assert "/account/password/reset/key/" not in newest_mail().text


# ---- Changing --------------------------------------------------------------------------------------


def proven(client: Browser) -> Browser:
    """Signed in, and asked for the password once more a moment ago."""
    sign_in(client)
    assert client.post("/account/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client


def test_changing_the_password(client: Browser, world: World) -> None:
    elsewhere = world.browser(world.alice)
    proven(client)
    url = "/account/password/change/"
    assert client.post(url, {"oldpassword": "wrong", "password1": NEW}).status_code == 422
    assert client.post(url, {"oldpassword": PASSWORD, "password1": "short"}).status_code == 422
    response = client.post(url, {"oldpassword": PASSWORD, "password1": NEW})
    assert response.headers["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    mail = newest_mail()
    assert mail.subject == "Your password has changed"
    assert "127.0.0.1" in mail.text


def test_changing_the_address_waits_for_its_code(client: Browser, world: World) -> None:
    proven(client)
    response = client.post("/account/email/", {"email": "new@example.com", "action_add": ""})
    assert response.status_code == 302
    world.alice.refresh_from_db()
    assert world.alice.email == "alice@example.com"
    client.post("/account/confirm-email/", {"code": code_of(newest_mail())})
    world.alice.refresh_from_db()
    assert world.alice.email == "new@example.com"
    assert list(EmailAddress.objects.filter(user=world.alice).values_list("email", flat=True)) == [
        "new@example.com"
    ]
    told = AccountMessage.objects.filter(to_address="alice@example.com").latest("pk")
    assert "new@example.com" in told.text


def test_an_address_of_somebody_else_cannot_be_taken(client: Browser, world: World) -> None:
    proven(client)
    client.post("/account/email/", {"email": "bob@example.com", "action_add": ""})
    assert "belongs" not in newest_mail().subject
    client.post("/account/confirm-email/", {"code": code_of(newest_mail())})
    world.alice.refresh_from_db()
    assert world.alice.email == "alice@example.com"


def test_before_something_weighty_people_prove_who_they_are(world: World, client: Browser) -> None:
    proven(client)
    session = client.session
    for entry in session["account_authentication_methods"]:
        entry["at"] = time.time() - 3600
    session.save()
    response = client.post("/account/email/", {"email": "new@example.com", "action_add": ""})
    assert response.headers["Location"].startswith("/account/reauthenticate/")
    page = client.get(response.headers["Location"])
    assert "Is it you?" in page.content.decode()
    assert client.post("/account/reauthenticate/", {"password": "wrong"}).status_code == 422
    assert client.post("/account/reauthenticate/", {"password": PASSWORD}).status_code == 302


# ---- The overview ----------------------------------------------------------------------------------


def test_the_name_is_changed(world: World) -> None:
    browser = world.browser(world.alice)
    assert browser.post("/account/", {"name": "Alice H."}).status_code == 303
    world.alice.refresh_from_db()
    assert world.alice.name == "Alice H."
    for name in ("", "a\nb", "x" * 121):
        assert browser.post("/account/", {"name": name}).status_code == 422
    world.alice.refresh_from_db()
    assert world.alice.name == "Alice H."
    assert world.browser().get("/account/").status_code == 302
