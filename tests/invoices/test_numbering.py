"""The register of numbers (INV-8)."""

from __future__ import annotations

from tests.invoices.helpers import draft, issued, url


def test_the_register_tells_every_fate(world):
    with world.scope():
        gone, _kept = draft(world), draft(world)
        void = issued(world)
        void.void(by=world.alice)
        gone.delete_draft(by=world.alice)
        draft(world, reference="JOB-7")
    page = world.browser(world.ann).get(url(world, "number-register")).content.decode()
    for words in (
        "INV-0001",
        "Deleted draft",
        "INV-0002",
        "In a draft",
        "INV-0003",
        "Void",
        "JOB-7",
        "£102.00",
    ):
        assert words in page
    csv = world.browser(world.ann).get(url(world, "number-export")).content.decode("utf-8-sig")
    assert len(csv.splitlines()) == 5
    assert world.browser(world.bob).get(url(world, "number-export")).status_code == 403


def test_an_empty_register(world):
    page = world.browser(world.alice).get(url(world, "number-register") + "?year=1999").content.decode()
    assert "No number has been taken yet" in page


def test_strangers_find_nothing(world):
    assert world.browser(world.charlie).get(url(world, "number-register")).status_code == 404
