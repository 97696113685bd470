from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from teams.models import Team, TeamOwned, User


class ExportState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")


class Export(TeamOwned):
    """Many PDFs in one zip, made in the background and kept for downloading (SCR-6)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="exports", db_index=False)
    invoice_ids = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=ExportState, default=ExportState.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    filename = models.CharField(max_length=80)
    content = models.BinaryField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ExportState.values), name="invoices_export_state"
            ),
        ]
        indexes = [models.Index(fields=["team", "-id"], name="invoices_export_newest")]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_open(self) -> bool:
        return self.state in {ExportState.WAITING, ExportState.RUNNING}
