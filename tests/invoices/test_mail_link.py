"""A mailed invoice leads to the portal only where the client can get in (POR-5)."""

import pytest

from invoices.links import is_open_to_client
from invoices.mailing import values_of
from portal.models import PortalAccess
from tests.invoices.helpers import issued


@pytest.fixture
def invoice(inside):
    return issued(inside)


def test_it_leads_to_the_pay_page(inside, invoice):
    assert is_open_to_client(invoice)
    assert values_of(invoice)["link"].endswith(f"/p/{inside.team.slug}/invoices/{invoice.pk}/pay/")


def test_not_with_the_section_off(inside, invoice):
    PortalAccess.objects.filter(client=inside.jo).update(shows_invoices=False)
    assert values_of(invoice)["link"] == ""


def test_not_with_the_portal_off(inside, invoice):
    invoice.client.portal_enabled = False
    assert values_of(invoice)["link"] == ""


def test_not_before_the_first_invite(inside, invoice):
    PortalAccess.objects.filter(client=inside.jo).delete()
    assert values_of(invoice)["link"] == ""
