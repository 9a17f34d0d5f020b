"""Signing in: residents by a code sent to their e-mail, staff by password and second factor.

A stranger and a member type the same address, get the same answer, and a code each: the account is made
by asking and proves itself by the code. Staff get no code; their mail says to use the password.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import (
    ConfirmLoginCodeForm,
    LoginForm,
    RequestLoginCodeForm,
    ResetPasswordForm,
)
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from mysmartcity.lib import ids
from mysmartcity.notify.actions import queue_mail
from mysmartcity.people.models import Person

WORDS: dict[str, str | Promise] = {
    "account_inactive": _("This account is switched off."),
    "email_password_mismatch": _("The e-mail address or the password is wrong. Please try again."),
    "incorrect_code": _("This is not the code. Please look at the newest letter again."),
    "incorrect_password": _("The password is wrong. Please try again."),
    "invalid_password_reset": _("This link was used before, or is too old. Ask for a new one."),
    "too_many_login_attempts": _("This was tried too often. Please wait a few minutes."),
}
"""What sign-in says when something is wrong, in our own plain words."""


def _say_plainly(form: forms.Form) -> None:
    """Our words on a form of allauth; a placeholder goes, because the label above says the same."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
        if isinstance(field, forms.EmailField):
            field.label = _("E-mail address")
            field.error_messages["invalid"] = _(
                "This is not an e-mail address. It should look like name@example.co.za."
            )


class CodeForm(RequestLoginCodeForm):  # type: ignore[misc]
    """Asks for the address that the code goes to."""

    _user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_plainly(self)

    def clean_email(self) -> str:
        """The address; unknown ones get an account that can do nothing before its code is typed."""
        email = str(super().clean_email())
        if self._user is None:
            self._user = _new_resident(email)
        if self._user is not None and self._user.is_staff:
            self._user = None
        return email


class TypedCodeForm(ConfirmLoginCodeForm):  # type: ignore[misc]
    """Takes the code of the letter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_plainly(self)


class StaffForm(LoginForm):  # type: ignore[misc]
    """Staff's e-mail address and password; the way to a new password stands below the form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_plainly(self)
        self.fields["password"].help_text = ""


class ForgottenForm(ResetPasswordForm):  # type: ignore[misc]
    """Asks where the link for a new password goes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_plainly(self)


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The words of the second step."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _(
            "This is not the code. It changes every 30 seconds: type the one shown now."
        ),
    }


def _new_resident(email: str) -> Person | None:
    """An account without a password; None when there is one that may not sign in."""
    existing = Person.objects.filter(email__iexact=email).first()
    if existing is not None:
        return existing if existing.is_active else None
    try:
        with transaction.atomic():
            return Person.objects.create_user(email)
    except IntegrityError:
        return Person.objects.filter(email__iexact=email, is_active=True).first()


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """How sign-in speaks to the rest of the platform."""

    error_messages = {**DefaultAccountAdapter.error_messages, **WORDS}

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """There is no sign-up page: asking for a code is all it takes."""
        del request
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue it like every other mail, so that a slow mail server tells nobody who is known."""
        message = self.render_mail(template_prefix, email, context)
        queue_mail(
            key=f"sign-in-{ids.new_secret()}",
            to=email,
            subject=message.subject,
            text=str(message.body),
        )

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of this host may be gone to after signing in."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )
