"""The client's quotes: the list, everything on offer, and the ticks that are kept (QUO-3, 4, 7, 10)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cma.formats import money
from portal.models import PortalAccess
from quotes import answering, drafting, sending
from quotes.models import Line, Quote, QuoteState, Selection
from teams.models import Team
from tests.quotes.making import accepted, draft, extra, item, sent
from tests.world import World

SLUG = "kirkstall-plumbing"
HTMX = {"HX-Request": "true"}


def address(name: str, quote: Quote) -> str:
    return reverse(f"portal:{name}", args=[SLUG, quote.pk])


@pytest.fixture
def quote(world: World) -> Quote:
    with world.scope():
        return sent(world, title="Bathroom refit")


@pytest.fixture
def jo(world: World) -> Browser:
    return world.browser(world.jo_user)


def line(quote: Quote, text: str) -> Line:
    return quote.lines.get(description=text)


def form(world: World, quote: Quote, *extras: str, boiler: str = "Better", **more: Any) -> dict[str, Any]:
    """What the form of choices sends."""
    with world.scope():
        group = quote.groups.get()
        return {
            "pick": [str(line(quote, text).key) for text in extras],
            f"pick-{group.key}": str(line(quote, boiler).key) if boiler else "",
            **more,
        }


def ticked(world: World, quote: Quote) -> dict[str, Decimal]:
    with world.scope():
        names = {row.key: row.description for row in quote.lines.all()}
        return {names[key]: many for key, many in answering.current_picks(quote).items()}


def total(world: World, quote: Quote) -> str:
    with world.scope():
        return money(answering.figures_of(quote).totals.total)


# ---- The list -------------------------------------------------------------------------------------


def test_the_list_shows_what_is_open_first_and_no_drafts(world: World, jo: Browser) -> None:
    """QUO-3: a draft does not exist for the client; a replaced version stands in its quote's page alone."""
    with world.scope():
        sending.withdraw(sent(world, title="Old shed"), by=world.alice)
        sent(world, title="New roof")
        draft(world, title="Not ready")
        first = sent(world, title="First idea")
        second = drafting.new_version(first, by=world.alice)
        second.title = "Second idea"
        second.save(update_fields=["title"])
        sending.send(second, by=world.alice, email_client=False)
    page = jo.get(reverse("portal:quotes", args=[SLUG])).content.decode()
    assert page.index("New roof") < page.index("Old shed")
    assert "Second idea" in page
    for hidden in ("Not ready", "First idea"):
        assert hidden not in page


def test_the_list_without_quotes_says_so(jo: Browser) -> None:
    assert "No quotes yet" in jo.get(reverse("portal:quotes", args=[SLUG])).content.decode()


def test_a_long_list_is_turned_over(world: World, jo: Browser) -> None:
    with world.scope():
        for number in range(27):
            sent(world, item(price="1.00"), title=f"Job {number:02}")
    url = reverse("portal:quotes", args=[SLUG])
    first, second = jo.get(url).content.decode(), jo.get(url + "?from=25").content.decode()
    assert "Job 26" in first
    assert "Job 01" not in first
    assert "Job 01" in second
    assert jo.get(url + "?from=abc").status_code == 200


# ---- The page -------------------------------------------------------------------------------------


def test_the_page_shows_everything_and_what_it_comes_to(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-4: the full breakdown, the fixed part and the chosen extras apart."""
    page = jo.get(address("quote", quote)).content.decode()
    for text in ("Labour", "Good", "Better", "Best", "Smart thermostat", "Radiator", "Works", "Boiler"):
        assert text in page
    assert 'data-t="fixed">£333.33' in page
    assert 'data-t="chosen">£1,349.99' in page
    assert 'data-t="net">£1,683.32' in page
    assert total(world, quote) == "£2,019.98"
    assert 'data-t="total">£2,019.98' in page
    with world.scope():
        better, thermostat = line(quote, "Better"), line(quote, "Smart thermostat")
    assert re.search(f'value="{better.key}" checked', page)
    assert re.search(f'value="{thermostat.key}" checked', page)
    assert page.count(" checked") == 2


def test_looking_marks_it_as_viewed(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-3: by GET of the page alone, first and last."""
    jo.head(address("quote", quote))
    with world.scope():
        assert Quote.objects.get(pk=quote.pk).first_viewed_at is None
    jo.get(address("quote", quote))
    with world.scope():
        first = Quote.objects.get(pk=quote.pk)
        assert first.first_viewed_at
    jo.get(address("quote", quote))
    with world.scope():
        again = Quote.objects.get(pk=quote.pk)
        assert again.first_viewed_at == first.first_viewed_at
        assert again.last_viewed_at is not None
        assert first.last_viewed_at is not None
        assert again.last_viewed_at > first.last_viewed_at


def test_a_part_of_the_page_marks_nothing(world: World, jo: Browser, quote: Quote) -> None:
    jo.post(address("quote-choose", quote), form(world, quote), headers=HTMX)
    with world.scope():
        assert Quote.objects.get(pk=quote.pk).first_viewed_at is None


def test_the_trade_looking_on_marks_nothing(world: World, quote: Quote) -> None:
    """POR-7, QUO-3: neither "View as client" nor a member who follows the mailed link has viewed it."""
    with world.scope():
        link = sending.make_link(quote, "jo@example.com")
    alice = world.browser(world.alice)
    alice.get(link[link.index("/p/") :])
    assert alice.get(address("quote", quote)).status_code == 200
    with world.scope():
        assert Quote.objects.get(pk=quote.pk).first_viewed_at is None


def test_what_changed_between_versions(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-10: line by line, and the replaced version says where to go."""
    with world.scope():
        second = drafting.new_version(quote, by=world.alice)
        Line.objects.filter(quote=second, description="Labour").update(description="Labour and parts")
        sending.send(second, by=world.alice, email_client=False)
    page = jo.get(address("quote", second)).content.decode()
    assert f'Version 2 replaces <a href="{address("quote", quote)}">version 1</a>' in page
    assert "See what changed" in page
    assert "Labour, now Labour and parts" in page
    old = jo.get(address("quote", quote)).content.decode()
    assert "Version 1 of this quote was replaced" in old
    assert address("quote", second) in old
    assert "Continue to sign" not in old


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("withdrawn", "Withdrawn by Kirkstall Plumbing"),
        ("declined", "Declined by Jo Whitaker"),
        ("expired", "Ask for an updated quote"),
        ("accepted", "Accepted by Jo Whitaker"),
    ],
)
def test_a_quote_that_is_not_open_says_why_and_takes_nothing(
    world: World, jo: Browser, monkeypatch: pytest.MonkeyPatch, state: str, says: str
) -> None:
    """Each state × each action: the page says it in a sentence, and nothing moves."""
    quote = in_state(world, state)
    if state == "expired":
        later(monkeypatch)
    page = jo.get(address("quote", quote)).content.decode()
    assert says in page
    for gone in ("Continue to sign", "quote.js", 'class="takes"'):
        assert gone not in page
    before = ticked(world, quote)
    answers = {
        "quote-choose": form(world, quote, "Radiator"),
        "quote-sign": {"name": "Jo", "how": "typed", "typed": "Jo", "agree": "on", "seen": ""},
        "quote-decline": {"reason": "No"},
    }
    for name, data in answers.items():
        response = jo.post(address(name, quote), data)
        expected = (303,) if (state, name) == ("accepted", "quote-sign") else (409,)
        assert response.status_code in expected, (state, name)
    asked = {"text-": "Why?", "line": ""}
    assert jo.post(address("quote-ask", quote), asked).status_code == (303 if state == "expired" else 409)
    with world.scope():
        assert Quote.objects.get(pk=quote.pk).state == quote.state
    assert ticked(world, quote) == before
    assert jo.get(address("quote-sign", quote)).status_code in (302, 303)


def in_state(world: World, state: str) -> Quote:
    with world.scope():
        quote = sent(world)
        if state == "withdrawn":
            sending.withdraw(quote, by=world.alice)
        elif state == "declined":
            answering.decline(quote, reason="Too dear", by_name="Jo Whitaker", user=world.jo_user)
        elif state == "accepted":
            accepted(world, quote)
        return Quote.objects.get(pk=quote.pk)


def later(monkeypatch: pytest.MonkeyPatch, days: int = 60) -> None:
    """The same world, so many days on."""
    today = Team.today
    monkeypatch.setattr(Team, "today", lambda team: today(team) + dt.timedelta(days=days))


def test_an_accepted_quote_shows_what_was_not_taken(world: World, jo: Browser) -> None:
    """QUO-7: locked, and an unticked line stays on record as offered."""
    quote = in_state(world, "accepted")
    page = jo.get(address("quote", quote)).content.decode()
    assert page.count("Offered, not taken") == 3
    assert page.count("Taken") >= 2
    assert 'class="takes"' not in page


def test_without_prices_no_amount_stands_anywhere(world: World, quote: Quote) -> None:
    """POR-6: no amount on any page, no PDF, no signing, no choosing, no declining."""
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(hides_prices=True, shows_invoices=False)
        second = drafting.new_version(quote, by=world.alice)
        Line.objects.filter(quote=second, description="Good").update(unit_price=Decimal(800))
        sending.send(second, by=world.alice, email_client=False)
    jo = world.browser(world.jo_user)
    for page in (address("quote", second), address("quote", quote), reverse("portal:quotes", args=[SLUG])):
        response = jo.get(page)
        assert response.status_code == 200
        assert "£" not in response.content.decode()
    assert jo.get(address("quote-pdf", second)).status_code == 404
    for name, data in {
        "quote-choose": form(world, second, "Radiator"),
        "quote-sign": {"name": "Jo", "how": "typed", "typed": "Jo", "agree": "on"},
        "quote-decline": {},
    }.items():
        response = jo.post(address(name, second), data)
        assert response.status_code == 409, name
        assert "£" not in response.content.decode()
    with world.scope():
        assert Quote.objects.get(pk=second.pk).state == QuoteState.SENT
        assert not Selection.objects.exists()


# ---- Ticks ----------------------------------------------------------------------------------------


def test_ticks_are_kept_and_the_server_adds_up(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-4: without script the page comes back with the new total, and with the ticks at the next visit."""
    data = form(world, quote, "Radiator", boiler="Best", do="update")
    radiator = line_of(world, quote, "Radiator")
    response = jo.post(address("quote-choose", quote), data | {f"many-{radiator.key}": "3"})
    assert response.status_code == 303
    assert response["Location"] == f"{address('quote', quote)}#total"
    assert ticked(world, quote) == {"Best": Decimal(1), "Radiator": Decimal(3)}
    page = jo.get(address("quote", quote)).content.decode()
    # 333.33 + 1500.00 + 3 × 80.05 = 2073.48; VAT 414.70
    assert 'data-t="total">£2,488.18' in page
    assert f'name="many-{radiator.key}" value="3"' in page


def line_of(world: World, quote: Quote, text: str) -> Line:
    with world.scope():
        return line(quote, text)


def test_with_htmx_the_same_figures_come_as_parts(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-4: to the penny what the page without script says."""
    data = form(world, quote, "Radiator", boiler="Good")
    part = jo.post(address("quote-choose", quote), data, headers=HTMX)
    assert part.status_code == 200
    text = part.content.decode()
    page = jo.get(address("quote", quote)).content.decode()
    for name in ("fixed", "chosen", "net", "vat-1", "total"):
        found = set(re.findall(f'data-t="{name}">([^<]+)<', text))
        assert len(found) == 1, name
        assert found == set(re.findall(f'data-t="{name}">([^<]+)<', page)), name
    assert "<html" not in text
    assert "innerHTML:[data-t=&#x27;total-dock&#x27;]" in text or "[data-t='total-dock']" in text


def test_continue_goes_on_to_the_signature(world: World, jo: Browser, quote: Quote) -> None:
    response = jo.post(address("quote-choose", quote), form(world, quote, do="sign"))
    assert response.status_code == 303
    assert response["Location"] == address("quote-sign", quote)


def test_a_choice_that_is_not_made_says_what_is_missing(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-4, QUO-6: kept as it is, and not to be signed."""
    data = form(world, quote, "Radiator", boiler="")
    part = jo.post(address("quote-choose", quote), data, headers=HTMX)
    assert part.status_code == 200
    assert "Choose one of these." in part.content.decode()
    on = jo.post(address("quote-choose", quote), data | {"do": "sign"})
    assert on.status_code == 422
    assert "Something is still to be chosen" in on.content.decode()
    assert jo.get(address("quote-sign", quote)).status_code == 422
    assert ticked(world, quote) == {"Radiator": Decimal(2)}


@pytest.mark.parametrize("typed", ["9", "0", "abc", "1e1", "-1", "1.0005", "9" * 13])
def test_a_quantity_that_is_not_offered_is_refused(
    world: World, jo: Browser, quote: Quote, typed: str
) -> None:
    radiator = line_of(world, quote, "Radiator")
    data = form(world, quote, "Radiator") | {f"many-{radiator.key}": typed}
    for headers in ({}, HTMX):
        response = jo.post(address("quote-choose", quote), data, headers=headers)
        assert response.status_code == 422
        assert "Choose a quantity from 1 to 8." in response.content.decode()
    with world.scope():
        assert not Selection.objects.exists()


def test_lines_of_another_quote_are_refused(world: World, jo: Browser, quote: Quote) -> None:
    with world.scope():
        foreign = sent(world, item(), extra("Other extra"))
        key = line(foreign, "Other extra").key
        fixed = line(quote, "Labour").key
    for wrong in (str(key), str(fixed), "nonsense"):
        response = jo.post(address("quote-choose", quote), {"pick": [wrong]})
        assert response.status_code == 422
        assert "This line is not part of the quote." in response.content.decode()
    with world.scope():
        assert not Selection.objects.exists()


def test_two_of_a_choice_of_one_are_refused(world: World, jo: Browser, quote: Quote) -> None:
    data = form(world, quote)
    name = next(key for key in data if key.startswith("pick-"))
    data[name] = [str(line_of(world, quote, text).key) for text in ("Good", "Best")]
    assert jo.post(address("quote-choose", quote), data).status_code == 422


# ---- Whose quote it is ----------------------------------------------------------------------------

PAGES = ["quote", "quote-sign", "quote-accepted", "quote-changes", "quote-decline", "quote-pdf",
         "quote-signed-pdf", "quote-evidence"]  # fmt: skip
ACTS = ["quote-choose", "quote-ask", "quote-sign", "quote-changes", "quote-decline"]


def test_another_clients_quote_and_a_draft_are_not_there(world: World) -> None:
    with world.scope():
        hidden, kits = draft(world), sent(world, client=world.kit)
    with world.other_scope():
        theirs = draft_of_other(world)
    jo = world.browser(world.jo_user)
    for quote in (hidden, kits, theirs):
        for name in PAGES:
            assert jo.get(address(name, quote)).status_code == 404, name
        for name in ACTS:
            assert jo.post(address(name, quote), {"text": "x", "line": "", "text-": "x"}).status_code == 404


def draft_of_other(world: World) -> Quote:
    return drafting.save_draft(
        world.other, client=world.lee, lines=[item(vat_rate=world.other_rate)], by=world.charlie
    )


def test_with_the_section_off_there_are_no_quotes(world: World, quote: Quote) -> None:
    """POR-5: for seeing and for doing, in the menu and on the home page."""
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(shows_quotes=False)
    jo = world.browser(world.jo_user)
    assert jo.get(reverse("portal:quotes", args=[SLUG])).status_code == 404
    for name in PAGES:
        assert jo.get(address(name, quote)).status_code == 404
    for name in ACTS:
        assert jo.post(address(name, quote)).status_code == 404
    home = jo.get(reverse("portal:home", args=[SLUG])).content.decode()
    assert "Bathroom refit" not in home
    assert "/quotes/" not in home


@pytest.mark.parametrize("name", ["", "quote", "quote-accepted"])
def test_no_page_reads_the_signed_document(world: World, jo: Browser, name: str) -> None:
    """It is read by who downloads it; a list of signed quotes would carry megabytes."""
    quote = in_state(world, "accepted")
    page = address(name, quote) if name else reverse("portal:quotes", args=[SLUG])
    with CaptureQueriesContext(connection) as queries:
        assert jo.get(page).status_code == 200
    assert len(queries) > 3
    assert not [query for query in queries if '"quotes_acceptance"."pdf"' in query["sql"]]
