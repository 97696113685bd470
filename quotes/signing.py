"""Sent → accepted: what is signed, and the one transaction that takes a signature (QUO-6, QUO-7, QUO-8)."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cma import pictures
from documents.worker import RenderFailed
from invoices.drafting import speaking_as
from invoices.pricing import stored_vat_rows
from quotes import choices
from quotes.agreed import record_of, wording_of
from quotes.answering import check_open, current_picks, figures_of
from quotes.choices import Figures, Picks, Problem, store_picks
from quotes.drafting import locked, record_quote
from quotes.errors import Moved, Refused
from quotes.models.answer import Acceptance, How, QuoteLink
from quotes.models.quote import Quote, QuoteState
from quotes.offer import canonical, differences, fingerprint
from quotes.seen import check_seen, seen_of
from quotes.sending import refresh
from teams.models import User, WrongState

__all__ = ["Signer", "accept", "seen_of", "wording_of"]

log = logging.getLogger(__name__)

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, how, and from where. One of `login`, `link` and `in_person_with` says by what right."""

    name: str
    how: How
    agreed: bool
    drawn: bytes | None = None
    typed: str = ""
    login: User | None = None
    link: QuoteLink | None = None
    email: str = ""
    in_person_with: User | None = None
    ip: str | None = None
    user_agent: str = ""


@transaction.atomic
def accept(quote: Quote, *, signer: Signer, seen: str) -> Acceptance:
    """Sent → accepted, under the quote's lock, with everything that proves it (QUO-6).

    Who comes second gets the first result. Raises WrongState, Moved (what was seen is not what is stored)
    and Refused (choices, name, tick, signature, or the signed document cannot be made); then nothing is
    accepted.
    """
    from quotes import mailing

    now = locked(quote)
    if now.is_accepted:
        refresh(quote, now)
        return now.acceptance
    _check_current(now)
    # Before the look at the date: making a picture of a drawing takes a moment, and midnight may pass.
    at = timezone.now()
    check_open(now)
    _check_link(signer)
    picks = current_picks(now)
    figures = figures_of(now, picks)
    check_seen(now, picks, figures, seen)
    acceptance = _acceptance(now, signer, picks, figures, at)
    _print(now, acceptance)
    acceptance.save()
    now.state, now.accepted_at, now.agreed_total = QuoteState.ACCEPTED, acceptance.signed_at, acceptance.total
    now.save(update_fields=["state", "accepted_at", "agreed_total", "updated_at"])
    with speaking_as(_speaker(signer, acceptance), signer.login or signer.in_person_with):
        record_quote(
            "quote.accepted",
            now,
            name=acceptance.name,
            how=str(acceptance.how),
            fingerprint=acceptance.sha256,
            pdf_fingerprint=acceptance.pdf_sha256,
            in_person=signer.in_person_with is not None,
        )
        mailing.queue_accepted(now, acceptance)
    refresh(quote, now)
    return acceptance


def _speaker(signer: Signer, acceptance: Acceptance) -> str:
    return str(signer.in_person_with) if signer.in_person_with else acceptance.name


def _check_link(signer: Signer) -> None:
    """Raises WrongState when the link was revoked while its holder waited for the lock (trust 6).

    It stays locked until the end: whoever revokes it now does so after the signature.
    """
    if signer.link is None:
        return
    rows = QuoteLink.objects.select_for_update().filter(team_id=signer.link.team_id, pk=signer.link.pk)
    if rows.filter(revoked_at=None, expires_at__gt=timezone.now()).first() is None:
        raise WrongState(_("This link does not work any more, so nothing was signed. Ask for a new one."))


def _check_current(quote: Quote) -> None:
    """Raises Moved with the version that took this one's place, if that can be answered (QUO-8)."""
    if quote.state != QuoteState.SUPERSEDED:
        return
    today = quote.team.today()
    later = quote.team.quotes.filter(entry_id=quote.entry_id, version__gt=quote.version).open(today).first()
    if later is not None:
        raise Moved(later, differences(quote, later))


def _acceptance(quote: Quote, signer: Signer, picks: Picks, figures: Figures, at: dt.datetime) -> Acceptance:
    """The row, whole but for the document. Raises Refused with everything that is missing."""
    problems: list[Problem | str] = [*choices.check(list(quote.lines.all()), list(quote.groups.all()), picks)]
    # What people type, without line ends and other characters that nobody sees.
    name, typed = (
        " ".join("".join(c if c.isprintable() else " " for c in text).split())
        for text in (signer.name, signer.typed)
    )
    if not name:
        problems.append(_("Type your full name."))
    if max(len(name), len(typed)) > LONGEST_NAME:
        problems.append(_("A name has at most %s characters.") % LONGEST_NAME)
    if not signer.agreed:
        problems.append(_("Tick that you agree."))
    picture = _signature(signer, typed, problems)
    if problems:
        raise Refused(problems)
    acceptance = Acceptance(
        team_id=quote.team_id,
        quote=quote,
        name=name,
        how=signer.how,
        signature=picture,
        typed=typed if signer.how == How.TYPED else "",
        wording=wording_of(quote, figures),
        signed_at=at,
        zone=quote.team.time_zone,
        ip=signer.ip,
        user_agent=signer.user_agent[:300],
        login=signer.login,
        link=signer.link,
        email=signer.email,
        in_person_with=signer.in_person_with,
        net=figures.totals.net,
        vat=figures.totals.vat,
        total=figures.totals.total,
        vat_rows=stored_vat_rows(figures.totals),
        picks=store_picks(picks),
    )
    acceptance.canonical = canonical(record_of(quote, acceptance, figures))
    acceptance.sha256 = fingerprint(acceptance.canonical)
    return acceptance


def _signature(signer: Signer, typed: str, problems: list[Problem | str]) -> bytes | None:
    if signer.how == How.TYPED:
        if not typed:
            problems.append(_("Type your name as your signature."))
        return None
    if not signer.drawn:
        problems.append(_("Sign in the box, or choose to type your name instead."))
        return None
    try:
        return pictures.signature(signer.drawn)
    except ValidationError as wrong:
        problems.extend(wrong.messages)
        return None


def _print(quote: Quote, acceptance: Acceptance) -> None:
    """The signed document, before anything is stored: what cannot be printed is not accepted."""
    from quotes import documents

    try:
        acceptance.pdf = documents.signed_pdf_bytes(quote, acceptance)
    except RenderFailed:
        log.exception("the signed copy of quote %s could not be made", quote.pk)
        raise Refused(
            [_("The signed copy could not be made just now, so nothing was accepted. Try again in a minute.")]
        ) from None
    acceptance.pdf_sha256 = hashlib.sha256(acceptance.pdf).hexdigest()
