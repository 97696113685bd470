"""The settings' section "Billing & Payment Details": forms that save on their own (TEA-1, PAY-4)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from cma.answers import UNPROCESSABLE, done, shown
from cma.toasts import toast
from invoices.forms.numbers import renumber
from invoices.models import NumberSeries
from payments import letters
from payments.account import endpoint_url
from payments.forms.settings import BankForm, NumbersForm, StripeKeyForm, WaysForm
from payments.models import EventState, StripeAccount, WebhookEvent
from payments.stripe import Stripe
from payments.views.common import PAGE_METHODS
from teams.access import OfficeRequest, can
from teams.audit import record
from teams.models import AuditEntry, Team
from teams.roles import Right

FAILED_SHOWN = 10


@require_safe
@can("settings")
def billing_settings(request: OfficeRequest) -> HttpResponse:
    """All of the section; each form posts to an address of its own."""
    return settings_page(request)


def settings_url(request: OfficeRequest, anchor: str = "") -> str:
    """The section's page, at one of its forms."""
    url = reverse("payments:billing-settings", args=[request.team.slug])
    return f"{url}#{anchor}" if anchor else url


def settings_page(request: OfficeRequest, **refused: Any) -> HttpResponse:
    """The page, each form as it is stored but for the one that was refused (SCR-4). Inside the scope."""
    series = NumberSeries.of(request.team)
    account = StripeAccount.objects.filter(team_id=request.team.pk).first()
    context: dict[str, Any] = {
        "is_owner": request.membership.may(Right.OWNER),
        "key_form": StripeKeyForm(request, auto_id="stripe_%s"),
        "bank_form": BankForm(request, auto_id="bank_%s"),
        "numbers_form": NumbersForm(instance=series, initial={"terms_days": request.team.terms_days}),
        "ways_form": WaysForm(instance=_team(request)),
        "next_reference": series.next_reference,
        "rights": Stripe.rights_needed(),
        "account": account,
        **(_connection(request, account) if account else {}),
        **refused,
    }
    status = UNPROCESSABLE if refused else None
    return shown(request, "payments/billing_settings.html", context, status=status)


def _team(request: OfficeRequest) -> Team:
    # A copy: what is refused must not show up elsewhere on this very page.
    return Team.objects.get(pk=request.team.pk)


def _connection(request: OfficeRequest, account: StripeAccount) -> dict[str, Any]:
    """How the team's Stripe is doing: who saved the key, and what could not be handled."""
    failed = WebhookEvent.objects.filter(team_id=request.team.pk, state=EventState.FAILED)
    saved = AuditEntry.objects.filter(team_id=request.team.pk, verb="team.stripe_key_saved")
    return {
        "endpoint": endpoint_url(account),
        "key_saved": saved.order_by("-pk").first(),
        "failed_events": failed.order_by("-pk")[:FAILED_SHOWN],
        "failed_count": failed.count(),
    }


@sensitive_post_parameters("password")
@require_http_methods(PAGE_METHODS)
@can("owner")
def bank_details(request: OfficeRequest) -> HttpResponse:
    """Change the account that clients pay into; every owner hears of it (TEA-4)."""
    if request.method != "POST":
        return redirect(settings_url(request, "bank"))
    form = BankForm(request, request.POST, auto_id="bank_%s")
    if not form.is_valid():
        return settings_page(request, bank_form=form)
    changes = _team(request).change(**form.details())
    if changes:
        request.team.refresh_from_db()
        entry = record("team.bank_details_changed", subject=request.team, changes=_masked(changes))
        letters.bank_details_changed(request.team, by=request.user, entry_id=entry.pk)
    toast(request, _("Saved. Every owner is told by mail.") if changes else _("Nothing has changed."))
    return done(request, settings_url(request))


def _masked(changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Account numbers go into the log by their last four figures only."""
    number = changes.get("bank_account_number", [])
    masked = [f"••••{text[-4:]}" if text else "" for text in number]
    return changes | ({"bank_account_number": masked} if masked else {})


@require_http_methods(PAGE_METHODS)
@can("settings")
def numbering(request: OfficeRequest) -> HttpResponse:
    """How invoices are numbered and when they are due; skipped numbers keep their reason (INV-8)."""
    if request.method != "POST":
        return redirect(settings_url(request, "numbers"))
    series = NumberSeries.locked(request.team)
    form = NumbersForm(request.POST, instance=NumberSeries.locked(request.team))
    if not form.is_valid():
        return settings_page(request, numbers_form=form)
    changes = renumber(series, form, by=request.user)
    changes |= request.team.change(terms_days=form.cleaned_data["terms_days"])
    if changes:
        reason = form.cleaned_data["reason"] if form.skips else ""
        record("team.numbering_changed", subject=request.team, changes=changes, reason=reason)
    toast(request, _("Saved."))
    return done(request, settings_url(request))


@require_http_methods(PAGE_METHODS)
@can("settings")
def ways_to_pay(request: OfficeRequest) -> HttpResponse:
    """Whether clients may pay a part, and whether they are mailed at first (PAY-11, INV-10)."""
    if request.method != "POST":
        return redirect(settings_url(request, "ways"))
    form = WaysForm(request.POST, instance=_team(request))
    if not form.is_valid():
        return settings_page(request, ways_form=form)
    if changes := request.team.change(**form.cleaned_data):
        record("team.ways_to_pay_changed", subject=request.team, changes=changes)
    toast(request, _("Saved."))
    return done(request, settings_url(request))
