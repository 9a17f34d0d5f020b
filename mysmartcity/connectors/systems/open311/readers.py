"""From the records of a reply to the values of `shapes.py`, forgiving what real servers do.

`docs` of what is forgiven: README.md in this folder. Nothing here raises on odd content; a record
that says nothing usable is left out.
"""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from mysmartcity.connectors.systems.open311.documents import (
    Unreadable,
    is_list_of,
    parse,
    records,
)
from mysmartcity.connectors.systems.open311.shapes import (
    Attribute,
    Created,
    Definition,
    RemoteRequest,
    RemoteUpdate,
    Service,
)
from mysmartcity.connectors.systems.open311.values import (
    identifier,
    moment,
    number,
    place,
    text,
    truth,
)

SERVICES = ("services", "service")
DEFINITIONS = ("service_definitions", "service_definition", "service")
REQUESTS = ("service_requests", "requests", "request", "service_request")
UPDATES = ("service_request_updates", "request_updates", "request_update", "updates", "update")

_LISTS = ("singlevaluelist", "multivaluelist")
_KINDS = ("string", "number", "datetime", "text", *_LISTS)
_CREATED_WORDS = ("service_notice", "account_id", "service_request_id", "token")


def read_services(tree: Any) -> list[Service]:
    """Every service that has a code, once, in the server's order."""
    found: dict[str, Service] = {}
    for record in records(tree, *SERVICES):
        code = identifier(record.get("service_code"))
        if code is None or code in found:
            continue
        name = text(record.get("service_name")) or code
        groups = _texts(record.get("groups"), "group") or _texts(record.get("group"), "group")
        found[code] = Service(
            service_code=code,
            service_name=name,
            description=text(record.get("description")),
            has_definition=truth(record.get("metadata")),
            type=text(record.get("type")).lower() or "realtime",
            keywords=_keywords(record.get("keywords")),
            groups=groups,
        )
    return list(found.values())


def read_definition(tree: Any) -> Definition | None:
    """The questions of one service in their order; None when the reply holds no definition."""
    found = records(tree, *DEFINITIONS)
    if not found or ("service_code" not in found[0] and "attributes" not in found[0]):
        return None
    record = found[0]
    parts = records(record.get("attributes"), "attributes", "attribute")
    # The specification's own example has <attribute> directly under the definition.
    parts += records(record.get("attribute"), "attribute")
    attributes = [_attribute(part, place) for place, part in enumerate(parts, 1)]
    known = {one.code: one for one in attributes if one.code}
    return Definition(
        service_code=text(record.get("service_code")),
        attributes=tuple(sorted(known.values(), key=lambda one: one.order)),
    )


def read_created(tree: Any) -> Created | None:
    """The answer to a create; None when the reply does not look like one."""
    found = [one for one in records(tree, *REQUESTS) if any(word in one for word in _CREATED_WORDS)]
    if not found:
        return None
    request_id = _id_of(found[0])
    token = None if request_id else identifier(found[0].get("token"))
    return Created(request_id, token, text(found[0].get("service_notice")))


def read_token(tree: Any) -> str | None:
    """The id that a token has become; None while the city has not given one."""
    found = [_id_of(record) for record in records(tree, *REQUESTS)]
    return next((one for one in found if one), None)


def read_requests(tree: Any, *, zone: tzinfo) -> list[RemoteRequest]:
    """Every request of a reply, in its order, each id once (some servers list them twice)."""
    result: list[RemoteRequest] = []
    seen: set[str] = set()
    for record in records(tree, *REQUESTS):
        found = _request(record, zone=zone)
        if found.service_request_id in seen or not (found.service_request_id or found.status):
            continue
        if found.service_request_id:
            seen.add(found.service_request_id)
        result.append(found)
    return result


def read_updates(tree: Any, *, zone: tzinfo) -> list[RemoteUpdate]:
    """Every update that names its request, oldest first, each update id once."""
    result: list[RemoteUpdate] = []
    seen: set[tuple[str, str]] = set()
    for record in records(tree, *UPDATES):
        request_id = _id_of(record)
        update_id = identifier(record.get("update_id"))
        if request_id is None or (update_id and (request_id, update_id) in seen):
            continue
        if update_id:
            seen.add((request_id, update_id))
        result.append(
            RemoteUpdate(
                update_id=update_id,
                service_request_id=request_id,
                status=text(record.get("status")),
                updated_at=moment(record.get("updated_datetime"), zone=zone),
                description=text(record.get("description")),
                media_urls=_media(record),
                external_status_code=text(record.get("external_status_code")),
            )
        )
    return sorted(result, key=lambda one: one.updated_at.timestamp() if one.updated_at else 0.0)


def read_pushed(body: bytes, *, zone: tzinfo) -> list[RemoteUpdate]:
    """The updates in a document that was pushed to us. Raises Unreadable for anything but a list."""
    tree = parse(body)
    if not is_list_of(tree, *UPDATES):
        raise Unreadable("no list of updates")
    return read_updates(tree, zone=zone)


def _request(record: Mapping[str, Any], *, zone: tzinfo) -> RemoteRequest:
    lat, lng = place(record.get("lat"), record.get("long", record.get("lng", record.get("lon"))))
    extended = record.get("extended_attributes")
    return RemoteRequest(
        service_request_id=_id_of(record),
        status=text(record.get("status")),
        status_notes=text(record.get("status_notes")),
        service_code=text(record.get("service_code")),
        service_name=text(record.get("service_name")),
        description=text(record.get("description")),
        agency_responsible=text(record.get("agency_responsible")),
        requested_at=moment(record.get("requested_datetime"), zone=zone),
        updated_at=moment(record.get("updated_datetime"), zone=zone),
        expected_at=moment(record.get("expected_datetime"), zone=zone),
        address=text(record.get("address")),
        lat=lat,
        lng=lng,
        media_urls=_media(record),
        extended=extended if isinstance(extended, Mapping) else {},
    )


def _id_of(record: Mapping[str, Any]) -> str | None:
    return identifier(record.get("service_request_id"))


def _attribute(record: Mapping[str, Any], position: int) -> Attribute:
    kind = text(record.get("datatype")).lower()
    order = number(record.get("order"))
    return Attribute(
        code=text(record.get("code")),
        description=text(record.get("description")),
        datatype=kind if kind in _KINDS else "string",
        datatype_description=text(record.get("datatype_description")),
        is_variable="variable" not in record or truth(record["variable"]),
        is_required=truth(record.get("required")),
        order=position if order is None else int(order),
        values=tuple(
            (text(value.get("key")), text(value.get("name")) or text(value.get("key")))
            for value in records(record.get("values"), "values", "value")
            if text(value.get("key"))
        ),
    )


def _media(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Addresses of pictures: `media_url` (text or list), `photos[]`, and the extensions' lists."""
    found = _texts(record.get("media_url"), "media_url")
    extended = record.get("extended_attributes")
    for holder in (record, extended if isinstance(extended, Mapping) else {}):
        found += _texts(holder.get("media_urls"), "media_url")
        found += _texts(holder.get("photos"), "photo")
    return tuple(dict.fromkeys(url for url in found if url.startswith(("http://", "https://"))))


def _texts(value: Any, name: str) -> tuple[str, ...]:
    """A list of texts out of a text, a list, {name: list}, or records with a `media_url`."""
    if isinstance(value, Mapping):
        if "media_url" in value:
            return _texts(value["media_url"], name)
        return _texts(value.get(name), name)
    if isinstance(value, list):
        return tuple(found for one in value for found in _texts(one, name))
    found = text(value)
    return (found,) if found else ()


def _keywords(value: Any) -> tuple[str, ...]:
    parts = [part for one in _texts(value, "keyword") for part in one.split(",")]
    return tuple(part.strip() for part in parts if part.strip())
