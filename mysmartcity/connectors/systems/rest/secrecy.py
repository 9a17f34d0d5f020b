"""Keeps secrets out of sentences: a system may repeat in its answer what we sent it."""

import base64
from collections.abc import Iterable, Mapping
from urllib.parse import quote

SHORTEST = 4
"""Shorter secrets would cut ordinary words to pieces."""


def without_secrets(sentence: str, secrets: Mapping[str, str], *more: str) -> str:
    """The sentence with every secret, in each form in which it may have travelled, as “…”."""
    for secret in sorted(_forms([*secrets.values(), *more]), key=len, reverse=True):
        sentence = sentence.replace(secret, "…")
    return sentence


def _forms(secrets: Iterable[str]) -> set[str]:
    found = set()
    for secret in secrets:
        if len(secret) >= SHORTEST:
            plain = {secret, secret.replace("-", "")}
            found |= plain | {quote(one, safe="") for one in plain}
            found |= {base64.b64encode(one.encode()).decode() for one in plain}
    return {one for one in found if len(one) >= SHORTEST}
