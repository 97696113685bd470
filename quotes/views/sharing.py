"""Getting a quote to its client: sending the draft, then sharing its link (QUO-3, trust 6)."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cma.answers import done, moved_on
from cma.toasts import toast
from quotes import mailing, sending
from quotes.drafting import locked, record_quote
from quotes.errors import NotReady
from quotes.forms.actions import SendForm, ShareForm
from quotes.links import office_url
from quotes.models import Quote
from quotes.views.actions import dialog, posted
from quotes.views.detail import find
from teams.access import OfficeRequest, can
from teams.models import WrongState


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def quote_send(request: OfficeRequest, pk: int) -> HttpResponse:
    """Draft → sent, with the client's mail if it is wanted and there is an address (QUO-3)."""
    quote = find(request, pk)
    url = office_url(quote)
    if not quote.is_draft:
        return moved_on(request, _("%s has been sent already.") % quote.reference, back=url)
    form = SendForm(posted(request), client=quote.client)
    if form.is_bound and form.is_valid():
        to = form.address()
        try:
            with transaction.atomic():
                sending.send(quote, by=request.user, email_client=bool(to), to=to)
        except WrongState as moved:
            return moved_on(request, str(moved), back=url)
        except NotReady as missing:
            form.add_error(None, str(missing))
        else:
            words = _("%(ref)s is sent to %(to)s.") if to else _("%(ref)s is sent. Share its link yourself.")
            toast(request, words % {"ref": quote.reference, "to": to})
            return done(request, url)
    preview = mailing.preview_sent(quote, form.addresses[0]) if form.addresses else None
    return dialog(request, "quotes/quote_send.html", quote, form, preview=preview)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
@never_cache
def quote_share(request: OfficeRequest, pk: int) -> HttpResponse:
    """Mail the link once more, or make one to pass on. A link opens the quote without a sign-in."""
    quote = find(request, pk)
    if not quote.is_open(request.team.today()):
        return _not_shared(request, quote)
    form = ShareForm(posted(request), initial={"form_key": uuid.uuid4()}, client=quote.client)
    if form.is_bound and form.is_valid():
        to = form.cleaned_data["to"]
        try:
            _mail_again(request, quote, to, str(form.cleaned_data["form_key"]))
        except WrongState:
            return _not_shared(request, quote)
        toast(request, _("%(ref)s is on its way to %(to)s.") % {"ref": quote.reference, "to": to})
        return done(request, office_url(quote))
    return dialog(request, "quotes/quote_share.html", quote, form)


@require_POST
@can("work")
@never_cache
def quote_link(request: OfficeRequest, pk: int) -> HttpResponse:
    """Make a link and show it once: only its fingerprint is kept."""
    quote = find(request, pk)
    with transaction.atomic():
        now = locked(quote)
        if not now.is_open(request.team.today()):
            return _not_shared(request, quote)
        link = sending.make_link(quote, "")
        record_quote("quote.link_made", quote)
    form = ShareForm(initial={"form_key": uuid.uuid4()}, client=quote.client)
    return dialog(request, "quotes/quote_share.html", quote, form, link=link)


@require_POST
@can("work")
def quote_revoke_links(request: OfficeRequest, pk: int) -> HttpResponse:
    """Every link that was mailed or copied stops working; the portal goes on (trust 6)."""
    quote = find(request, pk)
    with transaction.atomic():
        many = sending.revoke_links(quote)
        if many:
            record_quote("quote.links_revoked", quote, links=many)
    words = ngettext("%d link stopped working.", "%d links stopped working.", many) % many
    toast(request, words if many else _("There was no link that worked."))
    return done(request, office_url(quote))


def _mail_again(request: OfficeRequest, quote: Quote, to: str, key: str) -> None:
    """Queue the mail with a fresh link, if the quote can still be answered. Raises WrongState."""
    with transaction.atomic():
        now = locked(quote)
        if not now.is_open(request.team.today()):
            raise WrongState(quote.reference)
        mailing.queue_sent(quote, to, key=key)


def _not_shared(request: OfficeRequest, quote: Quote) -> HttpResponse:
    text = _("%s can no longer be accepted: there is nothing to share.") % quote.reference
    return moved_on(request, text, back=office_url(quote))
