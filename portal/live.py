"""Pages that change by themselves when money comes (PAY-12): a region asks every three seconds whether it
is still as drawn, and is answered with 204 or with itself anew."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Max, Q, Sum
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from cma.answers import by_htmx, shown
from payments.models import AttemptState, BankTransferClaim, CheckoutAttempt
from portal.access import PortalRequest

WIDE = DecimalField(max_digits=40, decimal_places=2)


def version_of(request: PortalRequest) -> str:
    """Names what the client's pages show of money and quotes: it differs as soon as they do. Four queries."""
    # Weighted by the invoice's id: a penny that moves from one invoice to another counts too.
    weighted = {
        name: Sum(ExpressionWrapper(F(name) * F("id"), output_field=WIDE))
        for name in ("paid", "credited", "balance")
    }
    invoices = request.client.invoices.visible_to_client().aggregate(
        many=Count("pk"),
        void=Count("pk", filter=Q(state="void")),
        changed=Max("updated_at"),
        due=Max("due_on"),
        **weighted,
    )
    claims = BankTransferClaim.objects.filter(client=request.client, closed_at=None).aggregate(
        many=Count("pk"), last=Max("pk")
    )
    attempts = CheckoutAttempt.objects.filter(client=request.client).aggregate(
        settling=Count("pk", filter=Q(state=AttemptState.PROCESSING)),
        ended=Count("pk", filter=Q(state__in=[AttemptState.PAID, AttemptState.FAILED, AttemptState.EXPIRED])),
    )
    team = request.team
    ways = [
        team.stripe_mode,
        team.allow_part_payment,
        team.bank_sort_code,
        team.bank_account_number,
        team.today(),
    ]
    quotes = request.client.quotes.visible_to_client().aggregate(many=Count("pk"), changed=Max("updated_at"))
    told = repr([*invoices.values(), *claims.values(), *attempts.values(), *quotes.values(), *ways])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def live_page(
    request: PortalRequest,
    template: str,
    context: Callable[[], dict[str, Any]],
    *,
    form: BaseForm | None = None,
    status: int | None = None,
) -> HttpResponse:
    """The page; for one that asks from inside itself 204 while nothing has changed, else its live part."""
    version = version_of(request)
    asked = request.GET.get("v")
    poll = request.GET.copy()
    poll["v"] = version
    if request.method == "GET" and asked and by_htmx(request):
        if asked == version:
            return HttpResponse(status=204)
        part = {**context(), "poll": f"{request.path}?{poll.urlencode()}"}
        response = render(request, f"{template}#live", part)
        patch_vary_headers(response, ["HX-Request"])
        return response
    more = {"poll": f"{request.path}?{poll.urlencode()}" if request.method in ("GET", "HEAD") else ""}
    return shown(request, template, {**context(), **more}, form=form, status=status)
