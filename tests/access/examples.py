"""What the access matrix must know of each address: with which row it is called, and whose row is foreign.

A new address with a parameter needs a line here, or the build fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from catalogue.models import VatRate
from clients.models import Client
from invoices.drafting import LineInput, save_draft
from invoices.models import Export, Invoice
from payments.ledger import claim_transfer, record_payment
from payments.models import BankTransferClaim, Method, Payment, WebhookEvent
from portal.models import DataRequest, PortalAccess
from quotes import attaching
from quotes.drafting import LineInput as QuoteLineInput
from quotes.drafting import save_draft as save_quote
from quotes.drafting import save_kit
from quotes.models import AttachedFile, Attachment, Kit, Quote
from quotes.sending import send
from teams.models import MemberInvitation, Membership, Team, User
from teams.roles import Role
from teams.scope import team_scope
from tests.world import World

# Addresses without a team that anybody may call, each tested where it is made.
OPEN = {
    "healthz": "whether the process lives",
    "readyz": "whether it can work",
    "theme": "light or dark, kept in a cookie",
    "logo": "a team's logo, for portal and mail",
    "check": "whether a PDF is what was signed",
    "check-print": "the same for one fingerprint",
    "hooks:stripe": "Stripe, by signature",
    "joining:open": "an invitation's link",
    "joining:join": "what the link leads to",
    "joining:accept": "the answer to it",
    "styleguide": "not in production",
    "styleguide-page": "not in production",
}
# Addresses without a team that show a signed-in person what is theirs.
PERSONAL = {"home", "start", "account", "account-session-end"}


@dataclass
class Side:
    """The rows of one team."""

    invoice: Invoice
    payment: Payment
    claim: BankTransferClaim
    event: WebhookEvent
    export: Export
    membership: Membership
    invitation: MemberInvitation
    access: PortalAccess
    request: DataRequest
    quote: Quote
    kit: Kit
    file: AttachedFile


@dataclass
class Stage:
    """The world with documents in it."""

    world: World
    mine: Side
    theirs: Side
    kit_invoice: Invoice
    draft: Invoice
    kit_quote: Quote
    draft_quote: Quote


def set_the_stage(world: World) -> Stage:
    """An issued invoice for each client, a draft for Jo, and in both teams one row of every other kind."""
    with world.scope():
        mine = _side(world.team, world.jo, world.rate, world.alice, world.bob)
        kit = _bill(world.team, world.kit, world.rate, world.alice)
        kit.issue(by=world.alice)
        draft = _bill(world.team, world.jo, world.rate, world.alice)
        kit_quote = _quote(world.team, world.kit, world.rate, world.alice)
        draft_quote = _draft_quote(world.team, world.jo, world.rate, world.alice)
    with world.other_scope():
        theirs = _side(world.other, world.lee, world.other_rate, world.charlie, world.charlie)
    return Stage(world, mine, theirs, kit, draft, kit_quote, draft_quote)


def _bill(team: Team, client: Client, rate: VatRate, by: User) -> Invoice:
    line = LineInput(description="Work", unit_price=Decimal("100.00"), vat_rate=rate)
    return save_draft(team, client=client, lines=[line], by=by)


def _quote(team: Team, client: Client, rate: VatRate, by: User) -> Quote:
    """One that was sent, without a mail, with a drawing attached."""
    quote = _draft_quote(team, client, rate, by)
    send(quote, by=by, email_client=False)
    quote.refresh_from_db()
    return quote


def _draft_quote(team: Team, client: Client, rate: VatRate, by: User) -> Quote:
    line = QuoteLineInput(description="Work", unit_price=Decimal("100.00"), vat_rate=rate)
    quote = save_quote(team, client=client, lines=[line], by=by)
    plan = attaching.keep(team, attaching.Taken("plan.pdf", attaching.PDF, b"%PDF-1.7 %%EOF"))
    Attachment.objects.create(team=team, quote=quote, file=plan, position=1, name="plan.pdf")
    return quote


def _side(team: Team, client: Client, rate: VatRate, by: User, member: User) -> Side:
    invoice = _bill(team, client, rate, by)
    invoice.issue(by=by)
    payment = record_payment(
        client=client,
        amount=Decimal("20.00"),
        method=Method.CASH,
        received_on=team.today(),
        invoice=invoice,
        by=by,
    )
    invoice.refresh_from_db()
    return Side(
        invoice,
        payment,
        claim_transfer(invoice, Decimal("10.00"), None),
        WebhookEvent.objects.create(
            team=team,
            event=f"evt_{team.pk}",
            type="charge.refunded",
            object_id="ch_1",
            livemode=False,
            state="failed",
        ),
        Export.objects.create(team=team, filename="x.zip", total=1, created_by=by),
        Membership.objects.get(team=team, user=member),
        MemberInvitation.objects.create(
            team=team,
            email="new@example.com",
            role=Role.STAFF,
            token_hash=f"{team.pk:064d}",
            invited_by=by,
            expires_at=timezone.now() + MemberInvitation.LIFETIME,
        ),
        PortalAccess.objects.get(client=client),
        DataRequest.objects.create(
            team=team, client=client, asked_by=by, asked_name="Asker", email="asker@example.com"
        ),
        _quote(team, client, rate, by),
        save_kit(team, name="Kit", groups=[], lines=[QuoteLineInput(description="Work")], by=by),
        attaching.keep(team, attaching.Taken("plan.pdf", attaching.PDF, b"%PDF-1.7 %%EOF")),
    )


Pick = Callable[[Stage], dict[str, Any]]


@dataclass(frozen=True)
class Example:
    """Arguments for a row of one's own, of another team, and (in the portal) of another client."""

    own: Pick
    other_team: Pick | None = None
    other_client: Pick | None = None


def pk(
    own: Callable[[Stage], Any], other: Callable[[Stage], Any], client: Callable[[Stage], Any] | None = None
) -> Example:
    """An address with the id of one row."""
    return Example(
        lambda stage: {"pk": own(stage).pk},
        lambda stage: {"pk": other(stage).pk},
        (lambda stage: {"pk": client(stage).pk}) if client else None,
    )


def attachment_of(team: Team, quote: Quote) -> Attachment:
    """The drawing of a quote."""
    with team_scope(team.pk):
        return Attachment.objects.get(quote=quote)


NOBODYS = 987_654_321
# One login of a client: the client's id, and that of the row.
A_PERSON = Example(
    lambda s: {"pk": s.world.jo.pk, "access": s.mine.access.pk},
    lambda s: {"pk": s.world.lee.pk, "access": s.theirs.access.pk},
)
A_CLIENT = pk(lambda s: s.world.jo, lambda s: s.world.lee)
A_PRODUCT = pk(lambda s: s.world.product, lambda s: s.world.other_product)
A_RATE = pk(lambda s: s.world.rate, lambda s: s.world.other_rate)
MY_INVOICE = pk(lambda s: s.mine.invoice, lambda s: s.theirs.invoice, lambda s: s.kit_invoice)


def a(kind: str) -> Example:
    """One row of this kind."""
    return pk(lambda s: getattr(s.mine, kind), lambda s: getattr(s.theirs, kind))


def named(names: str, example: Example) -> dict[str, Example]:
    """The same example for several addresses."""
    return dict.fromkeys(names.split(), example)


EXAMPLES: dict[str, Example] = {
    **named("clients:client clients:client-edit clients:client-archive clients:client-unarchive", A_CLIENT),
    **named(
        "access:access access:access-save access:access-invite access:access-add access:access-view "
        "access:access-view-end billing:client-billing payments:payment-statement",
        A_CLIENT,
    ),
    **named("access:access-reinvite access:access-remove", A_PERSON),
    "access:data-done": Example(
        lambda s: {"pk": s.world.jo.pk, "asked": s.mine.request.pk},
        lambda s: {"pk": s.world.lee.pk, "asked": s.theirs.request.pk},
    ),
    **named("catalogue:product-edit catalogue:product-archive", A_PRODUCT),
    **named("catalogue:vat-rate-edit catalogue:vat-rate-archive", A_RATE),
    **named(
        "invoices:invoice invoices:invoice-state invoices:invoice-edit invoices:invoice-issue "
        "invoices:invoice-delete invoices:invoice-copy invoices:invoice-due-date invoices:invoice-email "
        "invoices:invoice-pdf "
        "invoices:invoice-receipt payments:payment-record payments:payment-mark-paid payments:invoice-void",
        a("invoice"),
    ),
    **named("invoices:export invoices:export-download", a("export")),
    **named(
        "quotes:quote quotes:quote-differences quotes:quote-edit quotes:quote-as-client "
        "quotes:quote-delete quotes:quote-duplicate "
        "quotes:quote-new-version quotes:quote-withdraw quotes:quote-send quotes:quote-share "
        "quotes:quote-link quotes:quote-revoke-links quotes:quote-answer quotes:quote-follow-ups "
        "quotes:quote-generate-invoice quotes:quote-in-person quotes:quote-in-person-sign "
        "quotes:quote-in-person-done quotes:quote-pdf quotes:quote-signed-pdf quotes:quote-evidence",
        a("quote"),
    ),
    **named("quotes:kit-rename quotes:kit-delete", a("kit")),
    **named("quotes:quote-file quotes:quote-thumbnail", a("file")),
    "quotes:client-quotes": A_CLIENT,
    **named("payments:payment-undo", a("payment")),
    **named("payments:transfer-close", a("claim")),
    **named("payments:event-retry", a("event")),
    **named("teams:member-role teams:member-remove", a("membership")),
    **named("teams:member-invitation-resend teams:member-invitation-withdraw", a("invitation")),
    **named(
        "portal:invoice portal:invoice-pdf portal:receipt portal:pay portal:pay-stripe portal:bank-sent "
        "portal:pay-return",
        MY_INVOICE,
    ),
    **named(
        "teams:settings-wording-edit teams:settings-wording-preview teams:settings-wording-reset",
        Example(lambda s: {"key": "receipt"}),
    ),
    **named(
        "portal:quote portal:quote-choose portal:quote-ask portal:quote-changes portal:quote-decline "
        "portal:quote-sign portal:quote-accepted portal:quote-pdf portal:quote-signed-pdf "
        "portal:quote-evidence",
        pk(lambda s: s.mine.quote, lambda s: s.theirs.quote, lambda s: s.kit_quote),
    ),
    "portal:quote-attachment": pk(
        lambda s: attachment_of(s.world.team, s.mine.quote),
        lambda s: attachment_of(s.world.other, s.theirs.quote),
        lambda s: attachment_of(s.world.team, s.kit_quote),
    ),
    "portal:quote-link": Example(lambda s: {"token": "x" * 43}),
    "portal:invite-link": Example(lambda s: {"token": "x" * 43}),
    "teams:first-step-skip": Example(lambda s: {"step": "stripe"}),
    "teams:settings-section": Example(lambda s: {"section": "business"}),
}
