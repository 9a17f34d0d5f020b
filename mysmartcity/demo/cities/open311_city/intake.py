"""Reads and checks what clients send to the simulated city. Pure; storing is done in `store.py`."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from mysmartcity.demo.cities.open311_city.catalogue import Offered
from mysmartcity.demo.cities.open311_city.store import NewRequest

LONGEST_DESCRIPTION = 4000


@dataclass(frozen=True)
class Sent:
    """The arguments of a call: form and query together, since old clients split them."""

    values: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, query: str, body: bytes = b"") -> "Sent":
        """Empty arguments count as absent."""
        values = parse_qs(query)
        for name, found in parse_qs(body.decode("utf-8", "replace")).items():
            values.setdefault(name, []).extend(found)
        return cls(values)

    def one(self, name: str) -> str:
        """The first value, stripped; "" when absent."""
        return self.values.get(name, [""])[0].strip()

    def words(self, name: str) -> list[str]:
        """A comma list."""
        return [word.strip() for word in self.one(name).split(",") if word.strip()]

    def answers(self) -> dict[str, list[str]]:
        """attribute[CODE] and attribute[CODE][] by code."""
        found: dict[str, list[str]] = {}
        for name, values in self.values.items():
            if match := re.fullmatch(r"attribute\[(.+?)\](?:\[\])?", name):
                found.setdefault(match[1], []).extend(values)
        return found


@dataclass(frozen=True)
class Refusal:
    """A status and all the reasons."""

    status: int
    reasons: tuple[str, ...]


def read_request(sent: Sent, *, services: dict[str, Offered]) -> NewRequest | Refusal:
    """What a POST asks for, or everything that is wrong with it."""
    code = sent.one("service_code")
    if code and code not in services:
        return Refusal(404, (f"service_code {code} was not found.",))
    faults = [] if code else ["service_code was not provided."]
    lat, lng = _degrees(sent.one("lat"), 90), _degrees(sent.one("long"), 180)
    has_point = bool(sent.one("lat") or sent.one("long"))
    if has_point and (lat is None or lng is None):
        faults.append("lat and long must both be numbers on the globe.")
    if not has_point and not sent.one("address_string") and not sent.one("address_id"):
        faults.append("A location is needed: lat and long, address_string or address_id.")
    description = "\n".join(sent.values.get("description", [""])[0].splitlines())
    if len(description) > LONGEST_DESCRIPTION:
        faults.append(f"description may have {LONGEST_DESCRIPTION} characters.")
    urls = [url.strip() for url in sent.values.get("media_url", []) if url.strip()]
    if any(not url.startswith(("http://", "https://")) for url in urls):
        faults.append("media_url must be a web address.")
    if code:
        faults += services[code].complaints(sent.answers())
    if faults:
        return Refusal(400, tuple(faults))
    return NewRequest(
        service_code=code,
        description=description,
        lat=lat,
        lng=lng,
        address=sent.one("address_string") or sent.one("address_id"),
        answers=sent.answers(),
        media_urls=urls,
    )


def _degrees(text: str, most: float) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if -most <= found <= most else None
