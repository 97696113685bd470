"""From draft to issued and on to void. Each verb locks the row and checks again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client
from cma.tasks import look_now
from invoices.drafting import acting_as, price
from invoices.errors import NotReady
from invoices.models.invoice import Invoice, InvoiceState
from invoices.models.line import Line, LineKind
from invoices.models.number import Fate
from invoices.money import TooLarge
from teams.audit import record
from teams.models import Team, User, WrongState


def locked(invoice: Invoice) -> Invoice:
    """The invoice as it is now, its row locked until the transaction ends."""
    return (
        Invoice.objects.select_for_update(of=("self",))
        .select_related("client", "entry", "team")
        .get(team_id=invoice.team_id, pk=invoice.pk)
    )


@transaction.atomic
def issue(invoice: Invoice, *, by: User | None, email_client: bool = False) -> None:
    """Draft → issued. Freezes figures, seller and buyer; the PDF and the mail follow by task.

    Raises WrongState when it is no draft any more, NotReady when something is missing.
    """
    now = locked(invoice)
    if not now.is_draft:
        raise WrongState(_("%s has been sent already.") % now.reference)
    lines = list(now.lines.all())
    _check_ready(now, lines)
    if email_client and not now.client.billing_email():
        raise NotReady(
            _("%s has no e-mail address. Add one on the client’s record, or untick the box.") % now.client
        )
    now.seller, now.buyer = seller_of(now.team), buyer_of(now.client)
    now.state, now.sent_at, now.email_client = InvoiceState.ISSUED, timezone.now(), email_client
    now.version += 1
    now.save()
    if now.entry is not None:
        now.entry.become(Fate.ISSUED)
    with acting_as(by):
        _record("invoice.issued", now, emailed=email_client)
    _refresh(invoice, now)

    from invoices import tasks

    look_now(tasks.render, now.team_id, now.pk)


def _check_ready(invoice: Invoice, lines: list[Line]) -> None:
    """Refuse what nobody should get, with what to do about it."""
    items = [line for line in lines if line.kind == LineKind.ITEM]
    if not items:
        raise NotReady(_("There is nothing to pay for on %s yet. Add an item first.") % invoice.reference)
    if invoice.client.is_archived:
        raise NotReady(_("%s is archived. Bring the client back first.") % invoice.client)
    if invoice.charges_vat != invoice.team.is_vat_registered or (
        invoice.charges_vat and any(not line.vat_category for line in items)
    ):
        raise NotReady(
            _(
                "Your VAT registration has changed since this draft was saved. "
                "Open it, look at the VAT and save it."
            )
        )
    # The figures were stored with the lines; what is frozen now is worked out once more all the same.
    try:
        price(invoice, lines)
    except TooLarge:
        raise NotReady(_("An invoice can come to at most £9,999,999.99. Split it in two.")) from None
    if invoice.total <= 0:
        raise NotReady(_("%s comes to nothing. Put a price on a line first.") % invoice.reference)


def seller_of(team: Team) -> dict[str, Any]:
    """What the document says about the trade, as it is today."""
    logo = team.logo
    return {
        "name": team.name,
        "trade": team.trade,
        "address": team.address_lines,
        "phone": team.phone,
        "email": team.email,
        "website": team.website,
        "vat_number": team.vat_number,
        "company_number": team.company_number,
        "registration": team.registration,
        "colour": team.colour,
        "logo": logo.pk if logo else None,
        "note": team.document_note,
        "bank_account_name": team.bank_account_name,
        "bank_sort_code": team.bank_sort_code,
        "bank_account_number": team.bank_account_number,
    }


def buyer_of(client: Client) -> dict[str, Any]:
    """What the document says about the client, as it is today."""
    return {
        "name": client.name,
        "company": client.company,
        "address": client.billing_lines(),
        "vat_number": client.vat_number,
    }


@transaction.atomic
def void(invoice: Invoice, *, by: User | None) -> None:
    """Issued → void. What was paid on it has been released by the ledger before. Raises WrongState."""
    now = locked(invoice)
    if not now.is_issued:
        raise WrongState(_("%s cannot be voided: only an invoice that was sent can be.") % now.reference)
    if now.paid:
        raise WrongState(_("There is still money on %s. Say first what becomes of it.") % now.reference)
    now.state, now.voided_at = InvoiceState.VOID, timezone.now()
    now.save(update_fields=["state", "voided_at", "updated_at"])
    if now.entry is not None:
        now.entry.become(Fate.VOID)
    with acting_as(by):
        _record("invoice.voided", now)
    _refresh(invoice, now)


@transaction.atomic
def move_due_date(invoice: Invoice, due_on: dt.date, *, by: User | None) -> None:
    """Move the due date, with a log entry. Raises WrongState (void), NotReady (before the issue date)."""
    now = locked(invoice)
    if now.is_void:
        raise WrongState(_("%s is void; it is not due any more.") % now.reference)
    if due_on < now.issue_on:
        raise NotReady(_("The due date cannot be before the issue date."))
    before = now.due_on
    if before == due_on:
        return
    now.due_on = due_on
    fields = ["due_on", "updated_at"]
    if now.is_draft:
        now.version += 1
        fields.append("version")
    now.save(update_fields=fields)
    with acting_as(by):
        _record("invoice.due_moved", now, before=before.isoformat(), due_on=due_on.isoformat())
    _refresh(invoice, now)


def _record(verb: str, invoice: Invoice, **details: Any) -> None:
    record(
        verb,
        subject=invoice,
        client_id=invoice.client_id,
        reference=invoice.reference,
        total=str(invoice.total),
        currency=invoice.currency,
        **details,
    )


def _refresh(invoice: Invoice, now: Invoice) -> None:
    """Let the caller's object say what the row says."""
    for field in Invoice._meta.concrete_fields:
        if field.name not in ("paid", "credited", "balance", "team", "client", "entry"):
            setattr(invoice, field.attname, getattr(now, field.attname))
