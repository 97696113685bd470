"""Where people land, and the first steps of a new business (PEO-2, PEO-3, POR-13)."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from teams.models import Membership, Team
from teams.roles import Role
from tests.world import World, invite, person

STEPS = "/t/kirkstall-plumbing/first-steps/"


def test_one_place_is_entered_at_once(world: World) -> None:
    assert world.browser(world.bob).get("/").headers["Location"] == "/t/kirkstall-plumbing/"
    assert world.browser(world.jo_user).get("/").headers["Location"] == "/p/kirkstall-plumbing/"
    assert world.browser().get("/").status_code == 302


def test_of_several_places_one_is_chosen(world: World) -> None:
    with world.other_scope():
        Membership.objects.create(team=world.other, user=world.bob, role=Role.STAFF)
        invite(world.lee, world.bob)
    html = world.browser(world.bob).get("/").content.decode()
    for words in ("Kirkstall Plumbing", "Stone Electrics", "Lee Marsh", "Staff"):
        assert words in html
    assert "/t/stone-electrics/" in html
    assert "/p/stone-electrics/" in html


def test_switching_shows_the_choice_even_of_one(world: World) -> None:
    html = world.browser(world.alice).get("/?switch=1").content.decode()
    assert "/t/kirkstall-plumbing/" in html
    assert "/start/" in html


def test_a_person_without_any_place_may_set_up_a_business(world: World) -> None:
    nobody = person("nobody@example.com", "No Body")
    html = world.browser(nobody).get("/").content.decode()
    assert "belongs to no business yet" in html
    assert "/start/" in html


def test_nothing_of_one_business_is_told_to_clients_of_another(world: World) -> None:
    assert "Stone" not in world.browser(world.jo_user).get("/?switch=1").content.decode()


# ---- First steps -----------------------------------------------------------------------------------


@pytest.fixture
def alice(world: World) -> Browser:
    return world.browser(world.alice)


def test_what_is_done_is_read_off_the_team(world: World, alice: Browser) -> None:
    html = alice.get(STEPS).content.decode()
    # Address, phone and clients are there; no invoice and no Stripe key.
    assert html.count('class="is-done"') == 2
    assert "2 of 4 done" in html


def test_each_step_is_skippable(world: World, alice: Browser) -> None:
    assert alice.post(f"{STEPS}stripe/skip/").headers["Location"] == STEPS
    assert alice.post(f"{STEPS}stripe/skip/").status_code == 303
    alice.post(f"{STEPS}invoice/skip/")
    html = alice.get(STEPS).content.decode()
    assert html.count('class="is-skipped"') == 2
    assert "Go to Today" in html
    with world.scope():
        assert Team.objects.get().first_steps_skipped == ["stripe", "invoice"]
    assert alice.post(f"{STEPS}nonsense/skip/").status_code == 404
    assert alice.get(f"{STEPS}stripe/skip/").status_code == 405


def test_the_list_ends(world: World, alice: Browser) -> None:
    assert alice.get(f"{STEPS}done/").status_code == 405
    assert alice.post(f"{STEPS}done/").headers["Location"] == "/t/kirkstall-plumbing/"
    with world.scope():
        assert Team.objects.get().first_steps_done_at


def test_an_admin_sees_no_step_that_is_the_owners(world: World) -> None:
    with world.scope():
        Membership.objects.filter(user=world.bob).update(role=Role.ADMIN)
    html = world.browser(world.bob).get(STEPS).content.decode()
    assert "2 of 3 done" in html


def test_who_may_not(world: World) -> None:
    for user, status in ((world.bob, 403), (world.ann, 403), (world.charlie, 404), (world.jo_user, 404)):
        assert world.browser(user).get(STEPS).status_code == status
        assert world.browser(user).post(f"{STEPS}stripe/skip/").status_code == status
        assert world.browser(user).post(f"{STEPS}done/").status_code == status
