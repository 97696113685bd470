"""Each address of the portal × each toggle × each method, from the URL resolver (POR-5, POR-6).

An address that is added to portal/urls.py is looked at by itself; its row is in tests/access/examples.py.
"""

from __future__ import annotations

import re

import pytest

from portal.models import PortalAccess, Section
from tests.access.examples import Stage, set_the_stage
from tests.portal.addresses import INSIDE, called
from tests.world import World

METHODS = ["get", "head", "post"]
AMOUNT = re.compile(r"[£€$]\s?\d|\b\d+\.\d\d\b")
Answers = dict[tuple[str, str], int]


@pytest.fixture
def stage(world: World, monkeypatch: pytest.MonkeyPatch) -> Stage:
    # How pages are printed is not what is looked at here, and takes its time.
    monkeypatch.setattr("documents.worker.print_page", lambda *_args, **_more: b"%PDF-printed")
    return set_the_stage(world)


def answers(stage: Stage) -> Answers:
    browser = stage.world.browser(stage.world.jo_user)
    return {
        (address.name, method): called(browser, method, address, stage).status_code
        for address in INSIDE
        for method in METHODS
    }


def switch(stage: Stage, **toggles: bool) -> None:
    with stage.world.scope():
        PortalAccess.objects.filter(client=stage.world.jo).update(**toggles)


def test_each_address_with_each_toggle(stage: Stage) -> None:
    """Switched off, a section is not there for seeing or doing; everything else answers as before."""
    sections = {address.name: address.section for address in INSIDE}
    before = answers(stage)
    for section in Section:
        switch(stage, **{f"shows_{section.value}": False})
        expected = {
            (name, method): 404 if sections[name] == section else status
            for (name, method), status in before.items()
        }
        assert answers(stage) == expected, section
        switch(stage, **{f"shows_{section.value}": True})
    assert answers(stage) == before


def test_control_the_addresses_answer_when_all_is_on(stage: Stage) -> None:
    """Otherwise a 404 above would prove nothing: each section that has pages shows one, and does one."""
    before = answers(stage)
    for section in {address.section for address in INSIDE} - {None}:
        names = [address.name for address in INSIDE if address.section == section]
        assert any(before[name, "get"] == 200 for name in names), section
        assert any(before[name, "post"] not in (404, 405) for name in names), section


def test_a_part_of_an_open_page_goes_with_its_section(stage: Stage) -> None:
    """Where htmx asks for a part, the page around it must go, too."""
    browser = stage.world.browser(stage.world.jo_user)
    for section in Section:
        switch(stage, **{f"shows_{section.value}": False})
        for address in INSIDE:
            if address.section == section:
                for method in ("get", "post"):
                    response = called(browser, method, address, stage, headers={"HX-Request": "true"})
                    assert (response.status_code, response["HX-Refresh"]) == (404, "true"), address.name
        switch(stage, **{f"shows_{section.value}": True})


def test_an_open_page_of_a_suspended_client_goes_altogether(stage: Stage) -> None:
    """POR-4: whole pages and parts, seeing and doing."""
    world = stage.world
    with world.scope():
        type(world.jo).objects.filter(pk=world.jo.pk).update(portal_enabled=False)
    browser = world.browser(world.jo_user)
    for address in INSIDE:
        for method in METHODS:
            whole = called(browser, method, address, stage)
            part = called(browser, method, address, stage, headers={"HX-Request": "true"})
            assert whole.status_code == part.status_code == 403, (address.name, method)
            assert "HX-Refresh" not in whole
            assert part["HX-Refresh"] == "true"
            if method != "head":
                assert "Your page is paused" in whole.text


def test_who_may_see_no_prices_sees_none(stage: Stage) -> None:
    """POR-6: no amount on any page that is left, and Invoices is not among them."""
    before = answers(stage)
    switch(stage, hides_prices=True, shows_invoices=False)
    browser = stage.world.browser(stage.world.jo_user)
    shown = 0
    for address in INSIDE:
        response = called(browser, "get", address, stage)
        if address.section == Section.INVOICES:
            assert response.status_code == 404, address.name
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            main = re.search(r"<main.*</main>", response.text, re.DOTALL)
            assert main
            assert AMOUNT.findall(re.sub(r"<svg.*?</svg>", "", main[0], flags=re.DOTALL)) == [], address.name
            shown += 1
    assert shown >= 3
    # Control: with prices there are amounts to be found.
    switch(stage, hides_prices=False, shows_invoices=True)
    home = next(address for address in INSIDE if address.name == "portal:home")
    assert before["portal:home", "get"] == 200
    assert AMOUNT.search(called(browser, "get", home, stage).text)
