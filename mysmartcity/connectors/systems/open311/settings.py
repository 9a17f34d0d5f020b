"""The settings of an Open311 connection: what is wrong with them, in sentences for the operator."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

_TEXTS = ("jurisdiction_id", "reopen_status", "withdrawn_status", "comment_status")


def problems(given: Mapping[str, Any], *, allowed_hosts: Collection[str]) -> list[str]:
    """One sentence for each setting that can't be used; empty when all can."""
    return [
        *_of_endpoint(given.get("endpoint"), allowed_hosts),
        *_of_zone(given.get("zone")),
        *_of_kinds(given),
    ]


def _of_endpoint(written: Any, allowed_hosts: Collection[str]) -> Iterator[str]:
    if not written:
        yield _("The connection has no endpoint. It looks like https://city.example/open311/v2.")
        return
    parts = _parts(written)
    if parts is None or not parts.hostname:
        yield _("The endpoint is not a web address.")
    elif parts.scheme != "https" and not _is_listed(parts, allowed_hosts):
        yield _(
            "The endpoint must begin with https://, or its host must be allowed by the operator."
        )
    elif parts.query or parts.fragment or "@" in parts.netloc:
        yield _("The endpoint may have no question mark, no # and no @.")


def _parts(written: Any) -> SplitResult | None:
    try:
        found = urlsplit(written) if isinstance(written, str) else None
        _port = found.port if found is not None else None
    except ValueError:
        return None
    return found


def _is_listed(parts: SplitResult, allowed_hosts: Collection[str]) -> bool:
    return parts.hostname in allowed_hosts or parts.netloc in allowed_hosts


def _of_zone(written: Any) -> Iterator[str]:
    if not written:
        return
    try:
        ZoneInfo(str(written))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield _("The zone is not one that we know. It looks like Africa/Johannesburg.")


def _of_kinds(given: Mapping[str, Any]) -> Iterator[str]:
    if given.get("format") not in (None, "", "json", "xml"):
        yield _("The format must be json or xml.")
    for name in _TEXTS:
        if not isinstance(given.get(name) or "", str):
            yield _("“%(name)s” must be a text.") % {"name": name}
    codes = given.get("attribute_codes") or {}
    if not isinstance(codes, Mapping) or not all(isinstance(one, str) for one in codes.values()):
        yield _("“attribute_codes” must be a table of our codes and theirs.")
