"""A quote as a document to print: the offer, kept once for each content, and the signed one (QUO-6)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cma import formats
from documents.content import Fact, VatLine
from documents.content import LineKind as PrintedKind
from documents.quote_content import (
    Agreement,
    Choice,
    Evidence,
    Exchange,
    QuoteDocument,
    QuoteLine,
    Remark,
    Signature,
)
from documents.worker import render_safely
from invoices.documents import discount_words, filename, firm_of, party_of
from invoices.issuing import buyer_of, seller_of
from invoices.pricing import stored_vat_rows
from quotes.answering import exchange, open_questions
from quotes.choices import Figures, Picks, figures, first_picks, read_picks
from quotes.models import Acceptance, Comment, Group, Line, LineKind, Quote, QuoteState, Rendering
from teams.templatetags.devices import device

# Raised when the same quote is to be printed in another way from now on.
LAYOUT = 1
# What is said on an offer that can no longer be answered, or was.
CLOSED = (QuoteState.ACCEPTED, QuoteState.DECLINED, QuoteState.WITHDRAWN, QuoteState.SUPERSEDED)
WORDS = (LineKind.HEADING, LineKind.NOTE)

__all__ = ["document_of", "filename", "language_of", "offer_pdf", "signed_document_of", "signed_pdf_bytes"]


def language_of(quote: Quote) -> str:
    """The client's language, else the team's."""
    return quote.client.language or quote.team.language


def document_of(quote: Quote, picks: Picks | None = None) -> QuoteDocument:
    """What is printed of the offer: with what is ticked at first, or with these picks."""
    lines = list(quote.lines.select_related("group"))
    taken = first_picks(lines) if picks is None else picks
    return _document(quote, lines, taken, figures(lines, taken, charges_vat=quote.charges_vat))


def signed_document_of(quote: Quote, acceptance: Acceptance) -> QuoteDocument:
    """What is printed of what was agreed, with questions, signature and evidence."""
    lines = list(quote.lines.select_related("group"))
    taken = read_picks(acceptance.picks)
    agreed = figures(lines, taken, charges_vat=quote.charges_vat)
    return _document(quote, lines, taken, agreed, acceptance)


def offer_pdf(quote: Quote) -> bytes:
    """The offer as PDF, printed once and kept; a draft for the moment, with its watermark.

    To be called in the office's scope or the client's. Raises documents.worker.RenderFailed.
    """
    if quote.is_draft:
        return render_safely(document_of(quote))
    wanted = content_hash(quote)
    kept = Rendering.objects.filter(team_id=quote.team_id, quote=quote, content_hash=wanted).first()
    if kept is None:
        pdf = render_safely(document_of(quote))
        # Two at once print twice and keep one.
        kept, _created = Rendering.objects.get_or_create(
            team_id=quote.team_id,
            quote=quote,
            content_hash=wanted,
            defaults={"pdf": pdf, "sha256": hashlib.sha256(pdf).hexdigest()},
        )
    return bytes(kept.pdf)


def content_hash(quote: Quote) -> str:
    """Names what is printed: everything offered, and what of it may still change."""
    state = quote.state if quote.state in CLOSED else ""
    varying = [LAYOUT, quote.fingerprint, state, language_of(quote)]
    return hashlib.sha256(json.dumps(varying).encode()).hexdigest()


def signed_pdf_bytes(quote: Quote, acceptance: Acceptance) -> bytes:
    """The signed quote as PDF; the acceptance may still be unstored. Raises documents.worker.RenderFailed."""
    return render_safely(signed_document_of(quote, acceptance))


def _document(
    quote: Quote, lines: list[Line], picks: Picks, made: Figures, acceptance: Acceptance | None = None
) -> QuoteDocument:
    seller = seller_of(quote.team) if quote.is_draft else quote.seller
    buyer = buyer_of(quote.client) if quote.is_draft else quote.buyer
    choices = {group.pk: _choice(group) for group in quote.groups.all()}
    with translation.override(language_of(quote)):
        return QuoteDocument(
            reference=quote.reference,
            version=quote.version,
            draft=quote.is_draft,
            state=str(QuoteState(quote.state).label) if quote.state in CLOSED and not acceptance else "",
            title=quote.title,
            intro=quote.intro,
            terms=quote.terms,
            site=tuple(quote.site.splitlines()),
            firm=firm_of(quote.team, seller),
            client=party_of(buyer),
            sent_on=quote.sent_at.astimezone(quote.team.zone).date() if quote.sent_at else None,
            valid_until=quote.valid_until,
            lines=tuple(_line(line, quote, choices, picks, made) for line in lines),
            fixed=made.fixed,
            chosen=made.chosen,
            net=made.totals.net,
            vat=made.totals.vat,
            total=made.totals.total,
            vat_lines=tuple(_vat_lines(made)),
            least_total=quote.least_total,
            most_total=quote.most_total,
            attachments=tuple(quote.attachments.values_list("name", flat=True)),
            agreement=_agreement(quote, acceptance) if acceptance else None,
            shows_vat=quote.charges_vat,
            currency=quote.currency,
            language=language_of(quote),
        )


def _choice(group: Group) -> Choice:
    return Choice(key=str(group.key), name=group.name, hint=group.hint, least=group.least, most=group.most)


def _line(line: Line, quote: Quote, choices: dict[int, Choice], picks: Picks, made: Figures) -> QuoteLine:
    if line.kind in WORDS:
        return QuoteLine(kind=PrintedKind(line.kind), description=line.description, details=line.details)
    net: Decimal | None = made.nets.get(line.key)
    return QuoteLine(
        description=line.description,
        details=line.details,
        quantity=picks.get(line.key, line.quantity),
        unit=line.unit,
        unit_price=line.unit_price,
        discount=discount_words(line, quote.currency),
        vat_label=line.vat_label,
        net=line.net if net is None else net,
        is_free=line.kind != LineKind.ITEM,
        taken=net is not None,
        choice=choices[line.group_id] if line.group_id else None,
        label=line.label,
        least_quantity=line.least_quantity,
        most_quantity=line.most_quantity,
    )


def _vat_lines(made: Figures) -> list[VatLine]:
    return [
        VatLine(label=row["label"], net=Decimal(row["net"]), vat=Decimal(row["vat"]), wording=row["wording"])
        for row in stored_vat_rows(made.totals)
    ]


def _agreement(quote: Quote, acceptance: Acceptance) -> Agreement:
    drawn = acceptance.signature
    return Agreement(
        signature=Signature(
            name=acceptance.name,
            signed_at=acceptance.signed_at.astimezone(quote.team.zone),
            wording=acceptance.wording,
            drawn=bytes(drawn) if drawn else None,
            typed=acceptance.typed,
        ),
        evidence=Evidence(
            facts=tuple(evidence_facts(quote, acceptance)),
            sha256=acceptance.sha256,
            check_url=f"{settings.CMA_BASE_URL}{reverse('check')}",
        ),
        exchanges=tuple(_exchanges(quote)),
    )


def _exchanges(quote: Quote) -> list[Exchange]:
    still_open = {comment.pk for comment in open_questions(quote)}
    return [
        Exchange(
            about=said[0].about or _("The quote as a whole"),
            remarks=tuple(_remark(quote, comment) for comment in said),
            is_open=said[-1].pk in still_open,
        )
        for said in exchange(quote).values()
    ]


def _remark(quote: Quote, comment: Comment) -> Remark:
    at = comment.created_at.astimezone(quote.team.zone)
    return Remark(by=comment.author_name, at=at, text=" ".join(comment.text.split()))


def evidence_facts(quote: Quote, acceptance: Acceptance) -> list[Fact]:
    """How the signature came about, in the words of the language that is active."""
    facts = [
        Fact(label=label, lines=(value,))
        for label, value in [
            _by_what_right(acceptance),
            (_("Internet address"), acceptance.ip or _("not known")),
            (_("Browser"), device(acceptance.user_agent)),
        ]
    ]
    if quote.first_viewed_at and quote.last_viewed_at:
        seen = [_moment(quote, at) for at in (quote.first_viewed_at, quote.last_viewed_at)]
        words = _("%(first)s and %(last)s") % {"first": seen[0], "last": seen[1]}
        facts.append(Fact(label=_("First and last seen"), lines=(words,)))
    return facts


def _by_what_right(acceptance: Acceptance) -> tuple[str, str]:
    if acceptance.in_person_with is not None:
        return _("In person"), _("on the device of %s") % acceptance.in_person_with
    if acceptance.login is not None:
        return _("Signed in as"), acceptance.login.email
    if not acceptance.email:
        # Made to be copied: nobody was mailed it, and the trade had it in hand.
        return _("By a link"), _("that the firm passed on itself")
    return _("By the link mailed to"), acceptance.email


def _moment(quote: Quote, at: dt.datetime) -> str:
    local = at.astimezone(quote.team.zone)
    return f"{formats.day(local.date())}, {local:%H:%M}"
