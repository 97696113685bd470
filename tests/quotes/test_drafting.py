"""Drafts of quotes: made, changed, deleted, duplicated, and the next version (QUO-1, 2, 10, BAD-1)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse

from invoices.models import Fate, NumberEntry, NumberSeries, SeriesKind
from quotes.drafting import GroupInput, LineInput, kit_content, price, save_draft, save_kit
from quotes.errors import ChangedMeanwhile, NotReady, ReferenceTaken
from quotes.models import AttachedFile, Attachment, Line, LineKind, Quote, QuoteSettings
from teams.models import WrongState
from tests.quotes.making import accepted, bathroom, choice, draft, extra, item, sent, verbs


def test_it_works(inside):
    """QUO-1, QUO-2: number, dates, words of the team's settings and every figure."""
    settings = QuoteSettings.of(inside.team)
    settings.intro, settings.terms = "Thank you for asking.", "Half in advance."
    settings.save()
    quote = draft(inside, **bathroom(inside))
    assert (quote.reference, quote.version, quote.state) == ("QUO-0001", 1, "draft")
    assert quote.valid_until == inside.team.today() + dt.timedelta(days=30)
    assert (quote.intro, quote.terms) == ("Thank you for asking.", "Half in advance.")
    # 333.33 + 1200 + 149.99, and 20% of it.
    assert (quote.net, quote.vat, quote.total) == (Decimal("1683.32"), Decimal("336.66"), Decimal("2019.98"))
    # 333.33 + 900; 333.33 + 1500 + 149.99 + 8 × 80.05.
    assert (quote.least_total, quote.most_total) == (Decimal("1480.00"), Decimal("3148.46"))
    assert [line.kind for line in quote.lines.all()] == [
        "heading", "item", "choice", "choice", "choice", "optional", "optional",
    ]  # fmt: skip
    assert {line.group for line in quote.lines.filter(kind="choice")} == {quote.groups.get()}
    assert verbs(quote) == ["quote.created"]


def test_what_is_given_wins_over_the_settings(inside):
    quote = draft(inside, intro="", terms="Cash", valid_until=inside.team.today())
    assert (quote.intro, quote.terms, quote.valid_until) == ("", "Cash", inside.team.today())


def test_saving_again_keeps_number_keys_and_words(inside):
    """QUO-10: a line's key stays the same, so that versions can be compared."""
    quote = draft(inside, terms="Cash")
    keys = {line.description: line.key for line in quote.lines.all()}
    group = quote.groups.get().key
    content = bathroom(inside)
    lines = [replace(line, key=keys[line.description]) for line in content["lines"]]
    again = save_draft(
        inside.team,
        client=inside.kit,
        lines=lines[1:],
        groups=[GroupInput(name="Which boiler?", key=group)],
        by=inside.bob,
        title="New boiler",
        quote=quote,
        revision=quote.revision,
    )
    assert (again.pk, again.reference, again.revision, again.terms) == (quote.pk, "QUO-0001", 2, "Cash")
    assert again.client == inside.kit
    assert {line.key for line in again.lines.all()} == set(keys.values()) - {keys["Works"]}
    assert (again.groups.get().key, again.groups.get().name) == (group, "Which boiler?")
    assert verbs(again) == ["quote.created", "quote.saved"]


def test_a_doubled_line_gets_a_key_of_its_own(inside):
    key = uuid.uuid4()
    quote = draft(inside, item("One", key=key), item("Two", key=key))
    first, second = quote.lines.all()
    assert first.key == key != second.key


def test_the_same_form_twice_is_one_quote(inside):
    key = uuid.uuid4()
    assert draft(inside, form_key=key) == draft(inside, form_key=key)
    assert Quote.objects.count() == 1


def test_an_older_form_is_told_who_saved_meanwhile(inside):
    quote = draft(inside)
    save_draft(inside.team, client=inside.jo, lines=[item()], by=inside.bob, quote=quote, revision=1)
    with pytest.raises(ChangedMeanwhile) as changed:
        save_draft(inside.team, client=inside.jo, lines=[item()], by=inside.alice, quote=quote, revision=1)
    assert (changed.value.by, changed.value.quote.revision) == ("Bob Nowak", 2)


def test_a_sent_quote_is_no_draft_any_more(inside):
    quote = sent(inside)
    with pytest.raises(WrongState, match="Make a new version"):
        save_draft(inside.team, client=inside.jo, lines=[item()], by=inside.alice, quote=quote)


class TestNumbers:
    """INV-8 for quotes: a register of their own series."""

    def fate(self, reference: str) -> str:
        return NumberEntry.objects.get(reference=reference).fate

    def test_quotes_and_invoices_count_apart(self, inside):
        from tests.invoices.helpers import draft as invoice_draft

        draft(inside)
        assert invoice_draft(inside).reference == "INV-0001"
        assert draft(inside).reference == "QUO-0002"

    def test_fates(self, inside):
        first, second, third = draft(inside), draft(inside), draft(inside)
        first.send(by=inside.alice, email_client=False)
        second.delete_draft(by=inside.alice)
        third.delete_draft(by=inside.alice)
        assert self.fate("QUO-0001") == Fate.ISSUED
        assert self.fate("QUO-0002") == Fate.DELETED
        # The last one is given back.
        assert not NumberEntry.objects.filter(reference="QUO-0003").exists()
        assert NumberSeries.of(inside.team, SeriesKind.QUOTE).next_reference == "QUO-0003"

    def test_they_are_no_part_of_the_register_for_the_tax_office(self, world):
        from tests.invoices.helpers import draft as invoice_draft

        with world.scope():
            draft(world)
            invoice_draft(world)
        page = (
            world.browser(world.alice)
            .get(reverse("invoices:number-register", args=[world.team.slug]))
            .content.decode()
        )
        assert "INV-0001" in page
        assert "QUO-0001" not in page

    def test_a_typed_reference_and_one_that_is_taken(self, inside):
        draft(inside, reference="HALL-7")
        with pytest.raises(ReferenceTaken) as taken:
            draft(inside, reference="HALL-7")
        assert taken.value.free == "QUO-0001"

    def test_renaming_a_draft_lets_its_number_go(self, inside):
        quote = draft(inside)
        again = save_draft(
            inside.team, client=inside.jo, lines=[item()], by=inside.alice, quote=quote, reference="HALL-7"
        )
        assert again.reference == "HALL-7"
        assert draft(inside).reference == "QUO-0001"

    def test_a_later_version_keeps_the_reference_and_leaves_the_number_when_deleted(self, inside):
        second = sent(inside).new_version(by=inside.alice)
        with pytest.raises(NotReady, match="keeps its reference"):
            save_draft(
                inside.team, client=inside.jo, lines=[item()], by=inside.alice, quote=second, reference="X"
            )
        second.delete_draft(by=inside.alice)
        assert self.fate("QUO-0001") == Fate.ISSUED
        assert draft(inside).reference == "QUO-0002"


class TestLimits:
    """BAD-1: refused with a sentence, and nothing half-done remains."""

    @pytest.mark.parametrize(
        ("lines", "groups", "says"),
        [
            ([item()] * 201, [], "at most 200 lines"),
            ([item()], [GroupInput(name="G")] * 21, "at most 20 choices"),
            ([item("x" * 201)], [], "200 characters"),
            ([item("")], [], "A line without a description"),
            ([item(details="x" * 1001)], [], "1000 characters"),
            ([item(quantity=Decimal(0))], [], "quantity"),
            ([item(quantity=Decimal("1.0001"))], [], "3 decimal places"),
            ([item(quantity=Decimal(1_000_000))], [], "quantity"),
            ([item(price="10000000")], [], "unit price"),
            ([item(price="-1")], [], "unit price"),
            ([item(price="100", discount_percent=Decimal(101))], [], "discount"),
            ([item(price="10", discount_amount=Decimal(11))], [], "larger than its price"),
            ([choice("Good", "1")], [], "a choice that is not there"),
            ([choice("Good", "1", group=-1)], [GroupInput(name="G")], "a choice that is not there"),
            ([choice("Good", "1", group=None)], [GroupInput(name="G")], "a choice that is not there"),
            ([item()], [GroupInput(name="")], "Choice 1"),
            ([item()], [GroupInput(name="Tiles", least=3, most=2)], "asks for more than it allows"),
            ([item()], [GroupInput(name="Tiles", most=51)], "50"),
            ([extra(least_quantity=Decimal(1))], [], "between the smallest and the largest"),
            (
                [extra(least_quantity=Decimal(2), most_quantity=Decimal(3))],
                [],
                "between the smallest and the largest",
            ),
            (
                [extra(quantity=Decimal(4), least_quantity=Decimal(1), most_quantity=Decimal(3))],
                [],
                "between the smallest and the largest",
            ),
            # 4 × 10 − 30 is fine, 1 × 10 − 30 is not.
            (
                [
                    extra(
                        price="10",
                        quantity=Decimal(4),
                        least_quantity=Decimal(1),
                        most_quantity=Decimal(4),
                        discount_amount=Decimal(30),
                    )
                ],
                [],
                "larger than its price",
            ),
        ],
    )
    def test_lines_and_groups(self, inside, lines, groups, says):
        with pytest.raises(NotReady, match=says):
            save_draft(inside.team, client=inside.jo, lines=lines, groups=groups, by=inside.alice)
        assert not Quote.objects.exists()
        assert not NumberEntry.objects.exists()

    @pytest.mark.parametrize(
        ("field", "longest"), [("title", 120), ("intro", 4000), ("terms", 20000), ("site", 400)]
    )
    def test_words(self, inside, field, longest):
        assert getattr(draft(inside, **{field: "x" * longest}), field) == "x" * longest
        with pytest.raises(NotReady, match=f"{longest} characters"):
            draft(inside, **{field: "x" * (longest + 1)})

    def test_dates(self, inside):
        with pytest.raises(NotReady, match="three years"):
            draft(inside, valid_until=dt.date(9999, 12, 31))

    def test_as_much_as_is_allowed(self, inside):
        """200 lines and 20 choices of four."""
        lines = [choice(f"Line {n}", "1", group=n % 20) for n in range(80)] + [item()] * 120
        quote = draft(inside, *lines, groups=[GroupInput(name=f"G{n}") for n in range(20)])
        assert (quote.lines.count(), quote.groups.count()) == (200, 20)
        assert [group.lines.count() for group in quote.groups.all()] == [4] * 20


def test_price_stores_nothing(inside):
    """The preview while typing: the figures that saving would store."""
    quote = Quote(team=inside.team, client=inside.jo)
    content = bathroom(inside)
    figures = price(quote, content["lines"], content["groups"])
    assert figures.totals.total == quote.total == Decimal("2019.98")
    assert (quote.least_total, quote.most_total) == (Decimal("1480.00"), Decimal("3148.46"))
    assert not Quote.objects.exists()


def test_without_a_vat_number_there_is_no_vat(inside):
    """MON-5."""
    inside.team.change(vat_number="")
    quote = draft(inside)
    assert (quote.charges_vat, quote.vat) == (False, Decimal("0.00"))
    assert {line.vat_category for line in quote.lines.all()} == {""}


class TestDeleting:
    def test_it_works(self, inside):
        quote = draft(inside)
        pk = quote.pk
        quote.delete_draft(by=inside.alice)
        assert not Quote.objects.exists()
        assert not Line.objects.exists()
        quote.pk = pk
        assert verbs(quote) == ["quote.created", "quote.deleted"]
        with pytest.raises(WrongState, match="deleted already"):
            quote.delete_draft(by=inside.alice)

    def test_a_sent_one_stays(self, inside):
        quote = sent(inside)
        with pytest.raises(WrongState, match="Withdraw it instead"):
            quote.delete_draft(by=inside.alice)

    def test_a_draft_that_a_sent_quote_was_copied_from(self, inside):
        """The trigger lets a sent quote forget its source, and nothing more."""
        source = draft(inside)
        copy = source.duplicate(by=inside.alice)
        copy.send(by=inside.alice, email_client=False)
        source.delete_draft(by=inside.alice)
        copy.refresh_from_db()
        assert copy.copied_from_id is None

    def test_a_draft_that_an_issued_invoice_was_copied_from(self, inside):
        from tests.invoices.helpers import draft as invoice_draft

        source = invoice_draft(inside)
        copy = source.copy_to_draft(by=inside.alice)
        copy.issue(by=inside.alice)
        source.delete_draft(by=inside.alice)
        copy.refresh_from_db()
        assert copy.copied_from_id is None


def attach(quote: Quote) -> None:
    file = AttachedFile.objects.create(
        team_id=quote.team_id, sha256="a" * 64, mime="image/png", size=1, content=b"x"
    )
    Attachment.objects.create(team_id=quote.team_id, quote=quote, file=file, position=1, name="plan.png")


class TestDuplicating:
    """QUO-1."""

    def test_it_works(self, inside):
        quote = draft(inside, title="Boiler", intro="Hello", terms="Cash", site="1 Mill Lane\nLeeds")
        attach(quote)
        quote.send(by=inside.alice, email_client=False)
        copy = quote.duplicate(by=inside.bob)
        assert (copy.reference, copy.version, copy.state) == ("QUO-0002", 1, "draft")
        assert (copy.title, copy.intro, copy.terms, copy.site) == ("Boiler", "Hello", "Cash", quote.site)
        assert (copy.total, copy.least_total, copy.most_total) == (
            quote.total,
            quote.least_total,
            quote.most_total,
        )
        assert [a.file_id for a in copy.attachments.all()] == [a.file_id for a in quote.attachments.all()]
        keys = {line.key for line in quote.lines.all()} | {group.key for group in quote.groups.all()}
        assert not keys & ({line.key for line in copy.lines.all()} | {g.key for g in copy.groups.all()})
        assert copy.copied_from == quote
        assert verbs(copy) == ["quote.copied"]

    def test_for_another_client_without_the_address(self, inside):
        copy = draft(inside, site="1 Mill Lane").duplicate(by=inside.alice, client=inside.kit)
        assert (copy.client, copy.site) == (inside.kit, "")

    def test_the_same_form_twice_is_one(self, inside):
        quote, key = draft(inside), uuid.uuid4()
        assert quote.duplicate(by=inside.alice, form_key=key) == quote.duplicate(
            by=inside.alice, form_key=key
        )


class TestNewVersion:
    """QUO-10."""

    def test_it_works(self, inside):
        quote = draft(inside, title="Boiler", site="1 Mill Lane")
        attach(quote)
        quote.send(by=inside.alice, email_client=False)
        second = quote.new_version(by=inside.bob)
        assert (second.reference, second.version, second.state) == ("QUO-0001", 2, "draft")
        assert (second.previous, second.title, second.site) == (quote, "Boiler", "1 Mill Lane")
        assert second.total == quote.total
        assert [line.key for line in second.lines.all()] == [line.key for line in quote.lines.all()]
        assert [group.key for group in second.groups.all()] == [group.key for group in quote.groups.all()]
        assert second.attachments.get().name == "plan.png"
        quote.refresh_from_db()
        assert quote.state == "sent"
        assert verbs(second) == ["quote.versioned"]

    def test_pressed_again_it_is_the_same_draft(self, inside):
        quote = sent(inside)
        assert quote.new_version(by=inside.alice) == quote.new_version(by=inside.bob)

    def test_after_its_draft_was_deleted_there_is_another(self, inside):
        quote = sent(inside)
        quote.new_version(by=inside.alice).delete_draft(by=inside.alice)
        assert quote.new_version(by=inside.alice).version == 2

    def test_of_one_that_was_declined_or_withdrawn(self, inside):
        first, second = sent(inside), sent(inside)
        first.withdraw(by=inside.alice)
        second.decline(reason="", by_name="Jo", user=inside.jo_user)
        assert [quote.new_version(by=inside.alice).version for quote in (first, second)] == [2, 2]

    def test_states_that_refuse(self, inside):
        with pytest.raises(WrongState, match="has not been sent yet"):
            draft(inside).new_version(by=inside.alice)
        quote = sent(inside)
        quote.new_version(by=inside.alice).send(by=inside.alice, email_client=False)
        with pytest.raises(WrongState, match="a later version"):
            quote.new_version(by=inside.alice)
        signed = accepted(inside).quote
        with pytest.raises(WrongState, match="Duplicate it for further work"):
            signed.new_version(by=inside.alice)

    def test_its_draft_has_none(self, inside):
        second = sent(inside).new_version(by=inside.alice)
        with pytest.raises(WrongState, match="has not been sent yet"):
            second.new_version(by=inside.alice)


class TestKits:
    """QUO-1: named sets of lines."""

    def test_it_works(self, inside):
        content = bathroom(inside)
        kit = save_kit(inside.team, name="  New   boiler ", by=inside.alice, **content)
        assert kit.name == "New boiler"
        groups, lines = kit_content(kit, inside.team)
        assert (groups, lines) == (content["groups"], content["lines"])
        assert draft(inside, groups=groups, lines=lines).total == Decimal("2019.98")

    def test_the_same_name_replaces(self, inside):
        save_kit(inside.team, name="Boiler", groups=[], lines=[item("One")], by=inside.alice)
        kit = save_kit(inside.team, name="Boiler", groups=[], lines=[item("Two")], by=inside.alice)
        assert inside.team.kits.get() == kit
        assert [line.description for line in kit_content(kit, inside.team)[1]] == ["Two"]

    def test_what_is_gone_is_left_out(self, inside):
        line = item(vat_rate=inside.rate, product=inside.product)
        kit = save_kit(inside.team, name="Boiler", groups=[], lines=[line], by=inside.alice)
        kit.content["lines"][0] |= {"vat_rate": inside.other_rate.pk, "product": inside.other_product.pk}
        (found,) = kit_content(kit, inside.team)[1]
        assert (found.vat_rate, found.product) == (None, None)

    @pytest.mark.parametrize(
        ("name", "lines", "says"),
        [
            (" ", [item()], "a name"),
            ("x" * 121, [item()], "120"),
            ("A", [], "nothing to keep"),
            ("A", [item()] * 201, "200"),
        ],
    )
    def test_refusals(self, inside, name, lines, says):
        with pytest.raises(NotReady, match=says):
            save_kit(inside.team, name=name, groups=[], lines=lines, by=inside.alice)

    def test_headings_and_notes_are_kept(self, inside):
        lines = [
            LineInput(description="Works", kind=LineKind.HEADING),
            LineInput(description="Dust sheets are ours", kind=LineKind.NOTE),
            item(),
        ]
        kit = save_kit(inside.team, name="Boiler", groups=[], lines=lines, by=inside.alice)
        assert kit_content(kit, inside.team)[1] == lines
