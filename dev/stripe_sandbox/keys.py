"""API keys: which account a key opens, and what it may do there.

Any key of the right form is an account of its own. The part after `sk_test_` names it, up to a
double underscore: `sk_test_alicesplumbing0001__second` is another key to the same account as
`sk_test_alicesplumbing0001` (and as `rk_test_alicesplumbing0001`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from .errors import ApiError
from .store import Store

_FORM = re.compile(r"(sk|rk)_(test|live)_([A-Za-z0-9_]+)")
_SHORTEST = 20


@dataclass(frozen=True)
class Key:
    text: str
    account_id: str
    is_live: bool
    is_restricted: bool

    @property
    def account(self) -> str:
        """Name of the account's books in the store: test and live data are kept apart."""
        return f"{self.account_id}/{'live' if self.is_live else 'test'}"

    @property
    def masked(self) -> str:
        """The key as Stripe prints it in messages."""
        return mask(self.text)


def mask(text: str) -> str:
    """Only the beginning and the last four characters."""
    prefix = text[:8] if re.match(r"[spr]k_(test|live)_", text) else text[:4]
    return prefix + "*" * max(len(text) - len(prefix) - 4, 3) + text[-4:]


def parse_key(text: str) -> Key:
    """The key in a text. Raises ApiError 401 (403 for a publishable one)."""
    if text.startswith("pk_"):
        raise ApiError(
            403,
            "This API call cannot be made with a publishable API key. Please use a secret API key. You can "
            "find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
            code="secret_key_required",
        )
    form = _FORM.fullmatch(text)
    if form is None or len(text) < _SHORTEST or "invalid" in text:
        raise ApiError(401, f"Invalid API Key provided: {mask(text)}")
    prefix, mode, part = form.groups()
    digest = hashlib.sha256(part.split("__")[0].encode()).hexdigest()
    return Key(text, f"acct_1{digest[:15]}", mode == "live", prefix == "rk")


def authenticate(store: Store, header: str | None) -> Key:
    """The key of a request's Authorization header (Bearer, or Basic with the key as user name)."""
    scheme, _, credentials = (header or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            credentials = base64.b64decode(credentials).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            credentials = ""
    if not credentials:
        raise ApiError(
            401,
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        )
    key = parse_key(credentials)
    if fingerprint(key.text) in store.setting(key.account, "revoked_keys", []):
        raise ApiError(401, f"Expired API Key provided: {key.masked}", code="api_key_expired")
    return key


def check_right(store: Store, key: Key, right: str) -> None:
    """Raises ApiError 403, naming the missing permission, when a restricted key lacks it."""
    if not key.is_restricted:
        return
    missing = store.setting(key.account, f"rights_missing_{fingerprint(key.text)}", [])
    if "norights" not in key.text and right not in missing:
        return
    raise ApiError(
        403,
        f"The provided key '{key.masked}' does not have the required permissions for this endpoint on "
        f"account '{key.account_id}'. Having the '{right}' permission would allow this request to continue.",
    )


def fingerprint(text: str) -> str:
    """What is stored in place of a key."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
