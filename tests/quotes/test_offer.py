"""The canonical text of an offer, and what differs between two (QUO-8, QUO-10)."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from quotes.drafting import GroupInput, save_draft
from quotes.models import Line, LineKind, Quote
from quotes.offer import canonical, differences, fingerprint, offer_of
from tests.quotes.making import bathroom, choice, draft, extra, item, sent


def test_the_canonical_text_is_one(inside):
    """Sorted, without spaces, UTF-8 as it is; the same again after a way through the database."""
    quote = sent(inside, item("Café – £5", "12.5000"))
    text = canonical(offer_of(quote))
    assert text == canonical(json.loads(text)) == canonical(offer_of(Quote.objects.get(pk=quote.pk)))
    assert "Café – £5" in text
    assert ", " not in text.split("Café")[0]
    assert fingerprint("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_everything_offered_is_in_it(inside):
    quote = draft(inside, title="Boiler", intro="Hello", terms="Cash", site="1 Mill Lane", **bathroom(inside))
    offer = offer_of(quote)
    assert {"Boiler", "Hello", "Cash", "1 Mill Lane", "QUO-0001", "GBP"} <= set(
        map(str, (offer[name] for name in ("title", "intro", "terms", "site", "reference", "currency")))
    )
    assert [line["description"] for line in offer["lines"]] == [x.description for x in quote.lines.all()]
    assert offer["lines"][-1] | {"key": None} == {
        "key": None,
        "kind": "optional",
        "group": None,
        "label": "",
        "description": "Radiator",
        "details": "",
        "quantity": "2",
        "unit": "",
        "unit_price": "80.05",
        "discount_percent": "0",
        "discount_amount": "0",
        "vat": {"label": "20%", "percent": "20", "category": "S", "wording": ""},
        "suggested": False,
        "least_quantity": "1",
        "most_quantity": "8",
        "net": "160.10",
    }
    assert offer["groups"][0]["name"] == "Boiler"
    assert offer["totals"]["total"] == "2019.98"


def test_every_change_changes_the_fingerprint(inside):
    quote = draft(inside)
    prints = {fingerprint(canonical(offer_of(quote)))}
    line = quote.lines.get(description="Radiator")
    for field, value in {
        "description": "Radiators",
        "details": "White",
        "quantity": Decimal(3),
        "unit": "pc",
        "unit_price": Decimal("80.06"),
        "discount_percent": Decimal(1),
        "discount_amount": Decimal(1),
        "vat_percent": Decimal(5),
        "suggested": True,
        "most_quantity": Decimal(9),
    }.items():
        Line.objects.filter(pk=line.pk).update(**{field: value})
        prints.add(fingerprint(canonical(offer_of(quote))))
    assert len(prints) == 11


class TestDifferences:
    """Line by line, in sentences."""

    def changed(self, world, *, lines=None, groups=None, **words: Any):
        """Version 2 of `bathroom` as edited; what its client is told."""
        quote = draft(world, title="Boiler", terms="Cash")
        keys = {line.description: line.key for line in quote.lines.all()}
        quote.send(by=world.alice, email_client=False)
        second = quote.new_version(by=world.alice)
        content = bathroom(world)
        old = [replace(line, key=keys[line.description]) for line in content["lines"]]
        group = replace(content["groups"][0], key=quote.groups.get().key)
        base: dict[str, Any] = {"title": "Boiler", "terms": "Cash", "valid_until": quote.valid_until}
        second = save_draft(
            world.team,
            client=world.jo,
            lines=lines(old) if lines else old,
            groups=groups(group) if groups else [group],
            by=world.alice,
            quote=second,
            **base | words,
        )
        return [str(difference) for difference in differences(quote, second)]

    def test_none(self, inside):
        assert self.changed(inside) == []

    def test_quantity_price_text_and_total(self, inside):
        def lines(old):
            labour = replace(old[1], unit_price=Decimal("400.005"), quantity=Decimal(2), unit="day")
            return [old[0], replace(labour, details="Two people"), *old[2:]]

        assert self.changed(inside, lines=lines) == [
            "“Labour”, details: –, now Two people",
            "“Labour”, quantity: 1, now 2 day",
            "“Labour”, price: £333.33, now £400.005",
            "Total: £2,019.98, now £2,580.00",
        ]

    def test_added_removed_and_renamed(self, inside):
        def lines(old):
            return [
                old[0],
                replace(old[1], description="Work"),
                *old[2:-1],
                item("Skip", "90", vat_rate=inside.rate),
            ]

        assert self.changed(inside, lines=lines) == [
            "“Radiator” is no longer there: £160.10",
            "Line: Labour, now Work",
            "“Skip” is new: £90.00",
            "Total: £2,019.98, now £2,127.98",
        ]

    def test_kind_suggestion_limits_discount_and_vat(self, inside):
        reduced = inside.team.vat_rates.get(name="5%")

        def lines(old):
            return [
                *old[:5],
                replace(old[5], suggested=False),
                replace(old[6], most_quantity=Decimal(4), discount_percent=Decimal("2.5"), vat_rate=reduced),
            ]

        assert self.changed(inside, lines=lines) == [
            "“Smart thermostat”, suggested: yes, now no",
            "“Radiator”, quantities to choose from: 1 to 8, now 1 to 4",
            "“Radiator”, discount: –, now 2.5%",
            "“Radiator”, VAT: 20% (20%), now 5% (5%)",
            "Total: £2,019.98, now £1,840.00",
        ]

    def test_what_was_extra_is_included_now(self, inside):
        def lines(old):
            return [*old[:5], replace(old[5], kind=LineKind.ITEM, suggested=False), old[6]]

        assert self.changed(inside, lines=lines) == [
            "“Smart thermostat”, what you may do with it: Optional, now Always included",
            "“Smart thermostat”, suggested: yes, now no",
        ]

    def test_choices(self, inside):
        assert self.changed(
            inside,
            groups=lambda group: [replace(group, name="Which boiler?", least=0, most=2, hint="Or none")],
        ) == [
            "Name of a choice: Boiler, now Which boiler?",
            "Choice “Which boiler?”: exactly 1 to choose, now 0 to 2 to choose",
            "Choice “Which boiler?”, hint: –, now Or none",
        ]

    def test_a_choice_more_and_one_gone(self, inside):
        told = self.changed(
            inside,
            lines=lambda old: [*old[:2], *old[5:], choice("Red", "1", vat_rate=inside.rate)],
            groups=lambda group: [GroupInput(name="Tiles")],
        )
        assert "Choice “Boiler” is no longer there" in told
        assert "Choice “Tiles” is new: exactly 1 to choose" in told

    def test_words_and_dates(self, inside):
        told = self.changed(
            inside, title="New boiler", intro="Hello\nJo", site="1 Mill Lane", terms="Cash\nonly",
            valid_until=inside.team.today() + dt.timedelta(days=5),
        )  # fmt: skip
        assert told[:4] == [
            "Title: Boiler, now New boiler",
            "Opening words: the wording has changed",
            "Address of the work: –, now 1 Mill Lane",
            "Terms: the wording has changed",
        ]
        assert told[4].startswith("Valid until: ")


def test_an_attachment_more_and_one_gone(inside):
    from quotes.models import AttachedFile, Attachment

    one, two = draft(inside), draft(inside)
    for quote, name in ((one, "old.png"), (two, "new.png")):
        file = AttachedFile.objects.create(
            team=inside.team, sha256=name.ljust(64, "0"), mime="image/png", size=1, content=b"x"
        )
        Attachment.objects.create(team=inside.team, quote=quote, file=file, position=1, name=name)
    told = [str(difference) for difference in differences(one, two)]
    assert "Attachment “old.png” is no longer there" in told
    assert "Attachment “new.png” is new" in told


def test_another_extra_is_told_with_its_price(inside):
    one, two = draft(inside, item()), draft(inside, item(), extra("Skip", "90.00"))
    told = [str(difference) for difference in differences(one, two)]
    assert "“Skip” is new: £90.00" in told
