"""Sent → accepted: what is signed, and the one transaction that takes a signature (QUO-6, QUO-7, QUO-8)."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import logging
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cma import formats, pictures
from documents.worker import RenderFailed
from invoices.drafting import speaking_as
from invoices.pricing import stored_vat_rows
from quotes import choices
from quotes.answering import check_open, current_picks, exchange, figures_of, open_questions
from quotes.choices import Figures, Picks, Problem, plain, store_picks
from quotes.drafting import locked, record_quote
from quotes.errors import Moved, Refused
from quotes.models.answer import Acceptance, Comment, How, QuoteLink
from quotes.models.quote import Quote, QuoteState
from quotes.offer import Difference, canonical, differences, fingerprint, offer_of
from quotes.sending import refresh
from teams.models import User, WrongState

log = logging.getLogger(__name__)

FORMAT = "cma-acceptance-1"
LONGEST_NAME = 120
# Far beyond what the form carries for 200 lines; what is longer was not made by us.
LONGEST_SEEN = 40_000


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


# ---- What the client saw --------------------------------------------------------------------------


def seen_of(quote: Quote, picks: Picks) -> str:
    """What the form shows, as a token that it carries: the version's fingerprint, ticks and total."""
    seen = {
        "offer": quote.fingerprint,
        "picks": store_picks(picks),
        "total": str(figures_of(quote, picks).totals.total),
    }
    return base64.urlsafe_b64encode(canonical(seen).encode()).decode()


def _read_seen(seen: str) -> dict[str, Any]:
    """What a token says, as far as it can be read; it decides nothing and is only shown."""
    try:
        found = json.loads(base64.urlsafe_b64decode(seen[:LONGEST_SEEN].encode()))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _check_seen(quote: Quote, picks: Picks, figures: Figures, seen: str) -> None:
    """Raises Moved when the form showed another version, other ticks or another total (QUO-8)."""
    if seen == seen_of(quote, picks):
        return
    saw = _read_seen(seen)
    found: list[Difference] = []
    if saw.get("offer") != quote.fingerprint and (earlier := _version_seen(quote, saw.get("offer"))):
        found += differences(earlier, quote)
    stored = saw.get("picks")
    found += _ticks(quote, choices.read_picks(stored) if isinstance(stored, dict) else {}, picks)
    found += _total(quote, saw.get("total"), figures.totals.total)
    raise Moved(quote, found)


def _version_seen(quote: Quote, wanted: Any) -> Quote | None:
    versions = Quote.objects.filter(team_id=quote.team_id, entry_id=quote.entry_id)
    return versions.filter(fingerprint=wanted).exclude(pk=quote.pk).first() if wanted else None


def _ticks(quote: Quote, saw: Picks, now: Picks) -> list[Difference]:
    found = []
    for line in quote.lines.all():
        before, after = saw.get(line.key), now.get(line.key)
        if before == after:
            continue
        name = _("“%s”") % line.description
        if before is None or after is None:
            words = (_("not chosen"), _("chosen"))
            found.append(Difference("changed", name, *(words if before is None else words[::-1])))
        else:
            found.append(Difference("changed", name, plain(before), plain(after)))
    return found


def _total(quote: Quote, saw: Any, now: Decimal) -> list[Difference]:
    try:
        before = Decimal(str(saw)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return []
    if before.is_nan() or before == now:
        return []
    money = (formats.money(sum_, quote.currency) for sum_ in (before, now))
    return [Difference("changed", _("Total"), *money)]


def wording_of(quote: Quote, figures: Figures) -> str:
    """What the tick says that the client agrees to."""
    return _(
        "I accept quote %(reference)s, version %(version)s, for %(total)s%(vat)s, with the lines, choices "
        "and terms shown, and agree that my signature below binds me to it."
    ) % {
        "reference": quote.reference,
        "version": quote.version,
        "total": formats.money(figures.totals.total, quote.currency),
        "vat": _(" including VAT") if quote.charges_vat else "",
    }


# ---- Signing --------------------------------------------------------------------------------------


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
    check_open(now)
    picks = current_picks(now)
    figures = figures_of(now, picks)
    _check_seen(now, picks, figures, seen)
    acceptance = _acceptance(now, signer, picks, figures)
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


def _check_current(quote: Quote) -> None:
    """Raises Moved with the version that took this one's place, if that can be answered (QUO-8)."""
    if quote.state != QuoteState.SUPERSEDED:
        return
    today = quote.team.today()
    later = quote.team.quotes.filter(entry_id=quote.entry_id, version__gt=quote.version).open(today).first()
    if later is not None:
        raise Moved(later, differences(quote, later))


def _acceptance(quote: Quote, signer: Signer, picks: Picks, figures: Figures) -> Acceptance:
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
        signed_at=timezone.now(),
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
    acceptance.canonical = canonical(_record_of(quote, acceptance, figures))
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


def _record_of(quote: Quote, acceptance: Acceptance, figures: Figures) -> dict[str, Any]:
    """Everything agreed, and how: the content of the canonical text."""
    offer = offer_of(quote)
    if fingerprint(canonical(offer)) != quote.fingerprint:
        log.error("quote %s is not what was sent", quote.pk)
        raise WrongState(_("%s cannot be accepted as it stands. Ask for an updated quote.") % quote.reference)
    local = acceptance.signed_at.astimezone(quote.team.zone)
    return {
        "format": FORMAT,
        "offer": offer,
        "fingerprint": quote.fingerprint,
        "picks": acceptance.picks,
        "lines": _lines(quote, choices.read_picks(acceptance.picks), figures),
        "figures": {
            "fixed": str(figures.fixed),
            "chosen": str(figures.chosen),
            "net": str(acceptance.net),
            "vat": str(acceptance.vat),
            "total": str(acceptance.total),
            "vat_rows": acceptance.vat_rows,
        },
        "exchange": [_said(comment) for said in exchange(quote).values() for comment in said],
        "open_questions": [comment.pk for comment in open_questions(quote)],
        "signer": _signer(acceptance),
        "wording": acceptance.wording,
        "signed_at": acceptance.signed_at.astimezone(dt.UTC).isoformat(),
        "signed_at_local": local.isoformat(),
        "zone": acceptance.zone,
        "ip": acceptance.ip,
        "user_agent": acceptance.user_agent,
    }


def _lines(quote: Quote, picks: Picks, figures: Figures) -> list[dict[str, Any]]:
    """What was taken, and what was offered and not taken (QUO-7)."""
    found = []
    for line in quote.lines.all():
        if line.kind not in choices.PRICED_KINDS:
            continue
        net = figures.nets.get(line.key)
        taken: dict[str, Any] = {
            "key": str(line.key),
            "description": line.description,
            "taken": net is not None,
        }
        if net is not None:
            taken |= {"quantity": plain(picks.get(line.key, line.quantity)), "net": str(net)}
        found.append(taken)
    return found


def _said(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.pk,
        "version": comment.quote.version,
        "line": str(comment.line_key) if comment.line_key else None,
        "about": comment.about,
        "kind": comment.kind,
        "side": comment.side,
        "author": comment.author_name,
        "text": comment.text,
        "at": comment.created_at.astimezone(dt.UTC).isoformat(),
    }


def _signer(acceptance: Acceptance) -> dict[str, Any]:
    drawn = acceptance.signature
    return {
        "name": acceptance.name,
        "how": str(acceptance.how),
        "typed": acceptance.typed,
        "signature_sha256": hashlib.sha256(drawn).hexdigest() if drawn else None,
        "login": acceptance.login.email if acceptance.login else None,
        "link": acceptance.link_id,
        "email": acceptance.email,
        "in_person_with": str(acceptance.in_person_with) if acceptance.in_person_with else None,
    }


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
