"""What the verbs of a quote refuse. Each text is for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from invoices.errors import Difference as StoredDifference
from invoices.errors import NotReady, ReferenceTaken
from quotes.choices import Problem

if TYPE_CHECKING:
    from quotes.models import Quote
    from quotes.offer import Difference

__all__ = ["ChangedMeanwhile", "Moved", "NotReady", "ReferenceTaken", "Refused"]


@dataclass
class ChangedMeanwhile(Exception):
    """The draft was saved by somebody else after this form was drawn."""

    quote: Quote
    by: str = ""
    differences: Sequence[StoredDifference] = field(default_factory=tuple)


@dataclass
class Moved(Exception):
    """What the client saw is not what is stored (QUO-8). `quote` is the version that counts now."""

    quote: Quote
    differences: Sequence[Difference] = field(default_factory=tuple)


@dataclass
class Refused(Exception):
    """What the client sent cannot be taken as it is; each problem says why, in a sentence."""

    problems: Sequence[Problem | str]

    def __str__(self) -> str:
        return " ".join(str(problem) for problem in self.problems)
