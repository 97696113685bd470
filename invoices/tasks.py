"""Background work of invoices: printing at issue, the mail that waits for it, and zips of many PDFs.

The rows are the queue of record; each task says "look now", and the sweep looks anyway.
"""

from __future__ import annotations

import datetime as dt
import logging

from celery import shared_task
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cma.tasks import look_now
from documents.worker import RenderFailed
from invoices import documents, exports, mailing
from invoices.models import Export, ExportState, Invoice, InvoiceState, Rendering, RenderingKind
from mail.models import Message
from teams.audit import Actor, acting, current_actor
from teams.directory import all_team_ids
from teams.scope import team_scope

log = logging.getLogger(__name__)

# Fresh work is left to its own task for a moment, so that the sweep does not do it twice.
GRACE = dt.timedelta(seconds=30)
AT_ONCE = 50


@shared_task
def render(team_id: int, invoice_id: int) -> None:
    """Print an issued invoice, and send the mail that was asked for at issue."""
    try:
        rendering = documents.stored_pdf(team_id, invoice_id)
    except Invoice.DoesNotExist:
        return
    with team_scope(team_id):
        invoice = Invoice.objects.select_related("team", "client").get(pk=invoice_id)
        if invoice.email_client and invoice.is_issued:
            mailing.send_ready(invoice, rendering, reason=mailing.reason_at_issue(invoice_id))


@shared_task
def send_again(team_id: int, invoice_id: int, key: str, actor_id: int | None, actor_name: str) -> None:
    """Send an invoice once more, in the name of who asked for it."""
    rendering = documents.stored_pdf(team_id, invoice_id)
    with acting(Actor(actor_name, actor_id)), team_scope(team_id):
        invoice = Invoice.objects.select_related("team", "client").get(pk=invoice_id)
        if invoice.is_issued:
            mailing.send_again(invoice, rendering, key=key)


def send_again_later(invoice: Invoice, key: str) -> None:
    """Have the invoice sent once more when this transaction has committed."""
    actor = current_actor()
    look_now(send_again, invoice.team_id, invoice.pk, key, actor.user_id, actor.name)


@shared_task
def make_zip(team_id: int, export_id: int) -> None:
    """Print what is missing and put the PDFs into one zip (SCR-6)."""
    exports.make_zip(team_id, export_id)


@shared_task
def sweep_renderings() -> None:
    """Do what a lost broker or a crash left undone."""
    for team_id in all_team_ids():
        with team_scope(team_id):
            waiting, stuck = _without_pdf_or_mail(), _waiting_exports()
        for invoice_id in waiting:
            try:
                render(team_id, invoice_id)
            except RenderFailed:
                log.exception("invoice %s could not be printed", invoice_id)
        for export_id in stuck:
            make_zip(team_id, export_id)


def _without_pdf_or_mail() -> list[int]:
    kept = Rendering.objects.filter(
        team_id=OuterRef("team_id"), invoice_id=OuterRef("pk"), kind=RenderingKind.INVOICE
    )
    mailed = Message.objects.filter(
        team_id=OuterRef("team_id"), kind=mailing.KEY, subject_model="invoice", subject_id=OuterRef("pk")
    )
    # A client without an address gets no mail; the invoice's page says so. Not looked for for ever.
    lately = timezone.now() - dt.timedelta(days=2)
    wanted = Q(~Exists(kept)) | Q(Q(email_client=True, sent_at__gt=lately) & ~Exists(mailed))
    found = Invoice.objects.filter(wanted, state=InvoiceState.ISSUED, sent_at__lt=timezone.now() - GRACE)
    return list(found.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def _waiting_exports() -> list[int]:
    open_ones = Export.objects.filter(
        state__in=[ExportState.WAITING, ExportState.RUNNING], touched_at__lt=timezone.now() - 4 * GRACE
    )
    return list(open_ones.order_by("pk").values_list("pk", flat=True)[:5])
