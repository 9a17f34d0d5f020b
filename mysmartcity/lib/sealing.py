"""Secrets at rest: sealed before they are written, opened when they are read.

A token by Fernet (AES-128-CBC and HMAC-SHA-256, the recipe of the `cryptography` package) under a key
derived from SECRETS_KEY, or from SECRET_KEY while that is not set. Older keys still open: change the key,
list the old one in SECRETS_KEY_FALLBACKS, run `manage.py reseal_secrets`, then drop the old one.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class CannotOpen(Exception):
    """A sealed text that none of our keys opens; the sentence is for the operator."""


def seal(text: str) -> str:
    """The text as only we can read it again; "" stays ""."""
    return _box().encrypt(text.encode()).decode() if text else ""


def unseal(token: str) -> str:
    """The text of a sealed token. Raises CannotOpen."""
    if not token:
        return ""
    try:
        return _box().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise CannotOpen(
            "A secret can't be opened: SECRETS_KEY (or SECRET_KEY) is not the one it was sealed with."
        ) from error


def _box() -> MultiFernet:
    keys = [settings.SECRETS_KEY or settings.SECRET_KEY]
    # Sealed before SECRETS_KEY was set, it was sealed with SECRET_KEY.
    keys += [*settings.SECRETS_KEY_FALLBACKS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in dict.fromkeys(keys)])


def _derived(key: str) -> bytes:
    drawn = HKDF(SHA256(), length=32, salt=None, info=b"mysmartcity secrets at rest")
    return base64.urlsafe_b64encode(drawn.derive(key.encode()))
