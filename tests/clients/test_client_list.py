import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.world import customer


@pytest.fixture
def url(world):
    return reverse("clients:client-list", args=[world.team.slug])


def test_it_works(world, url):
    text = world.browser(world.bob).get(url).text
    assert "Jo Whitaker" in text
    assert "Lee Marsh" not in text


def test_search_keeps_to_the_team(world, url):
    browser = world.browser(world.bob)
    assert "Kit Okafor" in browser.get(url, {"q": "kit"}).text
    assert "Nobody found" in browser.get(url, {"q": "lee marsh"}).text


def test_pages_walk_both_ways_and_lose_nobody(world, url):
    with world.scope():
        for number in range(60):
            customer(world.team, f"Client {number:02d}", f"c{number}@example.com")
    browser = world.browser(world.bob)
    for sort in ("-added", "added", "name", "-name"):
        seen, address = [], f"{url}?sort={sort}"
        while address:
            page = browser.get(address).context["page"]
            seen += [row.pk for row in page.rows]
            last, address = page, url + page.older if page.older else ""
        assert len(seen) == len(set(seen)) == 62
        back, walked = url + last.newer, [row.pk for row in last.rows]
        while True:
            page = browser.get(back).context["page"]
            walked = [row.pk for row in page.rows] + walked
            if not page.newer:
                break
            back = url + page.newer
        assert walked == seen


@pytest.mark.parametrize(
    "junk",
    ["?after=%%%", "?before=W10", "?after=WyJ4Iiwx", "?sort=--name", "?sort=password", "?after=WyJ4IiwgMV0"],
)
def test_a_broken_address_shows_the_first_page(world, url, junk):
    assert world.browser(world.bob).get(url + junk).status_code == 200


def test_queries_do_not_grow_with_rows(world, url):
    browser = world.browser(world.bob)
    browser.get(url)
    with CaptureQueriesContext(connection) as few:
        browser.get(url)
    with world.scope():
        for number in range(20):
            customer(world.team, f"Client {number:02d}", f"c{number}@example.com")
    with CaptureQueriesContext(connection) as many:
        browser.get(url)
    assert len(many) == len(few)


def test_export_is_for_owner_admin_and_accountant(world):
    url = reverse("clients:client-export", args=[world.team.slug])
    assert world.browser(world.bob).get(url).status_code == 403
    with world.scope():
        customer(world.team, '=HYPERLINK("evil")', "evil@example.com")
    response = world.browser(world.ann).get(url)
    assert response.headers["Content-Type"].startswith("text/csv")
    assert "\"'=HYPERLINK(" in response.text
