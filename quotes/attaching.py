"""Photos and drawings of a quote (QUO-1): taken in by their content, kept once, shown in an order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from cma import pictures
from quotes.models import AttachedFile, Attachment, Quote
from teams.models import Team

MOST_FILES = 10
MOST_BYTES = 20 * 1024 * 1024
LONGEST_NAME = 120
PDF = "application/pdf"
# Where a PDF's head may begin; readers look no further.
HEAD = 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that may be kept: our own re-encoding of a picture, or a PDF as it came."""

    name: str
    mime: str
    content: bytes
    thumbnail: bytes | None = None


def take_in(uploads: Sequence[UploadedFile[Any]]) -> tuple[list[Taken], list[str]]:
    """What may be kept, and a sentence for each file that may not. No transaction should be open.

    One at a time, so that ten large photos never lie in memory side by side undecoded.
    """
    taken, refused = [], []
    for upload in uploads[:MOST_FILES]:
        name = shown_name(upload.name or "")
        try:
            taken.append(_take(upload, name))
        except ValidationError as problem:
            refused.append(_("“%(name)s”: %(problem)s") % {"name": name, "problem": problem.messages[0]})
    if len(uploads) > MOST_FILES:
        refused.append(_("At most %d files at a time. The first of them are here.") % MOST_FILES)
    return taken, refused


def _take(upload: UploadedFile[Any], name: str) -> Taken:
    if not upload.size:
        raise ValidationError(_("This file is empty."))
    if upload.size > MOST_BYTES:
        raise ValidationError(_("This file is larger than 20 MB. Save it smaller and try again."))
    data = upload.read()
    if is_pdf(data):
        return Taken(name, PDF, data)
    if not pictures.kind_of(data):
        raise ValidationError(
            _("Photos can be JPEG, PNG or WebP, drawings PDF. Save it as one of these and choose that.")
        )
    picture, thumbnail = pictures.photo(data)
    return Taken(name, picture.mime, picture.data, thumbnail.data)


def is_pdf(data: bytes) -> bool:
    """Whether it is a PDF by content: its head in front, its end behind."""
    return data.startswith(b"%PDF-") and b"%%EOF" in data[-HEAD:]


def shown_name(name: str) -> str:
    """What an upload is called on the page: the last part of its name, one line. Never a path."""
    last = name.replace("\\", "/").rpartition("/")[2]
    clean = "".join(letter for letter in last if letter.isprintable()).strip()
    return clean[:LONGEST_NAME] or _("File")


def keep(team: Team, taken: Taken) -> AttachedFile:
    """Its bytes as a row; the same bytes again are the same row."""
    sha256 = hashlib.sha256(taken.content).hexdigest()
    found, _created = AttachedFile.objects.get_or_create(
        team=team,
        sha256=sha256,
        defaults={
            "mime": taken.mime,
            "size": len(taken.content),
            "content": taken.content,
            "thumbnail": taken.thumbnail,
        },
    )
    return found


def attach(quote: Quote, files: Iterable[tuple[AttachedFile, str]]) -> None:
    """Give the draft these files, under these names, in place of those it had."""
    quote.attachments.all().delete()
    Attachment.objects.bulk_create(
        Attachment(team_id=quote.team_id, quote=quote, file=file, position=position, name=name)
        for position, (file, name) in enumerate(files, start=1)
    )
