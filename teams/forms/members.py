"""Inviting, joining and handing over."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from teams.forms.account import PasswordCheckForm
from teams.forms.words import one_line
from teams.models import Membership, Team, User
from teams.roles import Role

# What each role means, for the person who picks one.
MEANINGS = {
    Role.OWNER: _("Owner: everything, with Stripe, bank details and closing the business"),
    Role.ADMIN: _("Admin: everything but Stripe, bank details and closing the business"),
    Role.STAFF: _("Staff: the daily work, no settings and no exports"),
    Role.ACCOUNTANT: _("Accountant: reads and exports everything, changes nothing"),
}
INVITABLE = [(role.value, MEANINGS[role]) for role in (Role.STAFF, Role.ADMIN, Role.ACCOUNTANT)]


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"inputmode": "email", "autocomplete": "off"}),
        error_messages={
            "required": _("Type the address of the person you invite."),
            "invalid": _("Type a whole e-mail address, such as bob@example.com."),
        },
    )
    role = forms.ChoiceField(label=_("Role"), choices=INVITABLE, widget=forms.RadioSelect, initial=Role.STAFF)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, member: Membership, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"role": member.role}, **kwargs})
        owner = [(Role.OWNER.value, MEANINGS[Role.OWNER])] if member.is_owner and by.is_owner else []
        field = cast("forms.ChoiceField", self.fields["role"])
        field.choices = [*owner, *INVITABLE]


class HandOverForm(PasswordCheckForm):
    """Whom to make an owner, what becomes of oneself, and the password (TEA-5)."""

    member = forms.ModelChoiceField(
        label=_("New owner"),
        queryset=Membership.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who becomes an owner.")},
    )
    stay = forms.ChoiceField(
        label=_("And you?"),
        choices=[("no", _("I become an admin")), ("yes", _("I stay an owner as well"))],
        widget=forms.RadioSelect,
        initial="no",
    )
    field_order = ("member", "stay", "password")

    def __init__(self, user: User, team: Team, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        field = cast("forms.ModelChoiceField[Membership]", self.fields["member"])
        field.queryset = (
            team.memberships.exclude(role=Role.OWNER).select_related("user").order_by("user__name", "pk")
        )


class JoinForm(forms.Form):
    """Name and password of a person who is new here."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        validators=[one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
        error_messages={"required": _("Type your name, as your team knows you.")},
    )
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Choose a password of at least 10 characters.")},
    )

    def __init__(self, email: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        password = self.cleaned_data.get("password")
        if password:
            try:
                validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
            except ValidationError as weak:
                self.add_error("password", weak)
        return self.cleaned_data
