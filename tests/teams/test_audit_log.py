"""The audit log's page and export, and that it can only grow (TEA-6, BAD-2)."""

from __future__ import annotations

import csv
import io
from typing import Any

import psycopg
import pytest
from django.db import Error, connection, transaction
from django.test import Client as Browser

from teams.audit import Actor, acting, record
from teams.models import AuditEntry
from tests.world import World

URL = "/t/kirkstall-plumbing/audit-log/"


@pytest.fixture
def alice(world: World) -> Browser:
    return world.browser(world.alice)


def write(world: World) -> None:
    with world.scope():
        with acting(Actor("Alice Hartley", world.alice.pk, "203.0.113.9", "Mozilla Firefox/1 Windows")):
            record("team.details_changed", subject=world.team, changes={"phone": ["0113 1", "0113 2"]})
        with acting(Actor("Bob Nowak", world.bob.pk)):
            record("member.invited", email="=cmd|' /C calc'!A0", role="Staff")
        with acting(Actor("Stripe")):
            record("member.left", name="Dan {actor}")


def test_entries_are_told_newest_first(world: World, alice: Browser) -> None:
    write(world)
    html = alice.get(URL).content.decode()
    told = [
        "Dan {actor} left the team",
        "invited as Staff by Bob Nowak",
        "Business details changed by Alice Hartley",
    ]
    places = [html.index(words) for words in told]
    assert places == sorted(places)
    for words in ("0113 1", "0113 2", "203.0.113.9", "Firefox on Windows"):
        assert words in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=details", ["Business details"]),
        ("q=0113", ["Business details"]),
        ("q=bob", ["invited as"]),
        ("q=bob+details", []),
        ("q=LEFT", ["left the team"]),
        ("kind=member", ["invited as", "left the team"]),
        ("kind=team", ["Business details"]),
        ("kind=nonsense", ["Business details", "invited as", "left the team"]),
        ("who=0", ["left the team"]),
        ("who={bob}", ["invited as"]),
        ("since=2000-01-01", ["Business details", "invited as", "left the team"]),
        ("until=2000-01-01", []),
        ("since=nonsense", ["Business details", "invited as", "left the team"]),
        ("before=nonsense", ["Business details", "invited as", "left the team"]),
    ],
)
def test_the_log_is_searched(world: World, alice: Browser, query: str, found: list[str]) -> None:
    write(world)
    html = alice.get(f"{URL}?{query.format(bob=world.bob.pk)}").content.decode()
    every = ("Business details changed", "invited as", "left the team")
    assert [words for words in every if words in html] == [
        words for words in every if any(words.startswith(start) for start in found)
    ]


def test_a_day_is_the_teams_own(world: World, alice: Browser) -> None:
    write(world)
    today = world.team.today().isoformat()
    assert "left the team" in alice.get(f"{URL}?since={today}&until={today}").content.decode()


def test_twenty_five_a_page(world: World, alice: Browser, django_assert_max_num_queries: Any) -> None:
    with world.scope():
        for number in range(60):
            record("member.left", name=f"Person {number:02}")
    with django_assert_max_num_queries(25):
        first = alice.get(URL)
    html = first.content.decode()
    assert html.count("left the team") == 25
    assert "Person 59" in html
    assert "Person 34" not in html
    older = html.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = alice.get(URL + older).content.decode()
    assert "Person 34" in second
    assert "Person 10" in second
    assert "Person 35" not in second


def test_htmx_gets_the_list_alone(world: World, alice: Browser) -> None:
    html = alice.get(URL, headers={"HX-Request": "true"}).content.decode()
    assert html.strip().startswith('<div id="list"')


def test_an_empty_answer_says_what_to_do(world: World, alice: Browser) -> None:
    assert "Try fewer words" in alice.get(f"{URL}?q=zebra").content.decode()


def test_the_export_holds_what_was_asked_for_and_runs_nothing(world: World, alice: Browser) -> None:
    write(world)
    response = alice.get(f"{URL}export/?kind=member")
    assert response.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in response.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(rows) == 3
    assert rows[2][2].startswith("'=cmd|")
    with world.scope():
        assert AuditEntry.objects.latest("pk").verb == "team.audit_exported"


def test_another_teams_entries_are_not_there(world: World, alice: Browser) -> None:
    with world.other_scope():
        record("member.left", name="MARKER-OF-CHARLIE")
    assert "MARKER" not in alice.get(URL).content.decode()
    assert "MARKER" not in alice.get(f"{URL}export/").content.decode()


def test_who_may_not(world: World, alice: Browser) -> None:
    for url in (URL, f"{URL}export/"):
        for user, status in ((world.bob, 403), (world.ann, 403), (world.charlie, 404), (world.jo_user, 404)):
            assert world.browser(user).get(url).status_code == status
        assert world.browser().get(url).status_code == 302
        assert alice.post(url).status_code == 405


# ---- Append-only -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "update teams_auditentry set actor_name = 'Nobody'",
        "delete from teams_auditentry",
        "truncate teams_auditentry",
        "alter table teams_auditentry disable trigger append_only",
        "drop trigger append_only on teams_auditentry",
    ],
)
def test_the_app_can_change_no_entry(world: World, statement: str) -> None:
    write(world)
    with pytest.raises(Error), world.scope(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    with world.scope():
        assert AuditEntry.objects.count() == 3
        assert not AuditEntry.objects.filter(actor_name="Nobody").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement", ["update teams_auditentry set actor_name = 'Nobody'", "delete from teams_auditentry"]
)
def test_not_even_the_owner_of_the_table_changes_one(
    world: World, owner: psycopg.Connection[Any], statement: str
) -> None:
    write(world)
    with pytest.raises(psycopg.Error, match="append-only"):
        owner.execute(statement)
