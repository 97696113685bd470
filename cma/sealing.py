"""Secrets at rest: AES-256-GCM, each ciphertext bound to the place it was made for (trust: secrets).

A blob is: version (1 byte), length of the key's id (1), the key's id, nonce (12), ciphertext with tag.
`place` is the associated data: it names where the secret is kept, so that a ciphertext moved elsewhere
does not open. The first of settings.CMA_MASTER_KEYS encrypts, every one of them opens.
"""

from __future__ import annotations

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = 1
NONCE = 12

type Blob = bytes | memoryview[int]


class CannotOpenError(Exception):
    """The ciphertext was changed, moved, or made with a key that is no longer in CMA_MASTER_KEYS."""


def seal(secret: str, *, place: str) -> bytes:
    """The secret as ciphertext for this place, with the current master key."""
    key_id, key = _current()
    name, nonce = key_id.encode(), os.urandom(NONCE)
    sealed = AESGCM(key).encrypt(nonce, secret.encode(), place.encode())
    return bytes([VERSION, len(name)]) + name + nonce + sealed


def unseal(blob: Blob, *, place: str) -> str:
    """The secret. Raises CannotOpenError."""
    key_id, nonce, sealed = _parts(bytes(blob))
    key = settings.CMA_MASTER_KEYS.get(key_id)
    if key is None:
        raise CannotOpenError(f"no master key {key_id!r}")
    try:
        return AESGCM(key).decrypt(nonce, sealed, place.encode()).decode()
    except InvalidTag:
        raise CannotOpenError("not what was sealed for this place") from None


def seal_text(secret: str, *, place: str) -> str:
    """The same for a column of text."""
    return base64.b64encode(seal(secret, place=place)).decode()


def unseal_text(text: str, *, place: str) -> str:
    """The secret of a column of text. Raises CannotOpenError."""
    return unseal(_decoded(text), place=place)


def key_id_of(blob: Blob) -> str:
    """Which master key the blob was sealed with."""
    return _parts(bytes(blob))[0]


def is_current(blob: Blob) -> bool:
    """Whether it is sealed with the key that seals today."""
    return key_id_of(blob) == _current()[0]


def is_current_text(text: str) -> bool:
    """The same for a column of text."""
    return is_current(_decoded(text))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise CannotOpenError("not a sealed secret") from None


def _current() -> tuple[str, bytes]:
    for key_id, key in settings.CMA_MASTER_KEYS.items():
        return key_id, key
    raise ImproperlyConfigured("CMA_MASTER_KEYS holds no key: secrets cannot be stored.")


def _parts(blob: bytes) -> tuple[str, bytes, bytes]:
    if len(blob) < 2 or blob[0] != VERSION:
        raise CannotOpenError("not a sealed secret")
    end = 2 + blob[1]
    try:
        key_id = blob[2:end].decode()
    except UnicodeDecodeError:
        raise CannotOpenError("not a sealed secret") from None
    return key_id, blob[end : end + NONCE], blob[end + NONCE :]
