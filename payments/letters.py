"""What payments write to people: owners hear of money nobody expected, clients get their receipt."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from clients.models import Client
from cma.formats import day, money
from cma.tasks import look_now
from documents.worker import RenderFailed
from invoices.documents import stored_pdf
from invoices.links import is_open_to_client
from invoices.models import Invoice, RenderingKind
from mail import tasks as mail_tasks
from mail.composing import team_mail
from mail.members import office_url, owners_of, tell_members
from mail.models import Message, State
from mail.outbox import Recipient, queue
from payments.models import BankTransferClaim, Payment
from teams.models import Team, User
from teams.scope import team_scope

log = logging.getLogger(__name__)

# How long a receipt's mail waits for its PDF.
PDF_WITHIN = timedelta(seconds=90)


def overpaid(payment: Payment, invoice: Invoice | None, *, over: Decimal) -> None:
    """Tell the owners that more came than was owed, and that it is the client's credit (PAY-3)."""
    client = payment.client
    values = {
        "client_name": client.name,
        "amount": money(payment.amount, payment.currency),
        "credit": money(over, payment.currency),
        "reference": invoice.reference if invoice else "",
        "payment_method": payment.method_text(),
        "date": day(payment.received_on),
    }
    _tell_owners(
        payment.team,
        "overpayment",
        values,
        reason=f"overpayment:{payment.pk}",
        client=client,
        invoice=invoice,
    )


def transfer_claimed(claim: BankTransferClaim) -> None:
    """Tell the owners that a client says a transfer is on its way (PAY-11)."""
    invoice = claim.invoice
    values = {
        "client_name": claim.client.name,
        "amount": money(claim.amount, invoice.currency),
        "reference": invoice.reference,
    }
    _tell_owners(
        invoice.team,
        "bank_transfer_claimed",
        values,
        reason=f"bank_transfer_claimed:{claim.pk}",
        client=claim.client,
        invoice=invoice,
    )


def bank_details_changed(team: Team, *, by: User, entry_id: int) -> None:
    """Tell every owner that the account which clients pay into is another one, and who changed it."""
    values = {
        "actor": str(by),
        "account_name": team.bank_account_name,
        "account_ending": team.bank_account_number[-4:],
    }
    tell_members(
        owners_of(team),
        team,
        "bank_details_changed",
        values,
        reason=f"bank_details_changed:{entry_id}",
        url=office_url("payments:billing-settings", team),
    )


def receipt(payment: Payment, invoice: Invoice) -> None:
    """Send the client the receipt of an invoice that is now paid in full."""
    client, team = invoice.client, invoice.team
    address = client.billing_email()
    if not address:
        return
    values = {
        "client_name": client.name,
        "amount": money(payment.amount, payment.currency),
        "total": money(invoice.total, invoice.currency),
        "reference": invoice.reference,
        "payment_method": payment.method_text(),
        "date": day(payment.received_on),
    }
    url = office_url("portal:invoice", team, invoice.pk)
    composed = team_mail(
        team, "receipt", values, button=url if is_open_to_client(invoice) else "", to=address
    )
    message = queue(
        team,
        kind="receipt",
        # Once for each time that it becomes paid: by another payment, it is another receipt.
        reason=f"receipt:{invoice.pk}:{payment.pk}",
        to=Recipient(address, client.name),
        subject=composed.subject,
        text=composed.text,
        html=composed.html,
        client=client,
        about=("invoice", invoice.pk),
    )
    # The mail waits a moment for its PDF, which is printed outside this transaction; should that come to
    # nothing, it goes without.
    Message.objects.filter(pk=message.pk, rendering=None).update(not_before=timezone.now() + PDF_WITHIN)

    from payments import tasks

    look_now(tasks.attach_receipt, team.pk, message.pk)


def attach_receipt(team_id: int, message_id: int) -> None:
    """Print the receipt, put it into the mail that waits for it, and let that go. Opens scopes of its own."""
    with team_scope(team_id):
        waiting = Message.objects.filter(pk=message_id, state=State.QUEUED, rendering=None).first()
    if waiting is None or waiting.subject_id is None:
        return
    try:
        rendering = stored_pdf(team_id, waiting.subject_id, RenderingKind.RECEIPT)
    except RenderFailed:
        log.exception("receipt of mail %s of team %s", message_id, team_id)
        rendering = None
    with team_scope(team_id):
        Message.objects.filter(pk=message_id, state=State.QUEUED).update(
            rendering=rendering, not_before=timezone.now()
        )
        look_now(mail_tasks.send, team_id, message_id)


def _tell_owners(
    team: Team, key: str, values: dict[str, str], *, reason: str, client: Client, invoice: Invoice | None
) -> None:
    if invoice is not None:
        url, about = office_url("invoices:invoice", team, invoice.pk), ("invoice", invoice.pk)
    else:
        url, about = office_url("clients:client", team, client.pk), None
    tell_members(owners_of(team), team, key, values, reason=reason, url=url, client=client, about=about)
