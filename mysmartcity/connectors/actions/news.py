"""What one piece of news does to one handover and its issue; the issue's row is locked by the caller.

Old news never overwrites newer news, whichever connections brought the two. A step that the ladder does
not have, and whatever a body says that has it no more, is kept as words for staff.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mysmartcity.connectors.actions.arrived import learn_reference
from mysmartcity.connectors.clean import public_words
from mysmartcity.connectors.codes import Meaning
from mysmartcity.connectors.models import InboxItem
from mysmartcity.connectors.whose import ignores_zeros, with_reference
from mysmartcity.dispatch.actions import (
    add_reference,
    known_reference,
    note_said,
    propose_body,
    queue_issue,
    replace_reference,
)
from mysmartcity.dispatch.models import Handover, HandoverReference
from mysmartcity.dispatch.rules import parts_of
from mysmartcity.dispatch.status import QueueReason, ReferenceKind
from mysmartcity.dispatch.together import ENDS, Part, all_ended, where_to
from mysmartcity.issues.actions import Move, change_status, comment_issue
from mysmartcity.issues.status import Actor, DeclineReason, Status, may_move
from mysmartcity.lib import clock

_SECOND = timedelta(seconds=1)


@dataclass
class News:
    """One item as one handover takes it, and what was learned from it so far."""

    item: InboxItem
    handover: Handover
    about: HandoverReference | None = None
    """The work item; None: all that the body has of this issue."""
    further: HandoverReference | None = None
    """A work item that was not known before."""
    promise: str = ""

    @property
    def is_active(self) -> bool:
        """Whether the body leads the issue or has a part in it."""
        return self.handover.is_current or self.handover.is_shared

    def keep(self, outcome: str, *, is_public: bool, says: str = "") -> str:
        """Keep the words without moving the issue, and give the outcome; nothing is written of none.

        `says` is our own sentence about what the body did.
        """
        item = self.item
        words = public_words(item.words) if is_public else ""
        inside = _inside(item, words)
        if is_public:
            words = "\n".join(filter(None, (says, words, self.promise)))
        else:
            inside = f"[{item.remote_status or '-'}: {outcome}]\n{item.words}".strip()
        if words or inside:
            comment_issue(
                issue=self.handover.issue,
                actor=Actor.BODY,
                actor_name=self.handover.body.name,
                public_words=words,
                inside_words=inside,
                happened_at=_when(item),
            )
        return outcome


def keep_inside(item: InboxItem, handover: Handover) -> str:
    """An automatic reply: its reference is learned, its words are kept for staff."""
    news = News(item, handover)
    _learn(news, ends=False)
    return news.keep("kept for staff", is_public=False)


def tell_news(item: InboxItem, handover: Handover, meaning: Meaning) -> str:
    """Learn what the item says, move the issue where that is due, and give the outcome."""
    news = News(item, handover)
    _learn(news, ends=meaning.status in ENDS)
    _note_promise(news)
    after = meaning.status
    if after is None and news.further is not None and handover.said in ENDS:
        # It had ended, and there is more to do.
        after, news.about = Status.ACKNOWLEDGED, news.further
    if after is None:
        return news.keep("words", is_public=news.is_active)
    if news.about is not None and news.about.replaced_by_id is not None:
        return news.keep("replaced reference", is_public=news.is_active)
    if _is_old(news):
        return news.keep("older than what we knew", is_public=news.is_active)
    before = handover.said
    note_said(
        handover=handover,
        said=after,
        at=_when(item),
        body_status=item.remote_status,
        decline_reason=meaning.decline_reason,
        reference=news.about,
    )
    if not news.is_active:
        return news.keep("not theirs any more", is_public=False)
    return _follow(news, before=before, item_said=after)


def _learn(news: News, *, ends: bool) -> None:
    """Write down the references that are new, and find out which one the news is about."""
    item, handover = news.item, news.handover
    if item.body_reference and not handover.body_reference:
        learn_reference(handover=handover, body_reference=item.body_reference)
        handover.issue.refresh_from_db()
    zeros = ignores_zeros(item.connection)
    about = known_reference(handover, item.body_reference, ignores_zeros=zeros)
    others = [str(one) for one in item.more_references if one]
    if about is None and item.body_reference:
        about = _learn_new_name(item, handover, others)
    elif about is not None and about.kind == ReferenceKind.ALSO:
        about = None
    news.about = about
    for reference in others:
        _learn_further(news, reference, stays=ends)
    for name in item.also_called:
        add_reference(
            handover=handover, reference=str(name), kind=ReferenceKind.ALSO, ignores_zeros=zeros
        )


def _learn_new_name(
    item: InboxItem, handover: Handover, others: Sequence[str]
) -> HandoverReference | None:
    """News under a name that we did not know. Where it names one that we do, that is the former one.

    In an answer to our own address it is the office's number for the whole of it.
    """
    zeros = ignores_zeros(item.connection)
    known = (known_reference(handover, one, ignores_zeros=zeros) for one in others)
    former = next((one for one in known if one is not None and one.replaced_by_id is None), None)
    is_whole = former is None and item.handover_id is not None
    added = add_reference(
        handover=handover,
        reference=item.body_reference,
        kind=ReferenceKind.ALSO if is_whole else ReferenceKind.GIVEN,
        replaces=former,
        ignores_zeros=zeros,
    )
    handover.refresh_from_db(fields=["body_reference"])
    return None if is_whole else added


def _learn_further(news: News, reference: str, *, stays: bool) -> None:
    """One more reference of the same work: a further work item, or the new name of the one before.

    It is a new name where the connection's settings say that this system means it so, and where it is
    known of another report of ours: then the two were joined. What ended under its old name (`stays`)
    goes on under the new one.
    """
    item, handover, about = news.item, news.handover, news.about
    zeros = ignores_zeros(item.connection)
    twins = [one for one in with_reference(item.connection, reference) if one.pk != handover.pk]
    added = add_reference(
        handover=handover, reference=reference, kind=ReferenceKind.MORE, ignores_zeros=zeros
    )
    if added is None:
        return
    news.further = added
    for twin in twins:
        _join(twin, reference, zeros=zeros)
    is_renamed = bool(twins) or item.connection.settings.get("further_references") == "renamed"
    if is_renamed and about is not None and about.replaced_by_id is None:
        replace_reference(handover=handover, old=about, new=added)
        handover.refresh_from_db(fields=["body_reference"])
        news.about = about if stays else added


def _join(twin: Handover, reference: str, *, zeros: bool) -> None:
    """The first of two reports that were joined: what looked like a further work item is its new name."""
    row = known_reference(twin, reference, ignores_zeros=zeros)
    if row is None or row.kind != ReferenceKind.MORE:
        return
    others = twin.references.filter(replaced_by=None).exclude(kind=ReferenceKind.ALSO)
    former = list(others.exclude(pk=row.pk)[:2])
    if len(former) == 1:
        replace_reference(handover=twin, old=former[0], new=row)


def _note_promise(news: News) -> None:
    """Until when the body says that it will be done; the newest word counts, and is said once."""
    item, handover = news.item, news.handover
    is_old = handover.said_at is not None and item.happened_at < handover.said_at
    if item.promised_at is None or item.promised_at == handover.promised_at or is_old:
        return
    handover.promised_at = item.promised_at
    handover.save(update_fields=["promised_at"])
    day = item.promised_at.astimezone(clock.CITY_ZONE)
    words = _("%(body)s says it will be done by %(day)s.")
    news.promise = words % {"body": handover.body.name, "day": f"{day:%d %b %Y, %H:%M}"}


def _is_old(news: News) -> bool:
    """Whether we know something newer: from this body, or a resident's "not fixed" after it.

    City systems write whole seconds, so news of the same second counts as new.
    """
    item, handover = news.item, news.handover
    known_at = news.about.said_at if news.about is not None else handover.said_at
    if known_at is not None and item.happened_at < known_at:
        return True
    objections = handover.issue.timeline.filter(after=Status.NOT_FIXED).order_by("-happened_at")
    objection = objections.first()
    return objection is not None and item.happened_at + _SECOND <= objection.happened_at


def _follow(news: News, *, before: str, item_said: Status) -> str:
    """Move the issue to where its bodies together say that it stands."""
    handover, issue = news.handover, news.handover.issue
    held = parts_of(issue)
    parts = [part for _one, part in held]
    speaker = next((part for one, part in held if one.pk == handover.pk), None)
    if speaker is None:  # its message was dropped, yet the body speaks of it
        return news.keep("never sent", is_public=False)
    is_news = before != handover.said
    if is_news and handover.said == Status.DECLINED:
        _ask_whose(news)
    after = where_to(parts, speaker=speaker, stands=Status(issue.status))
    if after is None:
        others = [one.body.name for one, part in held if not part.has_ended]
        if is_news and all_ended(parts):
            _ask_what_counts(handover)
        says = _part_words(handover, others) if is_news else ""
        return news.keep("part noted", is_public=True, says=says)
    if issue.status == after or (issue.status, after) == (Status.FIXED, Status.REPORTED_FIXED):
        is_one_of_several = item_said in ENDS and handover.said not in ENDS
        says = _item_words(news) if is_one_of_several else ""
        return news.keep("nothing new", is_public=True, says=says)
    if not may_move(Status(issue.status), after, Actor.BODY):
        return news.keep(f"no step from {issue.status} to {after}", is_public=False)
    _move(news, after, held)
    return f"moved to {after}"


def _move(news: News, after: Status, held: Sequence[tuple[Handover, Part]]) -> None:
    item, handover = news.item, news.handover
    words = public_words(item.words)
    reason = handover.decline_reason or held[0][0].decline_reason or DeclineReason.OTHER
    lines = [words, news.promise]
    if after == Status.REPORTED_FIXED and len(held) > 1:
        lines.append(_("Everybody who had a part in it says that it is done."))
    move = Move(
        after,
        Actor.BODY,
        actor_name=handover.body.name,
        public_words="\n".join(filter(None, lines)),
        inside_words=_inside(item, words),
        happened_at=_when(item),
        decline_reason=DeclineReason(reason) if after == Status.DECLINED else None,
        hold_reason=words[:300] if after == Status.ON_HOLD else "",
    )
    change_status(issue=handover.issue, move=move)


def _item_words(news: News) -> str:
    """One of a body's work items has ended and others have not."""
    items = news.handover.references.filter(replaced_by=None).exclude(kind=ReferenceKind.ALSO)
    still = [one.reference for one in items if one.said not in ENDS]
    words = _("%(body)s says that a part of the work has ended. Still open there: %(references)s.")
    return words % {"body": news.handover.body.name, "references": ", ".join(still)}


def _part_words(handover: Handover, others: Sequence[str]) -> str:
    """What a body says of its part while others have theirs, in a sentence with its name."""
    names = {"body": handover.body.name, "others": ", ".join(others)}
    sentences = {
        Status.ACKNOWLEDGED: _("%(body)s has taken on its part."),
        Status.SCHEDULED: _("%(body)s has planned its part."),
        Status.IN_PROGRESS: _("%(body)s is working on its part."),
        Status.ON_HOLD: _("%(body)s has stopped work on its part for a while."),
        Status.REPORTED_FIXED: _("%(body)s says its part is done."),
        Status.DECLINED: _("%(body)s says that it will not do its part."),
    }
    if handover.said in ENDS and others:
        is_done = handover.said == Status.REPORTED_FIXED
        done = ngettext(
            "%(body)s says its part is done; %(others)s still has it.",
            "%(body)s says its part is done; %(others)s still have it.",
            len(others),
        )
        refused = ngettext(
            "%(body)s says that it will not do its part; %(others)s still has it.",
            "%(body)s says that it will not do its part; %(others)s still have it.",
            len(others),
        )
        return (done if is_done else refused) % names
    return sentences[Status(handover.said)] % names


def _ask_whose(news: News) -> None:
    if news.handover.decline_reason == DeclineReason.NOT_OURS:
        propose_body(handover=news.handover, words=news.item.words)


def _ask_what_counts(handover: Handover) -> None:
    """Some are done and the others refused: nothing settles that by itself."""
    words = _(
        "Some of the bodies say that they are done, others will not do their part. What counts?"
    )
    queue_issue(issue=handover.issue, reason=QueueReason.DRIFT, words=words)


def _inside(item: InboxItem, words: str) -> str:
    """The raw words, when the public does not see all of them."""
    return item.words if item.words.strip() != words else ""


def _when(item: InboxItem) -> datetime:
    """When it happened, never after we heard of it: a city's clock may run ahead.

    Not the present moment: what waited here for its turn would stand before news that came meanwhile.
    """
    return min(item.happened_at, item.received_at)
