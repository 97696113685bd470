"""After a busy week, told in no particular order, our books are Stripe's to the penny (trust)."""

from __future__ import annotations

import random
from decimal import Decimal

from django.db.models import Sum

from payments.books import check_ledger
from payments.models import DisputeMovement, Method, Payment, Refund
from tests.payments.conftest import Shop
from tests.payments.making import issued

WEEK = 10


def test_our_books_are_stripes(shop: Shop) -> None:
    chance = random.Random(20261121)
    for _ in range(WEEK):
        _something_happens(shop, chance)
    told = shop.webhooks()
    told += chance.sample(told, len(told) // 3)
    chance.shuffle(told)
    assert set(shop.deliver(told)) == {200}

    theirs = shop.sandbox.books()
    with shop.world.scope():
        payments = Payment.objects.filter(method=Method.STRIPE)
        ours = {
            "payments": payments.count(),
            "charged": _pence(payments.aggregate(sum=Sum("amount"))["sum"]),
            "refunded": _pence(Refund.objects.aggregate(sum=Sum("amount"))["sum"]),
            "disputed": _pence(DisputeMovement.objects.aggregate(sum=Sum("amount"))["sum"]),
        }
        fees = _pence(payments.aggregate(sum=Sum("stripe_fee"))["sum"])
        disputes = shop.sandbox.books()["fees"] - fees
        assert check_ledger(shop.world.team) == []
    assert ours == {name: theirs[name] for name in ours}
    assert ours["refunded"] > 0
    assert ours["disputed"] > 0
    # What is over is Stripe's fee for disputes, which is no part of a payment.
    assert disputes % 2000 == 0


def _something_happens(shop: Shop, chance: random.Random) -> None:
    pence = chance.randrange(1000, 90000)
    amount = Decimal(pence) / 100
    with shop.world.scope():
        invoice = issued(shop.world.jo, str(amount))
    session = shop.start(str(amount), invoice).session or ""
    assert shop.sandbox.pay(session).is_done
    what = chance.choice(["nothing", "refund", "failed refund", "dispute", "won", "refund"])
    if "refund" in what:
        refund = shop.sandbox.refund(session, chance.randrange(100, pence))
        if what == "failed refund":
            shop.sandbox.settle(refund["id"], passed=False)
    if what in ("dispute", "won"):
        dispute = shop.sandbox.dispute(session)
        shop.sandbox.close_dispute(dispute["id"], won=what == "won")


def _pence(amount: Decimal | None) -> int:
    return int((amount or Decimal(0)) * 100)
