"""What a pasted Stripe key is (PAY-4): looked at before anybody is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from payments.errors import KeyRefused

FORM = re.compile(r"(sk|rk)_(live|test)_[A-Za-z0-9_]{8,}")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class StripeKey:
    """A key of the right form. Its text is kept out of what is printed of it."""

    text: str
    livemode: bool
    is_restricted: bool

    @property
    def last4(self) -> str:
        return self.text[-4:]

    def __repr__(self) -> str:
        return f"<StripeKey …{self.last4}>"

    __str__ = __repr__


def read_key(text: str) -> StripeKey:
    """The key in what was pasted. Raises KeyRefused with what is wrong with it."""
    if text != text.strip():
        raise KeyRefused(_("There are blanks before or after the key. Paste it again without them."))
    if any(character.isspace() for character in text):
        raise KeyRefused(_("There is a blank inside the key. Copy the whole key in one piece."))
    if text.startswith("pk_"):
        raise KeyRefused(
            _(
                "This is a publishable key (pk_): it cannot take payments. "
                "Use a secret (sk_) or restricted (rk_) key."
            )
        )
    if text.startswith("whsec_"):
        raise KeyRefused(_("This is a signing secret (whsec_), not a key. We fetch that one ourselves."))
    found = FORM.fullmatch(text)
    if found is None or len(text) > LONGEST:
        raise KeyRefused(
            _("This is not a Stripe key: it begins with sk_live_, rk_live_, sk_test_ or rk_test_.")
        )
    kind, mode = found.groups()
    return StripeKey(text, livemode=mode == "live", is_restricted=kind == "rk")
