"""Signing in: residents by a code sent to their e-mail, staff by password and second factor.

A stranger and a member type the same address, get the same answer, and a code each: the account is made
by asking and proves itself by the code. Staff get no code; their mail says to use the password.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import RequestLoginCodeForm
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from mysmartcity.lib import ids
from mysmartcity.notify.actions import queue_mail
from mysmartcity.people.models import Person


class CodeForm(RequestLoginCodeForm):  # type: ignore[misc]
    """Asks for the address that the code goes to."""

    _user: Any

    def clean_email(self) -> str:
        """The address; unknown ones get an account that can do nothing before its code is typed."""
        email = str(super().clean_email())
        if self._user is None:
            self._user = _new_resident(email)
        if self._user is not None and self._user.is_staff:
            self._user = None
        return email


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
