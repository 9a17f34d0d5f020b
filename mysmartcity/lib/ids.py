"""Public references, secrets and their hashes. Database ids never leave the house; these do.

A reference (`CPT-7K3M9Q`) must survive a phone call: the alphabet has no look-alikes (no 0 O, 1 I L,
no U, which is heard as V) and the last character checks the others, so that one wrong character
or two swapped neighbours are found at once.
"""

import hashlib
import re
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""30 characters; the check is over the next prime, 31, with one spare value never issued."""

BODY_LENGTH = 5
_PRIME = 31


def _check_value(prefix: str, body: str) -> int:
    """Weighted sum modulo 31: weights differ by position, so swaps of neighbours change it."""
    prefix_value = sum((place + 1) * ord(letter) for place, letter in enumerate(prefix))
    body_value = sum((place + 2) * ALPHABET.index(letter) for place, letter in enumerate(body))
    return (prefix_value + body_value) % _PRIME


def new_reference(prefix: str) -> str:
    """A fresh reference for a jurisdiction's `prefix` (`CPT`): 30^5 (24 million) bodies, one check.

    Bodies whose check value is the spare one (30) are drawn again.
    """
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH))
        value = _check_value(prefix, body)
        if value < len(ALPHABET):
            return f"{prefix}-{body}{ALPHABET[value]}"


def read_reference(text: str) -> str | None:
    """The reference somebody typed or said, in its written form; None when it can't be one.

    Spaces, dashes and lower case are forgiven.
    """
    match = re.fullmatch(r"([A-Z]{3})([0-9A-Z]{6})", re.sub(r"[\s\-–—]", "", text).upper())
    if match is None:
        return None
    prefix, rest = match.group(1), match.group(2)
    if any(letter not in ALPHABET for letter in rest):
        return None
    value = _check_value(prefix, rest[:-1])
    if value >= len(ALPHABET) or ALPHABET[value] != rest[-1]:
        return None
    return f"{prefix}-{rest}"


REFERENCE_PATTERN = re.compile(rf"\b[A-Z]{{3}}-[{ALPHABET}]{{{BODY_LENGTH + 1}}}\b")


def find_references(text: str) -> list[str]:
    """Every well-formed reference written in a text (a subject, a reply), in order."""
    return [found for found in REFERENCE_PATTERN.findall(text) if read_reference(found)]


def new_secret() -> str:
    """192 random bits for links and keys (ASVS 11.5.1 asks for 128 or more; UUIDs do not count)."""
    return secrets.token_urlsafe(24)


def hash_secret(secret: str) -> str:
    """What is stored of a secret: SHA-256 as hex. Fit for random secrets, not for passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()
