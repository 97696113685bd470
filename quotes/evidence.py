"""The evidence file of a signed quote: what was agreed, to the letter, and its place in the team's chain.

`python teams/proof.py evidence.json` checks it without CMA, `bin/manage verify_evidence --file` against
this installation (trust 5, QUO-15).
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

from django.utils.translation import gettext as _

from quotes.models.answer import Acceptance
from teams.chain import proof_of
from teams.models import AuditEntry
from teams.proof import FORMAT

# What happened between the two sides. Drafting, and what came after, is the team's own.
SHARED_VERBS = (
    "quote.sent",
    "quote.viewed",
    "quote.asked",
    "quote.answered",
    "quote.changes_asked",
    "quote.accepted",
)


def evidence_of(acceptance: Acceptance) -> dict[str, Any]:
    """As plain JSON, in the scope of a party. Raises NotSealed before the commit.

    `canonical` is kept as text, so that it hashes the same.
    """
    quote, drawn = acceptance.quote, acceptance.signature
    entries = AuditEntry.objects.filter(
        team_id=acceptance.team_id, subject="quote", subject_id=quote.pk, verb__in=SHARED_VERBS
    )
    return {
        "format": FORMAT,
        "reference": quote.reference,
        "version": quote.version,
        "summary": _summary(acceptance),
        "canonical": acceptance.canonical,
        "sha256": acceptance.sha256,
        "pdf_sha256": acceptance.pdf_sha256,
        "signature_png": base64.b64encode(bytes(drawn)).decode() if drawn else None,
        "rows": [proof_of(row) for row in (acceptance, *entries.order_by("pk"))],
    }


def evidence_file(acceptance: Acceptance) -> bytes:
    """To be kept beside the signed PDF."""
    return json.dumps(evidence_of(acceptance), ensure_ascii=False, indent=1).encode()


def _summary(acceptance: Acceptance) -> dict[str, str]:
    """Who, how, when and what, for people."""
    quote = acceptance.quote
    local = acceptance.signed_at.astimezone(quote.team.zone)
    return {
        "who": acceptance.name,
        "how": _how(acceptance),
        "when": acceptance.signed_at.astimezone(dt.UTC).isoformat(),
        "when_local": f"{local.isoformat()} ({acceptance.zone})",
        "what": acceptance.wording,
        "total": str(acceptance.total),
        "currency": quote.currency,
    }


def _how(acceptance: Acceptance) -> str:
    how = str(acceptance.get_how_display())
    if acceptance.in_person_with is not None:
        return _("%(how)s, in person with %(member)s") % {"how": how, "member": acceptance.in_person_with}
    if acceptance.login is not None:
        return _("%(how)s, signed in as %(email)s") % {"how": how, "email": acceptance.login.email}
    if not acceptance.email:
        return _("%s, by a link that the firm passed on itself") % how
    return _("%(how)s, by the link mailed to %(email)s") % {"how": how, "email": acceptance.email}
