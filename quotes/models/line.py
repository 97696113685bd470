from __future__ import annotations

import uuid
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from invoices.models import PricedLine
from quotes.models.quote import Quote
from teams.models import TeamOwned

MOST_GROUPS = 20


class LineKind(models.TextChoices):
    """What the client may do with a line (QUO-2)."""

    ITEM = "item", _("Always included")
    OPTIONAL = "optional", _("Optional")
    CHOICE = "choice", _("Part of a choice")
    HEADING = "heading", _("Heading")
    NOTE = "note", _("Note")


class Group(TeamOwned):
    """A choice: of its lines the client takes at least `least` and at most `most` (QUO-2)."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="groups", db_index=False)
    # The same in every version, so that versions can be compared.
    key = models.UUIDField(default=uuid.uuid4)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=120)
    hint = models.CharField(_("hint"), max_length=200, blank=True)
    least = models.PositiveSmallIntegerField(_("at least"), default=1, validators=[MaxValueValidator(50)])
    most = models.PositiveSmallIntegerField(
        _("at most"), default=1, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "quote", "position"],
                name="quotes_group_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["team", "quote", "key"], name="quotes_group_key"),
            models.CheckConstraint(
                condition=Q(most__gte=1) & Q(most__gte=F("least")), name="quotes_group_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Line(PricedLine):
    """A line of a quote. `net` is that of `quantity`; a client who sets another gets another."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines", db_index=False)
    key = models.UUIDField(default=uuid.uuid4)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=LineKind, default=LineKind.ITEM)
    group = models.ForeignKey(
        Group, on_delete=models.CASCADE, null=True, blank=True, related_name="lines", db_index=False
    )
    # "Good", "Better, most chosen"
    label = models.CharField(_("label"), max_length=40, blank=True)
    # Ticked, or chosen, when the client first opens the quote.
    suggested = models.BooleanField(default=False)
    # Between these the client may set the quantity of an optional line; both or neither.
    least_quantity = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    most_quantity = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "quote", "position"],
                name="quotes_line_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["team", "quote", "key"], name="quotes_line_key"),
            models.CheckConstraint(condition=Q(kind__in=LineKind.values), name="quotes_line_kind"),
            models.CheckConstraint(
                condition=Q(kind="choice", group__isnull=False) | ~Q(kind="choice") & Q(group=None),
                name="quotes_line_group",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="quotes_line_quantity"),
            models.CheckConstraint(condition=Q(net__gte=0), name="quotes_line_net"),
            models.CheckConstraint(
                condition=Q(least_quantity=None, most_quantity=None)
                | Q(
                    kind="optional",
                    least_quantity__gt=Decimal(0),
                    least_quantity__lte=F("quantity"),
                    most_quantity__gte=F("quantity"),
                ),
                name="quotes_line_quantities",
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def sets_quantity(self) -> bool:
        """Whether the client may set the quantity."""
        return self.most_quantity is not None
