"""What the verbs of an invoice refuse. Each text is for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from invoices.models import Invoice


class NotReady(Exception):
    """The draft cannot be issued as it is; the text says what is missing."""


class ReferenceTaken(Exception):
    """Somebody else's invoice has this reference; `free` is one that nobody has."""

    def __init__(self, reference: str, free: str) -> None:
        self.reference, self.free = reference, free
        super().__init__(
            _("%(reference)s is taken already. %(free)s is free.") % {"reference": reference, "free": free}
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing of a draft that somebody else changed, as it is stored now."""

    label: str
    now: str


@dataclass
class ChangedMeanwhile(Exception):
    """The draft was saved by somebody else after this form was drawn."""

    invoice: Invoice
    by: str = ""
    differences: Sequence[Difference] = field(default_factory=tuple)
