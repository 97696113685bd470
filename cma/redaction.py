"""Keeps secrets out of logs and error pages."""

from __future__ import annotations

import logging
import re

SECRET = re.compile(
    r"\b(?:(?:sk|rk|pk)_(?:live|test)_|whsec_)[A-Za-z0-9_]+"
    r"|(?<=/q/)[A-Za-z0-9_-]{20,}|(?<=/invite/)[A-Za-z0-9_-]{20,}"
    r"|(?<=/hooks/stripe/)[A-Za-z0-9_-]{20,}|(?<=/join/)[A-Za-z0-9_-]{20,}"
)


def redact(text: str) -> str:
    """The text with keys, signing secrets and link tokens cut out."""
    return SECRET.sub("[redacted]", text)


class RedactSecrets(logging.Filter):
    """Redacts the finished message and any traceback of every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        return True
