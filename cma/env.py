"""Typed readers of environment variables. A wrong value stops the process with a sentence that says which."""

from __future__ import annotations

import base64
import os
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """The variable's text. Raises ImproperlyConfigured when it is missing and has no default."""
    value = os.environ.get(name, default)
    if value is None or (value == "" and default is None):
        raise ImproperlyConfigured(f"The environment variable {name} must be set.")
    return value


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of a few words. Raises ImproperlyConfigured for another."""
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}; it is {value!r}.")
    return value


def number(name: str, default: int) -> int:
    """A whole number, not negative. Raises ImproperlyConfigured for anything else."""
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number; it is {value!r}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list, without blanks and empty entries."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(address: str) -> dict[str, object]:
    """Django's settings for a `postgresql://` address; `?key=value` become connection options."""
    parts = urlsplit(address)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("CMA runs on PostgreSQL only: the address must begin with postgresql://.")
    query = dict(parse_qsl(parts.query))
    # A socket folder cannot stand in the host part of an address; libpq takes it as ?host=.
    host = query.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "cma",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or query.pop("port", "") or ""),
        "OPTIONS": query,
    }


def mail(address: str) -> dict[str, object]:
    """Django's e-mail settings for `smtp://user:password@host:port`, `smtps://` or `smtp+tls://`."""
    parts = urlsplit(address)
    if parts.scheme not in ("smtp", "smtps", "smtp+tls"):
        raise ImproperlyConfigured("EMAIL_URL must begin with smtp://, smtps:// or smtp+tls://.")
    return {
        "host": parts.hostname or "localhost",
        "port": parts.port or (465 if parts.scheme == "smtps" else 25),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": parts.scheme == "smtps",
        "use_tls": parts.scheme == "smtp+tls",
    }


def master_keys(name: str) -> dict[str, bytes]:
    """Key id → 32 bytes, from "id:base64,…". The first one encrypts, the others only open."""
    keys: dict[str, bytes] = {}
    for entry in words(name):
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not key_id or len(key) != 32:
            raise ImproperlyConfigured(f"{name}: each entry is an id, a colon and 32 bytes in base64.")
        keys[key_id] = key
    return keys
