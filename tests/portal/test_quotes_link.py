"""The mailed way in to a quote (trust 6, POR-5): what a link opens, and what it does not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import Client
from mail.models import Message
from portal import limits
from portal.models import PortalAccess
from quotes import drafting, sending
from quotes.models import Acceptance, Comment, Quote, QuoteLink
from tests.portal.test_quotes import SLUG, address, form
from tests.portal.test_quotes_sign import seen_on, signature
from tests.quotes.making import sent
from tests.world import World, customer

COOKIE = "cma_quote"
AGAIN = reverse("portal:quote-link-again", args=[SLUG])
BY_LINK = ["quote", "quote-choose", "quote-ask", "quote-sign", "quote-accepted", "quote-changes",
           "quote-decline", "quote-pdf", "quote-signed-pdf", "quote-evidence"]  # fmt: skip


@pytest.fixture
def guest(world: World) -> Client:
    """A client of Alice's who was never invited to the portal."""
    with world.scope():
        return customer(world.team, "Sam Pryce", "sam@example.com")


@pytest.fixture
def quote(world: World, guest: Client) -> Quote:
    with world.scope():
        return sent(world, client=guest, title="Bathroom refit")


def mailed(world: World, quote: Quote, email: str = "sam@example.com") -> str:
    """The address in the mail, without the host."""
    with world.scope():
        link = sending.make_link(quote, email)
    return link[link.index("/p/") :]


def come_in(world: World, quote: Quote, browser: Browser | None = None, **more: Any) -> Browser:
    browser = browser or world.browser()
    response = browser.get(mailed(world, quote, **more))
    assert response.status_code == 302
    return browser


def test_the_link_is_exchanged_for_a_cookie_and_a_clean_address(world: World, quote: Quote) -> None:
    browser = world.browser()
    url = mailed(world, quote)
    response = browser.get(url)
    assert response["Location"] == address("quote", quote)
    assert response["Referrer-Policy"] == "no-referrer"
    cookie = response.cookies[COOKIE]
    assert cookie["path"] == f"/p/{SLUG}/quotes/"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 2 * 60 * 60
    token = url.rstrip("/").rsplit("/", 1)[1]
    assert token not in cookie.value
    page = browser.get(address("quote", quote))
    assert page.status_code == 200
    assert "Bathroom refit" in page.content.decode()
    assert token not in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin"


def test_over_https_the_cookie_is_bound_to_https(world: World, quote: Quote, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    response = world.browser().get(mailed(world, quote))
    assert response.cookies["__Secure-cma_quote"]["secure"]


def test_a_scanner_changes_nothing(world: World, quote: Quote) -> None:
    """Mail scanners follow links by HEAD and GET: nothing moves, and "viewed" is the page's own mark."""
    url = mailed(world, quote)
    with world.scope():
        before = Quote.objects.filter(pk=quote.pk).values().get()
    world.browser().head(url)
    world.browser().get(url)
    with world.scope():
        assert Quote.objects.filter(pk=quote.pk).values().get() == before
    come_in(world, quote).get(address("quote", quote))
    with world.scope():
        assert Quote.objects.get(pk=quote.pk).first_viewed_at
        entry = world.team.audit_entries.filter(verb="quote.viewed").get()
        assert entry.actor_name == "Sam Pryce"
        assert entry.actor_id is None


def test_only_this_quotes_pages_exist(world: World, guest: Client, quote: Quote) -> None:
    with world.scope():
        another, kits = sent(world, client=guest), sent(world, client=world.kit)
    browser = come_in(world, quote)
    for other in (another, kits):
        for name in BY_LINK:
            for method in ("get", "post"):
                response = getattr(browser, method)(address(name, other))
                assert response.status_code in (404, 405), (name, method)
    page = browser.get(address("quote", quote)).content.decode()
    for place in (reverse("portal:billing", args=[SLUG]), reverse("portal:quotes", args=[SLUG]) + '"'):
        assert f'href="{place}' not in page
    for name in ("home", "quotes", "billing"):
        response = browser.get(reverse(f"portal:{name}", args=[SLUG]))
        assert response["Location"].startswith(f"/p/{SLUG}/sign-in/")


def test_a_link_of_one_team_opens_nothing_of_another(world: World, quote: Quote) -> None:
    url = mailed(world, quote).replace(SLUG, "stone-electrics")
    response = world.browser().get(url)
    assert response["Location"] == "/p/stone-electrics/quotes/link/"
    browser = come_in(world, quote)
    browser.cookies[COOKIE]["path"] = "/"
    there = browser.get(f"/p/stone-electrics/quotes/{quote.pk}/")
    assert there["Location"].startswith("/p/stone-electrics/sign-in/")


def test_choosing_asking_and_signing_by_link(world: World, quote: Quote) -> None:
    """QUO-6: the acceptance names the link and the address it was mailed to."""
    browser = come_in(world, quote)
    assert browser.post(address("quote-choose", quote), form(world, quote)).status_code == 303
    browser.post(address("quote-ask", quote), {"line": "", "text-": "When?"})
    with world.scope():
        asked = Comment.objects.get()
        assert (asked.author, asked.author_name) == (None, "Sam Pryce")
    page = browser.get(address("quote-sign", quote)).content.decode()
    data = signature(seen=seen_on(page), name="Sam Pryce")
    assert browser.post(address("quote-sign", quote), data)["Location"] == address("quote-accepted", quote)
    with world.scope():
        found = Acceptance.objects.get()
        link = QuoteLink.objects.get()
        assert (found.login, found.link, found.email) == (None, link, "sam@example.com")
    assert "By the link mailed to" in browser.get(address("quote-accepted", quote)).content.decode()
    assert browser.get(address("quote-signed-pdf", quote)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_copied_link_is_not_said_to_have_been_mailed(world: World, quote: Quote) -> None:
    """QUO-6, trust 5: the evidence claims no mail that never was."""
    browser = come_in(world, quote, email="")
    page = browser.get(address("quote-sign", quote)).content.decode()
    browser.post(address("quote-sign", quote), signature(seen=seen_on(page), name="Sam Pryce"))
    shown = browser.get(address("quote-accepted", quote)).content.decode()
    assert "mailed to" not in shown
    assert "passed on by Kirkstall Plumbing" in shown
    evidence = browser.get(address("quote-evidence", quote)).json()
    assert evidence["summary"]["how"] == "Drawn on screen, by a link that the firm passed on itself"
    office = world.browser(world.alice).get(reverse("quotes:quote", args=[SLUG, quote.pk]))
    assert "Signed on screen, with a link that was passed on." in office.content.decode()


def test_the_trade_cannot_sign_with_the_link_of_its_client(world: World, quote: Quote) -> None:
    """QUO-6, QUO-11: it would be recorded as the client's own; in person has a page of its own."""
    browser = come_in(world, quote, world.browser(world.alice))
    page = browser.get(address("quote-sign", quote)).content.decode()
    response = browser.post(address("quote-sign", quote), signature(seen=seen_on(page)))
    assert response.status_code == 409
    assert "Sign in person instead." in response.content.decode()
    with world.scope():
        assert not Acceptance.objects.exists()


def test_a_link_leads_to_the_version_that_counts(world: World, quote: Quote) -> None:
    url = mailed(world, quote)
    with world.scope():
        second = drafting.new_version(quote, by=world.alice)
    assert world.browser().get(url)["Location"] == address("quote", quote)
    with world.scope():
        sending.send(second, by=world.alice, email_client=False)
    assert world.browser().get(url)["Location"] == address("quote", second)


def gone(response: Any) -> None:
    assert response.status_code == 410
    page = response.content.decode()
    assert "This link no longer works" in page
    assert "Kirkstall Plumbing" in page
    assert "Bathroom refit" not in page


def test_a_revoked_link_is_out_at_the_next_request(world: World, quote: Quote) -> None:
    url = mailed(world, quote)
    browser = world.browser()
    browser.get(url)
    assert browser.get(address("quote", quote)).status_code == 200
    with world.scope():
        sending.revoke_links(quote)
    gone(browser.get(address("quote", quote)))
    gone(browser.post(address("quote-choose", quote), form(world, quote)))
    part = browser.post(address("quote-choose", quote), headers={"HX-Request": "true"})
    assert part["HX-Refresh"] == "true"
    gone(browser.get(url, follow=True))


@pytest.mark.parametrize("what", ["revoked", "expired", "unknown", "nonsense"])
def test_a_dead_link_looks_alike_whatever_it_died_of(world: World, quote: Quote, what: str) -> None:
    url = mailed(world, quote)
    with world.scope():
        if what == "revoked":
            sending.revoke_links(quote)
        elif what == "expired":
            QuoteLink.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    if what in ("unknown", "nonsense"):
        url = reverse("portal:quote-link", args=[SLUG, "x" * 43 if what == "unknown" else "x"])
    browser = world.browser()
    response = browser.get(url)
    assert response["Location"] == f"/p/{SLUG}/quotes/link/"
    assert COOKIE in response.cookies
    page = browser.get(response["Location"])
    gone(page)
    sent_again = browser.post(AGAIN)
    assert sent_again.status_code == 200
    assert "Look in your mailbox" in sent_again.content.decode()
    with world.scope():
        # To the mailbox that it was sent to, if there is one.
        addresses = list(Message.objects.values_list("to_address", flat=True))
        assert addresses == (["sam@example.com"] if what in ("revoked", "expired") else [])


def test_no_new_link_for_an_address_that_has_left_the_record(
    world: World, guest: Client, quote: Quote
) -> None:
    browser = come_in(world, quote)
    with world.scope():
        guest.emails.update(address="new@example.com")
    assert "Look in your mailbox" in browser.post(AGAIN).content.decode()
    with world.scope():
        assert not Message.objects.exists()


def test_new_links_are_rationed(world: World, quote: Quote, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = come_in(world, quote)
    for _again in range(7):
        assert browser.post(AGAIN).status_code == 200
    with world.scope():
        assert QuoteLink.objects.count() == 5
    monkeypatch.setitem(limits.RATES, "quote-link-again", "1/h/ip")
    assert [browser.post(AGAIN).status_code for _try in range(2)] == [200, 429]


def test_guessing_is_rationed(world: World, quote: Quote, monkeypatch: pytest.MonkeyPatch) -> None:
    """After too many wrong ones even the right one is not looked at; right ones do not count."""
    monkeypatch.setitem(limits.RATES, "quote-link", "3/h/ip")
    url = mailed(world, quote)
    for _visit in range(5):
        assert world.browser().get(url).status_code == 302
    wrong = reverse("portal:quote-link", args=[SLUG, "y" * 43])
    assert [world.browser().get(wrong).status_code for _try in range(4)] == [302, 302, 302, 429]
    assert world.browser().get(url).status_code == 429


def test_a_forged_cookie_opens_nothing(world: World, quote: Quote) -> None:
    mailed(world, quote)
    browser = world.browser()
    with world.scope():
        browser.cookies[COOKIE] = str(QuoteLink.objects.get().pk)
    assert browser.get(address("quote", quote)).status_code == 302


# ---- The portal's switches ------------------------------------------------------------------------


def for_jo(world: World) -> tuple[Browser, Quote]:
    """Jo has been invited; her quote's link, in a browser without her login."""
    with world.scope():
        quote = sent(world, title="Bathroom refit")
    return come_in(world, quote, email="jo@example.com"), quote


def test_a_suspended_client_is_suspended_by_link_too(world: World) -> None:
    """POR-4."""
    browser, quote = for_jo(world)
    with world.scope():
        Client.objects.filter(pk=world.jo.pk).update(portal_enabled=False)
    response = browser.get(address("quote", quote))
    assert response.status_code == 403
    assert "Your page is paused" in response.content.decode()


def test_a_client_who_was_never_invited_has_no_switch(world: World, guest: Client, quote: Quote) -> None:
    """Saved toggles without an invitation are none either."""
    with world.scope():
        PortalAccess.objects.create(team=world.team, client=guest)
    assert come_in(world, quote).get(address("quote", quote)).status_code == 200


def test_the_section_of_the_address_governs(world: World) -> None:
    """POR-5, POR-6: the login with the link's address, else any login, else on."""
    browser, quote = for_jo(world)
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(shows_quotes=False)
    for name in BY_LINK:
        assert browser.get(address(name, quote)).status_code in (404, 405), name
        assert browser.post(address(name, quote)).status_code in (404, 405), name
    with world.scope():
        PortalAccess.objects.create(
            team=world.team, client=world.jo, user=world.lee_user, email="agent@example.com",
            invited_at=timezone.now(),
        )  # fmt: skip
    assert browser.get(address("quote", quote)).status_code == 404
    agent = come_in(world, quote, email="agent@example.com")
    assert agent.get(address("quote", quote)).status_code == 200
    unknown = come_in(world, quote, email="cousin@example.com")
    assert unknown.get(address("quote", quote)).status_code == 200


def test_prices_stay_hidden_by_link(world: World) -> None:
    """POR-6: the link is no way around it."""
    browser, quote = for_jo(world)
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(hides_prices=True, shows_invoices=False)
    page = browser.get(address("quote", quote))
    assert page.status_code == 200
    assert "£" not in page.content.decode()
    assert browser.get(address("quote-pdf", quote)).status_code == 404


def test_who_is_signed_in_here_goes_by_the_login(world: World) -> None:
    with world.scope():
        quote = sent(world)
    jo = come_in(world, quote, world.browser(world.jo_user), email="jo@example.com")
    page = jo.get(address("quote-sign", quote)).content.decode()
    jo.post(address("quote-sign", quote), signature(seen=seen_on(page)))
    with world.scope():
        found = Acceptance.objects.get()
        assert (found.login, found.link) == (world.jo_user, None)
    # Kit's login is not Jo's, whatever cookie the browser holds.
    kit = come_in(world, quote, world.browser(world.kit_user), email="jo@example.com")
    assert kit.get(address("quote", quote)).status_code == 404


def test_who_is_signed_in_here_needs_no_link_that_works(world: World) -> None:
    with world.scope():
        quote = sent(world)
    url = mailed(world, quote, "jo@example.com")
    with world.scope():
        sending.revoke_links(quote)
    assert world.browser(world.jo_user).get(url, follow=True).status_code == 200
    assert world.browser(world.kit_user).get(url, follow=True).status_code == 404
    gone(world.browser(world.lee_user).get(url, follow=True))


def test_another_teams_person_may_come_by_link(world: World, quote: Quote) -> None:
    """A login elsewhere neither opens nor bars it, and is not what is written down."""
    lee = come_in(world, quote, world.browser(world.lee_user))
    lee.post(address("quote-ask", quote), {"line": "", "text-": "When?"})
    with world.scope():
        assert Comment.objects.get().author is None
