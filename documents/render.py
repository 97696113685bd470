"""A document's HTML and PDF.

`pdf` prints in this process and is for tests and tools. Whoever serves people calls
`documents.worker.render_safely`, which prints in a process with limits.
"""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils import translation

from documents import quote_sheet, sheet
from documents.content import InvoiceDocument
from documents.press import press
from documents.quote_content import QuoteDocument

type Document = InvoiceDocument | QuoteDocument


def html(document: Document) -> str:
    """The page to be printed, in the document's own language."""
    with translation.override(document.language):
        if isinstance(document, QuoteDocument):
            return render_to_string("documents/quote.html", quote_sheet.sheet(document))
        return render_to_string("documents/invoice.html", sheet.sheet(document))


def pictures(document: Document) -> tuple[bytes, bytes]:
    """What the page may show: the firm's logo and what was drawn; empty without."""
    agreement = document.agreement if isinstance(document, QuoteDocument) else None
    return document.firm.logo or b"", (agreement.signature.drawn or b"") if agreement else b""


def pdf(document: Document) -> bytes:
    """The document as PDF/A-3u with tags."""
    return press(html(document), *pictures(document))
