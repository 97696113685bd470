"""The files of the form: those that stand there already, and those that came with it.

What may be kept is kept at once, even when the form is refused: a browser forgets chosen files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from django.http import QueryDict
from django.utils.translation import gettext as _

from quotes.attaching import LONGEST_NAME, MOST_FILES, Taken, keep
from quotes.models import AttachedFile, Quote
from teams.models import Team


@dataclass
class TypedFile:
    """A file under the name it has in the form."""

    file: AttachedFile
    name: str

    @property
    def is_picture(self) -> bool:
        return self.file.mime.startswith("image/")

    @property
    def remove_label(self) -> str:
        return _("Remove %s") % self.name


@dataclass
class Files:
    """All files of a form, in their order, and what was refused."""

    rows: list[TypedFile] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, quote: Quote) -> Self:
        """Those of a draft."""
        found = quote.attachments.select_related("file").defer("file__content", "file__thumbnail")
        return cls([TypedFile(one.file, one.name) for one in found])

    @classmethod
    def typed(cls, team: Team, data: QueryDict, taken: Sequence[Taken], refused: Sequence[str]) -> Self:
        """Those that the form names, of this team only, and the new ones behind them."""
        wanted = [
            int(key) for key in data.getlist("file") if key.isascii() and key.isdecimal() and len(key) < 19
        ]
        there = AttachedFile.objects.filter(team=team).defer("content", "thumbnail")
        known = {one.pk: one for one in there.filter(pk__in=wanted)} if wanted else {}
        rows = [
            TypedFile(known[key], _name(data.get(f"file-{key}-name", "")))
            for key in dict.fromkeys(wanted)
            if key in known
        ]
        problems = list(refused)
        for one in taken:
            file = keep(team, one)
            if any(row.file.pk == file.pk for row in rows):
                continue
            if len(rows) >= MOST_FILES:
                problems.append(_("A quote holds at most %d files. Remove one first.") % MOST_FILES)
                break
            rows.append(TypedFile(file, one.name))
        if len(rows) > MOST_FILES:
            problems.append(_("A quote holds at most %d files. Remove one first.") % MOST_FILES)
        return cls(rows, problems)

    def remove(self, key: str) -> None:
        """Without this one."""
        self.rows = [row for row in self.rows if str(row.file.pk) != key]


def _name(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())[:LONGEST_NAME] or _("File")
