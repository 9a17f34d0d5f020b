"""Checks what lies inside a definition's texts: every template, path and date is compiled at load."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mysmartcity.connectors.systems.rest import bodies, dates, paths, templates, values
from mysmartcity.connectors.systems.rest.shapes import (
    Cursor,
    Definition,
    Item,
    LookUp,
    NextLink,
    PollEach,
    Push,
    Say,
)
from mysmartcity.connectors.systems.rest.templates import Kind, Known
from mysmartcity.connectors.systems.rest.wire import HeaderKey, Login, OAuth2, Outcome, Request

_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS: Final = ("host", "connection", "content-length", "transfer-encoding", "accept-encoding")
"""Headers that say how a request travels, which is the business of lib.http."""

_PAGING: Final = ("page", "offset", "cursor")
KINDS: Final = ("create", "photo", "comment", "not_fixed", "withdrawn")


class _Found:
    """Collects the sentences; each begins with the path in the file."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.zone = definition.dates.zone
        self.sentences: list[str] = []

    def say(self, where: str, words: str) -> None:
        self.sentences.append(f"{where}: {words}.")

    def text(self, where: str, source: str, known: Known, *, kind: Kind = "text") -> None:
        try:
            templates.check(source, known=known, kind=kind, zone=self.zone)
        except templates.BadTemplate as error:
            self.say(where, str(error).rstrip("."))

    def path(self, where: str, path: str) -> None:
        try:
            paths.check(path)
        except paths.BadPath as error:
            self.say(where, str(error).rstrip("."))

    def known(self, *names: str) -> Known:
        return values.known(self.definition, *names)

    def header_names(self, where: str, *names: str) -> None:
        for name in names:
            if not _HEADER.fullmatch(name) or name.lower() in _OURS:
                self.say(f"{where}.{name[:40]}", "this header can't be set")

    def request(self, where: str, request: Request, known: Known) -> None:
        self.text(f"{where}.path", request.path, known, kind="path")
        if any(mark in request.path for mark in "?#\\") or ".." in request.path.split("/"):
            self.say(f"{where}.path", "a path has no ?, #, \\ or ..; arguments stand in query")
        self.header_names(f"{where}.headers", *request.headers)
        for part, group in (("query", request.query), ("headers", request.headers)):
            for name, source in group.items():
                self.text(f"{where}.{part}.{name}", source, known)
        for name, source in (request.form or {}).items():
            self.text(f"{where}.form.{name}", source, known)
        for name, file in request.files.items():
            self.text(f"{where}.files.{name}.name", file.name, known)
        self.text(f"{where}.xml", request.xml, known, kind="xml")
        self.text(f"{where}.text", request.text, known)
        self._json(where, request, known)
        given = [
            request.json is not None,
            request.form is not None,
            bool(request.xml or request.text),
        ]
        if sum(given) > 1 or (request.xml and request.text):
            self.say(where, "a request has one body: json, form, xml or text")
        if request.method == "GET" and (any(given) or request.files):
            self.say(where, "a GET has no body")

    def _json(self, where: str, request: Request, known: Known) -> None:
        if wrong := bodies.complaint(request.json):
            self.say(f"{where}.json", wrong)
            return
        for place, source, is_each in bodies.texts(request.json, f"{where}.json"):
            more: Known = {**known, "each": set(values.EACH)} if is_each else known
            self.text(place, source, more)


def problems(definition: Definition) -> list[str]:
    """Everything that is wrong inside, each sentence with its path in the file."""
    found = _Found(definition)
    try:
        ZoneInfo(definition.dates.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return [f"dates.zone: there is no zone “{definition.dates.zone[:60]}”."]
    for place, written in enumerate(definition.dates.formats):
        if wrong := dates.complaint(written):
            found.say(f"dates.formats.{place}", wrong)
    _base_url(found, "base_url", definition.base_url)
    found.header_names("headers", *definition.headers)
    if definition.sign is not None:
        times = [definition.sign.timestamp_header] if definition.sign.timestamp_header else []
        found.header_names("sign", definition.sign.header, *times)
    for name, source in definition.headers.items():
        found.text(f"headers.{name}", source, found.known())
    _auth(found)
    _outcome(found, "outcome", definition.outcome)
    _messages(found)
    _reads(found)
    for place, need in enumerate(definition.needs):
        found.text(f"needs.{place}.value", need.value, found.known(*values.MESSAGE))
    return found.sentences


def _base_url(found: _Found, where: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        is_fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_fine = False
        parts = urlsplit("")
    if not is_fine or "@" in parts.netloc or parts.query or parts.fragment:
        found.say(where, "an address such as https://host/path is wanted")


def _auth(found: _Found) -> None:
    auth = found.definition.auth
    if isinstance(auth, HeaderKey):
        found.header_names("auth", auth.name)
        found.text("auth.value", auth.value, found.known("secret"))
    if isinstance(auth, OAuth2):
        _base_url(found, "auth.token_url", auth.token_url)
    if not isinstance(auth, Login):
        return
    kept: set[str] = set()
    for place, step in enumerate(auth.steps):
        where = f"auth.steps.{place}"
        found.request(
            f"{where}.request", step.request, {**found.known("secret"), "session": set(kept)}
        )
        found.path(f"{where}.refused", step.refused)
        for number, one in enumerate(step.keep):
            given = [one.cookie, one.cookies, one.header, one.body]
            if sum(map(bool, given)) != 1:
                found.say(
                    f"{where}.keep.{number}", "one of cookie, cookies, header and body is wanted"
                )
            found.path(f"{where}.keep.{number}.body", one.body)
            kept.add(one.name)
    found.header_names("auth.carry", *auth.carry)
    for name, source in auth.carry.items():
        found.text(f"auth.carry.{name}", source, {**found.known("secret"), "session": kept})


def _outcome(found: _Found, where: str, outcome: Outcome) -> None:
    found.path(f"{where}.accepted", outcome.accepted)
    found.path(f"{where}.error", outcome.error)
    for place, rule in enumerate(outcome.rules):
        if not rule.status and not rule.when:
            found.say(f"{where}.rules.{place}", "a rule wants a status or a condition")
        found.path(f"{where}.rules.{place}.when", rule.when)
        found.path(f"{where}.rules.{place}.retry_after", rule.retry_after)


def says(definition: Definition) -> Iterator[tuple[str, Say]]:
    """The kinds of messages that the system takes, with how."""
    for kind in KINDS:
        say: Say | None = getattr(definition.messages, kind)
        if say is not None:
            yield kind, say


def _messages(found: _Found) -> None:
    messages = found.definition.messages
    asks = messages.create.look_up is not None
    if messages.comment is None and (messages.not_fixed or messages.withdrawn):
        found.say("messages", "a system that takes not_fixed or withdrawn must take comment too")
    for kind, say in says(found.definition):
        where = f"messages.{kind}"
        known = found.known(*values.MESSAGE)
        found.request(f"{where}.request", say.request, known)
        for name in ("reference", "token", "id", "more_references"):
            found.path(f"{where}.answer.{name}", getattr(say.answer, name))
        if say.request.method == "GET":
            found.say(f"{where}.request.method", "a message is no GET")
        if say.look_up is not None:
            _look_up(found, f"{where}.look_up", say.look_up)
        elif asks and not say.repeatable:
            found.say(where, "say how it is looked up, or that it is repeatable")


def _look_up(found: _Found, where: str, look_up: LookUp) -> None:
    names = (*values.MESSAGE, "since", "until", *_PAGING)
    found.request(f"{where}.request", look_up.request, found.known(*names))
    for name in ("items", "ours", "reference", "id", "at"):
        found.path(f"{where}.{name}", getattr(look_up, name))
    _paging(found, where, look_up.paging)


def _paging(found: _Found, where: str, paging: object) -> None:
    if isinstance(paging, NextLink):
        found.path(f"{where}.paging.link", paging.link)
    if isinstance(paging, Cursor):
        found.path(f"{where}.paging.value", paging.value)


def _item(found: _Found, where: str, item: Item) -> None:
    for name in item.__struct_fields__:
        found.path(f"{where}.{name}", getattr(item, name))


def _reads(found: _Found) -> None:
    definition = found.definition
    if isinstance(definition.poll, PollEach):
        _each(found, "poll", definition.poll)
    elif definition.poll is not None:
        found.request("poll.request", definition.poll.request, found.known("since", *_PAGING))
        _paging(found, "poll", definition.poll.paging)
        if not definition.poll.item.reference:
            found.say("poll.item.reference", "a list of news must say whose news it is")
        found.path("poll.items", definition.poll.items)
        _item(found, "poll.item", definition.poll.item)
    _asks(found)


def _each(found: _Found, where: str, each: PollEach) -> None:
    found.request(f"{where}.request", each.request, found.known("body_reference", "since"))
    for name in ("gone", "items"):
        found.path(f"{where}.{name}", getattr(each, name))
    _item(found, f"{where}.item", each.item)


def _asks(found: _Found) -> None:
    definition = found.definition
    if definition.states is not None:
        _each(found, "states", definition.states)
    if definition.token is not None:
        found.request("token.request", definition.token.request, found.known("token"))
        found.path("token.reference", definition.token.reference)
    if definition.categories is not None:
        found.request("categories.request", definition.categories.request, found.known(*_PAGING))
        for name in ("items", "code", "name", "group", "questions"):
            found.path(f"categories.{name}", getattr(definition.categories, name))
        _paging(found, "categories", definition.categories.paging)
    if definition.push is not None:
        _push(found, definition.push)


def _push(found: _Found, push: Push) -> None:
    found.path("push.items", push.items)
    _item(found, "push.item", push.item)
    if not push.item.reference:
        found.say("push.item.reference", "pushed news must say whose news it is")
