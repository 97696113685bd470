"""Every address of the portal, called as a person would, with nothing left behind."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse

from tests.access.addresses import Address, every_address
from tests.access.examples import EXAMPLES, Stage

PORTAL = [address for address in every_address() if address.door == "p"]
DOORSTEP = [address for address in PORTAL if getattr(address.view, "cma_doorstep", False)]
INSIDE = [address for address in PORTAL if address not in DOORSTEP]


def path_of(address: Address, stage: Stage) -> str:
    """With a row of the client's own, from the access matrix's table by name."""
    example = EXAMPLES.get(address.name)
    more: dict[str, Any] = example.own(stage) if example else {}
    return reverse(address.name, kwargs={"team": stage.world.team.slug, **more})


def called(browser: Browser, method: str, address: Address, stage: Stage, **more: Any) -> HttpResponse:
    """The answer; what the call has changed is undone, so that the next one finds everything as it was."""
    with transaction.atomic():
        response: HttpResponse = getattr(browser, method)(path_of(address, stage), **more)
        transaction.set_rollback(True)
    return response
