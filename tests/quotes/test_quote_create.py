"""The editor for a new quote (QUO-1, QUO-2, SCR-3, SCR-4, BAD-1)."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal

import pytest

from clients.models import Address, AddressKind, Client
from quotes.models import Quote, QuoteSettings
from tests.quotes.editing import UNTIL, bathroom, item, only, told, typed, url


def send(world, data, *, user=None, status=303, **headers):
    """Send the form as it is."""
    browser = world.browser(user or world.alice)
    response = browser.post(url(world, "quote-create"), data, headers=headers or None)
    assert response.status_code == status, told(response)
    return response


def save(world, *lines, status=303, groups=(), **fields):
    """Send the form; by default for Jo, and saved."""
    fields = {"client": world.jo.pk, "client_name": "Jo Whitaker"} | fields
    return send(world, typed(*(lines or (item(world),)), groups=groups, **fields), status=status)


def page_of(response):
    return response.content.decode()


def test_the_form_is_filled_in(world):
    with world.scope():
        today = world.team.today()
        QuoteSettings.objects.filter(team=world.team).delete()
        QuoteSettings.objects.create(team=world.team, intro="Thank you for asking.", terms="Paid in 14 days.")
    page = page_of(world.browser(world.alice).get(url(world, "quote-create") + f"?client={world.jo.pk}"))
    assert 'value="QUO-0001"' in page
    assert f'value="{(today + dt.timedelta(days=30)).isoformat()}"' in page
    for text in (
        "Thank you for asking.",
        "Paid in 14 days.",
        'value="Jo Whitaker"',
        "1 Jo Whitaker Street, Leeds",
    ):
        assert text in page


def test_it_saves_a_draft_with_sections_and_choices(world):
    response = send(
        world, bathroom(world, title="Bathroom", site="5 Regent Terrace\nLS7", intro="Hello", terms="T")
    )
    quote = only(world)
    assert response.url == url(world, "quote", quote.pk)
    assert (quote.reference, quote.version, quote.total) == ("QUO-0001", 1, Decimal("3534.00"))
    assert (quote.least_total, quote.most_total) == (Decimal("3006.00"), Decimal("4524.00"))
    assert (quote.title, quote.site, quote.intro, quote.terms) == (
        "Bathroom",
        "5 Regent Terrace\nLS7",
        "Hello",
        "T",
    )
    assert quote.valid_until == UNTIL
    with world.scope():
        group = quote.groups.get()
        assert (group.name, group.hint, group.least, group.most) == ("Shower", "All with thermostat", 1, 1)
        kinds = [line.kind for line in quote.lines.all()]
        assert kinds == ["item"] * 4 + ["choice"] * 3 + ["optional"] * 2
        assert list(group.lines.values_list("label", "suggested")) == [
            ("Good", False),
            ("Better", True),
            ("Best", False),
        ]
        mat = quote.lines.get(description="Heating mat")
        assert (mat.least_quantity, mat.most_quantity, mat.suggested) == (Decimal(2), Decimal(4), False)


def test_save_and_send_leads_to_the_dialog_for_it(world):
    assert send(world, bathroom(world, do="send")).url == url(world, "quote-send", only(world).pk)


def test_htmx_is_told_where_to_go(world):
    response = send(world, bathroom(world), status=200, **{"hx-request": "true"})
    assert response.headers["HX-Redirect"] == url(world, "quote", only(world).pk)


def test_headings_and_notes_stand_where_they_were_put(world):
    save(
        world,
        {"kind": "heading", "description": "Strip out"},
        item(world),
        {"kind": "note", "description": "Two days"},
        {"kind": "heading", "description": "Extras", "part": "optional"},
        item(world, part="optional", text="Rail"),
    )
    with world.scope():
        found = [(line.kind, line.description) for line in only(world).lines.all()]
    assert found == [
        ("heading", "Strip out"),
        ("item", "Boiler service"),
        ("note", "Two days"),
        ("heading", "Extras"),
        ("optional", "Rail"),
    ]


def test_between_min_and_max(world):
    lines = [item(world, str(price), f"Tap {price}", part="g1", suggested="on") for price in (10, 20, 30)]
    save(world, *lines, groups=({"name": "Taps", "rule": "range", "least": "0", "most": "3"},))
    with world.scope():
        group = only(world).groups.get()
        assert (group.least, group.most) == (0, 3)
    assert only(world).total == Decimal("72.00")


def test_the_same_form_twice_is_one_quote(world):
    key = str(uuid.uuid4())
    first, second = save(world, form_key=key), save(world, form_key=key)
    assert first.url == second.url
    only(world)


def test_a_number_taken_meanwhile_gives_way_to_the_next_and_the_person_is_told(world):
    save(world)
    page = page_of(
        world.browser(world.bob).post(
            url(world, "quote-create"), typed(item(world), client=world.jo.pk), follow=True
        )
    )
    assert "QUO-0001 was taken meanwhile, this one is QUO-0002." in page


def test_a_typed_reference_that_is_taken_is_refused_with_a_free_one(world):
    save(world, reference="JOB-7")
    page = page_of(save(world, reference="JOB-7", status=422))
    assert "JOB-7 is taken already. QUO-0001 is free." in page


def test_a_client_is_added_on_the_spot(world):
    save(world, client="", client_name="", new_client_name="Nia Bell", new_client_email="nia@example.com")
    with world.scope():
        client = only(world).client
        assert (client.name, client.primary_email()) == ("Nia Bell", "nia@example.com")


def test_without_a_client_it_asks_for_one(world):
    assert "Say who the quote is for." in page_of(save(world, client="", client_name="", status=422))


LIMITS = {"part": "optional", "quantity": "4"}
BAD_LINES = [
    ({"unit_price": "abc"}, "That is not a number. Write one such as 1234.50."),
    ({"quantity": "0"}, "A quantity of 0 bills nothing."),
    ({"vat_rate": ""}, "Choose a VAT rate."),
    ({"description": ""}, "Say what it is"),
    ({"product": "x"}, "That product is not one of yours."),
    (LIMITS | {"least": "2"}, "Fill in both, or neither."),
    (LIMITS | {"most": "6"}, "Fill in both, or neither."),
    (LIMITS | {"least": "6", "most": "2"}, "The most is less than the least."),
    (LIMITS | {"least": "5", "most": "6"}, "It has to lie between the least and the most"),
    (LIMITS | {"least": "x", "most": "6"}, "That is not a number."),
    (LIMITS | {"least": "1", "most": "6", "discount": "100"}, "more than the least quantity comes to"),
]


@pytest.mark.parametrize(("wrong", "words"), BAD_LINES)
def test_a_bad_line_is_answered_and_kept(world, wrong, words):
    page = page_of(save(world, item(world) | wrong, title="Bathroom refit", status=422))
    assert words in page
    assert "put right" in page
    assert "Bathroom refit" in page
    with world.scope():
        assert not Quote.objects.exists()


TWO = ({"part": "g1", "suggested": "on"}, {"part": "g1", "suggested": "on"})
BAD_GROUPS = [
    ({"name": ""}, ({"part": "g1"}, {"part": "g1"}), "Say what is chosen here"),
    ({"name": "x" * 121}, ({"part": "g1"}, {"part": "g1"}), "At most 120 characters."),
    ({"hint": "x" * 201}, ({"part": "g1"}, {"part": "g1"}), "At most 200 characters."),
    ({}, ({"part": "g1"},), "A choice needs at least two lines to choose from."),
    ({}, TWO, "Suggest one of these only: exactly one is chosen."),
    ({"rule": "range", "least": "0", "most": "1"}, TWO, "More are suggested than may be chosen."),
    ({"rule": "range", "least": "3", "most": "4"}, TWO, "There are fewer lines than have to be chosen."),
    ({"rule": "range", "least": "2", "most": "1"}, TWO, "The most is less than the least."),
    ({"rule": "range", "least": "0", "most": "0"}, TWO, "At least one has to be possible."),
    ({"rule": "range", "least": "-1", "most": "2"}, TWO, "Write a whole number such as 2."),
    ({"rule": "range", "least": "٣", "most": "2"}, TWO, "Write a whole number such as 2."),
    ({"rule": "range", "least": "1", "most": "51"}, TWO, "At most 50."),
]


@pytest.mark.parametrize(("group", "lines", "words"), BAD_GROUPS)
def test_a_bad_choice_is_answered_and_kept(world, group, lines, words):
    page = page_of(save(world, *(item(world) | line for line in lines), groups=(group,), status=422))
    assert words in page
    assert 'aria-invalid="true"' in page
    with world.scope():
        assert not Quote.objects.exists()


def test_nothing_of_another_team_can_be_put_in(world):
    page = page_of(save(world, client=world.lee.pk, client_name="Lee Marsh", status=422))
    assert "That client is not one of yours." in page
    page = page_of(save(world, item(world) | {"vat_rate": world.other_rate.pk}, status=422))
    assert "That VAT rate is not one of yours." in page
    page = page_of(save(world, item(world) | {"product": world.other_product.pk}, status=422))
    assert "That product is not one of yours." in page
    with world.scope():
        assert not Quote.objects.exists()


def test_more_lines_than_a_quote_holds(world):
    lines = [item(world, "1.00", f"Part {n}") for n in range(201)]
    page = page_of(save(world, *lines, status=422))
    assert "at most 200 lines; this one has 201." in page
    save(world, *lines[:200])


def test_more_choices_than_a_quote_holds(world):
    def twice(count):
        groups = tuple({"name": f"Choice {n}", "key": f"g{n}"} for n in range(count))
        lines = [item(world, "1.00", f"L{n}", part=f"g{n // 2}") for n in range(count * 2)]
        return lines, groups

    lines, groups = twice(21)
    assert "at most 20 choices; this one has 21." in page_of(save(world, *lines, groups=groups, status=422))
    lines, groups = twice(20)
    save(world, *lines, groups=groups)


def test_a_quote_that_is_too_dear_is_refused(world):
    assert "at most £9,999,999.99" in page_of(save(world, item(world, "9999999.99"), status=422))
    # Chosen in full it would be.
    assert "at most £9,999,999.99" in page_of(
        save(world, item(world, "9000000.00", part="optional"), status=422)
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("2020-01-01", "That day is over."),
        ("yesterday", "That is not a date."),
        ("9999-12-31", "Is the year right?"),
        ("2095-01-01", "at most three years."),
    ],
)
def test_a_day_that_cannot_be_is_refused(world, wrong, words):
    assert words in page_of(save(world, valid_until=wrong, status=422))


def test_an_address_has_six_lines_at_most(world):
    page = page_of(save(world, site="\n".join("abcdefg"), status=422))
    assert "Use at most six lines." in page


def keys(page):
    return re.findall(r'name="line" value="([^"]+)"', page.split("<template")[0])


def parts(page):
    return dict(re.findall(r'name="(\w+)-part" value="([^"]+)"', page.split("<template")[0]))


class TestWithoutScript:
    """Every button is a named submit that answers with the page, and stores nothing."""

    def press(self, world, do, **more):
        lines = (
            item(world, text="One"),
            item(world, text="Two"),
            item(world, text="Good", part="g1"),
            item(world, text="Best", part="g1"),
            item(world, text="Rail", part="optional"),
            {"kind": "heading", "description": "Kitchen"},
        )
        data = typed(*lines, groups=({"name": "Shower"},), do=do, client=world.jo.pk, **more)
        page = page_of(send(world, data, status=200))
        with world.scope():
            assert not Quote.objects.exists()
        return page

    def test_lines_move_within_and_between_sections(self, world):
        start = ["l1", "l2", "l6", "l3", "l4", "l5"]
        assert keys(self.press(world, "total")) == start
        assert keys(self.press(world, "up:l2")) == ["l2", "l1", "l6", "l3", "l4", "l5"]
        assert keys(self.press(world, "down:l1")) == ["l2", "l1", "l6", "l3", "l4", "l5"]
        page = self.press(world, "up:l3")
        assert (keys(page), parts(page)["l3"]) == (start, "fixed")
        page = self.press(world, "down:l4")
        assert (keys(page), parts(page)["l4"]) == (start, "optional")
        page = self.press(world, "up:l5")
        assert (keys(page), parts(page)["l5"]) == (start, "g1")
        # A choice holds no headings: it goes past.
        page = self.press(world, "down:l6")
        assert (keys(page), parts(page)["l6"]) == (["l1", "l2", "l3", "l4", "l6", "l5"], "optional")
        # At either end nothing moves.
        assert keys(self.press(world, "up:l1")) == start
        assert keys(self.press(world, "down:l5")) == start

    def test_lines_are_copied_and_removed(self, world):
        page = self.press(world, "copy:l3")
        assert keys(page) == ["l1", "l2", "l6", "l3", "n1", "l4", "l5"]
        assert parts(page)["n1"] == "g1"
        assert keys(self.press(world, "remove:l1")) == ["l2", "l6", "l3", "l4", "l5"]

    def test_lines_are_added(self, world):
        assert parts(self.press(world, "add", add="boiler"))["n1"] == "fixed"
        assert parts(self.press(world, "optional"))["n1"] == "optional"
        assert parts(self.press(world, "add-to:g1"))["n1"] == "g1"
        assert parts(self.press(world, "heading"))["n1"] == "fixed"
        assert parts(self.press(world, "note"))["n1"] == "fixed"

    def test_choices_are_added_moved_copied_and_removed(self, world):
        page = self.press(world, "choice")
        assert parts(page) | {"n2": "n1", "n3": "n1"} == parts(page)
        page = self.press(world, "group-copy:g1")
        assert [parts(page)[key] for key in ("n2", "n3")] == ["n1", "n1"]
        page = self.press(world, "group-remove:g1")
        assert keys(page) == ["l1", "l2", "l6", "l5"]
        groups = ({"name": "Shower", "key": "a1"}, {"name": "Taps", "key": "b1"})

        def order(do):
            data = typed(item(world, part="b1"), item(world, part="a1"), groups=groups, do=do)
            return re.findall(
                r'name="group" value="(\w+)"', page_of(send(world, data, status=200)).split("<template")[0]
            )

        assert order("group-up:b1") == order("group-down:a1") == ["b1", "a1"]
        assert order("group-up:a1") == ["a1", "b1"]

    def test_the_total_is_worked_out(self, world):
        assert "£204.00" in self.press(world, "total")

    def test_an_address_is_filled_in(self, world):
        with world.scope():
            site = Address.objects.create(
                team=world.team,
                client=world.jo,
                kind=AddressKind.SITE,
                text="5 Regent Terrace",
                postcode="LS7 4PE",
            )
            foreign = Address.objects.get(client=world.kit)
        page = self.press(world, f"site:{site.pk}")
        assert re.search(r'name="site"[^>]*>\s*5 Regent Terrace\nLS7 4PE<', page)
        assert "Kit Okafor Street" not in self.press(world, f"site:{foreign.pk}")

    def test_a_button_nobody_knows_changes_nothing(self, world):
        for do in ("up:zz", "group-up:zz", "site:x", "site:٣", "detach:x", "kit:x", "dance"):
            assert keys(self.press(world, do)) == ["l1", "l2", "l6", "l3", "l4", "l5"]


def test_the_addresses_of_a_client(world):
    browser = world.browser(world.alice)
    page = page_of(browser.get(url(world, "quote-sites"), {"client": world.jo.pk}))
    assert "1 Jo Whitaker Street, Leeds, LS6 1AA" in page
    assert page_of(browser.get(url(world, "quote-sites"), {"client": world.lee.pk})).strip() == ""
    assert page_of(browser.get(url(world, "quote-sites"), {"client": "x"})).strip() == ""


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_is_for_those_who_work(world, method):
    def call(user):
        return getattr(world.browser(user), method)(url(world, "quote-create")).status_code

    assert [call(user) for user in (world.ann, world.charlie, world.jo_user)] == [403, 404, 404]
    assert call(None) == 302
    assert call(world.bob) in {200, 422}


def test_one_archived_client_cannot_be_chosen_anew(world):
    with world.scope():
        Client.objects.filter(pk=world.jo.pk).update(archived_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert "That client is not one of yours." in page_of(save(world, status=422))
