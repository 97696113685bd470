"""Keys at rest (trust 4): bound to their place, rotated without loss, found nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from cma.sealing import CannotOpenError, key_id_of
from payments import secrets
from payments.models import StripeAccount
from payments.secrets import Place, seal, unseal
from tests.world import World

PLACE = Place(1, "payments_stripeaccount", "key_cipher", 7)
SECRET = "sk_test_planted0123456789"


@pytest.fixture(autouse=True)
def keys(settings: Any) -> Iterator[dict[str, bytes]]:
    settings.CMA_MASTER_KEYS = {"k1": os.urandom(32)}
    return settings.CMA_MASTER_KEYS


def test_what_is_sealed_opens_again_and_says_nothing() -> None:
    blob = seal(SECRET, PLACE)
    assert unseal(blob, PLACE) == SECRET
    assert SECRET.encode() not in blob
    assert key_id_of(blob) == "k1"
    assert seal(SECRET, PLACE) != blob


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place(2, "payments_stripeaccount", "key_cipher", 7),
        Place(1, "teams_team", "key_cipher", 7),
        Place(1, "payments_stripeaccount", "secret_cipher", 7),
        Place(1, "payments_stripeaccount", "key_cipher", 8),
    ],
)
def test_a_ciphertext_that_was_moved_does_not_open(elsewhere: Place) -> None:
    blob = seal(SECRET, PLACE)
    with pytest.raises(CannotOpenError):
        unseal(blob, elsewhere)


def test_a_ciphertext_that_was_changed_does_not_open() -> None:
    blob = bytearray(seal(SECRET, PLACE))
    blob[-1] ^= 1
    for broken in (bytes(blob), b"", b"\x01", b"\x02\x00", b"\x01\x02\xff\xfe" + b"x" * 40):
        with pytest.raises(CannotOpenError):
            unseal(broken, PLACE)


def test_without_its_key_nothing_opens(settings: Any) -> None:
    blob = seal(SECRET, PLACE)
    settings.CMA_MASTER_KEYS = {"k2": os.urandom(32)}
    with pytest.raises(CannotOpenError, match="k1"):
        unseal(blob, PLACE)
    settings.CMA_MASTER_KEYS = {}
    with pytest.raises(ImproperlyConfigured):
        seal(SECRET, PLACE)


def test_rotating_seals_with_the_new_key_and_loses_nothing(
    world: World, settings: Any, keys: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    with world.scope():
        row_id = secrets.reserve_row_id()
        key = Place(world.team.pk, "payments_stripeaccount", "key_cipher", row_id)
        whsec = Place(world.team.pk, "payments_stripeaccount", "secret_cipher", row_id)
        StripeAccount.objects.create(
            pk=row_id,
            team=world.team,
            key_cipher=seal(SECRET, key),
            secret_cipher=seal("whsec_1", whsec),
            key_last4="6789",
            livemode=False,
            webhook_token="t",
        )
    settings.CMA_MASTER_KEYS = {"k2": os.urandom(32), **keys}
    call_command("rotate_secrets")
    assert "2 secrets" in capsys.readouterr().out
    call_command("rotate_secrets")
    assert "0 secrets" in capsys.readouterr().out
    settings.CMA_MASTER_KEYS = {"k2": settings.CMA_MASTER_KEYS["k2"]}
    with world.scope():
        account = StripeAccount.objects.get()
        assert unseal(account.key_cipher, key) == SECRET
        assert unseal(account.secret_cipher or b"", whsec) == "whsec_1"


def test_rotating_takes_second_factors_along(
    world: World, settings: Any, keys: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    from allauth.mfa.models import Authenticator
    from allauth.mfa.utils import decrypt, encrypt

    factor = Authenticator.objects.create(
        user=world.alice, type=Authenticator.Type.TOTP, data={"secret": encrypt("JBSWY3DPEHPK3PXP")}
    )
    settings.CMA_MASTER_KEYS = {"k2": os.urandom(32), **keys}
    call_command("rotate_secrets")
    assert "1 secrets" in capsys.readouterr().out
    settings.CMA_MASTER_KEYS = {"k2": settings.CMA_MASTER_KEYS["k2"]}
    factor.refresh_from_db()
    assert decrypt(factor.data["secret"]) == "JBSWY3DPEHPK3PXP"
