"""Turns a message into what an agent at a call centre asks for, in the order in which they ask it.

Which facts, under which names and in which order is data (setting `facts`): each is {"label", "from"},
and "from" names a fact below, `answer:CODE` for an answer of the resident, or a list of which the first
that is known counts. A fact that is `needed` is named even where nobody knows it.

The order we start from is that of the forms on which councillors and ratepayers' associations hand
faults on: who, where, account or meter, pole, what else is dark, which meter, reference, what, since when.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mysmartcity.connectors.contract import Message
from mysmartcity.connectors.systems.call_centre.client import Line
from mysmartcity.dispatch.status import DeliveryKind
from mysmartcity.lib import clock
from mysmartcity.lib.text import one_line

ANSWER: Final = "answer:"


class BadFacts(ValueError):
    """The setting `facts` can't be used; the sentence is for the operator."""


@dataclass(frozen=True)
class Fact:
    """One line of the block: its name, where it is taken from, and whether it is always named."""

    label: str
    sources: tuple[str, ...]
    is_needed: bool = False


def _street(message: Message) -> str:
    return f"{message.street_number} {message.street}".strip() or message.address


def _what(message: Message) -> str:
    return ". ".join(filter(None, (message.category_name, one_line(message.description))))


def _residents(message: Message) -> str:
    count = message.report_count
    return ngettext("%(n)s resident", "%(n)s residents", count) % {"n": count}


FACTS: Final[Mapping[str, Callable[[Message], str]]] = {
    "name": lambda message: message.reporter.name,
    "phone": lambda message: message.reporter.phone,
    "email": lambda message: message.reporter.email,
    "account": lambda message: message.reporter.account_number,
    "street": _street,
    "suburb": lambda message: message.suburb or message.place_name,
    "position": lambda message: f"{message.lat:.5f}, {message.lng:.5f}",
    "their_reference": lambda message: message.body_reference,
    "our_reference": lambda message: message.reference,
    "category": lambda message: message.category_name,
    "words": lambda message: one_line(message.description),
    "what": _what,
    "reported": lambda message: _moment(message.reported_at.isoformat()),
    "residents": _residents,
    "link": lambda message: message.issue_url,
}
"""Every fact that a "from" may name, beside the answers."""


def usual_facts() -> list[dict[str, Any]]:
    """What most call centres ask, in their order, for connections without a list of their own."""
    return [
        {"label": _("Name"), "from": "name"},
        {"label": _("Phone"), "from": "phone"},
        {"label": _("Street and number"), "from": "street", "needed": True},
        {"label": _("Suburb"), "from": "suburb", "needed": True},
        {
            "label": _("Account or meter number"),
            "from": [
                "answer:account-number",
                "answer:meter-number",
                "answer:water-account",
                "account",
            ],
        },
        {"label": _("Pole number"), "from": "answer:pole-number"},
        {"label": _("One house or the area"), "from": "answer:scope"},
        {"label": _("Prepaid or conventional"), "from": "answer:meter-kind"},
        {"label": _("Their reference"), "from": "their_reference"},
        {"label": _("What is wrong"), "from": "what", "needed": True},
        {"label": _("Since when"), "from": ["answer:since", "reported"], "needed": True},
        {"label": _("How many reported it"), "from": "residents"},
        {"label": _("Page"), "from": "link"},
    ]


def read_facts(given: Any) -> list[Fact]:
    """The setting `facts` as it is used. Raises BadFacts."""
    if not isinstance(given, list) or not given:
        raise BadFacts(_("“facts” must be a list of {“label”: …, “from”: …}."))
    return [_read_fact(one) for one in given]


def _read_fact(one: Any) -> Fact:
    label = one_line(str(one.get("label") or "")) if isinstance(one, Mapping) else ""
    if not label:
        raise BadFacts(_("Each fact needs a “label” and a “from”."))
    given = one.get("from")
    listed = given if isinstance(given, list) else [given] if given else []
    sources = tuple(map(str, listed))
    for source in sources:
        is_answer = source.startswith(ANSWER) and source != ANSWER
        if not is_answer and source not in FACTS:
            known = ", ".join([*FACTS, "answer:CODE"])
            sentence = _("“%(label)s” comes from “%(source)s”, which is none of: %(known)s.")
            raise BadFacts(sentence % {"label": label, "source": source, "known": known})
    if not sources:
        raise BadFacts(_("“%(label)s” comes from nowhere.") % {"label": label})
    return Fact(label, sources, is_needed=bool(one.get("needed")))


def brief(message: Message, *, line: Line, facts: Sequence[Fact]) -> str:
    """What the caller has before them: whom to call, what to say first, then the facts, line by line."""
    lines = [_("Call %(body)s: %(phone)s") % {"body": message.body_name, "phone": _dial(line)}]
    lines += [line.menu] if line.menu else []
    lines += [_opening(message), "", *_fact_lines(message, facts)]
    if message.words:
        lines += ["", _("In the resident's words: %(words)s") % {"words": message.words}]
    return "\n".join(lines)


def _dial(line: Line) -> str:
    phone = line.phone or _("no number known")
    return f"{phone} ({line.hours})" if line.hours else phone


def _opening(message: Message) -> str:
    theirs = message.body_reference or _("which they have not given yet")
    sentences = {
        DeliveryKind.CREATE: _("Report something new. Ask for a reference number."),
        DeliveryKind.COMMENT: _("Add facts to their reference %(theirs)s."),
        DeliveryKind.PHOTO: _("Tell them that there is a new photo for %(theirs)s."),
        DeliveryKind.NOT_FIXED: _(
            "They said that %(theirs)s is fixed. A resident says that it is not."
        ),
        DeliveryKind.WITHDRAWN: _("The resident took %(theirs)s back. They can close it."),
    }
    return sentences[message.kind] % {"theirs": theirs}


def _fact_lines(message: Message, facts: Iterable[Fact]) -> Iterable[str]:
    for fact in facts:
        value = next(filter(None, (_value(message, source) for source in fact.sources)), "")
        if value or fact.is_needed:
            yield f"{fact.label}: {value or _('not known')}"


def _value(message: Message, source: str) -> str:
    if not source.startswith(ANSWER):
        return one_line(FACTS[source](message))
    code = source.removeprefix(ANSWER)
    found = next((one for one in message.answers if one.code == code), None)
    return ", ".join(_moment(one_line(words)) for words in found.words) if found else ""


def _moment(text: str) -> str:
    """A moment as it is read out; any other text stays as it is."""
    try:
        moment = datetime.fromisoformat(text) if len(text) >= len("2026-06-01T08:00") else None
    except ValueError:
        return text
    if moment is None:
        return text
    local = moment.astimezone(clock.CITY_ZONE) if moment.tzinfo else moment
    return f"{local.day} {local:%B %Y, %H:%M}"
