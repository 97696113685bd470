"""From entries to sentences (TEA-6)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils.translation import gettext_lazy as _

from teams import events
from teams.models import AuditEntry

AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)


def entry(verb: str, **details: Any) -> AuditEntry:
    return AuditEntry(verb=verb, actor_name="Alice", at=AT, details=details)


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_tellings", "_fields", "_kinds"):
        monkeypatch.setattr(events, name, dict(getattr(events, name)))


def test_a_registered_verb_is_told() -> None:
    events.register("kettle.boiled", _("Boiled by {actor} at {degrees} degrees"), icon="cash", good=True)
    told = events.event(entry("kettle.boiled", degrees=100))
    assert (told.text, told.icon, told.good, told.at) == ("Boiled by Alice at 100 degrees", "cash", True, AT)


def test_money_and_days_are_written_out() -> None:
    events.register("kettle.sold", "{amount:money} on {on:day}")
    assert (
        events.sentence(entry("kettle.sold", amount="1234.5", on="2026-11-21")) == "£1,234.50 on 21 Nov 2026"
    )
    assert events.sentence(entry("kettle.sold", amount="5.00", on="2026-11-21", currency="EUR")).startswith(
        "€5.00"
    )
    assert events.sentence(entry("kettle.sold", amount="much", on=None)) == "much on –"


def test_braces_that_people_typed_stay() -> None:
    events.register("kettle.named", "Called {name} by {actor}")
    assert events.sentence(entry("kettle.named", name="{actor} {name}")) == "Called {actor} {name} by Alice"


def test_what_is_not_there_is_a_dash_and_an_unknown_verb_is_told_plainly() -> None:
    events.register("kettle.named", "Called {name}")
    assert events.sentence(entry("kettle.named")) == "Called –"
    assert events.sentence(entry("kettle.ran_dry")) == "Kettle ran dry, by Alice"


def test_changes_are_named_and_put_in_words() -> None:
    events.register_fields(loud=_("whistle"))
    found = events.changes(
        entry("x.y", changes={"loud": [True, False], "size_now": [None, 3], "odd": "no pair"})
    )
    assert [(str(c.label), c.before, c.after) for c in found] == [
        ("whistle", "yes", "no"),
        ("Size now", "–", "3"),
    ]
    assert events.changes(entry("x.y")) == []
    assert events.changes(entry("x.y", changes="nonsense")) == []
    assert events.shown(["a", True]) == "a, yes"


def test_verbs_are_found_by_what_they_say() -> None:
    events.register("kettle.boiled", "Boiled by {actor}")
    assert events.verbs_saying("BOIL") == ["kettle.boiled"]
    # The name of a placeholder is no word of the sentence.
    assert "kettle.boiled" not in events.verbs_saying("actor")


def test_every_verb_of_ours_is_told_with_an_icon_that_exists() -> None:
    from cma.icons import icon

    for verb, telling in events._tellings.items():
        assert icon(telling.icon), verb
    assert {"team", "member"} <= set(events.kinds())
