"""A quote's content as the strings that the templates print.

An offer shows every line with its tick box as the client first sees it; a signed quote shows what was
agreed, and what was offered and not taken, struck through and in no sum (QUO-7).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cma.formats import day, money, quantity
from documents import lines
from documents.content import Fact, LineKind
from documents.letterhead import letterhead
from documents.lines import Row, Sum
from documents.press import SIGNATURE
from documents.printable import cleaned
from documents.quote_content import Agreement, Choice, Exchange, QuoteDocument, QuoteLine
from documents.sheet import DENSE, SHORT_TERMS
from documents.slip import WEB


def sheet(document: QuoteDocument) -> dict[str, Any]:
    """What the templates print. The document's language must be active."""
    document = cleaned(document)
    rows = _kept_together(_rows(document))
    label, total = _answer(document)
    return {
        "document": document,
        "word": _("Quote"),
        "number": document.reference,
        **letterhead(document.firm, shows_vat=document.shows_vat),
        "watermark": _("DRAFT") if document.draft else "",
        "answer": {"label": label, "value": total},
        "columns": _columns(document),
        "rows": rows,
        "widths": lines.widths(rows),
        "setting": "dense" if len(rows) >= DENSE else "",
        "span": 5 if document.shows_vat else 4,
        "vat_rows": lines.vat_rows(document.vat_lines, document.currency) if document.shows_vat else [],
        "wordings": _wordings(document),
        "sums": _sums(document),
        "attachments": ", ".join(document.attachments),
        "terms_are_long": len(document.terms) > SHORT_TERMS,
        **(_signed(document.agreement) if document.agreement else {}),
    }


def _answer(document: QuoteDocument) -> tuple[str, str]:
    """The first thing anyone looks for: how much, and until when or since when."""
    total = money(document.total, document.currency)
    if document.agreement:
        return _("Accepted on %(day)s") % {"day": day(document.agreement.signature.signed_at.date())}, total
    return _("Good until %(day)s") % {"day": day(document.valid_until)}, total


def _columns(document: QuoteDocument) -> list[tuple[Fact, ...]]:
    """Whom it is for, where the work is, which version until when, and the state."""
    names = tuple(dict.fromkeys(filter(None, [document.client.company, document.client.name])))
    version = str(document.version)
    if document.sent_on:
        version = _("%(version)s of %(day)s") % {"version": version, "day": day(document.sent_on)}
    state = _("Accepted") if document.agreement else document.state
    return [
        (Fact(label=_("For"), lines=(*names, *document.client.address)),),
        (Fact(label=_("Work at"), lines=document.site),) if document.site else (),
        (
            Fact(label=_("Version"), lines=(version,)),
            Fact(label=_("Good until"), lines=(day(document.valid_until),), strong=not state),
        ),
        (Fact(label=_("State"), lines=(state,), is_stamp=True),) if state else (),
    ]


def _rows(document: QuoteDocument) -> list[Row]:
    """The lines in sections; without a choice to make, as they come."""
    if not any(line.is_free for line in document.lines):
        return [lines.row_of(line, document.currency) for line in document.lines]
    if document.agreement:
        return [
            *_section(document, _("Fixed work"), lambda line: not line.is_free),
            *_section(document, _("Chosen"), lambda line: line.is_free and line.taken),
            *_section(document, _("Offered and not taken"), lambda line: line.is_free and not line.taken),
        ]
    rows = _section(document, _("Fixed work"), lambda line: not line.is_free)
    for choice in dict.fromkeys(line.choice for line in document.lines if line.choice):
        notes = tuple(filter(None, [_to_choose(choice), choice.hint]))
        rows.append(Row(kind="heading", description=choice.name, notes=notes))
        rows += [_row(document, line) for line in document.lines if line.choice == choice]
    return [
        *rows,
        *_section(document, _("Extras, if you like"), lambda line: line.is_free and not line.choice),
    ]


def _section(document: QuoteDocument, title: str, belongs: Callable[[QuoteLine], bool]) -> list[Row]:
    """A titled part of the table. The trade's own headings go along wherever one of their lines goes."""
    rows: list[Row] = []
    heading: QuoteLine | None = None
    for line in document.lines:
        if line.kind is LineKind.HEADING:
            heading = line
        elif belongs(line):
            if heading is not None:
                rows.append(dataclasses.replace(lines.row_of(heading, document.currency), kind="under"))
                heading = None
            rows.append(_row(document, line))
    return [Row(kind="heading", description=title), *rows] if rows else []


def _row(document: QuoteDocument, line: QuoteLine) -> Row:
    row = lines.row_of(line, document.currency)
    if not line.is_free:
        return row
    if document.agreement:
        return dataclasses.replace(
            row,
            description=f"{line.choice.name}: {row.description}" if line.choice else row.description,
            notes=(*row.notes, *_agreed_notes(document, line)),
            is_off=not line.taken,
        )
    round_one = line.choice is not None and line.choice.most == 1
    return dataclasses.replace(
        row,
        notes=tuple(filter(None, [line.label, *row.notes, _quantities(line)])),
        mark=("dot" if round_one else "box") + (" on" if line.taken else ""),
        mark_word=_("Ticked") if line.taken else _("Not ticked"),
    )


def _agreed_notes(document: QuoteDocument, line: QuoteLine) -> list[str]:
    notes = []
    if line.choice and line.taken:
        offered = [each.description for each in document.lines if each.choice == line.choice]
        notes.append(_("Chosen from %(names)s") % {"names": ", ".join(offered)})
    if line.taken and line.quantity is not None and line.most_quantity is not None:
        notes.append(
            _("%(taken)s of up to %(most)s")
            % {"taken": quantity(line.quantity), "most": quantity(line.most_quantity)}
        )
    return notes


def _quantities(line: QuoteLine) -> str:
    if line.least_quantity is None or line.most_quantity is None:
        return ""
    return _("You choose how many: %(least)s to %(most)s") % {
        "least": quantity(line.least_quantity),
        "most": quantity(line.most_quantity),
    }


def _to_choose(choice: Choice) -> str:
    values = {"least": choice.least, "most": choice.most}
    if choice.least == choice.most == 1:
        return _("Choose one of these.")
    if choice.least == choice.most:
        return _("Choose exactly %(least)s of these.") % values
    if choice.least == 0:
        return _("Choose at most %(most)s of these.") % values
    return _("Choose from %(least)s to %(most)s of these.") % values


def _kept_together(rows: list[Row]) -> list[Row]:
    """The last two rows stay with the totals: no total stands alone."""
    return [*rows[:-2], *(dataclasses.replace(row, keep=True) for row in rows[-2:])]


def _wordings(document: QuoteDocument) -> list[str]:
    """What the law wants said of a rate, and what choosing can make of an offer."""
    said = list(dict.fromkeys(each.wording for each in document.vat_lines if each.wording))
    least, most = document.least_total, document.most_total
    if document.agreement or least is None or most is None or least == most:
        return said
    values = {"least": money(least, document.currency), "most": money(most, document.currency)}
    return [*said, _("As ticked here. What you choose can make it %(least)s to %(most)s.") % values]


def _sums(document: QuoteDocument) -> list[Sum]:
    sums = []
    if any(line.is_free for line in document.lines):
        chosen = _("Chosen") if document.agreement else _("As ticked")
        sums.append(Sum(label=_("Fixed work"), amount=lines.figure(document.fixed, document.currency)))
        sums.append(Sum(label=chosen, amount=lines.figure(document.chosen, document.currency), style="last"))
    if document.shows_vat:
        style = "rule" if sums else ""
        sums.append(Sum(label=_("Net"), amount=lines.figure(document.net, document.currency), style=style))
        sums.append(Sum(label=_("VAT"), amount=lines.figure(document.vat, document.currency), style="last"))
    return [*sums, Sum(label=_("Total"), amount=money(document.total, document.currency), style="grand")]


def _signed(agreement: Agreement) -> dict[str, Any]:
    """Questions and answers, the signature, and the evidence."""
    signature, evidence = agreement.signature, agreement.evidence
    how = _("drawn on screen") if signature.drawn else _("typed")
    url = evidence.check_url if WEB.fullmatch(evidence.check_url) else ""
    return {
        "exchanges": [_exchange(each) for each in agreement.exchanges],
        "signature": signature,
        "signature_picture": SIGNATURE if signature.drawn else "",
        "signature_alt": _("Signature of %(name)s") % {"name": signature.name},
        "signed": f"{_instant(signature.signed_at)}, {how}",
        "evidence": evidence.facts,
        "hash": " ".join(evidence.sha256[start : start + 8] for start in range(0, len(evidence.sha256), 8)),
        "check_url": url,
        "shown_check_url": url.removeprefix("https://").removeprefix("http://").rstrip("/"),
    }


def _exchange(exchange: Exchange) -> tuple[str, str]:
    """What it was about, and who said what in one run of text."""
    said = [f"{each.by}, {day(each.at.date())}, {each.at:%H:%M}: {each.text}" for each in exchange.remarks]
    if exchange.is_open:
        said.append(_("Still open when this was signed."))
    return exchange.about, " ".join(said)


def _instant(signed_at: datetime) -> str:
    """`23 Nov 2026, 14:21:07 GMT`: to the second and with its zone."""
    return f"{day(signed_at.date())}, {signed_at:%H:%M:%S} {signed_at.tzname()}"
