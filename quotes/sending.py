"""From draft to sent and on to withdrawn, the mark of reading, and the mailed links (QUO-3, trust 6)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from invoices.drafting import acting_as, speaking_as
from invoices.issuing import buyer_of, seller_of
from invoices.models import Fate
from invoices.models.line import MOST_LINES
from invoices.money import TooLarge
from quotes.choices import PRICED_KINDS
from quotes.drafting import locked, record_quote, work_out
from quotes.errors import NotReady
from quotes.inputs import Content
from quotes.models.answer import QuoteLink
from quotes.models.line import Group, Line
from quotes.models.quote import Quote, QuoteState
from quotes.offer import canonical, fingerprint, offer_of
from teams.models import User, WrongState
from teams.models.member import hash_token, new_token

MOST_ATTACHMENTS = 10
# A link outlives what it leads to by so much, so that an expired quote still says that it is.
LINK_OUTLIVES = dt.timedelta(days=30)


@transaction.atomic
def send(quote: Quote, *, by: User | None, email_client: bool, to: str = "") -> None:
    """Draft → sent. Freezes everything offered, supersedes the version before; mails only when asked.

    Raises WrongState when it is no draft any more or the version before was accepted, NotReady when
    something is missing.
    """
    # Earlier versions first: whoever signs one of them holds its row.
    rows = Quote.objects.select_for_update(of=("self",)).filter(
        team_id=quote.team_id, entry_id=quote.entry_id
    )
    states = {row.pk: row for row in rows.order_by("version")}
    if quote.pk not in states:
        raise WrongState(_("%s is deleted already.") % quote.reference)
    now = Quote.objects.select_related("client", "team", "entry").get(team_id=quote.team_id, pk=quote.pk)
    if not now.is_draft:
        raise WrongState(_("%s has been sent already.") % now.reference)
    if signed := next((row for row in states.values() if row.is_accepted), None):
        raise WrongState(
            _("Version %(version)s of %(reference)s was accepted meanwhile. Duplicate this one instead.")
            % {"version": signed.version, "reference": now.reference}
        )
    _check_ready(now)
    address = _address(now, to) if email_client else ""
    for row in states.values():
        if row.takes_version:
            _supersede(row, now, by)
    now.seller, now.buyer = seller_of(now.team), buyer_of(now.client)
    now.state, now.sent_at = QuoteState.SENT, timezone.now()
    now.revision += 1
    now.fingerprint = fingerprint(canonical(offer_of(now)))
    now.save()
    if now.version == 1:
        now.entry.become(Fate.ISSUED)
    _live_links(now).update(expires_at=Greatest("expires_at", link_expiry(now)))
    with acting_as(by):
        record_quote("quote.sent", now, emailed=bool(address))
        if address:
            # The mail links to what is made here.
            from quotes import mailing

            mailing.queue_sent(now, address)
    refresh(quote, now)


def _check_ready(quote: Quote) -> None:
    """Refuse what nobody should get, with what to do about it."""
    lines, groups = list(quote.lines.all()), list(quote.groups.all())
    priced = [line for line in lines if line.kind in PRICED_KINDS]
    if not priced:
        raise NotReady(_("There is nothing to agree to on %s yet. Add an item first.") % quote.reference)
    if len(lines) > MOST_LINES:
        raise NotReady(_("A quote has at most %s lines. Split it in two.") % MOST_LINES)
    if quote.attachments.count() > MOST_ATTACHMENTS:
        raise NotReady(_("A quote has at most %s attachments. Take some away.") % MOST_ATTACHMENTS)
    if quote.client.is_archived:
        raise NotReady(_("%s is archived. Bring the client back first.") % quote.client)
    if quote.valid_until < quote.team.today():
        raise NotReady(_("The date until which it is valid has passed. Choose a later one."))
    check_vat(quote, priced)
    _check_choices(lines, groups)
    # The figures were stored with the lines; what is frozen now is worked out once more all the same.
    try:
        work_out(quote, Content(groups, lines))
    except TooLarge:
        raise NotReady(_("A quote can come to at most £9,999,999.99. Split it in two.")) from None
    if quote.most_total <= 0:
        raise NotReady(_("%s comes to nothing. Put a price on a line first.") % quote.reference)


def check_vat(quote: Quote, priced: list[Line]) -> None:
    """The VAT of the lines is that of a team that is registered, or is not, as this one. Raises NotReady."""
    if quote.charges_vat != quote.team.is_vat_registered or (
        quote.charges_vat and any(not line.vat_category for line in priced)
    ):
        raise NotReady(
            _(
                "Your VAT registration has changed since this draft was saved. "
                "Open it, look at the VAT and save it."
            )
        )


def _check_choices(lines: list[Line], groups: list[Group]) -> None:
    for group in groups:
        of_group = [line for line in lines if line.group_id == group.pk]
        if not of_group:
            raise NotReady(_("There is nothing to choose from in “%s”. Add a line to it.") % group.name)
        if len(of_group) < group.least:
            raise NotReady(
                _("“%(group)s” asks for %(least)s, and only %(count)s can be chosen.")
                % {"group": group.name, "least": group.least, "count": len(of_group)}
            )
        if sum(line.suggested for line in of_group) > group.most:
            raise NotReady(
                _("In “%(group)s” more lines are suggested than may be chosen (%(most)s).")
                % {"group": group.name, "most": group.most}
            )


def _address(quote: Quote, to: str) -> str:
    """The saved address to mail to. Raises NotReady for none, or one that is not on the record."""
    saved = {email.address.lower(): email.address for email in quote.client.emails.all()}
    if not to:
        # Whoever may sign, before whoever sees no prices (POR-6).
        to = quote.client.billing_email() or quote.client.primary_email()
    if not to:
        raise NotReady(
            _("%s has no e-mail address. Add one on the client’s record, or untick the box.") % quote.client
        )
    if to.lower() not in saved:
        raise NotReady(
            _("%(address)s is not saved for %(client)s.") % {"address": to, "client": quote.client}
        )
    return saved[to.lower()]


def _supersede(row: Quote, later: Quote, by: User | None) -> None:
    row.state, row.superseded_at = QuoteState.SUPERSEDED, timezone.now()
    row.save(update_fields=["state", "superseded_at", "updated_at"])
    with acting_as(by):
        # Under its own version, and told by the one that takes its place.
        record_quote("quote.superseded", row, version=later.version)


@transaction.atomic
def withdraw(quote: Quote, *, by: User | None, reason: str = "") -> None:
    """Sent → withdrawn: the client can no longer answer it. Raises WrongState."""
    now = locked(quote)
    if now.state != QuoteState.SENT:
        raise WrongState(_why_not_withdrawn(now))
    now.state, now.withdrawn_at = QuoteState.WITHDRAWN, timezone.now()
    now.save(update_fields=["state", "withdrawn_at", "updated_at"])
    with acting_as(by):
        record_quote("quote.withdrawn", now, reason=reason.strip()[:1000])
    refresh(quote, now)


def _why_not_withdrawn(quote: Quote) -> str:
    texts = {
        QuoteState.DRAFT: _("%s has not been sent. Delete the draft instead."),
        QuoteState.ACCEPTED: _("%s is accepted and stays as it is for both sides."),
        QuoteState.DECLINED: _("%s was declined; there is nothing to withdraw."),
        QuoteState.WITHDRAWN: _("%s is withdrawn already."),
    }
    return texts.get(QuoteState(quote.state), _("There is a later version of %s.")) % quote.reference


@transaction.atomic
def mark_viewed(quote: Quote, *, by_name: str) -> None:
    """Note that the client has it before them: with an entry in the log the first time, later without."""
    at = timezone.now()
    row = Quote.objects.filter(team_id=quote.team_id, pk=quote.pk).exclude(state=QuoteState.DRAFT)
    if row.filter(first_viewed_at=None).update(first_viewed_at=at, last_viewed_at=at):
        quote.first_viewed_at = at
        with speaking_as(by_name, None):
            record_quote("quote.viewed", quote)
    else:
        row.update(last_viewed_at=at)
    quote.last_viewed_at = at


# ---- Mailed links ---------------------------------------------------------------------------------


def link_expiry(quote: Quote) -> dt.datetime:
    """30 days after the end of the last day on which it is valid, on the team's clock."""
    end = dt.datetime.combine(quote.valid_until + dt.timedelta(days=1), dt.time(), quote.team.zone)
    return end + LINK_OUTLIVES


def make_link(quote: Quote, email: str) -> str:
    """A fresh link to the quote, in all its versions, as an address. The token is kept nowhere."""
    token = new_token()
    QuoteLink.objects.create(
        team_id=quote.team_id,
        client_id=quote.client_id,
        entry_id=quote.entry_id,
        email=email,
        token_hash=hash_token(token),
        expires_at=link_expiry(quote),
    )
    return f"{settings.CMA_BASE_URL}{reverse('portal:quote-link', args=[quote.team.slug, token])}"


def revoke_links(quote: Quote) -> int:
    """Every link to this quote stops working with its next request; answers how many did work."""
    return _live_links(quote).update(revoked_at=timezone.now())


def _live_links(quote: Quote) -> Any:
    return QuoteLink.objects.filter(
        team_id=quote.team_id, entry_id=quote.entry_id, revoked_at=None, expires_at__gt=timezone.now()
    )


def refresh(quote: Quote, now: Quote) -> None:
    """Let the caller's object say what the row says."""
    for field in Quote._meta.concrete_fields:
        if not field.is_relation:
            setattr(quote, field.attname, getattr(now, field.attname))
    # That there was none may have been kept.
    for name in ("acceptance", "made"):
        quote._state.fields_cache.pop(name, None)
