"""The form of a new invoice that comes again: by a double press, by Back, from a second tab (SCR-3)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.urls import reverse

from tests.world import World

pytestmark = pytest.mark.django_db


def form(world: World, price: str, **more: str) -> dict[str, Any]:
    return {
        "client": str(world.jo.pk),
        "client_name": world.jo.name,
        "reference": "INV-0001",
        "suggested": "INV-0001",
        "issue_on": "2026-11-21",
        "due_on": "2026-12-21",
        "line": "n1",
        "n1-kind": "item",
        "n1-description": "Tap",
        "n1-quantity": "1",
        "n1-unit_price": price,
        "n1-vat_rate": str(world.rate.pk),
        "do": "save",
        **more,
    }


def post(world: World, given: dict[str, Any]) -> int:
    url = reverse("invoices:invoice-create", args=[world.team.slug])
    return world.browser(world.alice).post(url, given).status_code


def test_what_was_changed_in_between_is_saved(world: World) -> None:
    key = str(uuid.uuid4())
    assert post(world, form(world, "10", form_key=key)) == 303
    assert post(world, form(world, "20", form_key=key)) == 303
    with world.scope():
        assert str(world.team.invoices.get().total) == "24.00"


def test_not_over_what_somebody_saved_since(world: World) -> None:
    key = str(uuid.uuid4())
    for price, status in (("10", 303), ("20", 303), ("30", 409)):
        assert post(world, form(world, price, form_key=key)) == status
    with world.scope():
        assert str(world.team.invoices.get().total) == "24.00"


def test_a_preview_leads_to_the_draft_that_it_made(world: World) -> None:
    url = reverse("invoices:invoice-create", args=[world.team.slug])
    given = form(world, "10", form_key=str(uuid.uuid4()), do="preview")
    with world.scope():
        answer = world.browser(world.alice).post(url, given)
        made = world.team.invoices.get()
    assert answer.headers["Location"] == (
        reverse("invoices:invoice-edit", args=[world.team.slug, made.pk]) + "?pdf=1"
    )
