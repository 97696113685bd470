"""Forms of the dialogs that change or share a quote."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client
from invoices.forms.actions import OnceForm
from quotes.answering import LONGEST_COMMENT, LONGEST_REASON
from quotes.audience import audience
from teams.models import Team


def addresses_of(client: Client) -> list[str]:
    """The saved mail addresses that may be told of quotes: who may sign before who sees no prices (POR-6)."""
    prefetch_related_objects([client], "emails", "portal_accesses")
    heard = [(email, audience(client, email.address)) for email in client.emails.all()]
    told = [(email, hears.sees_prices) for email, hears in heard if hears.is_told]
    told.sort(key=lambda one: (not one[1], not one[0].is_primary, one[0].pk))
    return [email.address for email, _sees_prices in told]


def why_none(client: Client) -> str:
    """Why nothing can be mailed to a client for whom `addresses_of` found no address."""
    if client.emails.all():
        return _(
            "The portal or its section Quotes is switched off for this client, so nothing about it is mailed."
        )
    return _("There is no e-mail address on the client’s record, so nothing can be mailed.")


class SendForm(forms.Form):
    """Draft → sent, with the tick box for the client's mail (QUO-3)."""

    email_client = forms.BooleanField(label=gettext_lazy("Email the client now"), required=False)
    to = forms.ChoiceField(label=gettext_lazy("To"), required=False)

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        self.addresses = addresses = addresses_of(client)
        kwargs.setdefault("initial", {"email_client": bool(addresses)})
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [(address, address) for address in addresses]  # type: ignore[attr-defined]
        box = self.fields["email_client"]
        if not addresses:
            box.disabled, box.initial = True, False
            box.help_text = f"{why_none(client)} {_('Once it is sent, copy its link and pass it on.')}"
        elif len(addresses) == 1:
            self.fields["to"].widget = forms.HiddenInput()
            self.fields["to"].initial = addresses[0]
            box.help_text = _("To %s, with a link to read and sign it.") % addresses[0]
        else:
            box.help_text = _("With a link to read and sign it.")

    def address(self) -> str:
        """Where the mail goes; nothing when none is wanted."""
        if not self.cleaned_data["email_client"]:
            return ""
        return self.cleaned_data["to"] or self.addresses[0]


class ShareForm(OnceForm):
    """Mail the link again. The key makes a double press one mail."""

    to = forms.ChoiceField(label=gettext_lazy("To"))

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.addresses = addresses_of(client)
        self.why_none = "" if self.addresses else why_none(client)
        self.fields["to"].choices = [(one, one) for one in self.addresses]  # type: ignore[attr-defined]


class WithdrawForm(forms.Form):
    """Why it is withdrawn, for the team's own log."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("For your own records; the client is not shown it."),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AnswerForm(forms.Form):
    """What is said to a question (QUO-5)."""

    text = forms.CharField(
        max_length=LONGEST_COMMENT,
        error_messages={
            "required": gettext_lazy("Write an answer first."),
            "max_length": gettext_lazy("Keep it under %(limit_value)d characters."),
        },
    )


class DuplicateForm(OnceForm):
    """The same offer once more, if wanted for somebody else (QUO-1)."""

    for_client = forms.CharField(
        label=gettext_lazy("For"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "clients", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, team: Team, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team, self.client = team, client
        self.fields["for_client"].initial = client.name
        self.fields["for_client"].help_text = _("Another client’s name makes it a quote for them.")

    def clean_for_client(self) -> Client:
        """The one client of this name. Of several, the one the quote is for, if that is among them."""
        name = self.cleaned_data["for_client"]
        if name.casefold() == self.client.name.casefold():
            return self.client
        found = list(self.team.clients.filter(name__iexact=name, archived_at=None)[:2])
        if not found:
            raise forms.ValidationError(
                _("No client is called “%s”. Choose one from the list, or add them first.") % name
            )
        if len(found) > 1:
            raise forms.ValidationError(
                _("Several clients are called “%s”. Duplicate it for this one and change the client there.")
                % name
            )
        return found[0]
