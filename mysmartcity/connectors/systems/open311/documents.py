"""From the bytes of a reply to plain lists and dicts, for XML and JSON alike.

Servers wrap, unwrap and misspell; `records` finds the things asked for wherever they lie. What the
things mean is read in `readers.py`.
"""

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_ARRAY_MARKS = ("type", "is_array")
_DEEPEST = 30


class Unreadable(Exception):
    """The bytes are neither a JSON nor an XML document; the text holds the beginning, in one line."""


def parse(body: bytes) -> Any:
    """A reply as lists, dicts and values; the root element of XML stays as the only key of a dict.

    The content decides, not the header: some servers answer one format to a question in the other.
    Raises Unreadable.
    """
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    if not start:
        raise Unreadable("an empty reply")
    if start.startswith(b"<") or body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _parse_xml(start if start.startswith(b"<") else body)
    return _parse_json(start)


def records(tree: Any, *names: str) -> list[dict[str, Any]]:
    """The records in a document or in a part of one: `names` are containers and items, outermost
    first, any of which may be missing. Null, "" and text are no record.
    """
    found: list[dict[str, Any]] = []
    for one in tree if isinstance(tree, list) else [tree]:
        if isinstance(one, list):
            found += records(one, *names)
        elif isinstance(one, Mapping):
            wrapper = next((name for name in names if isinstance(one.get(name), _CONTAINERS)), None)
            if wrapper is not None and _is_wrapper(one):
                found += records(one[wrapper], *names[names.index(wrapper) + 1 :])
            elif one and not (len(one) == 1 and next(iter(one)) in names):
                found.append(dict(one))
    return found


def is_list_of(tree: Any, *names: str) -> bool:
    """Whether a document is a list of what was asked for, even an empty one."""
    if isinstance(tree, list):
        return all(isinstance(one, _CONTAINERS) for one in tree)
    return isinstance(tree, Mapping) and len(tree) == 1 and next(iter(tree)) in names


def errors(tree: Any) -> list[tuple[str, str]]:
    """(code, description) of every error that the document lists; empty when it lists none."""
    if isinstance(tree, list):
        return [found for one in tree for found in errors(one)]
    if not isinstance(tree, Mapping) or _is_something_else(tree):
        return []
    found = []
    for name in ("errors", "error"):
        inner = tree.get(name)
        if isinstance(inner, _CONTAINERS):
            found += errors(inner)
        for lone in inner if isinstance(inner, list) else [inner]:
            if isinstance(lone, str):
                found.append((str(tree.get("code") or ""), lone.strip()))
    if "description" in tree and "code" in tree:
        found.append((str(tree["code"] or ""), str(tree["description"] or "").strip()))
    return found


def glimpse(body: bytes) -> str:
    """The beginning of an unreadable reply as one line without tags, for a sentence to staff."""
    written = body[:4000].decode("utf-8", "replace")
    title = re.search(r"<title[^>]*>(.*?)</title>", written, re.IGNORECASE | re.DOTALL)
    bare = re.sub(
        r"<(script|style)\b.*?</\1>|<[^>]*>", " ", title[1] if title else written, flags=re.S
    )
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", unescape(bare)).strip()[:200]


_CONTAINERS = (list, dict)
_OWN_NAMES = ("service_code", "service_request_id", "update_id", "token", "code", "key")


def _is_wrapper(one: Mapping[str, Any]) -> bool:
    """A dict that only holds other things; a record has a name of its own."""
    return not any(name in one for name in _OWN_NAMES)


def _is_something_else(record: Mapping[str, Any]) -> bool:
    return any(name in record for name in ("service_code", "service_request_id", "datatype"))


def _parse_json(body: bytes) -> Any:
    try:
        return json.loads(_decoded(body), parse_constant=lambda word: None)
    except (ValueError, RecursionError) as error:
        raise Unreadable(glimpse(body) or "no readable text") from error


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _parse_xml(body: bytes) -> Any:
    try:
        root = fromstring(body, forbid_dtd=True)
    except ParseError as error:
        root = _second_try(body, error)
    except (DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(glimpse(body) or "no readable text") from error
    if _name(root).lower() == "html":
        raise Unreadable(glimpse(body))
    return {_name(root): _value(root, depth=0)}


def _second_try(body: bytes, first: ParseError) -> Element:
    """Once more as Windows text: servers say UTF-8 and send other letters, or control characters."""
    written = re.sub(r"^<\?xml[^>]*\?>", "", _decoded(body))
    written = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", written)
    try:
        return fromstring(written, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise Unreadable(glimpse(body) or "no readable text") from first


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _value(element: Element, *, depth: int) -> Any:
    """None for empty or nil, text for a leaf, a list where marked so, else a dict of children."""
    if element.get(_NIL) == "true" or depth > _DEEPEST:
        return None
    is_array = any(element.get(mark) in ("array", "true") for mark in _ARRAY_MARKS)
    children = list(element)
    if not children:
        bare = (element.text or "").strip()
        return [] if is_array and not bare else bare or None
    if is_array:
        return [_value(child, depth=depth + 1) for child in children]
    result: dict[str, Any] = {}
    for child in children:
        name, value = _name(child), _value(child, depth=depth + 1)
        if name not in result:
            result[name] = value
        elif isinstance(result[name], list):
            result[name].append(value)
        else:
            result[name] = [result[name], value]
    return result
