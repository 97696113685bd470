"""Where the team's Stripe secrets are kept, and how the sealing of `cma.sealing` is bound to it (trust 4)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from cma import sealing
from payments.models import StripeAccount

# Every field that holds a ciphertext; `manage.py rotate_secrets` goes through them.
SECRET_FIELDS: tuple[tuple[type[StripeAccount], str], ...] = (
    (StripeAccount, "key_cipher"),
    (StripeAccount, "secret_cipher"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """The field of the row that a secret belongs to."""

    team_id: int
    table: str
    field: str
    row_id: int

    def __str__(self) -> str:
        return f"{self.team_id}|{self.table}|{self.field}|{self.row_id}"


def seal(secret: str, place: Place) -> bytes:
    """The secret as ciphertext for this field of this row."""
    return sealing.seal(secret, place=str(place))


def unseal(blob: sealing.Blob, place: Place) -> str:
    """The secret. Raises CannotOpenError."""
    return sealing.unseal(blob, place=str(place))


def reserve_row_id() -> int:
    """The id of a StripeAccount that is about to be made: its key is sealed before the row exists."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence('payments_stripeaccount', 'id'))")
        return int(cursor.fetchone()[0])
