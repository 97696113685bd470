"""The invoice that follows an accepted quote (INV-5)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cma import formats
from invoices.drafting import acting_as, draft_of_lines
from invoices.models import Invoice
from invoices.models import Line as InvoiceLine
from invoices.models import LineKind as InvoiceLineKind
from invoices.pricing import copy_price
from quotes.choices import read_picks
from quotes.drafting import locked, record_quote
from quotes.errors import NotReady
from quotes.models.line import Line, LineKind
from quotes.models.quote import Quote, QuoteInvoice
from quotes.sending import refresh
from teams.models import User, WrongState

LONGEST_DESCRIPTION = 200
LONGEST_NOTE = 1000


class NotEqual(RuntimeError):
    """The invoice would come to something else than was signed for: never for people, always a fault."""


@transaction.atomic
def generate_invoice(quote: Quote, *, by: User | None) -> Invoice:
    """Accepted → a draft of its invoice; again: the one it made. Raises WrongState, NotReady."""
    now = locked(quote)
    # Locked too: whoever deletes the draft at this moment takes the row with it.
    links = QuoteInvoice.objects.select_for_update(of=("self",)).select_related("invoice")
    made = links.filter(team_id=now.team_id, quote=now).first()
    if made is not None:
        return made.invoice
    if not now.is_accepted:
        raise WrongState(_("%s is not accepted. An invoice is made of what was signed.") % now.reference)
    if now.charges_vat != now.team.is_vat_registered:
        raise NotReady(
            _(
                "Your VAT registration has changed since %s was accepted, so its VAT cannot be invoiced as "
                "agreed. Create the invoice by hand."
            )
            % now.reference
        )
    invoice = draft_of_lines(
        now.client,
        lines_of(now),
        title=now.title,
        note=_note(now),
        by=by,
        source=now.reference,
    )
    agreed = now.acceptance
    if (invoice.net, invoice.vat, invoice.total, invoice.vat_rows) != (
        agreed.net,
        agreed.vat,
        agreed.total,
        agreed.vat_rows,
    ):
        raise NotEqual(f"quote {now.pk}: {agreed.total} agreed, {invoice.total} to be invoiced")
    QuoteInvoice.objects.create(team_id=now.team_id, quote=now, invoice=invoice)
    with acting_as(by):
        record_quote("quote.invoiced", now, invoice=invoice.reference)
    refresh(quote, now)
    return invoice


def lines_of(quote: Quote) -> list[InvoiceLine]:
    """What was signed for, as the lines of an invoice: fixed ones, then choices, then extras."""
    picks = read_picks(quote.acceptance.picks)
    lines = list(quote.lines.select_related("group"))
    fixed = [_invoice_line(line) for line in _without_empty_headings(lines)]
    choices = [_taken(line, picks) for line in lines if line.kind == LineKind.CHOICE and line.key in picks]
    extras = [_taken(line, picks) for line in lines if line.kind == LineKind.OPTIONAL and line.key in picks]
    return [*fixed, *choices, *extras]


def _without_empty_headings(lines: list[Line]) -> list[Line]:
    """Fixed lines with headings and notes, but for those parts that held nothing else than options."""
    parts: list[list[Line]] = [[]]
    for line in lines:
        if line.kind == LineKind.HEADING:
            parts.append([])
        parts[-1].append(line)
    options = {LineKind.OPTIONAL.value, LineKind.CHOICE.value}
    kept = []
    for part in parts:
        kinds = {line.kind for line in part}
        if LineKind.ITEM in kinds or not kinds & options:
            kept += [line for line in part if line.kind not in options]
    return kept


def _taken(line: Line, picks: dict[UUID, Decimal]) -> InvoiceLine:
    fresh = _invoice_line(line)
    fresh.quantity = picks[line.key]
    if line.group is not None:
        named = f"{line.group.name}: {line.description}"
        fresh.description = named if len(named) <= LONGEST_DESCRIPTION else line.description
    return fresh


def _invoice_line(line: Line) -> InvoiceLine:
    kinds = {LineKind.HEADING: InvoiceLineKind.HEADING, LineKind.NOTE: InvoiceLineKind.NOTE}
    kind = kinds.get(LineKind(line.kind), InvoiceLineKind.ITEM)
    # VAT as it was agreed, not as the catalogue has it today.
    return copy_price(line, InvoiceLine(team_id=line.team_id, kind=kind), charges_vat=True)


def _note(quote: Quote) -> str:
    """Where this comes from, and where the work is."""
    day = formats.day(quote.acceptance.signed_at.astimezone(quote.team.zone).date())
    note = _("As agreed in quote %(reference)s, version %(version)s, accepted on %(day)s.") % {
        "reference": quote.reference,
        "version": quote.version,
        "day": day,
    }
    if quote.site:
        note += "\n" + _("Address of the work: %s") % ", ".join(quote.site.split("\n"))
    return note[:LONGEST_NOTE]
