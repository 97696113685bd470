"""Today: who owes me, what waits for me, what came in, what happened (TEA-8, ui.md)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Min, Q, Sum
from django.db.models.functions import TruncMonth
from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from cma.answers import shown
from cma.charts import Bucket, Month
from cma.formats import days_from, money
from teams.access import OfficeRequest, can
from teams.events import feed
from teams.models import Team
from teams.waiting import Waiting, from_sources

NOTHING = Decimal("0.00")


@require_safe
@can("read")
def today(request: OfficeRequest) -> HttpResponse:
    """The first page of the day."""
    team, date = request.team, request.team.today()
    buckets = owed_by_age(team, date)
    owed = sum((bucket.amount for bucket in buckets), NOTHING)
    months = income_by_month(team, date)
    context = {
        "date": date,
        "buckets": buckets,
        "owed": owed,
        "owed_count": sum(bucket.count for bucket in buckets),
        "late": owed - buckets[0].amount,
        "waiting": waiting_for_me(team, date),
        "months": months,
        "income": sum((month.amount for month in months), NOTHING),
        "events": feed(team, list(team.audit_entries.order_by("-pk")[:8])),
        "is_new": team.first_steps_done_at is None,
        "may_work": request.membership.may_work,
    }
    return shown(request, "teams/today.html", context)


def owed_by_age(team: Team, date: dt.date) -> list[Bucket]:
    """What is still to come in, by how late it is; one query."""
    week, month = date - dt.timedelta(days=7), date - dt.timedelta(days=30)
    ages = [
        (_("Not due yet"), Q(due_on__gte=date)),
        (_("1–7 days late"), Q(due_on__lt=date, due_on__gte=week)),
        (_("8–30 days late"), Q(due_on__lt=week, due_on__gte=month)),
        (_("Over 30 days late"), Q(due_on__lt=month)),
    ]
    sums = team.invoices.filter(state="issued", balance__gt=0).aggregate(
        **{f"sum{i}": Sum("balance", filter=age) for i, (_label, age) in enumerate(ages)},
        **{f"count{i}": Count("pk", filter=age) for i, (_label, age) in enumerate(ages)},
    )
    here = reverse("invoices:invoice-list", args=[team.slug])
    return [
        Bucket(
            label=label,
            amount=sums[f"sum{i}"] or NOTHING,
            count=sums[f"count{i}"],
            url=f"{here}?status={'overdue' if i else 'sent'}",
        )
        for i, (label, _age) in enumerate(ages)
    ]


def income_by_month(team: Team, date: dt.date) -> list[Month]:
    """Money received in each of the last twelve months, what went back taken off; one query."""
    firsts = [month_before(date, back) for back in range(11, -1, -1)]
    received = dict(
        team.payments.filter(received_on__gte=firsts[0])
        .annotate(month=TruncMonth("received_on"))
        .values("month")
        .annotate(sum=Sum("amount"))
        .values_list("month", "sum")
    )
    return [
        Month(
            label=date_format(first, "M"),
            amount=max(received.get(first, NOTHING), NOTHING),
            now=first == firsts[-1],
        )
        for first in firsts
    ]


def month_before(date: dt.date, back: int) -> dt.date:
    """The first day of the month `back` months before the one of `date`."""
    months = date.year * 12 + date.month - 1 - back
    return dt.date(months // 12, months % 12 + 1, 1)


def waiting_for_me(team: Team, date: dt.date) -> list[Waiting]:
    """Transfers to check, what other rooms bring, late invoices, failed mails, drafts not sent."""
    return [
        *_transfers(team),
        *from_sources(team, date),
        *_latest(team, date),
        *_failed_mail(team),
        *_drafts(team),
    ]


def _transfers(team: Team) -> list[Waiting]:
    claims = (
        team.invoices.filter(
            state="issued", balance__gt=0, transfer_claims__isnull=False, transfer_claims__closed_at=None
        )
        .annotate(claimed=F("transfer_claims__amount"))
        .select_related("client")
        .order_by("transfer_claims__pk")[:3]
    )
    return [
        Waiting(
            "building-bank",
            _("%(name)s sent a transfer") % {"name": invoice.client.name},
            _("Says that %(sum)s for %(reference)s is on its way.")
            % {"sum": _claimed(invoice), "reference": invoice.reference},
            reverse("payments:payment-record", args=[team.slug, invoice.pk]),
            _("Check and record"),
            "main",
        )
        for invoice in claims
    ]


def _claimed(invoice: Any) -> str:
    return money(invoice.claimed, invoice.currency)


def _latest(team: Team, date: dt.date) -> list[Waiting]:
    late = (
        team.invoices.filter(state="issued", balance__gt=0, due_on__lt=date)
        .select_related("client")
        .order_by("due_on", "pk")[:2]
    )
    return [
        Waiting(
            "clock-exclamation",
            _("%(name)s, %(late)s") % {"name": invoice.client.name, "late": days_from(invoice.due_on, date)},
            _("%(sum)s of %(reference)s.")
            % {"sum": money(invoice.balance, invoice.currency), "reference": invoice.reference},
            reverse("invoices:invoice", args=[team.slug, invoice.pk]),
            _("Look"),
            "bad",
        )
        for invoice in late
    ]


def _failed_mail(team: Team) -> list[Waiting]:
    failed = (
        team.mail_messages.filter(state__in=["failed", "bounced", "unknown"], client__isnull=False)
        .select_related("client")
        .order_by("-pk")[:2]
    )
    return [
        Waiting(
            "mail-x",
            _("A mail to %(name)s did not arrive") % {"name": message.client.name if message.client else ""},
            _("“%(subject)s” to %(address)s.") % {"subject": message.subject, "address": message.to_address},
            reverse("clients:client", args=[team.slug, message.client_id]),
            _("Look"),
            "bad",
        )
        for message in failed
    ]


def _drafts(team: Team) -> list[Waiting]:
    drafts = team.invoices.filter(state="draft").aggregate(n=Count("pk"), sum=Sum("total"), first=Min("pk"))
    if not drafts["n"]:
        return []
    return [
        Waiting(
            "file-text",
            ngettext("%(n)d draft not sent", "%(n)d drafts not sent", drafts["n"]) % {"n": drafts["n"]},
            _("%(sum)s that nobody has been asked for yet.") % {"sum": money(drafts["sum"], team.currency)},
            reverse("invoices:invoice-list", args=[team.slug]) + "?status=draft",
            _("Look"),
        )
    ]
