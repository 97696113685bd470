"""The slip "How to pay" at the foot of an invoice."""

from __future__ import annotations

import re
from typing import Any

import segno
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from cma.formats import day, money
from documents.content import InvoiceDocument, Kind
from documents.lines import Cell

WEB = re.compile(r"https?://[^\s\"'<>]+")
SLIP_COLUMNS = 3


def slip(document: InvoiceDocument) -> dict[str, Any] | None:
    """How to pay. Nothing on a receipt, a draft, a void or a paid invoice, or without a way to pay."""
    advice = document.advice
    if (
        advice is None
        or document.kind is Kind.RECEIPT
        or document.draft
        or document.void
        or advice.balance <= 0
    ):
        return None
    url = advice.url if WEB.fullmatch(advice.url) else ""
    account = advice.account_number or advice.iban
    if not (url or account):
        return None
    due = day(advice.due) if advice.due else ""
    cells = [
        (_("Account name"), advice.account_name if account else ""),
        (_("Sort code"), advice.sort_code),
        (_("Account number"), advice.account_number),
        (_("Amount"), money(advice.balance, document.currency)),
        (_("Reference, please quote"), advice.reference),
        (_("Please pay by"), due),
        (_("IBAN"), advice.iban),
        (_("BIC"), advice.bic),
    ]
    filled: list[Cell | None] = [Cell(label=label, value=value) for label, value in cells if value]
    filled += [None] * (-len(filled) % SLIP_COLUMNS)
    return {
        "rows": [filled[start : start + SLIP_COLUMNS] for start in range(0, len(filled), SLIP_COLUMNS)],
        "url": url,
        "shown_url": url.removeprefix("https://"),
        "qr": _qr(url) if url else "",
        "by_bank": bool(account),
    }


def _qr(url: str) -> SafeString:
    """The pay page as a QR code: error level M, no border, the paper is the quiet zone."""
    code = segno.make(url, error="m", micro=False)
    title = _("QR code of the payment page")
    drawn = code.svg_inline(border=0, dark="#16202a", omitsize=True)
    labelled = drawn.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
    return mark_safe(labelled)  # noqa: S308 - drawn by segno, the address is in the modules and not in the markup
