from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from invoices.models import NumberEntry
from quotes.models.quote import Quote
from teams.models import TeamOwned, User


class Selection(TeamOwned):
    """What the client has ticked so far; kept between visits, and no acceptance (QUO-4)."""

    quote = models.OneToOneField(Quote, on_delete=models.CASCADE, related_name="selection", db_index=False)
    # {line key: quantity as text}: optional and choice lines that are taken.
    picks = models.JSONField(default=dict)
    # Several people of one client may look at it: who ticked last.
    by_name = models.CharField(max_length=254, blank=True)
    changed_at = models.DateTimeField(auto_now=True)


class Side(models.TextChoices):
    CLIENT = "client", _("Client")
    TEAM = "team", _("Team")


class CommentKind(models.TextChoices):
    COMMENT = "comment", _("Comment")
    CHANGES = "changes", _("Changes asked for")


class Comment(TeamOwned):
    """One remark about a quote or one of its lines (QUO-5). Never changed, so that it can be signed.

    A line's exchange is open while the client has the last word in it.
    """

    append_only = True

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="comments", db_index=False)
    # The line's key, which stays the same from version to version; empty: about the whole quote.
    line_key = models.UUIDField(null=True)
    # What the line was called when it was asked about.
    about = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=8, choices=CommentKind, default=CommentKind.COMMENT)
    side = models.CharField(max_length=6, choices=Side)
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    author_name = models.CharField(max_length=254)
    text = models.TextField(_("text"), max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(side__in=Side.values), name="quotes_comment_side"),
            models.CheckConstraint(condition=Q(kind__in=CommentKind.values), name="quotes_comment_kind"),
        ]
        indexes = [models.Index(fields=["team", "quote", "id"], name="quotes_comment_quote")]


class How(models.TextChoices):
    """How a signature was given (QUO-6)."""

    DRAWN = "drawn", _("Drawn on screen")
    TYPED = "typed", _("Typed")


class Acceptance(TeamOwned):
    """The decision and its evidence (QUO-6): written once, with the quote, never changed.

    `canonical` is the exact JSON text of everything agreed; `sha256` is over its UTF-8 bytes.
    """

    append_only = True
    chained = True

    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="acceptance", db_index=False)
    name = models.CharField(_("full name"), max_length=120)
    how = models.CharField(max_length=5, choices=How)
    # Our own re-encoding of what was drawn; empty when typed.
    signature = models.BinaryField(null=True)
    typed = models.CharField(max_length=120, blank=True)
    wording = models.TextField()
    signed_at = models.DateTimeField()
    zone = models.CharField(max_length=64)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    # By whom: a login, or the holder of a mailed link, or face to face on a member's device (QUO-11).
    login = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    link = models.ForeignKey(
        "quotes.QuoteLink", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    email = models.EmailField(blank=True)
    in_person_with = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    net = models.DecimalField(max_digits=12, decimal_places=2)
    vat = models.DecimalField(max_digits=12, decimal_places=2)
    total = models.DecimalField(max_digits=12, decimal_places=2)
    vat_rows = models.JSONField(default=list)
    picks = models.JSONField(default=dict)
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)
    pdf = models.BinaryField()
    pdf_sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(how__in=How.values), name="quotes_acceptance_how"),
            models.CheckConstraint(
                condition=Q(how="drawn", signature__isnull=False)
                | Q(how="typed", signature=None) & ~Q(typed=""),
                name="quotes_acceptance_signature",
            ),
            models.CheckConstraint(
                condition=Q(login__isnull=False) | Q(link__isnull=False) | Q(in_person_with__isnull=False),
                name="quotes_acceptance_by_right",
            ),
            models.UniqueConstraint(fields=["team", "sha256"], name="quotes_acceptance_sha256"),
        ]
        indexes = [
            models.Index(fields=["sha256"], name="quotes_acceptance_print"),
            models.Index(fields=["pdf_sha256"], name="quotes_acceptance_pdf"),
        ]


class QuoteLink(TeamOwned):
    """A mailed way in to one quote, whichever version counts (trust 6). Only the token's hash is kept."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+", db_index=False)
    # The quote in all its versions.
    entry = models.ForeignKey(NumberEntry, on_delete=models.CASCADE, related_name="+", db_index=False)
    email = models.EmailField(blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["team", "entry", "-id"], name="quotes_link_newest")]
