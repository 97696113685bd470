from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quotes.models.quote import Quote
from teams.models import Team, TeamOwned


class AttachedFile(TeamOwned):
    """The bytes of a drawing or photo, kept once however many versions show it."""

    append_only = True

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    sha256 = models.CharField(max_length=64)
    mime = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    # For pictures: small enough for the page, and our own re-encoding.
    thumbnail = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "sha256"], name="quotes_file_once")]


class Attachment(TeamOwned):
    """A drawing or photo that belongs to a version of a quote (QUO-1)."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="attachments", db_index=False)
    file = models.ForeignKey(AttachedFile, on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "quote", "position"],
                name="quotes_attachment_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]
        indexes = [models.Index(fields=["team", "file"], name="quotes_attachment_file")]


class Rendering(TeamOwned):
    """The PDF of an offer, rendered once for each content and kept. The signed one is in the Acceptance."""

    append_only = True

    # Only what was sent is rendered for keeping, and that is never deleted.
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="renderings", db_index=False)
    content_hash = models.CharField(max_length=64)
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "quote", "content_hash"], name="quotes_rendering_once"),
        ]
