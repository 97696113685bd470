"""Quotes of the tests' world."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from decimal import Decimal
from typing import Any
from unittest import mock

from django.utils import timezone
from PIL import Image, ImageDraw

from portal.quote_links import find_link, is_live
from quotes.answering import current_picks
from quotes.drafting import GroupInput, LineInput, save_draft
from quotes.models import Acceptance, How, LineKind, Quote, QuoteLink
from quotes.signing import Signer, seen_of
from teams.models import Team
from teams.scope import team_scope
from tests.world import World


def item(text: str = "Boiler, fitted", price: str = "1000.00", **more: Any) -> LineInput:
    """A line of one; without VAT unless a rate is given."""
    return LineInput(description=text, unit_price=Decimal(price), **more)


def extra(text: str = "Smart thermostat", price: str = "150.00", **more: Any) -> LineInput:
    """A line that the client may tick."""
    return item(text, price, kind=LineKind.OPTIONAL, **more)


def choice(text: str, price: str, **more: Any) -> LineInput:
    """A line of the first choice."""
    return item(text, price, kind=LineKind.CHOICE, **{"group": 0} | more)


def bathroom(world: World) -> dict[str, Any]:
    """A heading, a fixed line, a choice of one out of three, and two extras, all at 20%."""
    rate = {"vat_rate": world.rate}
    return {
        "groups": [GroupInput(name="Boiler")],
        "lines": [
            LineInput(description="Works", kind=LineKind.HEADING),
            item("Labour", "333.33", **rate),
            choice("Good", "900.00", **rate),
            choice("Better", "1200.00", suggested=True, **rate),
            choice("Best", "1500.00", **rate),
            extra("Smart thermostat", "149.99", suggested=True, **rate),
            extra(
                "Radiator",
                "80.05",
                quantity=Decimal(2),
                least_quantity=Decimal(1),
                most_quantity=Decimal(8),
                **rate,
            ),
        ],
    }


def draft(world: World, *lines: LineInput, **more: Any) -> Quote:
    """A draft of Jo's: these lines, at 20% unless they say otherwise, or `bathroom`; call it in a scope."""
    more.setdefault("client", world.jo)
    content: dict[str, Any] = bathroom(world)
    if lines:
        content = {"lines": [line if line.vat_rate else replace(line, vat_rate=world.rate) for line in lines]}
    return save_draft(world.team, by=more.pop("by", world.alice), **content | more)


def sent(world: World, *lines: LineInput, **more: Any) -> Quote:
    """A quote that was sent to Jo, without a mail; call it inside the team's scope."""
    quote = draft(world, *lines, **more)
    quote.send(by=world.alice, email_client=False)
    return quote


def expired(world: World) -> Quote:
    """A quote that was valid until yesterday; call it inside the team's scope."""
    with mock.patch.object(timezone, "now", return_value=timezone.now() - dt.timedelta(days=40)):
        return sent(world)


def drawn(width: int = 300, height: int = 120) -> bytes:
    """A signature as a browser sends it."""
    picture = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    ImageDraw.Draw(picture).line([(20, 90), (90, 20), (150, 90), (260, 40)], fill=(20, 20, 60, 255), width=4)
    return png(picture)


def png(picture: Image.Image) -> bytes:
    """The picture's bytes."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def signer(world: World, **more: Any) -> Signer:
    """Jo, who signs on screen with her login."""
    values: dict[str, Any] = {
        "name": "Jo Whitaker",
        "how": How.DRAWN,
        "agreed": True,
        "drawn": drawn(),
        "login": world.jo_user,
        "email": world.jo_user.email,
        "ip": "203.0.113.9",
        "user_agent": "Firefox",
    }
    return Signer(**values | more)


def seen(quote: Quote) -> str:
    """What the form shows now."""
    return seen_of(quote, current_picks(quote))


def accepted(world: World, quote: Quote | None = None, **more: Any) -> Acceptance:
    """Jo's signature under a quote that was sent; call it inside a scope."""
    quote = quote or sent(world)
    return quote.accept(signer=signer(world, **more), seen=seen(quote))


def key_of(quote: Quote, text: str) -> Any:
    """The key of the line with this description."""
    return quote.lines.get(description=text).key


def verbs(quote: Quote) -> list[str]:
    """What the log says of this version, oldest first."""
    from teams.models import AuditEntry

    rows = AuditEntry.objects.filter(subject="quote", subject_id=quote.pk).order_by("pk")
    return list(rows.values_list("verb", flat=True))


def link_of(team: Team, token: str) -> QuoteLink | None:
    """The link behind a token as the portal's door finds it, while it works."""
    with team_scope(team.pk):
        found = find_link(team, token)
    return found if found is not None and is_live(found) else None
