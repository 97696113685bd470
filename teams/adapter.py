"""How django-allauth's pages fit into CMA: its mail goes through the outbox, its words are ours."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cma.client_ip import client_ip
from cma.sealing import seal_text, unseal_text
from mail.outbox import queue_for_person
from mail.render import Button, MailFirm, compose
from teams.directory import memberships_of
from teams.second_factors import SEEDS

# Which address of a mail its button leads to, and what the button says.
BUTTONS = {
    "start_url": gettext_lazy("Set up your business"),
    "password_reset_url": gettext_lazy("Choose a new password"),
    "signup_url": gettext_lazy("Set up your business"),
}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up, sign-in and mails about them."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy(
            "This password does not belong to this address. Try again, or have a code mailed to you."
        ),
        "too_many_login_attempts": gettext_lazy(
            "Too many tries. Wait five minutes, or have a code mailed to you."
        ),
        "enter_current_password": gettext_lazy("This is not your current password. Try again."),
        "incorrect_password": gettext_lazy("This is not your password. Try again."),
        "incorrect_code": gettext_lazy(
            "This code is not right. Look at the newest mail, or at your app, and try again."
        ),
        "duplicate_email": gettext_lazy("This is your address already. Type the new one."),
        "same_as_current": gettext_lazy("This is your address already. Type the new one."),
        "rate_limited": gettext_lazy("That was too quick. Wait a minute and try again."),
        "account_inactive": gettext_lazy("This account is switched off."),
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """The same answer as everywhere: only the proxies we were told of are believed."""
        return client_ip(request) or "0.0.0.0"  # noqa: S104 - no address to listen on

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail. Subject and text are templates of ours; nothing is sent from within a request."""
        values = {"request": current.request, "email": email, **context}
        name = next((name for name in BUTTONS if name in context), "")
        # In the text the button's address is a placeholder, which the layout knows how to draw.
        shown = values | ({name: "{link}"} if name else {})
        mail = compose(
            subject=" ".join(render_to_string(f"{template_prefix}_subject.txt", values).split()),
            text=render_to_string(f"{template_prefix}_message.txt", shown).strip(),
            values={},
            button=Button(label=str(BUTTONS[name]), url=context[name]) if name else None,
            firm=MailFirm(name="CMA", takes_answers=False),
            slip=None,
            why=_("Sent to %(email)s because of a login here.") % {"email": email},
        )
        queue_for_person(to_address=email, subject=mail.subject, text=mail.text, html=mail.html)

    def send_account_already_exists_mail(self, email: str) -> None:
        """Told by mail alone: the page says the same to known and unknown addresses."""
        reset, start = (
            current.request.build_absolute_uri(reverse(name)) for name in ("account_reset_password", "start")
        )
        values = {"password_reset_url": reset, "start_url": start}
        self.send_mail("account/email/account_already_exists", email, values)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """After the first confirmation: the first steps of the business just founded (PEO-3)."""
        seats = memberships_of(request.user.pk) if request.user.pk else []
        if len(seats) == 1:
            return reverse("teams:first-steps", args=[seats[0].slug])
        return reverse("home")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the page about signing in."""
        return reverse("account")


class MFAAdapter(DefaultMFAAdapter):
    """Seeds of one-time and recovery codes are kept as ciphertext."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
    }

    def encrypt(self, text: str) -> str:
        return seal_text(text, place=SEEDS)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal_text(encrypted_text, place=SEEDS)
