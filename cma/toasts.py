"""Toasts: what has just happened, in one sentence, with Undo where it can be undone."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.utils.functional import Promise

UNDO = "undo:"


def toast(request: HttpRequest, text: str | Promise, *, undo: str = "", bad: bool = False) -> None:
    """Tell it on the next page that is drawn; `undo` is the address that takes it back by POST."""
    level = messages.ERROR if bad else messages.SUCCESS
    messages.add_message(request, level, str(text), extra_tags=f"{UNDO}{undo}" if undo else "")


def undo_address(message: Message) -> str:
    """Where the message's Undo posts to, or nothing."""
    tags = message.extra_tags or ""
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""
