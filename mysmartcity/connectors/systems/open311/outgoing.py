"""A message → the arguments of a create: what goes as an attribute, and what into the words. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from mysmartcity.connectors.contract import Message
from mysmartcity.connectors.systems.open311 import mapping


def arguments_of(
    message: Message, settings: Mapping[str, Any], *, in_media: int
) -> mapping.CreateArguments:
    """Everything that `Open311Client.create` takes; `in_media` photos go as `media_url`."""
    codes = _attribute_codes(message, settings)
    more_photos = () if settings.get("has_updates") else message.photo_urls[in_media:]
    return mapping.create_arguments(
        {
            "reference": message.reference,
            "category_code": message.remote_category,
            "description": _words(message, codes, more_photos),
            "lat": message.lat,
            "lng": message.lng,
            "address": message.address or message.place_name,
            "answers": _attributes(message, codes),
            "photo_urls": message.photo_urls[:in_media],
            "tracking_url": message.issue_url,
            "reporter": {
                "first_name": message.reporter.name,
                "email": message.reporter.email,
                "phone": message.reporter.phone,
            },
        }
    )


def _attribute_codes(message: Message, settings: Mapping[str, Any]) -> Mapping[str, str]:
    """Our question codes → the city's, for those it knows."""
    codes: dict[str, str] = dict(settings.get("attribute_codes") or {})
    if settings.get("same_codes"):
        codes = {**{one.code: one.code for one in message.answers}, **codes}
    return codes


def _words(message: Message, codes: Mapping[str, str], more_photos: Sequence[str]) -> str:
    """The resident's words, the answers that the city has no attribute for, further photos."""
    answers = [
        f"{one.question} {', '.join(one.words)}" for one in message.answers if one.code not in codes
    ]
    photos = [f"Photo: {url}" for url in more_photos]
    return "\n".join(filter(None, [message.description, *answers, *photos]))


def _attributes(message: Message, codes: Mapping[str, str]) -> dict[str, str | Sequence[str]]:
    return {
        codes[one.code]: list(one.values) if one.is_many else one.values[0]
        for one in message.answers
        if one.code in codes
    }
