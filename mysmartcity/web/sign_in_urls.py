"""The parts of django-allauth that we use, each with who may open it. Included at /accounts/."""

from collections.abc import Callable
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import URLPattern, path, re_path
from django.views.generic import RedirectView

from mysmartcity.lib.access import Access, declares


def _open(route: str, view: Callable[..., Any], name: str, access: Access) -> URLPattern:
    return path(route, declares(access)(view), name=name)


_to_sign_in = RedirectView.as_view(pattern_name="account_request_login_code", query_string=True)

urlpatterns = [
    _open("sign-in/", account.request_login_code, "account_request_login_code", "public"),
    _open("sign-in/code/", account.confirm_login_code, "account_confirm_login_code", "public"),
    _open("signup/", _to_sign_in, "account_signup", "public"),
    _open("staff/", account.login, "account_login", "public"),
    _open("logout/", account.logout, "account_logout", "public"),
    _open("inactive/", account.account_inactive, "account_inactive", "public"),
    _open("again/", account.reauthenticate, "account_reauthenticate", "resident"),
    _open("e-mail/", account.email_verification_sent, "account_email_verification_sent", "public"),
    _open("password/reset/", account.password_reset, "account_reset_password", "public"),
    _open(
        "password/reset/sent/", account.password_reset_done, "account_reset_password_done", "public"
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        declares("link")(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    _open(
        "password/reset/done/",
        account.password_reset_from_key_done,
        "account_reset_password_from_key_done",
        "public",
    ),
    _open("password/change/", account.password_change, "account_change_password", "resident"),
    _open("second/", mfa.authenticate, "mfa_authenticate", "public"),
    _open("second/again/", mfa.reauthenticate, "mfa_reauthenticate", "resident"),
    _open("second/all/", mfa.index, "mfa_index", "resident"),
    _open("second/set-up/", totp.activate_totp, "mfa_activate_totp", "resident"),
    _open("second/remove/", totp.deactivate_totp, "mfa_deactivate_totp", "resident"),
    _open("second/codes/", recovery.view_recovery_codes, "mfa_view_recovery_codes", "resident"),
    _open(
        "second/codes/new/",
        recovery.generate_recovery_codes,
        "mfa_generate_recovery_codes",
        "resident",
    ),
    _open(
        "second/codes/download/",
        recovery.download_recovery_codes,
        "mfa_download_recovery_codes",
        "resident",
    ),
]
