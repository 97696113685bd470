"""A client's statement of account, for the office (POR-11)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cma.downloads import PDF, kept
from documents.worker import RenderFailed
from payments.statement import pdf_of, statement_of
from teams.access import OfficeRequest, can, own_scope


@require_safe
@can("read")
@own_scope
def client_statement(request: OfficeRequest, pk: int) -> HttpResponse:
    """The statement as PDF, printed for the moment and not kept."""
    with request.open_scope():
        account = statement_of(get_object_or_404(request.team.clients.select_related("team"), pk=pk))
    try:
        pdf = pdf_of(account)
    except RenderFailed:
        return HttpResponse(_("The PDF could not be made just now. Try again in a minute."), status=503)
    return kept(pdf, PDF, f"statement-{pk}.pdf")
