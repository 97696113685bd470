"""The quote editor's form as a browser sends it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.urls import reverse

from quotes.models import Quote
from tests.world import World

# A day that is not over, wherever the test runs.
UNTIL = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)


def url(world: World, name: str, *args: Any) -> str:
    """An address of Alice's team."""
    return reverse(f"quotes:{name}", args=[world.team.slug, *args])


def item(world: World, price: str = "85.00", text: str = "Boiler service", **more: Any) -> dict[str, Any]:
    """A line at 20% as it is typed, always included unless its `part` says otherwise."""
    return {"description": text, "unit_price": price, "vat_rate": world.rate.pk, **more}


def typed(*lines: dict[str, Any], groups: tuple[dict[str, Any], ...] = (), **fields: Any) -> dict[str, Any]:
    """What the form sends: lines and choices as dictionaries, what is left out as the form shows it."""
    data: dict[str, Any] = {
        "client_name": "",
        "client": "",
        "reference": "QUO-0001",
        "suggested": "QUO-0001",
        "valid_until": UNTIL.isoformat(),
        "do": "save",
        "line": [],
        "group": [],
    }
    for number, given in enumerate(groups, start=1):
        key = given.get("key", f"g{number}")
        data["group"].append(key)
        row = {"name": "Shower", "rule": "one", "least": "1", "most": "1"} | given
        data |= {f"{key}-{name}": str(value) for name, value in row.items() if name != "key"}
    for number, given in enumerate(lines, start=1):
        key = given.get("key", f"l{number}")
        data["line"].append(key)
        row = {"kind": "item", "part": "fixed", "quantity": "1", "unit_price": "", "vat_rate": ""} | given
        data |= {f"{key}-{name}": str(value) for name, value in row.items() if name != "key"}
    return data | {name: value for name, value in fields.items() if value is not None}


def bathroom(world: World, **fields: Any) -> dict[str, Any]:
    """The quote of the mock-up: a fixed part, a choice of three showers, two extras. £3,534.00 at first."""
    return typed(
        item(world, "480.00", "Strip out"),
        item(world, "48.00", "First fix", quantity="18"),
        item(world, "48.00", "Fit bath", quantity="12"),
        item(world, "265.00", "Pipe"),
        item(world, "320.00", "Bar shower", part="g1", label="Good"),
        item(world, "545.00", "Concealed mixer", part="g1", label="Better", suggested="on"),
        item(world, "890.00", "Digital shower", part="g1", label="Best"),
        item(world, "215.00", "Towel rail", part="optional", suggested="on"),
        item(world, "120.00", "Heating mat", part="optional", quantity="4", least="2", most="4"),
        groups=({"name": "Shower", "hint": "All with thermostat"},),
        **{"client": world.jo.pk, "client_name": "Jo Whitaker"} | fields,
    )


def only(world: World) -> Quote:
    """The one quote there is."""
    with world.scope():
        return Quote.objects.select_related("client").get()


def told(response: Any) -> list[str]:
    """What a page says is wrong, for a test that did not expect it."""
    found = re.findall(r'class="problem"[^>]*>.*?<span>([^<]*)|<p>([^<]*)</p>', response.content.decode())
    return [one or other for one, other in found]
