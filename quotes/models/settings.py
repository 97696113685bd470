from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from quotes.models.quote import Quote
from teams.models import Team, TeamOwned


def first_steps() -> list[int]:
    """A fresh list of the days after sending that are offered at first."""
    return [3, 7, 14]


class QuoteSettings(TeamOwned):
    """What a new quote starts with, and how unanswered ones are followed up (QUO-1, QUO-16)."""

    STEPS: ClassVar[tuple[int, ...]] = (1, 3, 7, 14, 21)

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="quote_settings", db_index=False)
    valid_days = models.PositiveSmallIntegerField(
        _("days valid"), default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    intro = models.TextField(_("opening words"), max_length=4000, blank=True)
    terms = models.TextField(_("terms"), max_length=20000, blank=True)
    follows_up = models.BooleanField(_("follow up unanswered quotes"), default=False)
    follow_up_days = ArrayField(
        models.PositiveSmallIntegerField(), default=first_steps, verbose_name=_("days after sending")
    )
    follow_up_hour = models.PositiveSmallIntegerField(
        _("send hour"), default=9, validators=[MinValueValidator(8), MaxValueValidator(19)]
    )

    @classmethod
    def of(cls, team: Team) -> QuoteSettings:
        """The team's settings; made on first use."""
        settings, _created = cls.objects.get_or_create(team=team)
        return settings


class Kit(TeamOwned):
    """A named set of lines to put into a quote at one stroke (QUO-1)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="kits", db_index=False)
    name = models.CharField(_("name"), max_length=120)
    # {"groups": [...], "lines": [...]}: fields of GroupInput and LineInput as plain JSON, numbers as text.
    content = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="quotes_kit_name")]

    def __str__(self) -> str:
        return self.name


class FollowUpState(models.TextChoices):
    CLAIMED = "claimed", _("Being sent")
    SENT = "sent", _("Sent")
    SKIPPED = "skipped", _("Skipped")


class FollowUp(TeamOwned):
    """A step of following up, claimed once (QUO-16)."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="follow_ups", db_index=False)
    days = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=7, choices=FollowUpState, default=FollowUpState.CLAIMED)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "quote", "days"], name="quotes_follow_up_once"),
        ]
