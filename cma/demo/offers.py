"""The quotes of the demo business: one of every status, made through the same verbs as the app."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from PIL import Image, ImageDraw

from catalogue.models import VatRate
from clients.models import Client
from cma.demo.books import BATHROOM, BATHROOM_INTRO, BOILER, CYLINDER, PUMP, TERMS, Offered
from quotes.answering import answer, ask, current_picks, decline
from quotes.convert import generate_invoice
from quotes.drafting import GroupInput, LineInput, new_version, save_draft, save_kit
from quotes.models import How, LineKind, Quote, QuoteSettings
from quotes.sending import mark_viewed, send
from quotes.signing import Signer, accept, seen_of
from teams.audit import Actor, acting
from teams.models import Team, User

# Strokes of a signature, as a finger would draw them.
STROKES = (
    ((40, 120), (70, 40), (84, 42), (80, 110), (60, 160), (38, 150), (52, 128), (110, 96)),
    ((110, 96), (130, 84), (140, 104), (124, 118), (110, 100)),
    ((180, 50), (196, 120), (214, 70), (232, 122), (256, 44)),
    ((262, 40), (268, 120), (280, 84), (296, 88), (300, 118), (330, 104), (420, 92)),
)


def signature() -> bytes:
    """A drawn signature as the browser sends it: a transparent PNG."""
    image = Image.new("RGBA", (480, 200), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    for stroke in STROKES:
        draw.line(stroke, fill=(22, 32, 42, 255), width=5, joint="curve")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@dataclass
class Offers:
    """Makes quotes for `team` as Alice; `at(days_ago, hour, do)` has something happen on a day of the year."""

    team: Team
    alice: User
    clients: Sequence[Client]
    rate: VatRate
    at: Callable[[float, int, Callable[[], object]], None]

    def plan(self) -> None:
        """Settings, a kit, and a quote in every status."""
        self.at(300, 9, self.settle)
        # Jo's own: one signed and invoiced last month, one that waits for her now.
        self.plan_signed(self.clients[0], "Unvented cylinder", CYLINDER, sent=52, signed=47, invoiced=46)
        self.plan_bathroom(self.clients[0])
        self.plan_signed(self.clients[7], "New boiler and controls", BOILER, sent=9, signed=2)
        self.plan_answer(
            self.clients[10], "Shower pump", PUMP, sent=30, refused="We sold the house after all."
        )
        self.plan_sent(self.clients[9], "Shower pump", PUMP, days=64)
        self.plan_sent(self.clients[15], "Boiler room, winter works", BOILER, days=6)
        self.at(1, 15, lambda: self.draft(self.clients[4], "New boiler and controls", BOILER))

    def settle(self) -> None:
        """Terms and opening words every quote begins with, and a kit."""
        own = QuoteSettings.of(self.team)
        own.terms, own.intro = TERMS, ""
        own.save(update_fields=["terms", "intro"])
        groups, lines = self.parts(BOILER)
        save_kit(self.team, name="Boiler swap", groups=groups, lines=lines, by=self.alice)

    def parts(self, offered: Sequence[Offered]) -> tuple[list[GroupInput], list[LineInput]]:
        """Lines and choices as the editor would give them."""
        names = list(dict.fromkeys(one.group for one in offered if one.group))
        groups = [GroupInput(name=name) for name in names]
        return groups, [
            LineInput(
                description=one.text,
                kind=LineKind(one.kind),
                details=one.details,
                label=one.label,
                group=names.index(one.group) if one.group else None,
                suggested=one.suggested,
                quantity=Decimal(one.quantity),
                least_quantity=Decimal(one.least) if one.least else None,
                most_quantity=Decimal(one.most) if one.most else None,
                unit=one.unit,
                unit_price=Decimal(one.price),
                vat_rate=self.rate,
            )
            for one in offered
        ]

    def draft(self, client: Client, title: str, offered: Sequence[Offered], intro: str = "") -> Quote:
        """A draft for the client, at the client's own address."""
        groups, lines = self.parts(offered)
        site = "\n".join(client.billing_lines())
        return save_draft(
            self.team,
            client=client,
            title=title,
            groups=groups,
            lines=lines,
            site=site,
            by=self.alice,
            intro=intro,
        )

    def plan_sent(self, client: Client, title: str, offered: Sequence[Offered], *, days: float) -> None:
        """Sent that many days ago and not answered; expired by now when that is over thirty."""

        def do() -> None:
            send(self.draft(client, title, offered), by=self.alice, email_client=False)

        self.at(days, 16, do)

    def plan_answer(
        self, client: Client, title: str, offered: Sequence[Offered], *, sent: float, refused: str
    ) -> None:
        """Sent, then declined with a reason."""
        held: list[Quote] = []

        def do() -> None:
            held.append(self.draft(client, title, offered))
            send(held[0], by=self.alice, email_client=False)

        def no() -> None:
            with acting(Actor(client.name)):
                decline(held[0], reason=refused, by_name=client.name, user=None)

        self.at(sent, 15, do)
        self.at(sent - 3, 19, no)

    def plan_signed(
        self,
        client: Client,
        title: str,
        offered: Sequence[Offered],
        *,
        sent: float,
        signed: float,
        invoiced: float | None = None,
    ) -> None:
        """Sent, read, signed on screen, and perhaps made into an invoice."""
        held: list[Quote] = []

        def do() -> None:
            held.append(self.draft(client, title, offered))
            send(held[0], by=self.alice, email_client=False)

        def sign() -> None:
            quote = held[0]
            signer = Signer(
                name=client.name,
                how=How.DRAWN,
                agreed=True,
                drawn=signature(),
                email=client.primary_email(),
                ip="203.0.113.42",
                user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Safari/605.1",
                in_person_with=self.alice,
            )
            with acting(Actor(client.name, ip=signer.ip)):
                mark_viewed(quote, by_name=client.name)
                accept(quote, signer=signer, seen=seen_of(quote, current_picks(quote)))

        def bill() -> None:
            held[0].refresh_from_db()
            generate_invoice(held[0], by=self.alice).issue(by=self.alice)

        self.at(sent, 14, do)
        self.at(signed, 19, sign)
        if invoiced is not None:
            self.at(invoiced, 8, bill)

    def plan_bathroom(self, client: Client) -> None:
        """Two versions, a question with its answer, and one that still waits."""
        held: list[Quote] = []

        def begin() -> None:
            first = [one for one in BATHROOM if "towel rail" not in one.text]
            held.append(self.draft(client, "Bathroom refit, first floor", first, intro=BATHROOM_INTRO))
            send(held[0], by=self.alice, email_client=False)

        def revise() -> None:
            second = new_version(held[0], by=self.alice)
            groups, lines = self.parts(BATHROOM)
            # What was there before keeps its key, so that the versions can be compared line by line.
            keys = {line.description: line.key for line in second.lines.all()}
            group_keys = {group.name: group.key for group in second.groups.all()}
            held[0] = save_draft(
                self.team,
                client=client,
                title=second.title,
                intro=BATHROOM_INTRO,
                site=second.site,
                groups=[GroupInput(name=one.name, key=group_keys.get(one.name)) for one in groups],
                lines=[with_key(line, keys) for line in lines],
                valid_until=self.team.today() + timedelta(days=30),
                by=self.alice,
                quote=second,
            )
            send(held[0], by=self.alice, email_client=False)

        def wonder(word: str, text: str) -> None:
            line = next(line for line in held[0].lines.all() if word in line.description)
            with acting(Actor(client.name)):
                mark_viewed(held[0], by_name=client.name)
                ask(held[0], line_key=line.key, text=text, by_name=client.name, user=None)

        def reply() -> None:
            line = next(line for line in held[0].lines.all() if "Tile board" in line.description)
            text = "Yes, up to 600 mm above the rim, and to the ceiling in the shower."
            answer(held[0], line_key=line.key, text=text, by=self.alice)

        self.at(9, 17, begin)
        self.at(4, 17, revise)
        self.at(3, 19, lambda: wonder("Tile board", "Does this cover the wall behind the bath too?"))
        self.at(2, 8, reply)
        self.at(1, 21, lambda: wonder("towel rail", "Can it go on the switch by the door?"))


def with_key(line: LineInput, keys: Mapping[str, UUID]) -> LineInput:
    """The line under the key it had in the version before, if it was there."""
    return replace(line, key=keys.get(line.description))
