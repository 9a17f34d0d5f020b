"""Builds the body of a request from its part of the definition. Quoting can never be broken: JSON is built
as a tree whose texts are templates, forms are fields, XML values are escaped.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mysmartcity.connectors.systems.rest.templates import NotRendered, render
from mysmartcity.connectors.systems.rest.values import Photo
from mysmartcity.connectors.systems.rest.wire import Request

DEEPEST: Final = 20
LISTS: Final = ("answers", "photos")
_ONE: Final = ("$number", "$integer", "$boolean", "$some", "$photo")
_FORMS: Final = {
    "$each": {"$each", "do"},
    "$if": {"$if", "then", "else"},
    **{name: {name} for name in _ONE},
}
_LEFT_OUT: Final = object()

Files = Mapping[str, tuple[str, bytes, str]]


@dataclass(frozen=True)
class Body:
    """What is sent: bytes with their type, or a form with files."""

    content: bytes | None = None
    content_type: str = ""
    form: Mapping[str, str] | None = None
    files: Files = field(default_factory=dict)


def complaint(tree: Any, depth: int = 0) -> str:
    """What is wrong with the form of a JSON tree; "" when it can be built."""
    if depth > DEEPEST:
        return "the tree is too deep"
    if isinstance(tree, list):
        return next(filter(None, (complaint(one, depth + 1) for one in tree)), "")
    if not isinstance(tree, dict):
        return "" if isinstance(tree, str | int | float | bool | None) else "no JSON value"
    if wrong := _special_complaint(tree):
        return wrong
    return next(filter(None, (complaint(one, depth + 1) for one in tree.values())), "")


def _special_complaint(tree: Mapping[Any, Any]) -> str:
    marks = [str(name) for name in tree if str(name).startswith("$")]
    for mark in marks:
        if mark not in _FORMS:
            return f"there is no “{mark}”"
        if extra := sorted(map(str, set(tree) - _FORMS[mark])):
            return f"“{mark}” knows no “{extra[0]}”"
        if not isinstance(tree[mark], str):
            return f"“{mark}” wants a text"
    if "$photo" in tree and not (tree["$photo"] == "each" or tree["$photo"].isdecimal()):
        return "“$photo” wants each, or which one from 0"
    if "$each" in tree and (tree["$each"] not in LISTS or "do" not in tree):
        return f"“$each” wants {' or '.join(LISTS)}, and “do”"
    return ""


def texts(tree: Any, where: str, *, is_each: bool = False) -> Iterator[tuple[str, str, bool]]:
    """(path in the file, template, whether `each` is known) of every text in a tree."""
    if isinstance(tree, str):
        yield where, tree, is_each
    elif isinstance(tree, list):
        for place, one in enumerate(tree):
            yield from texts(one, f"{where}.{place}", is_each=is_each)
    elif isinstance(tree, dict):
        for name, one in tree.items():
            if name not in ("$each", "$photo"):
                yield from texts(one, f"{where}.{name}", is_each=is_each or "$each" in tree)


def build(tree: Any, values: Mapping[str, Any], zone: str) -> Any:
    """The JSON value of a tree. Raises NotRendered."""
    if isinstance(tree, str):
        return render(tree, values, zone=zone)
    if isinstance(tree, list):
        made = [build(one, values, zone) for one in tree]
        flat = [
            one for found in made for one in (found.parts if isinstance(found, _Many) else [found])
        ]
        return [one for one in flat if one is not _LEFT_OUT]
    if not isinstance(tree, dict):
        return tree
    if any(str(name).startswith("$") for name in tree):
        return _special(tree, values, zone)
    pairs = {str(name): build(one, values, zone) for name, one in tree.items()}
    return {
        name: one.parts if isinstance(one, _Many) else one
        for name, one in pairs.items()
        if one is not _LEFT_OUT
    }


@dataclass(frozen=True)
class _Many:
    """What `$each` made: joins the list in which it stands, or is a list itself."""

    parts: list[Any]


def _special(tree: Mapping[str, Any], values: Mapping[str, Any], zone: str) -> Any:
    if "$each" in tree:
        made = [build(tree["do"], {**values, "each": one}, zone) for one in values[tree["$each"]]]
        return _Many([one for one in made if one is not _LEFT_OUT])
    if "$if" in tree:
        is_so = render(tree["$if"], values, zone=zone).strip() not in ("", "False", "0")
        branch = "then" if is_so else "else"
        return build(tree[branch], values, zone) if branch in tree else _LEFT_OUT
    (name, source), *_ = tree.items()
    if name == "$photo":
        return _base64(source, values) or _LEFT_OUT
    text = render(source, values, zone=zone).strip()
    if name == "$some":
        return text or _LEFT_OUT
    if name == "$boolean":
        return text not in ("", "False", "false", "0", "no")
    try:
        return int(text) if name == "$integer" else _number(text)
    except ValueError as error:
        raise NotRendered(f"“{text[:40]}” is no number") from error


def _base64(which: str, values: Mapping[str, Any]) -> str:
    """The picture of a photo; "" when there is none. Longer than a template's text may be."""
    listed = [values.get("each")] if which == "each" else values.get("photos", [])
    place = 0 if which == "each" else int(which[:3])
    picture = listed[place] if place < len(listed) else None
    return base64.b64encode(picture.jpeg()).decode() if isinstance(picture, Photo) else ""


def _number(text: str) -> int | float:
    found = float(text)
    if found != found or found in (float("inf"), float("-inf")):
        raise ValueError("no number of JSON")
    return int(found) if found.is_integer() and text.lstrip("-").isdigit() else found


def body_of(request: Request, values: Mapping[str, Any], zone: str) -> Body:
    """The body of a request over values. Raises NotRendered."""
    kind = request.content_type
    if request.files:
        return Body(
            form=_form(request.form or {}, values, zone), files=_files(request, values, zone)
        )
    if request.form is not None:
        return Body(form=_form(request.form, values, zone))
    if request.json is not None:
        tree = build(request.json, values, zone)
        made = tree.parts if isinstance(tree, _Many) else tree
        text = json.dumps(
            None if made is _LEFT_OUT else made, ensure_ascii=False, separators=(",", ":")
        )
        return Body(text.encode(), kind or "application/json")
    if request.xml:
        xml = render(request.xml, values, kind="xml", zone=zone)
        return Body(xml.encode(), kind or "application/xml")
    if request.text:
        return Body(render(request.text, values, zone=zone).encode(), kind or "text/plain")
    return Body()


def _form(form: Mapping[str, str], values: Mapping[str, Any], zone: str) -> dict[str, str]:
    made = {name: render(source, values, zone=zone) for name, source in form.items()}
    return {name: text for name, text in made.items() if text}


def _files(
    request: Request, values: Mapping[str, Any], zone: str
) -> dict[str, tuple[str, bytes, str]]:
    pictures: list[Photo] = list(values.get("photos", ()))
    found = {}
    for name, one in request.files.items():
        picture = pictures[one.photo].jpeg() if one.photo < len(pictures) else b""
        if picture:
            found[name] = (render(one.name, values, zone=zone), picture, "image/jpeg")
    if not found:
        raise NotRendered("There is no photo that could be read.")
    return found
