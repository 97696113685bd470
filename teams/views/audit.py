"""The audit log: who did what, when, from where, before and after; searched and exported (TEA-6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cma.answers import shown
from cma.csv import csv_response
from cma.keyset import keyset_page
from teams import events
from teams.access import OfficeRequest, can
from teams.audit import record
from teams.models import AuditEntry, Team

MOST_WORDS = 6
NOBODY = "0"


class FilterForm(forms.Form):
    """What the address may ask for; nonsense in it is left out."""

    q = forms.CharField(label=gettext_lazy("Search"), max_length=100, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("About"), required=False)
    who = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=gettext_lazy("To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind, who = (cast("forms.ChoiceField", self.fields[name]) for name in ("kind", "who"))
        kind.choices = [("", _("Everything")), *events.kinds().items()]
        members = team.memberships.select_related("user").order_by("user__name", "pk")
        people = [(str(member.user_id), str(member.user)) for member in members]
        who.choices = [("", _("Anybody")), *people, (NOBODY, _("Others and the system"))]


def chosen(team: Team, form: FilterForm) -> QuerySet[AuditEntry]:
    """The entries that the filter asks for."""
    form.is_valid()
    wanted = form.cleaned_data
    rows = team.audit_entries.all()
    if kind := wanted.get("kind"):
        rows = rows.filter(verb__startswith=f"{kind}.")
    if who := wanted.get("who"):
        others = Q(actor_id=None) | ~Q(actor_id__in=team.memberships.values("user_id"))
        rows = rows.filter(others if who == NOBODY else Q(actor_id=int(who)))
    # The team's own days: a date is midnight to midnight in its zone (TIM-1).
    if since := wanted.get("since"):
        rows = rows.filter(at__gte=_midnight(since, team))
    if until := wanted.get("until"):
        rows = rows.filter(at__lt=_midnight(until + dt.timedelta(days=1), team))
    return _saying(rows, wanted.get("q") or "")


def _saying(rows: QuerySet[AuditEntry], words: str) -> QuerySet[AuditEntry]:
    """Entries in which every word occurs: in the sentence, the person's name, or what was written down."""
    if words:
        rows = rows.annotate(written=Cast("details", TextField()))
    for word in words.split()[:MOST_WORDS]:
        rows = rows.filter(
            Q(verb__in=events.verbs_saying(word)) | Q(actor_name__icontains=word) | Q(written__icontains=word)
        )
    return rows


def _midnight(day: dt.date, team: Team) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min), team.zone)


@can("settings")
@require_safe
def audit_log(request: OfficeRequest) -> HttpResponse:
    """The log, newest first, 25 a page."""
    form = FilterForm(request.GET, team=request.team)
    page = keyset_page(request, chosen(request.team, form), sorts={"at": "pk"}, default="-at")
    told = events.feed(request.team, page.rows)
    lines = [
        {"entry": entry, "sentence": event.text, "about": event.detail, "changes": events.changes(entry)}
        for entry, event in zip(page.rows, told, strict=True)
    ]
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    context = {
        "filter": form,
        "lines": lines,
        "page": page,
        "query": query.urlencode(),
        "is_filtered": any(query.values()),
    }
    return shown(request, "teams/audit_log.html", context, part="list")


@can("settings")
@require_safe
def audit_export(request: OfficeRequest) -> HttpResponse:
    """The entries that the filter asks for, as CSV, oldest last."""
    form = FilterForm(request.GET, team=request.team)
    rows = chosen(request.team, form).order_by("-pk")
    head = [_("When"), _("Who"), _("What"), _("Verb"), _("Before and after"), _("From where"), _("Browser")]
    name = f"audit-log-{request.team.today():%Y-%m-%d}.csv"
    response = csv_response(name, head, _cells(rows, request.team))
    record("team.audit_exported", subject=request.team)
    return response


def _cells(rows: QuerySet[AuditEntry], team: Team) -> Iterator[list[str]]:
    for entry in rows.iterator(chunk_size=1000):
        changes = "; ".join(f"{c.label}: {c.before} → {c.after}" for c in events.changes(entry))
        yield [
            entry.at.astimezone(team.zone).isoformat(timespec="seconds"),
            entry.actor_name,
            events.sentence(entry),
            entry.verb,
            changes,
            entry.ip or "",
            entry.user_agent,
        ]
