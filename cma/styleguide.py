"""Every component in every state, on one page of each kind. Not in production (cma/urls.py asks)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from cma import errors
from cma.answers import done, moved_on, shown
from cma.charts import Bucket, Month
from cma.components import STATES, Event, Tab
from cma.toasts import toast
from teams.colour import tokens
from teams.models import Team
from teams.roles import Role

ERRORS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "400": errors.bad_request,
    "403": errors.forbidden,
    "403_csrf": errors.csrf_failure,
    "404": errors.not_found,
    "413": errors.too_large,
    "429": errors.too_many,
    "500": errors.server_error,
    "503": errors.service_unavailable,
}


class SampleForm(forms.Form):
    """One field of each kind; bound with nonsense it shows each kind's refusal."""

    amount = forms.DecimalField(label="Amount", min_value=Decimal("0.01"))
    method = forms.ChoiceField(label="Method", choices=[("bank", "Bank transfer"), ("cash", "Cash")])
    paid_on = forms.DateField(label="Date", help_text="The day the money arrived.")
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    share = forms.DecimalField(label="Discount", required=False)
    tell = forms.BooleanField(
        label="Email the client now", required=False, help_text="With the PDF attached."
    )
    kind = forms.ChoiceField(
        label="Kind of client",
        choices=[("private", "Private"), ("business", "Business")],
        widget=forms.RadioSelect,
    )


class ReasonForm(forms.Form):
    """What a dialog asks."""

    note = forms.CharField(label="Reason", max_length=200)


@login_not_required
def styleguide(request: HttpRequest, page: str = "office") -> HttpResponse:
    """`office`, `thing` (a page with an action bar), `dialog`, `portal`, `entrance`, or an error's number."""
    if page in ERRORS:
        return ERRORS[page](request)
    if page not in ("office", "thing", "dialog", "portal", "entrance", "door", "blank"):
        raise Http404
    _dress(request)
    if page == "dialog":
        return _dialog(request)
    if page == "office":
        messages.success(request, "INV-0142 marked paid, £1,461.20", extra_tags="undo:/styleguide/")
    template = "styleguide/entrance.html" if page == "door" else f"styleguide/{page}.html"
    context = _sample(request) | ({"team": None} if page == "door" else {})
    return render(request, template, context)


def _dialog(request: HttpRequest) -> HttpResponse:
    """A confirm as the pages make it: 422 while refused, a toast and on when done."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and request.POST.get("note") == "late":
        return moved_on(request, "Bob has voided it two minutes ago.", back="/styleguide/")
    if request.method == "POST" and form.is_valid():
        toast(request, "INV-0142 is void.", undo="/styleguide/dialog/")
        return done(request, "/styleguide/thing/")
    return shown(request, "styleguide/dialog.html", _sample(request), part="dialog", form=form)


def _dress(request: HttpRequest) -> None:
    """A team that is in no database: the page must work before there is one."""
    colour = request.GET.get("colour", "103f78")
    team = Team(
        slug="kirkstall",
        name="Kirkstall Plumbing",
        trade="Plumbing, Leeds",
        address="3 Goit Mill Yard\nLeeds LS4 2XB",
        phone="0113 496 0142",
        email="hello@kirkstall.example",
        registration="Gas Safe register 999001",
        vat_number="GB 999 9999 73",
        company_number="09990142",
        stripe_mode="test" if "test" in request.GET else "",
    )
    team.colour = f"#{colour}"
    team.colour_tokens = {"light": tokens(team.colour), "dark": tokens(team.colour, "dark")}
    dressed: dict[str, object] = {
        "team": team,
        "membership": SimpleNamespace(role=Role.OWNER, get_role_display=lambda: Role.OWNER.label),
        "access": SimpleNamespace(
            **{f"shows_{name}": True for name in ("quotes", "invoices", "files", "meetings", "messages")}
        ),
    }
    for name, value in dressed.items():
        setattr(request, name, value)


def _sample(request: HttpRequest) -> dict[str, object]:
    now = timezone.now()
    refused = SampleForm(
        {"amount": "1461,2O", "paid_on": "tomorrow", "note": "2nd part", "method": "bank"},
        auto_id="refused_%s",
    )
    refused.is_valid()
    months = ["Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]
    takings = [9840, 14210, 12460, 11180, 8920, 9640, 7880, 8310, 6950, 10480, 13260, 8745]
    return {
        "team": getattr(request, "team", None),
        "states": list(STATES),
        "sample": SampleForm(initial={"amount": "1240.00", "method": "bank", "kind": "private"}),
        "confirm": SampleForm(auto_id="confirm_%s"),
        "refused": refused,
        "total": Decimal("2761.20"),
        "paid": Decimal("1300.00"),
        "owed": Decimal("1461.20"),
        "credit": Decimal("-1234.50"),
        "nought": Decimal("0.00"),
        "due": dt.date(2026, 11, 27),
        "today": dt.date(2026, 11, 21),
        "tabs": [
            Tab(label="All", url="?", count=153, current=True),
            Tab(label="Overdue", url="?status=overdue", count=4, late=True),
            Tab(label="Paid", url="?status=paid", count=139),
        ],
        "buckets": [
            Bucket(label="Not due yet", amount=Decimal("2823.20"), count=4, url="?"),
            Bucket(label="1–7 days late", amount=Decimal("240.00"), count=1, url="?"),
            Bucket(label="8–30 days late", amount=Decimal("1248.00"), count=2, url="?"),
            Bucket(label="Over 30 days late", amount=Decimal("690.00"), count=1, url="?"),
        ],
        "no_buckets": [Bucket(label="Not due yet", amount=Decimal(0), count=0)],
        "months": [
            Month(label=label, amount=Decimal(amount), now=label == "Nov")
            for label, amount in zip(months, takings, strict=True)
        ],
        "events": [
            Event(icon="eye", text="Jo opened the invoice", detail="Third time, on a phone", at=now),
            Event(
                icon="check",
                text="£500.00 received by bank transfer",
                detail="Recorded by Bob Nowak",
                at=now,
                good=True,
            ),
            Event(icon="lock", text="Finalised and locked by Alice Hartley", at=now),
        ],
        "rows": [
            (
                "INV-0151",
                "Meadow Lane Lettings Ltd",
                "Flat 9, blocked waste",
                "draft",
                "",
                Decimal("438.00"),
                Decimal(0),
            ),
            (
                "INV-0150",
                "Patel & Daughters Bakery",
                "Grease trap and tap",
                "sent",
                "",
                Decimal("312.00"),
                Decimal("312.00"),
            ),
            (
                "INV-0142",
                "Jo Whitaker",
                "Boiler replacement",
                "partially_paid",
                "£1,300.00 of £2,761.20 paid",
                Decimal("2761.20"),
                Decimal("1461.20"),
            ),
            (
                "INV-0139",
                "The Weaver’s Arms",
                "Cellar cooling",
                "overdue",
                "48 days late",
                Decimal("690.00"),
                Decimal("690.00"),
            ),
            ("INV-0138", "Tom & Sarah Brennan", "Outside tap", "paid", "", Decimal("540.00"), Decimal(0)),
            (
                "INV-0137",
                "Meadow Lane Lettings Ltd",
                "Flat 2, wrong address",
                "void",
                "",
                Decimal("228.00"),
                Decimal(0),
            ),
        ],
    }
