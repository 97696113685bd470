"""A document's HTML and PDF.

`pdf` prints in this process and is for tests and tools. Whoever serves people calls
`documents.worker.render_safely`, which prints in a process with limits.
"""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils import translation

from documents.content import InvoiceDocument
from documents.press import press
from documents.sheet import sheet


def html(document: InvoiceDocument) -> str:
    """The page to be printed, in the document's own language."""
    with translation.override(document.language):
        return render_to_string("documents/invoice.html", sheet(document))


def pdf(document: InvoiceDocument) -> bytes:
    """The document as PDF/A-3u with tags."""
    return press(html(document), document.firm.logo)
