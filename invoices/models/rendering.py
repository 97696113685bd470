from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from invoices.models.invoice import Invoice
from teams.models import TeamOwned


class RenderingKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    RECEIPT = "receipt", _("Receipt")


class Rendering(TeamOwned):
    """A PDF, rendered once and kept (INV-17). It stands in the database, so that backup, row
    security and deletion treat it as what it is: part of the invoice.

    `content_hash` names what was printed: a receipt after a refund and a new payment is another one.
    """

    append_only = True

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="renderings", db_index=False)
    kind = models.CharField(max_length=8, choices=RenderingKind)
    content_hash = models.CharField(max_length=64)
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "invoice", "kind", "content_hash"], name="invoices_rendering_once"
            ),
        ]
