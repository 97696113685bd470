"""The evidence file of a signed quote: what was agreed, to the letter, and its place in the team's chain.

`python teams/proof.py evidence.json` checks it without CMA (trust 5).
"""

from __future__ import annotations

import base64
import json
from typing import Any

from quotes.models import Acceptance
from teams.chain import proof_of
from teams.proof import FORMAT


def evidence_of(acceptance: Acceptance) -> dict[str, Any]:
    """As plain JSON; asked in the scope of a party. The canonical text is a text, so that it hashes the same."""
    drawn = acceptance.signature
    return {
        "format": FORMAT,
        "reference": acceptance.quote.reference,
        "version": acceptance.quote.version,
        "canonical": acceptance.canonical,
        "sha256": acceptance.sha256,
        "pdf_sha256": acceptance.pdf_sha256,
        "signature_png": base64.b64encode(bytes(drawn)).decode() if drawn else None,
        "rows": [proof_of(acceptance)],
    }


def evidence_file(acceptance: Acceptance) -> bytes:
    """To be kept beside the signed PDF."""
    return json.dumps(evidence_of(acceptance), ensure_ascii=False, indent=1).encode()
