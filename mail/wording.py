"""Our own wording of every message, and which placeholders a team may use in its own (MSG-2, TEA-3).

`{link}` on a line of its own becomes the button, with the slip of the sum above it.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from mail.quote_wording import QUOTES
from mail.words import CLIENT, Text, Wording

__all__ = ["WORDINGS", "Wording"]

INVOICE: dict[str, Text] = {
    **CLIENT,
    "reference": _("the invoice's number"),
    "title": _("what the invoice is about"),
    "total": _("the invoice's total"),
    "balance": _("what is still to pay"),
    "due_date": _("the due date"),
    "link": _("the address of the invoice's page"),
}
OWNER: dict[str, Text] = {
    "owner_name": _("the owner's first name"),
    "client_name": _("the client's name"),
    "team_name": _("the name of your business"),
    "reference": _("the invoice's number"),
    "amount": _("the sum"),
    "link": _("the address of the page"),
}

_ALL = [
    Wording(
        key="portal_invite",
        label=_("Portal invite"),
        subject=_("Your page at {team_name}"),
        body=_(
            "Hello {client_name},\n\n"
            "we have opened a page for you. There you can see your invoices, pay them and download "
            "receipts.\n\n"
            "{link}\n\n"
            "The link works once, until {until}. After that it offers to send a new one.\n\n"
            "{team_name}"
        ),
        placeholders={**CLIENT, "until": _("until when the link works"), "link": _("the link")},
        button=_("Set your password"),
        why=_("Sent because {team_name} invited {to}. Not you? Simply leave it."),
        is_editable=True,
    ),
    Wording(
        key="portal_signin_link",
        label=_("Portal sign-in link"),
        subject=_("Sign in at {team_name}"),
        body=_(
            "Hello {client_name},\n\n"
            "here is your link to sign in. It works once, until {until}.\n\n"
            "{link}\n\n"
            "You did not ask for it? Then leave it; nobody gets in without this mail.\n\n"
            "{team_name}"
        ),
        placeholders={**CLIENT, "until": _("until when the link works"), "link": _("the link")},
        button=_("Sign in"),
        why=_("Sent because somebody asked for a link with your address."),
        is_editable=True,
    ),
    Wording(
        key="invoice_ready",
        label=_("Invoice Ready For Payment"),
        subject=_("Invoice {reference} for {total}, due {due_date}"),
        body=_(
            "Hello {client_name},\n\n"
            "here is invoice {reference}. The PDF is attached.\n\n"
            "{link}\n\n"
            "Thank you for having us.\n\n"
            "{team_name}"
        ),
        placeholders=INVOICE,
        button=_("View and pay"),
        why=_("Sent because you are our client."),
        is_editable=True,
        is_payment=True,
    ),
    Wording(
        key="invoice_link",
        label=_("Invoice Link"),
        subject=_("Invoice {reference} from {team_name}"),
        body=_(
            "Hello {client_name},\n\nyou can see and pay invoice {reference} here:\n\n{link}\n\n{team_name}"
        ),
        placeholders=INVOICE,
        button=_("View and pay"),
        why=_("Sent because you are our client."),
        is_editable=True,
        is_payment=True,
    ),
    Wording(
        key="receipt",
        label=_("Receipt"),
        subject=_("Receipt: {total} for {reference}"),
        body=_(
            "Hello {client_name},\n\n"
            "thank you. We received {amount} on {date} ({payment_method}), and invoice {reference} is paid "
            "in full.\n\n"
            "{link}\n\n"
            "{team_name}"
        ),
        placeholders={
            **CLIENT,
            "reference": _("the invoice's number"),
            "amount": _("the sum received"),
            "total": _("the invoice's total"),
            "date": _("the day it came"),
            "payment_method": _("how it was paid"),
            "link": _("the address of the receipt's page"),
        },
        button=_("See the receipt"),
        why=_("Sent because you made a payment."),
        is_editable=True,
    ),
    Wording(
        key="member_invite",
        label=_("Invitation of a member"),
        subject=_("Join {team_name}"),
        body=_(
            "Hello,\n\n"
            "{actor} would like you to work with {team_name} here, as {role}.\n\n"
            "{link}\n\n"
            "The link works once, until {until}."
        ),
        placeholders={
            "actor": _("who invites"),
            "team_name": _("the name of your business"),
            "role": _("the role"),
            "until": _("until when the link works"),
            "link": _("the link"),
        },
        button=_("Join"),
        why=_("Sent because {actor} invited you. Not you? Simply leave it."),
    ),
    Wording(
        key="bank_transfer_claimed",
        label=_("A client has sent a bank transfer"),
        subject=_("{client_name} says a transfer of {amount} is on its way"),
        body=_(
            "Hello {owner_name},\n\n"
            "{client_name} says that {amount} for invoice {reference} has been sent by bank transfer. "
            "Nothing is marked as paid: look at your account, and record the payment when it is there.\n\n"
            "{link}"
        ),
        placeholders=OWNER,
        button=_("Open the invoice"),
        why=_("Sent because you own {team_name}."),
    ),
    Wording(
        key="overpayment",
        label=_("More money than was owed"),
        subject=_("{client_name} paid {credit} more than was owed"),
        body=_(
            "Hello {owner_name},\n\n"
            "{amount} came from {client_name} on {date} ({payment_method}). That is {credit} more than was "
            "owed. The {credit} is now the client's credit: keep it for the next invoice, or pay it back.\n\n"
            "{link}"
        ),
        placeholders={
            **OWNER,
            "credit": _("what is over"),
            "date": _("the day it came"),
            "payment_method": _("how it was paid"),
        },
        button=_("Have a look"),
        why=_("Sent because you own {team_name}."),
    ),
    Wording(
        key="bank_details_changed",
        label=_("Bank details changed"),
        subject=_("The bank details of {team_name} were changed"),
        body=_(
            "Hello {owner_name},\n\n"
            "{actor} changed the account that your clients pay into. It now ends in {account_ending} "
            "({account_name}).\n\n"
            "If that is wrong, put it right at once and change your password.\n\n"
            "{link}"
        ),
        placeholders={
            "owner_name": _("the owner's first name"),
            "team_name": _("the name of your business"),
            "actor": _("who changed them"),
            "account_name": _("the account's name"),
            "account_ending": _("the last figures of the account's number"),
            "link": _("the address of the page"),
        },
        button=_("Look at the bank details"),
        why=_("Sent to every owner of {team_name}."),
    ),
    Wording(
        key="client_details_corrected",
        label=_("A client corrected their details"),
        subject=_("{client_name} has new contact details"),
        body=_(
            "Hello {owner_name},\n\n"
            "{actor} corrected the contact details of {client_name}:\n\n"
            "{changes}\n\n"
            "They count from now on, for bills too. If that surprises you, ring before you send anything.\n\n"
            "{link}"
        ),
        placeholders={
            "owner_name": _("the owner's first name"),
            "client_name": _("the client's name"),
            "team_name": _("the name of your business"),
            "actor": _("who corrected them"),
            "changes": _("what was there before, and what is now"),
            "link": _("the address of the page"),
        },
        button=_("Open the record"),
        why=_("Sent because you own {team_name}."),
    ),
    Wording(
        key="data_requested",
        label=_("A client asks for their data"),
        subject=_("{client_name} asks what you keep of them"),
        body=_(
            "Hello {owner_name},\n\n"
            "{actor} ({email}) asks for the data that {team_name} keeps of them. "
            "The law gives you one month: until {due_date}.\n\n"
            "Send what you have to the person, then mark the request as done on the client's record.\n\n"
            "{link}"
        ),
        placeholders={
            "owner_name": _("the owner's first name"),
            "client_name": _("the client's name"),
            "team_name": _("the name of your business"),
            "actor": _("who asks"),
            "email": _("the address they sign in with"),
            "due_date": _("until when you have to answer"),
            "link": _("the address of the page"),
        },
        button=_("Open the record"),
        why=_("Sent because you own {team_name}."),
    ),
    Wording(
        key="confirm_email",
        label=_("Confirm your e-mail address"),
        subject=_("Confirm your e-mail address"),
        body=_("Hello,\n\nplease confirm that {email} is your address.\n\n{link}"),
        placeholders={"email": _("the address"), "link": _("the link")},
        button=_("Confirm"),
        why=_("Sent because somebody gave this address. Not you? Simply leave it."),
    ),
    Wording(
        key="password_reset",
        label=_("Password reset"),
        subject=_("Set a new password"),
        body=_(
            "Hello,\n\n"
            "somebody asked for a new password for {email}. Set it here:\n\n"
            "{link}\n\n"
            "You did not ask? Then leave it, and your password stays as it is."
        ),
        placeholders={"email": _("the address"), "link": _("the link")},
        button=_("Set a new password"),
        why=_("Sent because somebody asked for a new password for this address."),
    ),
]
WORDINGS: dict[str, Wording] = {wording.key: wording for wording in [*_ALL, *QUOTES]}
