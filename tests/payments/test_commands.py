"""manage.py check_ledger: quiet while the books are true, loud when they are not (PAY-2)."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.core.management import call_command

from tests.payments.making import by_stripe, issued, pay
from tests.world import World


def test_true_books(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with world.scope():
        pay(issued(world.jo), "130.00")
    with world.other_scope():
        by_stripe(issued(world.lee), "40.00", "pi_lee")
    call_command("check_ledger")
    assert "The books of 2 teams are true." in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("payments_clientaccount set money_in = money_in + 1", "differs from its rows"),
        ("invoices_invoice set paid = 0 where paid = 40", "what is paid differs"),
        ("payments_payment set amount = 30 where amount = 40", "more of it is used than came"),
        ("payments_allocation set amount = 30 where amount = 40", "lies as credit"),
    ],
)
def test_what_the_owner_of_the_database_damaged_is_found(
    world: World,
    owner: psycopg.Connection[Any],
    capsys: pytest.CaptureFixture[str],
    damage: str,
    told: str,
) -> None:
    with world.scope():
        pay(issued(world.jo), "40.00")
    table = damage.split(maxsplit=1)[0]
    owner.execute(f'alter table "{table}" disable trigger user')
    try:
        owner.execute(f"update {damage}")
    finally:
        table = damage.split(maxsplit=1)[0]
    owner.execute(f'alter table "{table}" enable trigger user')
    with pytest.raises(SystemExit) as ended:
        call_command("check_ledger")
    assert ended.value.code == 1
    error = capsys.readouterr().err
    assert told in error
    assert world.team.slug in error
    assert world.other.slug not in error
