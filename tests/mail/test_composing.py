"""A team's mail: its own wording or ours, filled, in its name (MSG-2)."""

from __future__ import annotations

import pytest

from mail.composing import team_mail
from mail.models import MessageTemplate
from mail.wording import WORDINGS
from tests.world import World

LINK = "https://cma.example/p/kirkstall-plumbing/invite/abc/"
VALUES = {"client_name": "Jo Whitaker", "until": "24 Nov 2026, 09:00"}


def test_our_wording(inside: World) -> None:
    mail = team_mail(inside.team, "portal_invite", VALUES, button=LINK, to="jo@example.com")
    assert mail.subject == "Your page at Kirkstall Plumbing"
    assert "Hello Jo Whitaker," in mail.text
    assert f"Set your password:\n{LINK}" in mail.text
    assert "24 Nov 2026, 09:00" in mail.text
    assert "Kirkstall Plumbing, 3 Goit Mill Yard, Leeds, LS4 2XB" in mail.text
    assert "0113 496 0142" in mail.text
    assert "invited jo@example.com" in mail.text
    assert f'href="{LINK}"' in mail.html


def test_the_teams_own_wording(inside: World) -> None:
    MessageTemplate.objects.create(
        team=inside.team,
        key="portal_invite",
        subject="Come in, {client_first_name}",
        body="Dear {client_first_name},\n\nyour page with {team_name} is open.",
    )
    mail = team_mail(inside.team, "portal_invite", VALUES, button=LINK)
    assert mail.subject == "Come in, Jo"
    assert "your page with Kirkstall Plumbing is open." in mail.text
    # The text lacks its link: it is added at the end.
    assert LINK in mail.text


def test_another_teams_wording_is_not_used(world: World) -> None:
    with world.other_scope():
        MessageTemplate.objects.create(team=world.other, key="portal_invite", subject="Stone", body="Stone")
    with world.scope():
        assert "Stone" not in team_mail(world.team, "portal_invite", VALUES, button=LINK).subject


def test_wording_that_is_not_the_teams_to_change(inside: World) -> None:
    """A row that found its way in by another road changes nothing of mails to the owners."""
    MessageTemplate.objects.create(team=inside.team, key="bank_details_changed", subject="x", body="x")
    assert team_mail(inside.team, "bank_details_changed", {"actor": "Bob"}, button=LINK).subject != "x"


def test_a_bill_brings_its_slip_and_the_bank(inside: World) -> None:
    slip = {"reference": "INV-0117", "title": "Radiators", "amount": "£1,240.00", "due": "9 Dec 2026"}
    values = {
        "client_name": "Jo Whitaker",
        "reference": "INV-0117",
        "total": "£1,240.00",
        "due_date": "9 Dec 2026",
    }
    mail = team_mail(inside.team, "invoice_ready", values, button=("View and pay", LINK), slip=slip)
    assert mail.subject == "Invoice INV-0117 for £1,240.00, due 9 Dec 2026"
    assert "Invoice INV-0117: £1,240.00, due 9 Dec 2026" in mail.text
    assert "20-00-00 · 55779911" in mail.text
    assert "Reference: INV-0117" in mail.text


def test_in_a_clients_scope_it_is_refused(world: World) -> None:
    """There the team's own wording is not to be seen, and ours would be sent without anybody noticing."""
    with world.scope(world.jo), pytest.raises(RuntimeError, match="team's own scope"):
        team_mail(world.team, "portal_invite", VALUES, button=LINK)


@pytest.mark.parametrize(
    "key", sorted(key for key in WORDINGS if key not in ("confirm_email", "password_reset"))
)
def test_every_wording_can_be_sent(inside: World, key: str) -> None:
    values = {name: f"[{name}]" for name in WORDINGS[key].placeholders if name != "link"}
    mail = team_mail(inside.team, key, values, button=LINK, to="jo@example.com")
    assert LINK in mail.text
    assert "{" not in mail.text + mail.subject


def test_without_a_link_the_slip_stands_alone(inside):
    composed = team_mail(
        inside.team,
        "invoice_ready",
        {
            "client_name": "Jo Whitaker",
            "reference": "INV-0001",
            "title": "",
            "total": "£120.00",
            "balance": "£120.00",
            "due_date": "21 Dec 2026",
            "link": "",
        },
        slip={"reference": "INV-0001", "title": "", "amount": "£120.00", "due": "21 Dec 2026"},
    )
    for part in (composed.text, composed.html):
        assert "INV-0001" in part
        assert "20-00-00" in part
        assert "{link}" not in part
        assert "View and pay" not in part
