"""The values that templates know: our message in plain words and numbers. No secrets, no row numbers."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mysmartcity.connectors.contract import Message
from mysmartcity.connectors.systems.rest.shapes import Definition
from mysmartcity.connectors.systems.rest.templates import Known
from mysmartcity.lib import clock, photos

REPORTER: Final = ("name", "first_name", "last_name", "email", "phone", "account_number")
EACH: Final = ("code", "question", "values", "words", "text", "url")

ALWAYS: Final = ("option", "now")
MESSAGE: Final = (
    "key", "thread_key", "kind", "reference", "body_name", "category_code", "category_name",
    "remote_category", "description", "lat", "lng", "address", "place_name", "reported_at",
    "issue_url", "answers", "photos", "words", "body_reference", "reporter", "street",
    "street_number", "suburb", "report_count",
)  # fmt: skip


class Photo:
    """A photo for templates: its address. Its picture is read when a request wants it."""

    def __init__(self, url: str, digest: str) -> None:
        self.url = url
        self._digest = digest

    def jpeg(self) -> bytes:
        """The picture; empty for a photo that lies elsewhere or can't be read."""
        if not self._digest:
            return b""
        try:
            return photos.as_jpeg(self._digest)
        except (OSError, ValueError):
            return b""


def known(definition: Definition, *names: str) -> Known:
    """The names that a template may use, with the parts that are known."""
    parts: dict[str, Any] = {
        "option": set(definition.options),
        "reporter": set(REPORTER),
        "each": set(EACH),
    }
    return {name: parts.get(name) for name in (*ALWAYS, *names)}


def always(definition: Definition) -> dict[str, Any]:
    """What every template knows."""
    return {"option": dict(definition.options), "now": clock.now()}


def of_message(definition: Definition, message: Message) -> dict[str, Any]:
    """What the templates of a message know."""
    answers = [
        {"code": one.code, "question": one.question, "values": list(one.values),
         "words": list(one.words), "text": ", ".join(one.words)}
        for one in message.answers
    ]  # fmt: skip
    digests = [*message.photo_digests, *[""] * len(message.photo_urls)]
    pictures = [
        Photo(url, digest) for url, digest in zip(message.photo_urls, digests, strict=False)
    ]
    first, _, last = message.reporter.name.partition(" ")
    return {
        **always(definition),
        **{name: getattr(message, name) for name in MESSAGE if hasattr(message, name)},
        "key": outside_key(message.key),
        "thread_key": outside_key(message.thread_key),
        "kind": str(message.kind),
        "answers": answers,
        "photos": pictures,
        "reporter": {
            "name": message.reporter.name,
            "first_name": first,
            "last_name": last,
            "email": message.reporter.email,
            "phone": message.reporter.phone,
            "account_number": message.reporter.account_number,
        },
    }


def between(context: Mapping[str, Any], since: datetime, until: datetime) -> dict[str, Any]:
    """The same with a span of time."""
    return {**context, "since": since, "until": until}


def outside_key(key: str) -> str:
    """Our id of a message as others see it: hashed, for our keys hold row numbers."""
    return f"msc-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
