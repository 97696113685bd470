"""Many PDFs in one zip (SCR-6, INV-15)."""

from __future__ import annotations

import datetime as dt
import io
import logging
import zipfile

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cma.tasks import look_now
from documents.worker import RenderFailed
from invoices import documents
from invoices.models import Export, ExportState, Invoice, InvoiceState
from teams.models import Team, User
from teams.scope import team_scope

log = logging.getLogger(__name__)

MOST_PDFS = 100
KEPT = dt.timedelta(days=7)


@transaction.atomic
def start_zip(team: Team, invoice_ids: list[int], *, by: User) -> Export:
    """Queue a zip of these invoices' PDFs; older ones of the team are thrown away."""
    from invoices import tasks

    Export.objects.filter(team=team, created_at__lt=timezone.now() - KEPT).delete()
    export = Export.objects.create(
        team=team,
        invoice_ids=invoice_ids,
        total=len(invoice_ids),
        filename=f"invoices-{team.today().isoformat()}.zip",
        created_by=by,
    )
    look_now(tasks.make_zip, team.pk, export.pk)
    return export


def make_zip(team_id: int, export_id: int) -> None:
    """Waiting → ready or failed. One that was interrupted begins anew; what is printed is kept."""
    with team_scope(team_id):
        Export.objects.filter(pk=export_id).exclude(state=ExportState.DONE).update(
            state=ExportState.RUNNING, done=0, touched_at=timezone.now()
        )
        export = Export.objects.filter(pk=export_id, state=ExportState.RUNNING).first()
    if export is None:
        return
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for invoice_id in export.invoice_ids:
                _add(archive, team_id, invoice_id)
                with team_scope(team_id):
                    Export.objects.filter(pk=export_id).update(done=F("done") + 1, touched_at=timezone.now())
    except RenderFailed:
        log.exception("export %s failed", export_id)
        with team_scope(team_id):
            Export.objects.filter(pk=export_id).update(state=ExportState.FAILED)
        return
    with team_scope(team_id):
        Export.objects.filter(pk=export_id).update(state=ExportState.DONE, content=out.getvalue())


def _add(archive: zipfile.ZipFile, team_id: int, invoice_id: int) -> None:
    with team_scope(team_id):
        found = Invoice.objects.filter(pk=invoice_id).values_list("reference", "state").first()
    if found is None:
        return
    reference, state = found
    if state == InvoiceState.DRAFT:
        name, pdf = f"draft-{documents.filename(reference)}", documents.draft_pdf(team_id, invoice_id)
    else:
        name = documents.filename(reference)
        pdf = bytes(documents.stored_pdf(team_id, invoice_id).pdf)
    if name in archive.namelist():
        name = f"{invoice_id}-{name}"
    archive.writestr(name, pdf)
