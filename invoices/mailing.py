"""The mail "Invoice Ready For Payment" (INV-10)."""

from __future__ import annotations

from cma import formats
from invoices.links import is_open_to_client, pay_url
from invoices.models import Invoice, Rendering
from mail.composing import team_mail
from mail.models import Message
from mail.outbox import Recipient, queue
from teams.audit import record

KEY = "invoice_ready"


def reason_at_issue(invoice_id: int) -> str:
    """What makes the mail asked for at issue happen once."""
    return f"{KEY}:{invoice_id}"


def send_ready(invoice: Invoice, rendering: Rendering, *, reason: str) -> Message | None:
    """Queue the mail with the PDF; None when the client has lost their address meanwhile.

    To be called inside the team's scope; the same `reason` twice is one mail.
    """
    address = invoice.client.billing_email()
    if not address:
        return None
    values = values_of(invoice)
    composed = team_mail(
        invoice.team,
        KEY,
        values,
        button=values["link"],
        slip=slip_of(invoice),
        language=invoice.client.language,
    )
    return queue(
        invoice.team,
        kind=KEY,
        reason=reason,
        to=Recipient(address, invoice.client.name),
        subject=composed.subject,
        text=composed.text,
        html=composed.html,
        client=invoice.client,
        about=("invoice", invoice.pk),
        rendering=rendering,
    )


def send_again(invoice: Invoice, rendering: Rendering, *, key: str) -> Message | None:
    """Send the invoice once more; `key` comes with the form, so that a double press is one mail."""
    reason = f"{KEY}:{invoice.pk}:{key}"
    if (sent := Message.objects.filter(team_id=invoice.team_id, reason=reason).first()) is not None:
        return sent
    message = send_ready(invoice, rendering, reason=reason)
    if message is not None:
        record(
            "invoice.emailed",
            subject=invoice,
            client_id=invoice.client_id,
            reference=invoice.reference,
            to=message.to_address,
        )
    return message


def values_of(invoice: Invoice) -> dict[str, str]:
    """What the placeholders of the wording stand for."""
    return {
        "client_name": invoice.client.name,
        "team_name": invoice.team.name,
        "reference": invoice.reference,
        "title": invoice.title,
        "total": formats.money(invoice.total, invoice.currency),
        "balance": formats.money(invoice.balance, invoice.currency),
        "due_date": formats.day(invoice.due_on),
        # A link that leads to a closed door is left out; the PDF and the bank details are there.
        "link": pay_url(invoice) if is_open_to_client(invoice) else "",
    }


def slip_of(invoice: Invoice) -> dict[str, str]:
    """The slip under the mail's button: what, how much, until when."""
    return {
        "reference": invoice.reference,
        "title": invoice.title,
        "amount": formats.money(invoice.balance, invoice.currency),
        "due": formats.day(invoice.due_on),
    }
