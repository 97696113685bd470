"""The team's own wording of its messages (MSG-2, TEA-3)."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from mail.composing import team_mail
from mail.models import MessageTemplate
from mail.wording import WORDINGS
from teams.models import AuditEntry
from tests.world import World

BASE = "/t/kirkstall-plumbing/settings/wording/"
KEY = "invoice_ready"
GOOD = {"subject": "Your bill {reference}", "body": "Hello {client_first_name},\r\n\r\n{link}\r\n\r\nBye"}


@pytest.fixture
def alice(world: World) -> Browser:
    return world.browser(world.alice)


def test_the_list_names_what_may_be_changed(alice: Browser) -> None:
    html = alice.get(BASE).content.decode()
    assert "Invoice Ready For Payment" in html
    assert "Portal invite" in html
    assert "Password reset" not in html


def test_saving_changes_the_mail(world: World, alice: Browser) -> None:
    response = alice.post(f"{BASE}{KEY}/", GOOD)
    assert response.status_code == 303
    with world.scope():
        mail = team_mail(
            world.team,
            KEY,
            dict.fromkeys(WORDINGS[KEY].placeholders, "x") | {"reference": "INV-1", "client_name": "Jo W"},
            button="https://example.com/",
        )
        entry = AuditEntry.objects.latest("pk")
    assert mail.subject == "Your bill INV-1"
    assert entry.verb == "team.wording_changed"
    assert entry.details["changes"]["subject"][1] == "Your bill {reference}"
    assert "Your wording" in alice.get(BASE).content.decode()
    with world.other_scope():
        assert not MessageTemplate.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("subject", "", "looks like spam"),
        ("subject", "x" * 201, "200"),
        ("subject", "a\nb", "one line"),
        ("subject", "{password}", "{password} is not a placeholder"),
        ("body", "", "Type what the mail"),
        ("body", "x" * 4001, "4000"),
        ("body", "{client_name.__class__}", "is not a placeholder"),
        ("body", "Hello {name}", "{client_name}"),
    ],
)
def test_what_cannot_be_sent_is_refused(
    world: World, alice: Browser, field: str, value: str, says: str
) -> None:
    response = alice.post(f"{BASE}{KEY}/", GOOD | {field: value})
    assert response.status_code == 422
    assert says in response.content.decode()
    with world.scope():
        assert not MessageTemplate.objects.exists()


def test_reset_brings_our_words_back(world: World, alice: Browser) -> None:
    alice.post(f"{BASE}{KEY}/", GOOD)
    assert "Reset" in alice.get(f"{BASE}{KEY}/").content.decode()
    assert alice.post(f"{BASE}{KEY}/reset/").status_code == 303
    with world.scope():
        assert not MessageTemplate.objects.exists()
        assert AuditEntry.objects.latest("pk").verb == "team.wording_reset"
    assert alice.post(f"{BASE}{KEY}/reset/").status_code == 303


def test_typing_our_words_is_a_reset(world: World, alice: Browser) -> None:
    alice.post(f"{BASE}{KEY}/", GOOD)
    ours = WORDINGS[KEY]
    alice.post(f"{BASE}{KEY}/", {"subject": str(ours.subject), "body": str(ours.body)})
    with world.scope():
        assert not MessageTemplate.objects.exists()


def test_the_preview_shows_and_saves_nothing(world: World, alice: Browser) -> None:
    data = {"subject": "Bill {reference}", "body": "<script>alert(1)</script> {client_name}"}
    page = alice.post(f"{BASE}{KEY}/preview/", data)
    part = alice.post(f"{BASE}{KEY}/preview/", data, headers={"HX-Request": "true"})
    for response in (page, part):
        html = response.content.decode()
        assert response.status_code == 200
        assert "Bill INV-0142" in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt; Jo Whitaker" in html
        assert "the button stands at the end" in html
    assert "<html" not in part.content.decode()
    with world.scope():
        assert not MessageTemplate.objects.exists()


def test_who_may_not_and_what_is_not_there(world: World, alice: Browser) -> None:
    for path in ("", f"{KEY}/"):
        for user, status in ((world.bob, 403), (world.ann, 403), (world.charlie, 404), (world.jo_user, 404)):
            assert world.browser(user).get(BASE + path).status_code == status
    for verb in ("preview", "reset"):
        assert world.browser(world.bob).post(f"{BASE}{KEY}/{verb}/").status_code == 403
        assert alice.get(f"{BASE}{KEY}/{verb}/").status_code == 405
        assert alice.post(f"{BASE}password_reset/{verb}/").status_code == 404
    assert alice.get(f"{BASE}password_reset/").status_code == 404
    assert alice.get(f"{BASE}nonsense/").status_code == 404
    assert alice.post(BASE).status_code == 405
