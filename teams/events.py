"""From entries of the audit log to sentences: the log, an invoice's timeline and Today all tell them alike.

Each app says its verbs' sentences once, in its AppConfig's `ready`:

    register("invoice.issued", _("Finalised and locked by {actor}"), icon="lock")
    register("payment.recorded", _("{amount:money} received by {method}"), icon="cash", good=True)

A placeholder is `{actor}` or a key of the entry's details; `:money` writes a decimal text as money (in the
details' `currency`, else GBP), `:day` an ISO date. What changed is `changes={"name": [before, after]}`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cma import formats
from cma.components import Event, Words
from teams.models import AuditEntry, Team

PLACEHOLDER = re.compile(r"\{([a-z_]+)(?::(money|day))?\}")


@dataclass(frozen=True, slots=True)
class Telling:
    """How a verb is told."""

    words: Words
    icon: str
    good: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different now, in words."""

    label: Words
    before: str
    after: str


_tellings: dict[str, Telling] = {}
_fields: dict[str, Words] = {}
_kinds: dict[str, Words] = {}
_subjects: dict[str, tuple[Callable[[Team], Any], str]] = {}


def register(verb: str, words: Words, *, icon: str = "circle-dot", good: bool = False) -> None:
    """Say how `verb` is told. Called from an AppConfig; the last one wins."""
    _tellings[verb] = Telling(words, icon, good)


def register_kind(kind: str, label: Words) -> None:
    """Name the group of verbs that begin with `kind` and a dot, for the audit log's filter."""
    _kinds[kind] = label


def register_fields(**labels: Words) -> None:
    """Name keys of details, for the audit log's before and after."""
    _fields.update(labels)


def register_subject(subject: str, rows: Callable[[Team], Any], field: str = "reference") -> None:
    """Say what entries about a `subject` (a model's name) are called: `field` of the team's `rows`."""
    _subjects[subject] = (rows, field)


def kinds() -> dict[str, Words]:
    """The groups of verbs, in the order in which they were named."""
    return dict(_kinds)


def sentence(entry: AuditEntry) -> str:
    """What happened, in the language that is active."""
    telling = _tellings.get(entry.verb)
    if telling is None:
        return _("%(what)s, by %(who)s") % {"what": _plain(entry.verb), "who": entry.actor_name}
    return _filled(str(telling.words), entry)


def event(entry: AuditEntry) -> Event:
    """The entry as a line of "What happened"."""
    telling = _tellings.get(entry.verb)
    return Event(
        icon=telling.icon if telling else "circle-dot",
        text=sentence(entry),
        at=entry.at,
        good=bool(telling and telling.good),
    )


def timeline(entries: Iterable[AuditEntry]) -> list[Event]:
    """Entries as lines of "What happened", in the order given."""
    return [event(entry) for entry in entries]


def feed(team: Team, entries: Sequence[AuditEntry], *, name_clients: bool = True) -> list[Event]:
    """Entries about many things, each saying beneath what it is about; one query for each kind of thing."""
    names: dict[str, dict[int | None, str]] = {
        subject: _names(rows(team), field, {e.subject_id for e in entries if e.subject == subject})
        for subject, (rows, field) in _subjects.items()
    }
    clients = _names(team.clients, "name", {e.client_id for e in entries}) if name_clients else {}
    lines = []
    for entry in entries:
        about = entry.subject in names and (
            names[entry.subject].get(entry.subject_id) or entry.details.get("reference")
        )
        detail = ", ".join(filter(None, [about or "", clients.get(entry.client_id, "")]))
        lines.append(replace(event(entry), detail=detail))
    return lines


def _names(rows: Any, field: str, ids: set[int | None]) -> dict[int | None, str]:
    return dict(rows.filter(pk__in=ids - {None}).values_list("pk", field)) if ids - {None} else {}


def verbs_saying(word: str) -> list[str]:
    """Verbs whose sentence has `word` in it: the log is searched by what it says, not by what it stores."""
    wanted = word.casefold()
    return [
        verb
        for verb, telling in _tellings.items()
        if wanted in PLACEHOLDER.sub("", str(telling.words)).casefold()
    ]


def changes(entry: AuditEntry) -> list[Change]:
    """What the entry says was before and is after, named for people."""
    found = entry.details.get("changes")
    if not isinstance(found, dict):
        return []
    pairs = {name: pair for name, pair in found.items() if isinstance(pair, list) and len(pair) == 2}
    return [Change(label_of(name), shown(before), shown(after)) for name, (before, after) in pairs.items()]


def label_of(name: str) -> Words:
    """What people call this key of the details."""
    return _fields.get(name) or _plain(name)


def shown(value: Any) -> str:
    """A stored value as people read it; nothing is a dash."""
    if value is True:
        return _("yes")
    if value is False:
        return _("no")
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value)
    return str(value)


def _plain(name: str) -> str:
    return name.replace(".", " ").replace("_", " ").capitalize()


def _filled(words: str, entry: AuditEntry) -> str:
    # One pass over our own words: braces in what people typed stay what they are (MSG-2).
    def value(match: re.Match[str]) -> str:
        name, form = match.groups()
        if name == "actor":
            return entry.actor_name
        return _formed(entry.details.get(name), form, str(entry.details.get("currency") or "GBP"))

    return PLACEHOLDER.sub(value, words)


def _formed(value: Any, form: str | None, currency: str) -> str:
    try:
        if form == "money":
            return formats.money(Decimal(str(value)), currency)
        if form == "day":
            return formats.day(dt.date.fromisoformat(str(value)))
    except (InvalidOperation, ValueError):
        return shown(value)
    return shown(value)


def _register_own() -> None:
    told: tuple[tuple[str, Promise, str], ...] = (
        ("team.founded", gettext_lazy("{name} was set up by {actor}"), "building-store"),
        ("team.details_changed", gettext_lazy("Business details changed by {actor}"), "building"),
        ("team.branding_changed", gettext_lazy("Branding changed by {actor}"), "palette"),
        ("team.logo_changed", gettext_lazy("New logo uploaded by {actor}"), "photo"),
        ("team.logo_removed", gettext_lazy("Logo removed by {actor}"), "photo"),
        ("team.documents_changed", gettext_lazy("Document settings changed by {actor}"), "file-text"),
        ("team.wording_changed", gettext_lazy("Wording of “{message}” changed by {actor}"), "pencil"),
        ("team.wording_reset", gettext_lazy("Wording of “{message}” reset by {actor}"), "refresh"),
        ("team.security_changed", gettext_lazy("Security settings changed by {actor}"), "shield-lock"),
        ("team.audit_exported", gettext_lazy("Audit log exported by {actor}"), "download"),
        ("member.invited", gettext_lazy("{email} invited as {role} by {actor}"), "mail-forward"),
        ("member.reinvited", gettext_lazy("Invitation to {email} sent again by {actor}"), "mail-forward"),
        ("member.invitation_withdrawn", gettext_lazy("Invitation to {email} withdrawn by {actor}"), "mail-x"),
        ("member.joined", gettext_lazy("{name} joined as {role}"), "user-check"),
        ("member.role_changed", gettext_lazy("{name} made {role} by {actor}"), "user-cog"),
        ("member.removed", gettext_lazy("{name} removed from the team by {actor}"), "user-minus"),
        ("member.left", gettext_lazy("{name} left the team"), "user-minus"),
        ("member.ownership_transferred", gettext_lazy("Ownership handed to {name} by {actor}"), "key"),
    )
    for verb, words, icon in told:
        register(verb, words, icon=icon)
    register_kind("team", gettext_lazy("Settings"))
    register_kind("member", gettext_lazy("Members"))


_register_own()
