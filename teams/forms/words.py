"""What the forms of this app share: one line of text, and lines without what mail headers refuse."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ONE_LINE = _("Use letters and figures on one line.")


def one_line(text: str) -> None:
    """Refuse control characters: a name ends up in mail headers and on documents."""
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text):
        raise ValidationError(ONE_LINE, code="control")
