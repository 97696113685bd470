from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from teams.models import Team, TeamOwned, User

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

LARGEST_NUMBER = 999_999_999


class SeriesKind(models.TextChoices):
    INVOICE = "invoice", _("Invoices")
    CREDIT_NOTE = "credit_note", _("Credit notes")
    QUOTE = "quote", _("Quotes")


class Fate(models.TextChoices):
    """What became of a number (INV-8)."""

    DRAFT = "draft", _("In a draft")
    ISSUED = "issued", _("Issued")
    VOID = "void", _("Void")
    DELETED = "deleted", _("Deleted draft")
    IMPORTED = "imported", _("Imported")
    SKIPPED = "skipped", _("Skipped")


class NumberSeries(TeamOwned):
    """A run of numbers of one kind of document: prefix, padding and the next one (INV-1, INV-6)."""

    PREFIX: ClassVar[dict[str, str]] = {
        SeriesKind.INVOICE: "INV-",
        SeriesKind.CREDIT_NOTE: "CN-",
        SeriesKind.QUOTE: "QUO-",
    }

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="number_series", db_index=False)
    kind = models.CharField(max_length=12, choices=SeriesKind)
    prefix = models.CharField(
        _("prefix"),
        max_length=12,
        blank=True,
        validators=[RegexValidator(r"^[A-Za-z0-9/_.-]*\Z", _("Letters, digits and - / . _ only."))],
    )
    padding = models.PositiveSmallIntegerField(
        _("digits"), default=4, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )
    next_number = models.PositiveIntegerField(
        _("next number"), default=1, validators=[MinValueValidator(1), MaxValueValidator(LARGEST_NUMBER)]
    )

    if TYPE_CHECKING:
        entries: RelatedManager[NumberEntry]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "kind"], name="invoices_series_once"),
            models.CheckConstraint(condition=models.Q(next_number__gte=1), name="invoices_series_positive"),
        ]

    @classmethod
    def of(cls, team: Team, kind: SeriesKind = SeriesKind.INVOICE) -> NumberSeries:
        """The team's series of this kind; made on first use."""
        series, _created = team.number_series.get_or_create(kind=kind, defaults={"prefix": cls.PREFIX[kind]})
        return series

    @classmethod
    def locked(cls, team: Team, kind: SeriesKind = SeriesKind.INVOICE) -> NumberSeries:
        """The series with its row locked until the transaction ends. First in the order of locks."""
        return team.number_series.select_for_update().get(pk=cls.of(team, kind).pk)

    def reference(self, number: int) -> str:
        """INV-0001; after INV-9999 comes INV-10000 (INV-7)."""
        return f"{self.prefix}{number:0{self.padding}d}"

    @property
    def next_reference(self) -> str:
        return self.reference(self.next_number)

    def take(self) -> NumberEntry:
        """The next free number. The caller holds the lock and gives the entry its document.

        A reference that somebody typed by hand is passed over; its own entry tells its fate.
        """
        while True:
            number = self.next_number
            self.next_number = number + 1
            try:
                with transaction.atomic():
                    entry = NumberEntry.objects.create(
                        team_id=self.team_id, series=self, number=number, reference=self.reference(number)
                    )
                break
            except IntegrityError:
                continue
        self.save(update_fields=["next_number"])
        return entry

    def take_typed(self, reference: str) -> NumberEntry:
        """Register a reference that was typed by hand. Raises IntegrityError when it is taken.

        One that a deleted draft had is free again.
        """
        if reference == self.next_reference:
            return self.take()
        freed = self.entries.select_for_update().filter(reference=reference, fate=Fate.DELETED).first()
        if freed is not None:
            freed.become(Fate.DRAFT)
            return freed
        with transaction.atomic():
            return NumberEntry.objects.create(
                team_id=self.team_id, series=self, number=None, reference=reference
            )

    def release(self, entry: NumberEntry, *, reason: str = "") -> None:
        """A draft let go of its number: the last one is given back, any other is kept as deleted (INV-8)."""
        if entry.number is not None and entry.number == self.next_number - 1:
            entry.delete()
            self.next_number = entry.number
            self.save(update_fields=["next_number"])
        else:
            entry.become(Fate.DELETED, reason=reason)

    def skip_to(self, number: int, *, reason: str, by: User | None) -> None:
        """Move the next number forward; every number passed over is registered with the reason."""
        passed = range(self.next_number, number)
        NumberEntry.objects.bulk_create(
            [
                NumberEntry(
                    team_id=self.team_id,
                    series=self,
                    number=n,
                    reference=self.reference(n),
                    fate=Fate.SKIPPED,
                    reason=reason,
                    by=by,
                )
                for n in passed
            ],
            ignore_conflicts=True,
        )
        self.next_number = number
        self.save(update_fields=["next_number"])


class NumberEntry(TeamOwned):
    """The register: one row for every number ever taken, with its fate (INV-8)."""

    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="entries", db_index=False)
    number = models.PositiveIntegerField(null=True)
    reference = models.CharField(max_length=40)
    fate = models.CharField(max_length=10, choices=Fate, default=Fate.DRAFT)
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "series", "reference"], name="invoices_number_reference"),
            models.UniqueConstraint(fields=["team", "series", "number"], name="invoices_number_once"),
        ]
        indexes = [models.Index(fields=["team", "series", "-id"], name="invoices_number_newest")]

    def become(self, fate: Fate, *, reason: str = "") -> None:
        self.fate, self.reason = fate, reason
        self.save(update_fields=["fate", "reason", "changed_at"])
