"""Standing behind an issue, following it, and stopping its news."""

from django.db import transaction
from django.db.models import F

from mysmartcity.issues import links, rules
from mysmartcity.issues.events import IssueJoined
from mysmartcity.issues.models import Follow, Issue
from mysmartcity.lib import clock, events, ids
from mysmartcity.people.models import Person


def _add(issue: Issue, *, email: str, device: str, person: Person | None, is_joined: bool) -> bool:
    """A follower's row; False when this device or address follows already (then news start again)."""
    device_hash = ids.hash_secret(device) if device else ""
    same = Follow.objects.none()
    if device_hash:
        same = Follow.objects.filter(issue=issue, device_hash=device_hash)
    if email:
        same = same | Follow.objects.filter(issue=issue, email=email.lower())
    # The issue's row is locked by the caller, so nobody adds the same follower at the same time.
    existing = same.order_by("pk").first() if device_hash or email else None
    if existing is not None:
        return _renew(existing, email=email, is_joined=is_joined)
    follow = Follow.objects.create(
        issue=issue,
        person=person,
        email=email.lower(),
        device_hash=device_hash,
        is_joined=is_joined,
        stop_hash=ids.hash_secret(ids.new_secret()),
    )
    follow.stop_hash = ids.hash_secret(links.stop_secret(follow.pk))
    follow.save(update_fields=["stop_hash"])
    return True


def _renew(follow: Follow, *, email: str, is_joined: bool) -> bool:
    was_counted = follow.is_joined or follow.is_reporter
    follow.is_joined = follow.is_joined or is_joined
    if email and not follow.email:
        taken = Follow.objects.filter(issue=follow.issue_id, email=email.lower()).exists()
        follow.email = "" if taken else email.lower()
    if email:
        follow.stopped_at = None
    follow.save(update_fields=["is_joined", "email", "stopped_at"])
    return is_joined and not was_counted


@transaction.atomic
def join_issue(
    *, issue: Issue, device: str = "", email: str = "", person: Person | None = None
) -> bool:
    """One more resident says: mine too. False when they had said so before; it counts once.

    Raises NotAllowed when the issue has ended.
    """
    rules.check_may_join(Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk))
    added = _add(issue, email=email, device=device, person=person, is_joined=True)
    if added:
        Issue.objects.filter(pk=issue.pk).update(report_count=F("report_count") + 1)
        events.publish(IssueJoined(issue_id=issue.pk))
    return added


@transaction.atomic
def follow_issue(*, issue: Issue, email: str = "", person: Person | None = None) -> bool:
    """Send news of an issue to an address. False when it gets them already."""
    Issue.objects.select_for_update().filter(pk=issue.pk).first()
    address = email or (person.email if person is not None else "")
    return _add(issue, email=address, device="", person=person, is_joined=False)


def stop_following(*, secret: str) -> Issue | None:
    """End the news to the follower whose stop link this is. None when there is no such link."""
    follow = (
        Follow.objects.filter(stop_hash=ids.hash_secret(secret)).select_related("issue").first()
    )
    if follow is None:
        return None
    Follow.objects.filter(pk=follow.pk, stopped_at=None).update(stopped_at=clock.now())
    return follow.issue
