"""The receipt that is mailed when Stripe has paid an invoice in full: with its PDF, or without if need be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from documents.worker import RenderFailed
from mail.models import Message
from payments import letters, tasks
from tests.payments.making import by_stripe, issued
from tests.world import World


@pytest.fixture
def message(world: World) -> Message:
    with world.scope():
        invoice = issued(world.jo)
        by_stripe(invoice, "100.00", "pi_receipt", paid_with="Visa ending 4242")
        return Message.objects.get(kind="receipt")


def read(world: World) -> Message:
    with world.scope():
        return Message.objects.select_related("rendering").get(kind="receipt")


def test_the_mail_waits_for_its_pdf_and_goes_with_it(world: World, message: Message) -> None:
    assert read(world).not_before > timezone.now() + timedelta(seconds=60)
    tasks.attach_receipt(world.team.pk, message.pk)
    sent = read(world)
    assert sent.rendering is not None
    assert sent.rendering.kind == "receipt"
    assert bytes(sent.rendering.pdf).startswith(b"%PDF")
    assert sent.not_before <= timezone.now()


def test_without_a_pdf_it_goes_all_the_same(
    world: World, message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RenderFailed("no memory")

    monkeypatch.setattr(letters, "stored_pdf", fail)
    tasks.attach_receipt(world.team.pk, message.pk)
    sent = read(world)
    assert sent.rendering is None
    assert sent.not_before <= timezone.now()


def test_what_was_sent_meanwhile_is_left_alone(world: World, message: Message) -> None:
    with world.scope():
        Message.objects.update(state="sent")
    tasks.attach_receipt(world.team.pk, message.pk)
    assert read(world).rendering is None
