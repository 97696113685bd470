"""The forms of sign-up and sign-in, over django-allauth's (PEO-3, PEO-4)."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from teams.audit import acting
from teams.forms.words import one_line
from teams.founding import found_team
from teams.middleware import actor_of_user
from teams.models import User


class SignupForm(account.SignupForm):
    """Name, business, e-mail and password: makes the person and their team, both or neither (PEO-3)."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        validators=[one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
        error_messages={"required": _("Type your name, as your clients know you.")},
    )
    business = forms.CharField(
        label=_("Business name"),
        max_length=120,
        validators=[one_line],
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": _("Type the name that stands on your van and your invoices.")},
    )
    field_order = ("name", "business", "email", "password1")
    account_already_exists: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = _("Type a whole e-mail address, such as dora@example.com.")
        self.fields["email"].error_messages |= {"required": words, "invalid": words}
        self.fields["password1"].error_messages["required"] = _(
            "Choose a password of at least 10 characters."
        )

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """The new person, or for a known address the same answer after the same work."""
        if not self.account_already_exists:
            try:
                with transaction.atomic():
                    return super().try_save(request)
            except IntegrityError:
                # Somebody signed up with this address between our look and our insert.
                if not User.objects.filter(email=self.cleaned_data["email"]).exists():
                    raise
                self.account_already_exists = True
        self._work_for_nothing()
        return super().try_save(request)

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by django-allauth once the person is saved, in the same transaction."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
        with acting(actor_of_user(user, request)):
            found_team(owner=user, name=self.cleaned_data["business"])

    def _work_for_nothing(self) -> None:
        # A known address must not be told by a quicker answer.
        make_password(self.cleaned_data["password1"])
        person = User.objects.filter(email=self.cleaned_data["email"]).first()
        if person is not None:
            with transaction.atomic():
                found_team(owner=person, name=self.cleaned_data["business"])
                transaction.set_rollback(True)


class LoginForm(account.LoginForm):
    """E-mail and password; a mismatch is told beside the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""

    def clean(self) -> dict[str, Any]:
        try:
            super().clean()
        except ValidationError as mismatch:
            self.add_error("password", mismatch)
        return self.cleaned_data


class ReauthenticateForm(account.ReauthenticateForm):
    """The password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class OnePasswordMixin:
    """Typing a new password twice helps nobody who can have it shown or reset."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]  # type: ignore[attr-defined]


class ChangePasswordForm(OnePasswordMixin, account.ChangePasswordForm):
    """The current password and the new one."""


class SetPasswordForm(OnePasswordMixin, account.SetPasswordForm):
    """A first password, for one who signed in without."""


class ResetPasswordKeyForm(OnePasswordMixin, account.ResetPasswordKeyForm):
    """A new password, from the mailed link."""


class NameForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the person is called."""

    class Meta:
        model = User
        fields = ("name",)
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["name"].validators.append(one_line)


class FoundForm(forms.Form):
    """A business for a person who has a login already."""

    business = SignupForm.base_fields["business"]


class PasswordCheckForm(forms.Form):
    """Asks for the password again before something weighty."""

    password = forms.CharField(
        label=_("Your password, to confirm it is you"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise ValidationError(
                _("This is not your password. Try again, or have a link mailed to reset it.")
            )
        return password
