"""The list of quotes as CSV (SCR-5, BAD-2)."""

from __future__ import annotations

from teams.models import AuditEntry
from tests.quotes.making import accepted, draft, extra, item, sent
from tests.quotes.office import get


def lines_of(response):
    return response.content.decode("utf-8-sig").splitlines()


def test_csv_of_what_is_shown(world):
    with world.scope():
        draft(world, title="=1+1")
        sent(world, item("Stopcock", "10.00"), extra("Lagging", "5.00"))
        accepted(world)
    response = get(world, "quote-export", user=world.ann, query="?status=draft")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    lines = lines_of(response)
    assert len(lines) == 2
    assert "'=1+1" in lines[1]
    every = lines_of(get(world, "quote-export"))
    assert len(every) == 4
    assert ",Sent," in every[2]
    assert ",12.00,12.00,18.00,," in every[2]
    assert ",Accepted," in every[1]
    with world.scope():
        assert AuditEntry.objects.filter(verb="quote.exported").count() == 2


def test_versions_are_told_apart(world):
    with world.scope():
        sent(world).new_version(by=world.alice).send(by=world.alice, email_client=False)
    assert lines_of(get(world, "quote-export"))[1].startswith("QUO-0001,2,")
    assert lines_of(get(world, "quote-export", query="?status=superseded"))[1].startswith("QUO-0001,1,")


def test_who_may_export(world):
    with world.scope():
        draft(world)
    assert get(world, "quote-export", user=world.bob).status_code == 403
    assert get(world, "quote-export", user=world.charlie).status_code == 404
    assert "export.csv" not in get(world, "quote-list", user=world.bob).text
