"""What the quote's page shows, in a number of queries that does not grow (QUO-3, QUO-5, QUO-7, QUO-10)."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cma import formats
from cma.components import Event
from invoices.documents import discount_words
from invoices.page import Fact, Sum, price_text
from mail.story import entries_about, mail_problem, messages_about, story
from quotes.breakdown import Breakdown, ShownLine, breakdown_of
from quotes.listing import range_of
from quotes.models import (
    Acceptance,
    Attachment,
    Comment,
    How,
    LineKind,
    Quote,
    QuoteInvoice,
    QuoteState,
    Status,
)
from teams.models import AuditEntry, Team

TEXT_KINDS = (LineKind.HEADING, LineKind.NOTE)


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """A line as the page prints it. `mark` says whether the client takes it, where that is theirs to say."""

    kind: str
    description: str
    details: str
    label: str = ""
    discount: str = ""
    quantity: str = ""
    unit_price: str = ""
    vat: str = ""
    net: str = ""
    short: str = ""
    mark: str = ""
    is_taken: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """The fixed work, one choice, or the extras."""

    title: str
    hint: str
    lines: list[OfficeLine]


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said about a line, or (without a key) about the whole quote."""

    key: str
    about: str
    comments: list[Comment]
    is_open: bool


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One of the quote's versions."""

    quote: Quote
    status: Status
    is_this: bool
    when: str


@dataclass(frozen=True, slots=True)
class QuotePage:
    """The page, formatted."""

    quote: Quote
    status: Status
    parts: list[Part]
    sums: list[Sum]
    threads: list[Thread]
    versions: list[VersionRow]
    newest: Quote
    draft: Quote | None
    attachments: list[Attachment]
    events: list[Event]
    facts: list[Fact]
    total: str
    range: str
    until: str
    signature: str
    signed: str
    invoice: Any
    mail_problem: str

    @property
    def is_open(self) -> bool:
        """Whether the client can still answer it."""
        return self.status == Status.SENT

    @property
    def open_threads(self) -> int:
        return sum(1 for thread in self.threads if thread.is_open)

    @property
    def closed_threads(self) -> bool:
        """Whether anything is to be said or read besides the open questions."""
        return any(not thread.is_open and (thread.comments or self.takes_answers) for thread in self.threads)

    @property
    def has_moves(self) -> bool:
        """Whether the badge beside the reference leads anywhere."""
        return self.quote.state in (QuoteState.DRAFT, QuoteState.SENT) or self.takes_version

    @property
    def takes_version(self) -> bool:
        """Whether a new version begins here; a quote that was replaced leads to the one that counts."""
        return self.draft is None and self.quote.takes_version

    @property
    def takes_answers(self) -> bool:
        """Whether what is said now still gets into what is signed."""
        return self.quote.state == QuoteState.SENT


def page_of(quote: Quote, team: Team) -> QuotePage:
    """Everything the page needs. Client, acceptance and source of the quote are there already."""
    today = team.today()
    versions = list(team.quotes.filter(entry_id=quote.entry_id).defer("search_text").order_by("-version"))
    for one in versions:
        one.team = team
    ids = [one.pk for one in versions]
    messages, entries = messages_about("quote", ids), entries_about("quote", ids)
    parts = breakdown_of(quote)
    made = QuoteInvoice.objects.filter(team_id=team.pk, quote=quote).select_related("invoice").first()
    return QuotePage(
        quote=quote,
        status=quote.status(today),
        parts=_parts(quote, parts),
        sums=list(_sums(quote, parts)),
        threads=_threads(quote, parts),
        versions=[VersionRow(one, one.status(today), one.pk == quote.pk, _when(one)) for one in versions],
        newest=versions[0],
        draft=next((one for one in versions if one.is_draft and one.pk != quote.pk), None),
        attachments=list(quote.attachments.select_related("file").defer("file__content", "file__thumbnail")),
        events=story(entries, messages),
        facts=list(_facts(quote, entries)),
        total=formats.money(parts.figures.totals.total, quote.currency),
        range=range_of(quote),
        until=_until(quote, team),
        signature=_signature(quote),
        signed=_signed(quote.acceptance) if quote.is_accepted else "",
        invoice=made.invoice if made else None,
        mail_problem=mail_problem(messages),
    )


# ---- Lines ----------------------------------------------------------------------------------------


def _parts(quote: Quote, parts: Breakdown) -> list[Part]:
    """The three parts of a quote in the order in which the client reads them."""
    chosen = bool(parts.groups or parts.extras)
    found = [(_("Fixed work") if chosen else "", "", parts.fixed)]
    # What may be done is of no interest any more once it is done.
    asks = not quote.is_accepted
    found += [
        (shown.group.name, " ".join(filter(None, [shown.rule if asks else "", shown.group.hint])), shown.rows)
        for shown in parts.groups
    ]
    found += [(_("Extras"), _("The client ticks what they want.") if asks else "", parts.extras)]
    return [Part(title, hint, [_line(row, quote) for row in rows]) for title, hint, rows in found if rows]


def _line(row: ShownLine, quote: Quote) -> OfficeLine:
    line = row.line
    if line.kind in TEXT_KINDS:
        return OfficeLine(line.kind, line.description, line.details)
    quantity = f"{formats.quantity(row.quantity)} {line.unit}".strip()
    price = price_text(line.unit_price)
    short = f"{quantity} × {price}"
    if quote.charges_vat:
        short = _("%(sum)s, VAT %(rate)s") % {"sum": short, "rate": line.vat_label}
    return OfficeLine(
        line.kind,
        line.description,
        "\n".join(filter(None, [line.details, _may_choose(row, quote)])),
        line.label,
        discount_words(line, quote.currency),
        quantity,
        price,
        line.vat_label,
        formats.grouped(row.net, 2),
        short,
        _mark(row, quote),
        row.taken,
    )


def _may_choose(row: ShownLine, quote: Quote) -> str:
    """Between which quantities the client may choose, while they may."""
    line = row.line
    if not line.sets_quantity or quote.is_accepted:
        return ""
    return _("The client chooses from %(least)s to %(most)s.") % {
        "least": formats.quantity(line.least_quantity or line.quantity),
        "most": formats.quantity(line.most_quantity or line.quantity),
    }


def _mark(row: ShownLine, quote: Quote) -> str:
    if row.line.kind == LineKind.ITEM:
        return ""
    if quote.is_accepted:
        return _("Taken") if row.taken else _("Offered, not taken")
    if quote.is_draft:
        return _("Ticked at first") if row.taken else _("Not ticked at first")
    return _("Ticked") if row.taken else _("Not ticked")


def _sums(quote: Quote, parts: Breakdown) -> Iterable[Sum]:
    """The rows below the lines: with what is ticked now, or as it was signed for."""

    def shown(amount: Any) -> str:
        return formats.money(amount, quote.currency)

    figures = parts.figures
    if parts.every_choice:
        yield Sum(_("Fixed work"), shown(figures.fixed))
        yield Sum(_("Chosen"), shown(figures.chosen))
    if quote.charges_vat:
        yield Sum(_("Subtotal"), shown(figures.totals.net))
        many = len(figures.totals.vat_rows) > 1
        for row in figures.totals.vat_rows:
            label = _("VAT %s") % row.rate.label
            if many:
                label = _("VAT %(label)s on %(net)s") % {"label": row.rate.label, "net": shown(row.net)}
            yield Sum(label, shown(row.vat))
    yield Sum(_("Total"), shown(figures.totals.total), is_total=True)


# ---- Questions ------------------------------------------------------------------------------------


def _threads(quote: Quote, parts: Breakdown) -> list[Thread]:
    """Every exchange, those that wait for an answer first."""
    waiting = {comment.line_key for comment in parts.open_questions}
    rows = [*parts.fixed, *(row for group in parts.groups for row in group.rows), *parts.extras]
    found = [
        Thread(str(row.line.key), row.line.description, row.talk, row.line.key in waiting)
        for row in rows
        if row.talk
    ]
    if parts.about_all or quote.state == QuoteState.SENT:
        found.append(Thread("", _("The whole quote"), parts.about_all, None in waiting))
    return sorted(found, key=lambda thread: not thread.is_open)


# ---- Aside ----------------------------------------------------------------------------------------


def _when(quote: Quote) -> str:
    """When this version was sent; a draft says that it is one."""
    return _("Sent %s") % formats.day(quote.sent_at) if quote.sent_at else _("Not sent")


def _until(quote: Quote, team: Team) -> str:
    today = team.today()
    if quote.valid_until < today:
        return _("It was valid until %s.") % formats.day(quote.valid_until)
    days = (quote.valid_until - today).days
    if not days:
        return _("Today is the last day on which it can be accepted.")
    words = ngettext(
        "Valid until %(day)s, %(days)d more day.", "Valid until %(day)s, %(days)d more days.", days
    )
    return words % {"day": formats.day(quote.valid_until), "days": days}


def _facts(quote: Quote, entries: Sequence[AuditEntry]) -> Iterable[Fact]:
    if quote.sent_at:
        yield Fact(_("Sent"), formats.moment(quote.sent_at))
    yield Fact(_("Valid until"), formats.day(quote.valid_until))
    if quote.first_viewed_at:
        opened = [entry for entry in entries if entry.verb == "quote.viewed" and entry.subject_id == quote.pk]
        by = _(" by %s") % opened[-1].actor_name if opened else ""
        yield Fact(_("First opened"), formats.moment(quote.first_viewed_at) + by)
    if quote.last_viewed_at and quote.last_viewed_at != quote.first_viewed_at:
        yield Fact(_("Last opened"), formats.moment(quote.last_viewed_at))
    if quote.site:
        yield Fact(_("Address of the work"), quote.site)
    if quote.follow_ups_paused and quote.state == QuoteState.SENT:
        yield Fact(_("Follow-ups"), _("Paused"))


def _signature(quote: Quote) -> str:
    """The drawn signature as an address of its own; nothing for one that was typed."""
    if not quote.is_accepted or not quote.acceptance.signature:
        return ""
    return "data:image/png;base64," + base64.b64encode(bytes(quote.acceptance.signature)).decode()


def _signed(acceptance: Acceptance) -> str:
    """How it was signed, in a sentence."""
    if acceptance.in_person_with:
        words = {
            How.DRAWN: _("Signed face to face with %s, on screen."),
            How.TYPED: _("Signed face to face with %s, typed."),
        }
        return words[How(acceptance.how)] % acceptance.in_person_with
    words = {How.DRAWN: _("Signed on screen"), How.TYPED: _("Signed by typing the name")}
    way = _("signed in")
    if acceptance.link_id:
        way = _("with the mailed link") if acceptance.email else _("with a link that was passed on")
    return f"{words[How(acceptance.how)]}, {way}."
