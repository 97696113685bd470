"""Making, changing, copying and deleting drafts. The order of locks: number series, then quote."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import Client
from invoices.drafting import acting_as, last_saver, take_reference
from invoices.models import NumberEntry, NumberSeries, SeriesKind
from invoices.pricing import copy_price
from quotes.choices import Figures, extremes, figures, first_picks
from quotes.errors import ChangedMeanwhile, NotReady
from quotes.inputs import Content, GroupInput, LineInput, check_fields, content_of
from quotes.kits import kit_content, save_kit
from quotes.models.line import Group, Line
from quotes.models.paper import Attachment
from quotes.models.quote import Quote, QuoteState
from quotes.models.settings import QuoteSettings
from teams.audit import record
from teams.models import Team, User, WrongState

__all__ = [
    "GroupInput",
    "LineInput",
    "delete_draft",
    "duplicate",
    "kit_content",
    "locked",
    "new_version",
    "price",
    "save_draft",
    "save_kit",
]

LONGEST_VALID = dt.timedelta(days=3 * 366)


def locked(quote: Quote) -> Quote:
    """The quote as it is now, its row locked until the transaction ends. Raises WrongState if it is gone."""
    now = (
        Quote.objects.select_for_update(of=("self",))
        .select_related("client", "team")
        .filter(team_id=quote.team_id, pk=quote.pk)
        .first()
    )
    if now is None:
        raise WrongState(_("%s is deleted already.") % quote.reference)
    return now


@transaction.atomic
def save_draft(
    team: Team,
    *,
    client: Client,
    lines: Sequence[LineInput],
    groups: Sequence[GroupInput] = (),
    by: User | None,
    reference: str = "",
    title: str = "",
    intro: str | None = None,
    terms: str | None = None,
    site: str = "",
    valid_until: dt.date | None = None,
    form_key: uuid.UUID | None = None,
    quote: Quote | None = None,
    revision: int | None = None,
) -> Quote:
    """Nothing or draft → draft, with figures and number.

    Without `reference` it gets the next number; what is None comes from the draft, else from the team's
    settings. The same `form_key` again returns the quote that the first one made. Raises ReferenceTaken,
    ChangedMeanwhile, WrongState, NotReady (limits), money.TooLarge.
    """
    new, released = quote is None, None
    if quote is None:
        series = NumberSeries.locked(team, SeriesKind.QUOTE)
        if form_key and (made := team.quotes.filter(form_key=form_key).first()):
            return made
        quote = _blank(team, take_reference(series, reference), by=by, form_key=form_key)
    else:
        quote, released = _locked_draft(team, quote, reference, revision)
    quote.client, quote.title, quote.site, quote.currency = client, title, site, team.currency
    quote.intro = quote.intro if intro is None else intro
    quote.terms = quote.terms if terms is None else terms
    quote.valid_until = valid_until or quote.valid_until
    if quote.valid_until > team.today() + LONGEST_VALID:
        raise NotReady(_("A quote can be valid for at most three years."))
    _write(quote, content_of(team, lines, groups, charges_vat=team.is_vat_registered))
    if released is not None:
        series = NumberSeries.locked(team, SeriesKind.QUOTE)
        series.release(released, reason=_("Its draft became %s") % quote.reference)
    _record("quote.created" if new else "quote.saved", quote, by)
    return quote


def _blank(team: Team, entry: NumberEntry, *, by: User | None, form_key: uuid.UUID | None) -> Quote:
    """A new quote as the team's settings want it."""
    settings = QuoteSettings.of(team)
    return Quote(
        team=team,
        entry=entry,
        reference=entry.reference,
        currency=team.currency,
        intro=settings.intro,
        terms=settings.terms,
        valid_until=team.today() + dt.timedelta(days=settings.valid_days),
        created_by=by,
        form_key=form_key,
    )


def _locked_draft(
    team: Team, quote: Quote, reference: str, revision: int | None
) -> tuple[Quote, NumberEntry | None]:
    """The draft with its row locked, under its new reference if it gets one, and the number it lets go of."""
    renamed = bool(reference) and reference != quote.reference
    series = NumberSeries.locked(team, SeriesKind.QUOTE) if renamed else None
    now = locked(quote)
    now.team = team
    if not now.is_draft:
        raise WrongState(_("%s was sent meanwhile. Make a new version to change it.") % now.reference)
    if revision is not None and revision != now.revision:
        raise ChangedMeanwhile(now, last_saver(now))
    now.revision += 1
    released = None
    if series is not None:
        if now.version > 1:
            raise NotReady(_("%s keeps its reference in all its versions.") % now.reference)
        released = now.entry
        now.entry = take_reference(series, reference)
        now.reference = now.entry.reference
    return now, released


def price(quote: Quote, lines: Sequence[LineInput], groups: Sequence[GroupInput]) -> Figures:
    """What the client would first see, written on the quote; nothing is stored. Raises NotReady, TooLarge."""
    charges_vat = quote.team.is_vat_registered
    return work_out(quote, content_of(quote.team, lines, groups, charges_vat=charges_vat))


def work_out(quote: Quote, content: Content) -> Figures:
    """Put the figures of these lines on the quote. Raises money.TooLarge."""
    quote.charges_vat = quote.team.is_vat_registered
    shown = figures(content.lines, first_picks(content.lines), charges_vat=quote.charges_vat)
    quote.net, quote.vat, quote.total = shown.totals.net, shown.totals.vat, shown.totals.total
    quote.least_total, quote.most_total = extremes(
        content.lines, content.groups, charges_vat=quote.charges_vat
    )
    return shown


def _write(quote: Quote, content: Content) -> None:
    """Store the draft with these groups and lines in place of those it had, and every figure."""
    work_out(quote, content)
    quote.search_text = search_text(quote, content.lines)
    check_fields(quote, quote.reference, only=("title", "intro", "terms", "site"))
    quote.save()
    quote.lines.all().delete()
    quote.groups.all().delete()
    stand_ins = [group.pk for group in content.groups]
    for position, group in enumerate(content.groups, start=1):
        group.pk, group.quote, group.position = None, quote, position
    Group.objects.bulk_create(content.groups)
    group_ids = {old: group.pk for old, group in zip(stand_ins, content.groups, strict=True)}
    for position, line in enumerate(content.lines, start=1):
        line.quote, line.position = quote, position
        line.group_id = group_ids[line.group_id] if line.group_id else None
    Line.objects.bulk_create(content.lines)


def search_text(quote: Quote, lines: Iterable[Line]) -> str:
    """What the quote is found by."""
    parts = [quote.reference, quote.title, quote.client.name, quote.client.company, quote.site]
    parts += [line.description for line in lines]
    return "\n".join(part for part in parts if part)


@transaction.atomic
def delete_draft(quote: Quote, *, by: User | None) -> None:
    """Draft → gone. The number of a first version is given back when it was the last. Raises WrongState."""
    series = NumberSeries.locked(quote.team, SeriesKind.QUOTE)
    now = locked(quote)
    if not now.is_draft:
        raise WrongState(
            _("%s was sent and cannot be deleted. Withdraw it instead: it keeps its number.") % now.reference
        )
    _record("quote.deleted", now, by)
    entry, is_first = now.entry, now.version == 1
    now.delete()
    if is_first:
        series.release(entry)


@transaction.atomic
def duplicate(
    quote: Quote, *, by: User | None, client: Client | None = None, form_key: uuid.UUID | None = None
) -> Quote:
    """A new draft with the same words and lines, for the same client or another (QUO-1)."""
    team = quote.team
    series = NumberSeries.locked(team, SeriesKind.QUOTE)
    if form_key and (made := team.quotes.filter(form_key=form_key).first()):
        return made
    copy = _blank(team, series.take(), by=by, form_key=form_key)
    copy.client, copy.copied_from = client or quote.client, quote
    copy.title, copy.intro, copy.terms = quote.title, quote.intro, quote.terms
    # Another client's address is nobody's business.
    copy.site = quote.site if copy.client_id == quote.client_id else ""
    _write(copy, _copied(quote, keeps_keys=False))
    _copy_attachments(quote, copy)
    _record("quote.copied", copy, by, source=quote.reference)
    return copy


@transaction.atomic
def new_version(quote: Quote, *, by: User | None) -> Quote:
    """Sent, declined or withdrawn → beside it a draft of the next version (QUO-10). Raises WrongState.

    Pressed again it returns the draft that is there.
    """
    now = locked(quote)
    draft = now.team.quotes.filter(entry_id=now.entry_id, state=QuoteState.DRAFT).first()
    if now.is_accepted:
        raise WrongState(
            _("%s is accepted and stays as it is. Duplicate it for further work.") % now.reference
        )
    if now.state == QuoteState.SUPERSEDED:
        raise WrongState(_("There is a later version of %s. Make the new one from that.") % now.reference)
    if draft is not None and draft.pk != now.pk:
        return draft
    if now.is_draft:
        raise WrongState(_("%s has not been sent yet. Change the draft itself.") % now.reference)
    settings = QuoteSettings.of(now.team)
    fresh = Quote(
        team=now.team,
        client=now.client,
        entry_id=now.entry_id,
        reference=now.reference,
        version=now.version + 1,
        previous=now,
        title=now.title,
        intro=now.intro,
        terms=now.terms,
        site=now.site,
        currency=now.team.currency,
        valid_until=now.team.today() + dt.timedelta(days=settings.valid_days),
        created_by=by,
    )
    _write(fresh, _copied(now, keeps_keys=True))
    _copy_attachments(now, fresh)
    _record("quote.versioned", fresh, by, version=fresh.version)
    return fresh


def _copied(quote: Quote, *, keeps_keys: bool) -> Content:
    """The groups and lines of a quote as fresh rows."""
    charges_vat = quote.team.is_vat_registered
    groups, stand_ins = [], {}
    for place, group in enumerate(quote.groups.all(), start=1):
        fresh = Group(pk=-place, team_id=quote.team_id)
        for field in ("name", "hint", "least", "most", *(["key"] if keeps_keys else [])):
            setattr(fresh, field, getattr(group, field))
        stand_ins[group.pk] = fresh.pk
        groups.append(fresh)
    lines = []
    for line in quote.lines.all():
        copy = copy_price(line, Line(team_id=quote.team_id), charges_vat=charges_vat)
        fields = ("kind", "label", "suggested", "least_quantity", "most_quantity", "net")
        for field in (*fields, *(["key"] if keeps_keys else [])):
            setattr(copy, field, getattr(line, field))
        copy.group_id = stand_ins[line.group_id] if line.group_id else None
        lines.append(copy)
    return Content(groups, lines)


def _copy_attachments(quote: Quote, copy: Quote) -> None:
    Attachment.objects.bulk_create(
        Attachment(
            team_id=copy.team_id, quote=copy, file_id=file.file_id, position=file.position, name=file.name
        )
        for file in quote.attachments.all()
    )


def _record(verb: str, quote: Quote, by: User | None, **details: Any) -> None:
    with acting_as(by):
        record_quote(verb, quote, **details)


def record_quote(verb: str, quote: Quote, **details: Any) -> None:
    """One row of the log about this quote, on its client's record too."""
    record(
        verb,
        subject=quote,
        client_id=quote.client_id,
        **{
            "reference": quote.reference,
            "version": quote.version,
            "total": str(quote.shown_total),
            "currency": quote.currency,
        }
        | details,
    )
