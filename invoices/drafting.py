"""Making, changing, copying and deleting drafts. The order of locks: number series, then invoice."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clients.models import Client
from cma import formats
from invoices.errors import ChangedMeanwhile, Difference, ReferenceTaken
from invoices.models.invoice import Invoice
from invoices.models.line import Line, LineKind
from invoices.models.number import NumberEntry, NumberSeries
from invoices.money import Totals, totals
from invoices.pricing import PricedInput, copy_price, fill_price, stored_vat_rows
from teams.audit import Actor, acting, current_actor, record
from teams.models import AuditEntry, Team, User, WrongState


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput(PricedInput):
    """A line as a form or a program gives it, checked."""

    kind: LineKind = LineKind.ITEM


@contextmanager
def acting_as(by: User | None) -> Iterator[None]:
    """Record what follows as done by `by`; within a request that is who asks anyway."""
    if by is None or current_actor().user_id == by.pk:
        yield
        return
    with acting(Actor(str(by), by.pk)):
        yield


@contextmanager
def speaking_as(name: str, user: User | None) -> Iterator[None]:
    """Record what follows under this name: a client's, whose login may have none of its own."""
    actor = current_actor()
    login = user.pk if user else actor.user_id if actor.name == name else None
    with acting(replace(actor, name=name, user_id=login)):
        yield


@transaction.atomic
def save_draft(
    team: Team,
    *,
    client: Client,
    lines: Sequence[LineInput],
    by: User | None,
    reference: str = "",
    title: str = "",
    issue_on: dt.date | None = None,
    due_on: dt.date | None = None,
    supply_on: dt.date | None = None,
    note: str = "",
    form_key: uuid.UUID | None = None,
    invoice: Invoice | None = None,
    version: int | None = None,
) -> Invoice:
    """Nothing or draft → draft, with figures and number.

    Without `reference` it gets the next number. The same `form_key` again returns the invoice that
    the first one made. Raises ReferenceTaken, ChangedMeanwhile, WrongState, money.TooLarge.
    """
    issue_on = issue_on or team.today()
    due_on = due_on or issue_on + dt.timedelta(days=client.days_to_pay())
    new = invoice is None
    if invoice is None:
        series = NumberSeries.locked(team)
        if form_key and (made := team.invoices.filter(form_key=form_key).first()):
            return made
        entry = take_reference(series, reference)
        invoice = Invoice(team=team, entry=entry, reference=entry.reference, form_key=form_key, created_by=by)
        released = None
    else:
        invoice, released = _locked_draft(team, invoice, reference, version)
    invoice.client = client
    invoice.title, invoice.note, invoice.currency = title, note, team.currency
    invoice.issue_on, invoice.due_on, invoice.supply_on = issue_on, due_on, supply_on
    _write(invoice, [_line(team, given) for given in lines], charges_vat=team.is_vat_registered)
    if released is not None:
        NumberSeries.locked(team).release(released, reason=_("Its draft became %s") % invoice.reference)
    with acting_as(by):
        record(
            "invoice.created" if new else "invoice.saved",
            subject=invoice,
            client_id=client.pk,
            reference=invoice.reference,
            total=str(invoice.total),
            currency=invoice.currency,
        )
    return invoice


def take_reference(series: NumberSeries, reference: str) -> NumberEntry:
    """The next number, or what was typed; the caller holds the series' lock. Raises ReferenceTaken."""
    if not reference:
        return series.take()
    try:
        return series.take_typed(reference)
    except IntegrityError:
        raise ReferenceTaken(reference, free_reference(series)) from None


def free_reference(series: NumberSeries) -> str:
    """The next reference that nobody has typed by hand before its turn."""
    typed = set(
        series.entries.filter(number=None, reference__startswith=series.prefix).values_list(
            "reference", flat=True
        )
    )
    number = series.next_number
    while series.reference(number) in typed:
        number += 1
    return series.reference(number)


def _locked_draft(
    team: Team, invoice: Invoice, reference: str, version: int | None
) -> tuple[Invoice, NumberEntry | None]:
    """The draft with its row locked, under its new reference if it gets one, and the number it lets go of."""
    renamed = bool(reference) and reference != invoice.reference
    series = NumberSeries.locked(team) if renamed else None
    locked = team.invoices.select_for_update().get(pk=invoice.pk)
    if not locked.is_draft:
        raise WrongState(_("%s was sent meanwhile and can no longer be changed.") % locked.reference)
    if version is not None and version != locked.version:
        raise ChangedMeanwhile(locked)
    locked.version += 1
    released = None
    if series is not None:
        released = locked.entry
        locked.entry = take_reference(series, reference)
        locked.reference = locked.entry.reference
    return locked, released


def _line(team: Team, given: LineInput) -> Line:
    line = Line(team=team, kind=given.kind, description=given.description, details=given.details)
    if given.kind == LineKind.ITEM:
        fill_price(line, given, charges_vat=team.is_vat_registered)
    return line


def _write(invoice: Invoice, lines: Sequence[Line], *, charges_vat: bool) -> None:
    """Store the draft with these lines in place of those it had, and every figure."""
    invoice.charges_vat = charges_vat
    price(invoice, lines)
    invoice.search_text = search_text(invoice, lines)
    invoice.save()
    invoice.lines.all().delete()
    for position, line in enumerate(lines, start=1):
        line.invoice, line.position = invoice, position
    Line.objects.bulk_create(lines)


def price(invoice: Invoice, lines: Iterable[Line]) -> Totals:
    """Work out the figures of lines and invoice (MON-3); nothing is stored here. Raises TooLarge."""
    items = [line for line in lines if line.kind == LineKind.ITEM]
    figures = totals((line.priced() for line in items), charges_vat=invoice.charges_vat)
    for line, net in zip(items, figures.nets, strict=True):
        line.net = net
    invoice.net, invoice.vat, invoice.total = figures.net, figures.vat, figures.total
    invoice.vat_rows = stored_vat_rows(figures)
    return figures


def search_text(invoice: Invoice, lines: Iterable[Line]) -> str:
    """What the invoice is found by (INV-15)."""
    parts = [invoice.reference, invoice.title, invoice.client.name, invoice.client.company]
    parts += [line.description for line in lines]
    return "\n".join(part for part in parts if part)


def refresh_search_text(invoice: Invoice) -> None:
    """After the client's name has changed."""
    invoice.search_text = search_text(invoice, invoice.lines.all())
    invoice.save(update_fields=["search_text", "updated_at"])


@transaction.atomic
def delete_draft(invoice: Invoice, *, by: User | None) -> None:
    """Draft → gone. Its number is given back when it was the last. Raises WrongState."""
    series = NumberSeries.locked(invoice.team)
    locked = invoice.team.invoices.select_for_update().filter(pk=invoice.pk).first()
    if locked is None:
        raise WrongState(_("%s is deleted already.") % invoice.reference)
    if not locked.is_draft:
        raise WrongState(
            _("%s was sent and cannot be deleted. Void it instead: it keeps its number.") % locked.reference
        )
    with acting_as(by):
        record(
            "invoice.deleted",
            subject=locked,
            client_id=locked.client_id,
            reference=locked.reference,
            total=str(locked.total),
            currency=locked.currency,
        )
    entry = locked.entry
    locked.delete()
    if entry is not None:
        series.release(entry)


@transaction.atomic
def copy_to_draft(invoice: Invoice, *, by: User | None, form_key: uuid.UUID | None = None) -> Invoice:
    """A new draft with the same client, title, note and lines, dated today."""
    team = invoice.team
    series = NumberSeries.locked(team)
    if form_key and (made := team.invoices.filter(form_key=form_key).first()):
        return made
    charges_vat = team.is_vat_registered
    return _made(
        series,
        Invoice(title=invoice.title, note=invoice.note, form_key=form_key, copied_from=invoice),
        [copied(line, charges_vat=charges_vat) for line in invoice.lines.all()],
        client=invoice.client,
        by=by,
        verb="invoice.copied",
        source=invoice.reference,
    )


@transaction.atomic
def draft_of_lines(
    client: Client, lines: Sequence[Line], *, title: str, note: str, by: User | None, source: str
) -> Invoice:
    """A new draft, dated today, with these lines exactly as they are: prices and VAT were agreed before."""
    return _made(
        NumberSeries.locked(client.team),
        Invoice(title=title, note=note),
        lines,
        client=client,
        by=by,
        verb="invoice.generated",
        source=source,
    )


def _made(
    series: NumberSeries,
    invoice: Invoice,
    lines: Sequence[Line],
    *,
    client: Client,
    by: User | None,
    verb: str,
    source: str,
) -> Invoice:
    """Give the draft its number, dates and lines, and store it."""
    team = client.team
    invoice.team, invoice.client, invoice.created_by, invoice.currency = team, client, by, team.currency
    invoice.entry = series.take()
    invoice.reference = invoice.entry.reference
    invoice.issue_on = team.today()
    invoice.due_on = invoice.issue_on + dt.timedelta(days=client.days_to_pay())
    _write(invoice, lines, charges_vat=team.is_vat_registered)
    with acting_as(by):
        record(
            verb,
            subject=invoice,
            client_id=client.pk,
            reference=invoice.reference,
            source=source,
            total=str(invoice.total),
            currency=invoice.currency,
        )
    return invoice


def copied(line: Line, *, charges_vat: bool) -> Line:
    """The same line for another document."""
    return copy_price(line, Line(team_id=line.team_id, kind=line.kind), charges_vat=charges_vat)


def what_changed(
    stored: Invoice, *, typed: dict[str, Any], typed_total: Decimal | None, typed_lines: int
) -> tuple[str, list[Difference]]:
    """Who saved the draft last, and where it differs from what this person typed (for the 409)."""
    found = []
    if typed.get("client") and typed["client"] != stored.client:
        found.append(Difference(_("Client"), str(stored.client)))
    for name, label in (("reference", _("Reference")), ("title", _("Title")), ("note", _("Note"))):
        if typed.get(name) is not None and typed[name] != getattr(stored, name):
            found.append(Difference(label, getattr(stored, name) or "–"))
    for name, label in (
        ("issue_on", _("Issue date")),
        ("due_on", _("Due date")),
        ("supply_on", _("Date of supply")),
    ):
        now = getattr(stored, name)
        if name in typed and typed[name] != now:
            found.append(Difference(label, formats.day(now) if now else "–"))
    if typed_total != stored.total:
        found.append(Difference(_("Total"), formats.money(stored.total, stored.currency)))
    count = stored.lines.count()
    if typed_lines != count:
        found.append(Difference(_("Lines"), str(count)))
    return last_saver(stored), found


def last_saver(stored: Invoice | Any) -> str:
    """Who saved the draft of an invoice or quote last."""
    kind = stored._meta.model_name
    saved = AuditEntry.objects.filter(
        subject=kind, subject_id=stored.pk, verb__in=[f"{kind}.saved", f"{kind}.created"]
    )
    return saved.order_by("-pk").values_list("actor_name", flat=True).first() or ""
