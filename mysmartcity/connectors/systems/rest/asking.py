"""What is asked of a system: news, how references stand, categories; and how pushed news is read."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from mysmartcity.connectors.contract import (
    BadPush,
    DeliveryFailed,
    RemoteCategory,
    RemoteState,
    Update,
)
from mysmartcity.connectors.systems.rest import mapping, outcome, paths, values
from mysmartcity.connectors.systems.rest.client import Exchange, NotWritable
from mysmartcity.connectors.systems.rest.paging import entries
from mysmartcity.connectors.systems.rest.shapes import Definition, Item, PollEach, PollList
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.lib import clock


def news(exchange: Exchange, *, since: datetime, references: Sequence[str]) -> list[Update]:
    """The list since a moment, or each reference by itself. Raises DeliveryFailed."""
    definition = exchange.definition
    poll = definition.poll
    if poll is None:
        raise NotImplementedError
    if isinstance(poll, PollList):
        known = {**values.always(definition), "since": since}
        listed = entries(exchange, poll.request, known, items=poll.items, paging=poll.paging)
        return _updates(definition, poll.item, listed)
    found: list[Update] = []
    odd: list[NotWritable] = []
    for reference in references:
        try:
            told = _about(exchange, poll, reference, since)
        except NotWritable as error:
            # A reference in another form than the system's: it must not stop the others' news.
            odd.append(error)
            continue
        found += _updates(definition, poll.item, told, reference)
    if odd and len(odd) == len(references):
        raise odd[0]
    return found


def asks_each(definition: Definition) -> PollEach | None:
    """How one reference is asked for, where the definition says it."""
    if definition.states is not None:
        return definition.states
    return definition.poll if isinstance(definition.poll, PollEach) else None


def states(exchange: Exchange, references: Sequence[str]) -> list[RemoteState]:
    """How references stand, each by itself; the last entry counts. Raises DeliveryFailed."""
    definition = exchange.definition
    poll = asks_each(definition)
    if poll is None:
        raise NotImplementedError
    found = []
    for reference in references:
        try:
            told = _about(exchange, poll, reference, clock.now())
        except NotWritable:
            told = []
        if told:
            found.append(mapping.state_of(definition, poll.item, told[-1], asked=reference))
        else:
            found.append(RemoteState(reference, exists=False))
    return found


def _about(exchange: Exchange, poll: PollEach, reference: str, since: datetime) -> list[Any]:
    """The entries about one reference; none when it is not known there."""
    always = values.always(exchange.definition)
    try:
        answer = exchange.ask(poll.request, {**always, "since": since, "body_reference": reference})
    except outcome.Gone:
        return []
    if poll.gone and paths.is_true(poll.gone, answer.tree):
        return []
    told = paths.records(poll.items or "@", answer.tree)
    if told is None:
        said = f"{exchange.definition.title} answered without what was asked for."
        raise DeliveryFailed(ErrorClass.TRANSIENT, said)
    return told


def categories(exchange: Exchange) -> list[RemoteCategory]:
    """What can be reported there. Raises DeliveryFailed."""
    form = exchange.definition.categories
    if form is None:
        raise NotImplementedError
    known = values.always(exchange.definition)
    listed = entries(exchange, form.request, known, items=form.items, paging=form.paging)
    return [one for one in (mapping.category_of(form, entry) for entry in listed) if one]


def pushed(definition: Definition, body: bytes) -> list[Update]:
    """News that was pushed. Raises BadPush."""
    if definition.push is None:
        raise BadPush(f"{definition.title} pushes nothing.")
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadPush("The push is no JSON.") from error
    listed = paths.records(definition.push.items, tree)
    if listed is None:
        raise BadPush("The push has no list of news.")
    return _updates(definition, definition.push.item, listed)


def _updates(
    definition: Definition, item: Item, listed: Iterable[Any], asked: str = ""
) -> list[Update]:
    told = (mapping.update_of(definition, item, entry, asked=asked) for entry in listed)
    return [one for one in told if one is not None]
