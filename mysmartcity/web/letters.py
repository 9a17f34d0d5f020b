"""What residents get by e-mail: a receipt, and news at every public change. One-click stop in each.

Renders and queues; sending is notify's work. Contact details of anybody never stand in a letter.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from mysmartcity.dispatch.models import Handover
from mysmartcity.issues import links
from mysmartcity.issues.models import Follow, Issue, TimelineEntry
from mysmartcity.issues.status import Actor, Status
from mysmartcity.look.statuses import status_key, status_label
from mysmartcity.notify.actions import queue_mail
from mysmartcity.web import ladder, promises, timeline


def welcome_reporter(*, issue_id: int, tracking_secret: str) -> bool:
    """The receipt to a reporter who left an address and wants news; False when there is none.

    Runs inside the transaction of the report, so either both are there or neither.
    """
    issue = _issue(issue_id)
    follow = issue.follows.filter(is_reporter=True, stopped_at=None).exclude(email="").first()
    if follow is None:
        return False
    with translation.override(issue.language):
        subject = _("%(reference)s: we have your report") % {"reference": issue.reference}
        ahead = promises.prospect_of(issue).promised_at
        context = {
            **_context(issue, [], promised_at=ahead),
            "tracking_url": links.tracking_url(tracking_secret),
            "subject": subject,
        }
        _post(f"welcome-{issue.pk}", follow, subject, "welcome", context)
    return True


def tell_followers(*, entry_id: int) -> int:
    """Write to everyone who wants news about one timeline entry. Gives the number of letters.

    Safe to run twice: each letter has a key of entry and follower.
    """
    entry = TimelineEntry.objects.filter(pk=entry_id).first()
    if entry is None or not _is_news(entry):
        return 0
    issue = _issue(entry.issue_id)
    if issue.status == Status.HIDDEN:
        return 0
    entries = timeline.public_entries(issue)
    count = 0
    for follow in _followers(issue):
        with translation.override(_language(issue, follow)):
            _write_news(issue, entry, entries, follow)
        count += 1
    return count


def _followers(issue: Issue) -> Iterable[Follow]:
    """Who wants news of an issue, and of those that were joined to it; each address once, its own first."""
    joined = Q(issue__merged_into=issue, issue__status=Status.MERGED)
    found = Follow.objects.filter(Q(issue=issue) | joined, stopped_at=None).exclude(email="")
    once: dict[str, Follow] = {}
    for follow in found.select_related("issue").order_by("pk"):
        known = once.get(follow.email)
        if known is None or (known.issue_id != issue.pk and follow.issue_id == issue.pk):
            once[follow.email] = follow
    return once.values()


def _is_news(entry: TimelineEntry) -> bool:
    """What is public: a step that is not about hiding, or public words."""
    if Status.HIDDEN in (entry.before, entry.after):
        return False
    return entry.kind == "status" or bool(entry.public_words)


def _write_news(
    issue: Issue, entry: TimelineEntry, entries: list[timeline.Said], follow: Follow
) -> None:
    key = status_key(issue.status, fixed_by=issue.fixed_by)
    label = status_label(key, body=issue.responsible_name)
    says = label if entry.kind == "status" else _("new words")
    subject = _("%(reference)s, %(kind)s: %(says)s") % {
        "reference": issue.reference,
        "kind": issue.category.name,
        "says": says,
    }
    context = {
        **_context(issue, entries, promised_at=issue.promised_at),
        "subject": subject,
        "who": timeline.speaker(issue, entry),
        "words": timeline.words(issue, entry),
        "status_label": label,
        "asks": issue.status == Status.REPORTED_FIXED and (follow.is_reporter or follow.is_joined),
    }
    _post(f"entry-{entry.pk}-{follow.pk}", follow, subject, "news", context)


def _issue(issue_id: int) -> Issue:
    found: Issue = Issue.objects.select_related("category", "jurisdiction").get(pk=issue_id)
    return found


def _language(issue: Issue, follow: Follow) -> str:
    its_issue = issue if follow.issue_id == issue.pk else follow.issue
    return its_issue.language if follow.is_reporter else settings.LANGUAGE_CODE


def _context(
    issue: Issue, entries: list[timeline.Said], *, promised_at: datetime | None
) -> dict[str, Any]:
    reached = timeline.reached(entries) or {Status.RECEIVED: issue.reported_at}
    standing = ladder.Standing(
        status=Status(issue.status),
        fixed_by=issue.fixed_by,
        body=issue.responsible_name,
        promised_at=promised_at,
        reached={Status(status): at for status, at in reached.items()},
    )
    handover = Handover.objects.filter(issue=issue, is_current=True).select_related("body").first()
    return {
        "issue": issue,
        "kind": issue.category.name,
        "place": ", ".join(filter(None, (issue.place_name, issue.jurisdiction.name))),
        "url_of_issue": links.issue_url(issue.reference),
        "steps": ladder.steps(standing),
        "body": handover.body.name if handover else "",
        "body_reference": handover.body_reference if handover else "",
        "promised_at": promised_at,
        "body_actor": Actor.BODY,
    }


def _post(key: str, follow: Follow, subject: str, template: str, context: dict[str, Any]) -> None:
    stop_url = links.stop_url(links.stop_secret(follow.pk))
    its = {**context, "stop_url": stop_url}
    queue_mail(
        key=key,
        to=follow.email,
        subject=subject,
        text=_tidy(render_to_string(f"web/mail/{template}.txt", its)),
        html=render_to_string(f"web/mail/{template}.html", its),
        stop_url=stop_url,
    )


def _tidy(text: str) -> str:
    """At most one empty line in a row: templates leave more behind."""
    return "\n".join(_single_gaps(text.strip().splitlines())) + "\n"


def _single_gaps(lines: list[str]) -> Iterator[str]:
    was_empty = False
    for line in lines:
        if line.strip() or not was_empty:
            yield line.rstrip()
        was_empty = not line.strip()
