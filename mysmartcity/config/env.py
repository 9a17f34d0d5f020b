"""Reads settings from the environment, loudly, and remembers what each one is for.

Every reader takes the setting's name, a sentence for `docs/reference/settings.md` and, when it may be
absent, a default. `NAME_FILE` may name a file that holds the value (for secrets).
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.core.exceptions import ImproperlyConfigured


class _Required:
    """Marks a setting that has no default."""


REQUIRED: Final = _Required()


@dataclass(frozen=True)
class Setting:
    """One documented setting."""

    name: str
    kind: str
    meaning: str
    default: str | None


DOCUMENTED: list[Setting] = []


def _read(name: str, kind: str, meaning: str, default: str | _Required) -> str:
    shown = None if isinstance(default, _Required) else default
    DOCUMENTED.append(Setting(name, kind, meaning, shown))
    if name in os.environ:
        return os.environ[name]
    if file := os.environ.get(f"{name}_FILE"):
        return Path(file).read_text().strip()
    if isinstance(default, _Required):
        raise ImproperlyConfigured(f"Set {name} (or {name}_FILE) in the environment: {meaning}")
    return default


def text(name: str, meaning: str, default: str | _Required = REQUIRED) -> str:
    """A plain string. Raises ImproperlyConfigured with the name when it is required and missing."""
    return _read(name, "text", meaning, default)


def flag(name: str, meaning: str, *, default: str = "no") -> bool:
    """yes or no; anything else raises ImproperlyConfigured."""
    value = _read(name, "yes or no", meaning, default).lower()
    if value not in ("yes", "no"):
        raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}")
    return value == "yes"


def number(name: str, meaning: str, *, default: int) -> int:
    """A whole number; anything else raises ImproperlyConfigured."""
    value = _read(name, "whole number", meaning, str(default))
    if not value.lstrip("-").isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}")
    return int(value)


def words(name: str, meaning: str, *, default: str = "") -> list[str]:
    """A comma-separated list, blanks removed."""
    value = _read(name, "comma-separated list", meaning, default)
    return [part.strip() for part in value.split(",") if part.strip()]
