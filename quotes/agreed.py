"""What is agreed to, in words, and the record that is hashed and signed (QUO-5, QUO-6, QUO-7)."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from typing import Any

from django.utils.translation import gettext as _

from cma import formats
from quotes import choices
from quotes.answering import exchange, open_questions
from quotes.choices import Figures, Picks, plain
from quotes.models.answer import Acceptance, Comment
from quotes.models.quote import Quote
from quotes.offer import canonical, fingerprint, offer_of
from teams.models import WrongState

log = logging.getLogger(__name__)

FORMAT = "cma-acceptance-1"


def wording_of(quote: Quote, figures: Figures) -> str:
    """What the tick says that the client agrees to."""
    return _(
        "I accept quote %(reference)s, version %(version)s, for %(total)s%(vat)s, with the lines, choices "
        "and terms shown, and agree that my signature binds me to it."
    ) % {
        "reference": quote.reference,
        "version": quote.version,
        "total": formats.money(figures.totals.total, quote.currency),
        "vat": _(" including VAT") if quote.charges_vat else "",
    }


def record_of(quote: Quote, acceptance: Acceptance, figures: Figures) -> dict[str, Any]:
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
