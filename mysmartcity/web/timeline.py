"""What happened to an issue, in the words the public may read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from mysmartcity.issues.models import Issue, TimelineEntry
from mysmartcity.issues.status import Actor, DeclineReason, Status
from mysmartcity.lib.kept import KeptQuery, Slot
from mysmartcity.look.statuses import presentation, status_key
from mysmartcity.web.addresses import photo_url

Entry = dict[str, Any]


class Said(NamedTuple):
    """What everyone may see of a timeline entry; the names are those of its columns."""

    happened_at: datetime
    actor: str
    actor_name: str
    kind: str
    before: str
    after: str
    public_words: str
    photo_digest: str


_PUBLIC = KeptQuery(
    lambda: (
        TimelineEntry.objects.filter(issue_id=Slot("issue"))
        .exclude(after=Status.HIDDEN)
        .exclude(before=Status.HIDDEN)
        .order_by("happened_at", "id")
        .values_list(*Said._fields)
    )
)


def public_entries(issue: Issue) -> list[Said]:
    """The entries that everyone may see, oldest first. One query."""
    entries = (Said(*row) for row in _PUBLIC.ask(issue=issue.pk))
    return [entry for entry in entries if entry.kind == "status" or entry.public_words]


def reached(entries: Iterable[Said]) -> dict[str, datetime]:
    """When each status was reached for the first time since the issue last came back as not fixed."""
    found: dict[str, datetime] = {}
    for entry in entries:
        if entry.kind != "status" or not entry.after:
            continue
        if entry.after == Status.NOT_FIXED:
            found.pop(Status.FIXED, None)
        found.setdefault(entry.after, entry.happened_at)
    return found


def drawn(issue: Issue, entries: Iterable[Said], hidden: frozenset[str]) -> list[Entry]:
    """The entries as the look's timeline wants them, newest first. `hidden`: digests not shown."""
    return [_drawn(issue, entry, hidden) for entry in reversed(list(entries))]


def _drawn(issue: Issue, entry: Said | TimelineEntry, hidden: frozenset[str]) -> Entry:
    is_first = entry.after == Status.RECEIVED and not entry.before
    key = status_key(entry.after, fixed_by=_fixed_by(entry)) if entry.after else ""
    digest = entry.photo_digest if entry.photo_digest not in hidden else ""
    return {
        "voice": entry.actor,
        "who": speaker(issue, entry),
        # "A resident" needs no "resident" beside it.
        "is_unnamed": entry.actor != Actor.BODY,
        "words": words(issue, entry),
        "at": entry.happened_at,
        "status": "" if is_first else key,
        "body": entry.actor_name or issue.responsible_name,
        "photo": photo_url(digest, "page") if digest else "",
    }


def _fixed_by(entry: Said | TimelineEntry) -> str:
    return "silence" if entry.actor == Actor.PLATFORM else "resident"


def speaker(issue: Issue, entry: Said | TimelineEntry) -> str:
    """Who says it: a body by its name, people never by theirs."""
    if entry.actor == Actor.BODY:
        return entry.actor_name or issue.responsible_name or _("The office")
    if entry.actor == Actor.DISPATCHER:
        return _("Dispatch centre")
    if entry.actor == Actor.PLATFORM:
        return _("My Smart City")
    is_first = entry.after == Status.RECEIVED and not entry.before
    return _("The person who reported it") if is_first else _("A resident")


def words(issue: Issue, entry: Said | TimelineEntry) -> str:
    """The public words; where nobody wrote any, what the step means."""
    if entry.public_words:
        return entry.public_words
    if entry.after == Status.RECEIVED and not entry.before:
        return _("Reported this problem.")
    if entry.after == Status.SENT and entry.actor_name:
        return _("We passed it on to %(body)s.") % {"body": entry.actor_name}
    if entry.after == Status.DECLINED and issue.decline_reason:
        return decline_words(issue.decline_reason)
    if not entry.after:
        return ""
    return str(presentation(status_key(entry.after, fixed_by=_fixed_by(entry))).meaning)


def decline_words(reason: str) -> str:
    """Why an office will not do it, as a sentence."""
    sentences = {
        DeclineReason.NOT_OURS: _("The office says that this is not its work."),
        DeclineReason.NOT_FOUND: _("The office could not find the problem at this place."),
        DeclineReason.PRIVATE_PROPERTY: _("The office says that this is on private property."),
        DeclineReason.NO_FAULT: _("The office looked and found nothing wrong."),
        DeclineReason.DUPLICATE: _("The office has this problem on its list already."),
        DeclineReason.NO_BUDGET: _("The office says that it has no money for this now."),
    }
    return sentences.get(DeclineReason(reason), _("The office will not do this."))
