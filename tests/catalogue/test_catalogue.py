from decimal import Decimal

import pytest
from django.urls import reverse


@pytest.fixture
def browser(world):
    return world.browser(world.bob)


def address(world, name, *args):
    return reverse(f"catalogue:{name}", args=[world.team.slug, *args])


def product(world, **fields):
    return {
        "name": "Labour", "description": "", "unit": "h", "unit_price": "52", "vat_rate": str(world.rate.pk),
        "cost": "", "category": "Labour",
    } | fields  # fmt: skip


def test_create(world, browser):
    assert browser.post(address(world, "product-create"), product(world)).status_code == 302
    with world.scope():
        assert world.team.products.get(name="Labour").unit_price == Decimal(52)
    assert "Labour" in browser.get(address(world, "product-list")).text


@pytest.mark.parametrize("price", ["-1", "abc", "10000000", "", "1.23456"])
def test_a_bad_price_is_refused_with_a_sentence(world, browser, price):
    response = browser.post(address(world, "product-create"), product(world, unit_price=price))
    assert response.status_code == 422
    assert 'class="problem"' in response.text


def test_another_teams_rate_is_no_choice(world, browser):
    response = browser.post(address(world, "product-create"), product(world, vat_rate=world.other_rate.pk))
    assert response.status_code == 422


def test_not_mine(world, browser):
    assert browser.get(address(world, "product-edit", world.other_product.pk)).status_code == 404
    assert browser.post(address(world, "product-archive", world.other_product.pk)).status_code == 404


def test_archive_and_back(world, browser):
    browser.post(address(world, "product-archive", world.product.pk))
    assert "Boiler service" not in browser.get(address(world, "product-list")).text.split('id="list"')[1]
    assert "Boiler service" in browser.get(address(world, "product-list") + "?show=archived").text


def test_the_default_rate_moves(world):
    browser = world.browser(world.alice)
    with world.scope():
        five = world.team.vat_rates.get(name="5%")
    data = {"name": "5%", "percent": "5", "category": "S", "wording": "", "is_default": "on"}
    assert browser.post(address(world, "vat-rate-edit", five.pk), data).status_code == 302
    with world.scope():
        assert world.team.vat_rates.get(is_default=True) == five
    browser.post(address(world, "vat-rate-archive", five.pk))
    with world.scope():
        assert world.team.vat_rates.get(pk=five.pk).archived_at is None


def test_a_zero_rate_carries_no_percent(world):
    data = {"name": "Odd", "percent": "3", "category": "E", "wording": ""}
    response = world.browser(world.alice).post(address(world, "vat-rate-create"), data)
    assert response.status_code == 422
    assert "carry 0 percent" in response.text


def test_staff_do_not_change_rates(world, browser):
    assert browser.get(address(world, "vat-rates")).status_code == 200
    assert browser.get(address(world, "vat-rate-create")).status_code == 403


def test_without_a_vat_number_there_is_no_rate_to_choose(world, browser):
    with world.scope():
        type(world.team).objects.filter(pk=world.team.pk).update(vat_number="")
    assert "VAT rate" not in browser.get(address(world, "product-create")).text.split("<main")[1]
