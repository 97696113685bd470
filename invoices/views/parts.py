"""What the editors of invoices and of quotes do alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.forms import Form
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import Client
from invoices.forms.lines import Lines
from teams.models import Team


def add_item(team: Team, lines: Lines[Any], text: str) -> None:
    """A product by its name, or a one-off with these words."""
    usable = team.products.filter(archived_at=None)
    found = usable.filter(name__iexact=text).first()
    if found is None and text:
        near = list(usable.filter(name__icontains=text)[:2])
        found = near[0] if len(near) == 1 else None
    if found is not None:
        lines.add_product(found)
    else:
        lines.add(description=text)


def problems(
    form: Form, lines: Lines[Any], *, more: Sequence[dict[str, Any]] = (), sentences: Sequence[str] = ()
) -> dict[str, Any]:
    """The summary above a refused form, lines included; components/problems.html draws it."""
    named = [
        {"label": bound.label, "id": bound.id_for_label or bound.auto_id, "first": bound.errors[0]}
        for bound in form
        if bound.errors
    ]
    for number, line in enumerate(lines.lines, start=1):
        for name, text in line.errors.items():
            label = _("Line %(number)d: %(text)s") % {"number": number, "text": text}
            named.append({"label": label, "id": f"{line.key}-{name}", "first": text})
    named += more
    own = [*form.non_field_errors(), *([lines.problem] if lines.problem else []), *sentences]
    count = len(named) + len(own)
    title = ngettext("One thing to put right.", "%(count)d things to put right.", count) % {"count": count}
    return {"shown": True, "title": title, "named": named[:20], "own": own}


def chosen_client(team: Team, form: Form) -> Client | None:
    """The client below whose field stands how long they have to pay."""
    wanted = str(form["client"].value() or "")
    return team.clients.filter(pk=wanted).first() if wanted.isascii() and wanted.isdecimal() else None
