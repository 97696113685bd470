"""The team's Stripe key and its events (PAY-4 to PAY-6). Stripe is never asked inside a transaction."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from cma.answers import done, moved_on, shown
from cma.toasts import toast
from payments import webhooks
from payments.account import Saved, remove_key, save_key
from payments.errors import PaymentsError
from payments.forms.settings import OwnersForm, StripeKeyForm
from payments.models import EventState, StripeAccount, WebhookEvent
from payments.views.common import PAGE_METHODS
from payments.views.settings import settings_page, settings_url
from teams.access import OfficeRequest, can, own_scope


@sensitive_post_parameters("key", "password")
@require_http_methods(PAGE_METHODS)
@can("owner")
@own_scope
def stripe_key(request: OfficeRequest) -> HttpResponse:
    """Save the team's Stripe key; it is tried first. An empty field keeps the one there is (PAY-4)."""
    if request.method != "POST":
        return redirect(settings_url(request, "stripe"))
    if not request.POST.get("key"):
        toast(request, _("Nothing has changed."))
        return done(request, settings_url(request))
    form = StripeKeyForm(request, request.POST, auto_id="stripe_%s")
    if form.is_valid():
        try:
            saved = save_key(request.team.pk, form.cleaned_data["key"])
        except PaymentsError as problem:
            form.add_error("key", str(problem))
        else:
            _tell(request, saved)
            return done(request, settings_url(request))
    with request.open_scope():
        return settings_page(request, key_form=form)


def _tell(request: OfficeRequest, saved: Saved) -> None:
    if saved.problem:
        toast(request, _("The key is saved, but events do not reach us yet: %s") % saved.problem, bad=True)
    elif saved.livemode:
        toast(request, _("The key works. Your clients can pay by card now."))
    else:
        toast(request, _("The test key works. No real money moves with it."))


@sensitive_post_parameters("password")
@require_http_methods(PAGE_METHODS)
@can("owner")
@own_scope
def stripe_key_remove(request: OfficeRequest) -> HttpResponse:
    """ "Remove key": closes what is open with it and forgets it, after asking."""
    with request.open_scope():
        account = StripeAccount.objects.filter(team_id=request.team.pk).first()
        if account is None:
            return moved_on(request, _("There is no Stripe key any more."), back=settings_url(request))
    form = OwnersForm(request, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            remove_key(request.team.pk)
        except PaymentsError as problem:
            form.add_error(None, str(problem))
        else:
            toast(request, _("The Stripe key is removed. Card payments are switched off."))
            return done(request, settings_url(request))
    context = {"account": account, "back": settings_url(request)}
    with request.open_scope():
        return shown(request, "payments/stripe_key_remove.html", context, part="dialog", form=form)


@require_POST
@can("settings")
def event_retry(request: OfficeRequest, pk: int) -> HttpResponse:
    """ "Try again": look once more at an event that could not be handled (PAY-6)."""
    event = get_object_or_404(WebhookEvent, team_id=request.team.pk, pk=pk)
    if event.state != EventState.FAILED:
        return moved_on(request, _("This event has been handled meanwhile."), back=settings_url(request))
    webhooks.try_again(event)
    toast(request, _("We are looking at it again. Come back in a minute."))
    return done(request, settings_url(request, "events"))
