"""What a message is made of: label, subject, text, and the placeholders that a team may use in it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Text = str | Promise

CLIENT: dict[str, Text] = {
    "client_name": _("the client's name"),
    "client_first_name": _("the client's first name"),
    "team_name": _("the name of your business"),
}


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A message as it is before a team changes it."""

    key: str
    label: Text
    subject: Text
    body: Text
    placeholders: dict[str, Text]
    link: str = "link"
    button: Text = ""
    why: Text = ""
    is_editable: bool = False  # by the team, in its settings
    is_payment: bool = False  # the button is the green one
