"""The first page after sign-in: what needs doing first (POR-10)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from clients.figures import billing_figures
from portal.access import PortalRequest, section
from portal.bills import bills, open_bills
from portal.live import live_page
from portal.models import Section
from portal.todo import MOST_SHOWN, things_to_do


@require_safe
@section(None)
def home(request: PortalRequest) -> HttpResponse:
    """What needs doing, the most urgent on top; sections that are off leave no trace."""

    def context() -> dict[str, Any]:
        to_do = things_to_do(request)
        return {"to_do": to_do, "first": to_do[0] if to_do else None, **_account(request)}

    return live_page(request, "portal/home.html", context)


def _account(request: PortalRequest) -> dict[str, Any]:
    """The panels of money, for those who may see it."""
    if not request.access.shows(Section.INVOICES):
        return {"shows_bills": False, "to_pay": []}
    to_pay = list(open_bills(request)[: MOST_SHOWN + 1])
    return {
        "shows_bills": True,
        "to_pay": to_pay[:MOST_SHOWN],
        "more_to_pay": len(to_pay) > MOST_SHOWN,
        "figures": billing_figures(request.client),
        "settled": list(bills(request).filter(state="issued", balance=0).order_by("-issue_on", "-pk")[:3]),
    }
