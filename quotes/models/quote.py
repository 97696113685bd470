from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from invoices.models import Invoice, NumberEntry
from invoices.money import ZERO
from teams.models import Team, TeamOwned, User

if TYPE_CHECKING:
    from quotes.models.answer import Acceptance


class QuoteState(models.TextChoices):
    """The stored facts. What is withdrawn or past its date shows as Expired (QUO-3)."""

    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Sent")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SUPERSEDED = "superseded", _("Superseded")


class Status(models.TextChoices):
    """What people see (QUO-3)."""

    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Sent")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    SUPERSEDED = "superseded", _("Superseded")


def derive_status(state: str, *, valid_until: dt.date, today: dt.date) -> Status:
    """The status of QUO-3. On the day it is valid until, a quote can still be accepted."""
    if state == QuoteState.WITHDRAWN or (state == QuoteState.SENT and valid_until < today):
        return Status.EXPIRED
    return Status(state)


class QuoteQuerySet(models.QuerySet["Quote"]):
    def visible_to_client(self) -> QuoteQuerySet:
        return self.exclude(state=QuoteState.DRAFT)

    def current(self) -> QuoteQuerySet:
        """One row a quote: the version that counts, as lists show it."""
        return self.exclude(state=QuoteState.SUPERSEDED)

    def open(self, today: dt.date) -> QuoteQuerySet:
        """Sent and still to be answered."""
        return self.filter(state=QuoteState.SENT, valid_until__gte=today)

    def with_status(self, status: Status, today: dt.date) -> QuoteQuerySet:
        """Those that show this status on this day: the same meaning as `derive_status`."""
        match status:
            case Status.SENT:
                return self.open(today)
            case Status.EXPIRED:
                late = Q(state=QuoteState.SENT, valid_until__lt=today)
                return self.filter(late | Q(state=QuoteState.WITHDRAWN))
            case _:
                return self.filter(state=status.value)

    def matching(self, words: str) -> QuoteQuerySet:
        """Every word occurs in reference, title, client, site or a line's text."""
        found = self
        for word in words.split()[:8]:
            found = found.filter(search_text__icontains=word)
        return found


class Quote(TeamOwned):
    """One version of an offer. All versions share the number entry, and so the reference (QUO-10).

    A draft may be changed; from Sent on a trigger keeps every word and figure as the client saw it.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="quotes", db_index=False)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="quotes", db_index=False, verbose_name=_("client")
    )
    # What makes versions one quote. Not unique: each version points at it.
    entry = models.ForeignKey(NumberEntry, on_delete=models.PROTECT, related_name="quotes", db_index=False)
    reference = models.CharField(_("reference"), max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    previous = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=QuoteState, default=QuoteState.DRAFT)

    title = models.CharField(_("title"), max_length=120, blank=True)
    intro = models.TextField(_("opening words"), max_length=4000, blank=True)
    terms = models.TextField(_("terms"), max_length=20000, blank=True)
    # The address of the work as it was written into the quote, one line a line.
    site = models.TextField(_("address of the work"), max_length=400, blank=True)
    valid_until = models.DateField(_("valid until"))
    currency = models.CharField(max_length=3, default="GBP")

    # Figures as the client first sees them, and the least and the most that choosing can make of them.
    charges_vat = models.BooleanField(default=True)
    net = models.DecimalField(max_digits=12, decimal_places=2, default=ZERO)
    vat = models.DecimalField(max_digits=12, decimal_places=2, default=ZERO)
    total = models.DecimalField(max_digits=12, decimal_places=2, default=ZERO)
    least_total = models.DecimalField(max_digits=12, decimal_places=2, default=ZERO)
    most_total = models.DecimalField(max_digits=12, decimal_places=2, default=ZERO)
    # What was signed for; the whole of it is in the Acceptance.
    agreed_total = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    # Seller and buyer as they were when it was sent, as `invoices.issuing.seller_of` and `buyer_of` say it.
    seller = models.JSONField(default=dict)
    buyer = models.JSONField(default=dict)
    # SHA-256 over the canonical JSON of everything offered (`quotes.offer`), taken at sending.
    fingerprint = models.CharField(max_length=64, blank=True)

    search_text = models.TextField(default="", editable=False)
    # Sent once with the form: the same form twice is one quote (SCR-3).
    form_key = models.UUIDField(null=True, editable=False)
    # Raised by every save of the draft, carried by the form: who edits an older one is told (409).
    revision = models.PositiveIntegerField(default=1)
    copied_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    follow_ups_paused = models.BooleanField(default=False)

    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    sent_at = models.DateTimeField(null=True)
    first_viewed_at = models.DateTimeField(null=True)
    last_viewed_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)
    declined_by = models.CharField(max_length=254, blank=True)
    decline_reason = models.TextField(_("reason"), max_length=1000, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    objects = QuoteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "entry", "version"], name="quotes_quote_version"),
            # One version can be edited, one can be answered, one can ever be accepted.
            *[
                models.UniqueConstraint(
                    fields=["team", "entry"], condition=Q(state=state), name=f"quotes_quote_one_{state}"
                )
                for state in ("draft", "sent", "accepted")
            ],
            models.UniqueConstraint(fields=["team", "form_key"], name="quotes_quote_form_key"),
            models.CheckConstraint(condition=Q(state__in=QuoteState.values), name="quotes_quote_state"),
            models.CheckConstraint(condition=Q(total=F("net") + F("vat")), name="quotes_quote_total"),
            models.CheckConstraint(
                condition=Q(least_total__gte=0, most_total__gte=F("least_total")), name="quotes_quote_range"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(sent_at__isnull=False) & ~Q(fingerprint=""),
                name="quotes_quote_sent_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", accepted_at__isnull=False, agreed_total__isnull=False)
                | ~Q(state="accepted") & Q(accepted_at=None, agreed_total=None),
                name="quotes_quote_accepted_is_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["team", "-id"], name="quotes_newest"),
            models.Index(fields=["team", "client", "-id"], name="quotes_client_newest"),
            models.Index(fields=["team", "state", "-id"], name="quotes_state_newest"),
            models.Index(
                fields=["team", "valid_until", "id"], condition=Q(state="sent"), name="quotes_open_until"
            ),
            models.Index(fields=["team", "total", "id"], name="quotes_by_total"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_draft(self) -> bool:
        return self.state == QuoteState.DRAFT

    @property
    def is_accepted(self) -> bool:
        return self.state == QuoteState.ACCEPTED

    @property
    def takes_version(self) -> bool:
        """Whether a later version may take its place: it was sent, and nobody has signed it (QUO-10)."""
        return self.state in (QuoteState.SENT, QuoteState.DECLINED, QuoteState.WITHDRAWN)

    @property
    def shown_total(self) -> object:
        """What was signed for, else what the client first sees."""
        return self.total if self.agreed_total is None else self.agreed_total

    def status(self, today: dt.date) -> Status:
        return derive_status(self.state, valid_until=self.valid_until, today=today)

    def is_open(self, today: dt.date) -> bool:
        """Whether the client can still answer it."""
        return self.status(today) == Status.SENT

    # The verbs. Each locks the row, checks again, changes, records; the work stands beside.

    def send(self, *, by: User | None, email_client: bool, to: str = "") -> None:
        """Draft → sent, frozen; the version before is superseded. Raises WrongState, NotReady."""
        sending.send(self, by=by, email_client=email_client, to=to)

    def withdraw(self, *, by: User | None, reason: str = "") -> None:
        """Sent → withdrawn. Raises WrongState."""
        sending.withdraw(self, by=by, reason=reason)

    def decline(self, *, reason: str, by_name: str, user: User | None) -> None:
        """Sent → declined (QUO-9). Raises WrongState, Refused."""
        answering.decline(self, reason=reason, by_name=by_name, user=user)

    def accept(self, *, signer: signing.Signer, seen: str) -> Acceptance:
        """Sent → accepted, with all that proves it (QUO-6). Raises WrongState, Moved, Refused."""
        return signing.accept(self, signer=signer, seen=seen)

    def delete_draft(self, *, by: User | None) -> None:
        """Draft → gone (INV-8 for its number). Raises WrongState."""
        drafting.delete_draft(self, by=by)

    def duplicate(
        self, *, by: User | None, client: Client | None = None, form_key: uuid.UUID | None = None
    ) -> Quote:
        """A new draft with the same words and lines (QUO-1)."""
        return drafting.duplicate(self, by=by, client=client, form_key=form_key)

    def new_version(self, *, by: User | None) -> Quote:
        """Sent, declined or withdrawn → a draft of the next version beside it. Raises WrongState."""
        return drafting.new_version(self, by=by)

    def generate_invoice(self, *, by: User | None) -> Invoice:
        """Accepted → its invoice, the same one again (INV-5). Raises WrongState, NotReady."""
        return convert.generate_invoice(self, by=by)


class QuoteInvoice(TeamOwned):
    """The invoice made of an accepted quote: one at the most (INV-5). Deleting its draft frees the quote."""

    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="made", db_index=False)
    invoice = models.OneToOneField(Invoice, on_delete=models.CASCADE, related_name="made_of", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)


# At the end, because they build on these classes.
from quotes import answering, convert, drafting, sending, signing  # noqa: E402
