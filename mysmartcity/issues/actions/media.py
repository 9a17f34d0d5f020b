"""Pictures that a machine gave as links: offered with the report, fetched later in the background.

Fetched through lib.http and taken in by lib.photos like every other picture. Public addresses only: the
list of city systems on private networks does not count here, or a link could make us call them.
A link that fails never touches the report: staff read why, and the link stays where it was given.
"""

import io
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from mysmartcity.issues.actions.status import comment_issue
from mysmartcity.issues.events import MediaOffered
from mysmartcity.issues.models import Issue, Photo
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import events, http, photos, text


def offer_media(*, issue: Issue, urls: Sequence[str]) -> None:
    """Say that pictures of a new issue lie at these web addresses. Call it in the transaction that
    wrote the issue, so that the jobs that fetch them stand or fall with it."""
    events.publish(MediaOffered(issue_id=issue.pk, urls=tuple(urls[: photos.MAX_PHOTOS])))


def fetch_media(*, issue_id: int, url: str) -> Photo | None:
    """Fetch one picture and keep it as a photo of the issue; None when it can't be had.

    Safe to run twice: the same picture is one photo. Busy decoders raise PhotoRefused("busy"), so
    that the job is tried again.
    """
    issue = Issue.objects.get(pk=issue_id)
    if issue.status in (Status.HIDDEN, Status.WITHDRAWN):
        return None
    try:
        stored = _fetched(url)
    except http.HttpFailure as failure:
        _note(issue, url, str(failure))
        return None
    except photos.PhotoRefused as refusal:
        if refusal.code == "busy":
            raise
        _note(issue, url, str(refusal.sentence))
        return None
    return _keep(issue_id, stored)


def _fetched(url: str) -> photos.StoredPhoto:
    reply = http.request(
        "GET",
        url,
        allowed_hosts=settings.MEDIA_ALLOWED_HOSTS,
        max_bytes=photos.MAX_BYTES,
    )
    if reply.status != 200:
        raise http.HttpFailure(f"The server answered {reply.status}.")
    return photos.ingest(io.BytesIO(reply.body))


def _keep(issue_id: int, stored: photos.StoredPhoto) -> Photo | None:
    issue = Issue.objects.get(pk=issue_id)
    add_photo(issue=issue, photo=stored)
    return Photo.objects.filter(issue=issue, digest=stored.digest).first()


@transaction.atomic
def add_photo(*, issue: Issue, photo: photos.StoredPhoto, is_hidden: bool = False) -> bool:
    """Keep one more photo of an issue; False when it has that one already, or enough of them.

    One that is hidden waits until staff have looked at it.
    """
    # The lock keeps two pictures of one issue from counting the places at the same time.
    locked = Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)
    count = Photo.objects.filter(issue=locked).count()
    is_known = Photo.objects.filter(issue=locked, digest=photo.digest).exists()
    if is_known or count >= photos.MAX_PHOTOS:
        return False
    Photo.objects.create(
        issue=locked,
        digest=photo.digest,
        width=photo.width,
        height=photo.height,
        position=count,
        is_hidden=is_hidden,
    )
    if not is_hidden and not locked.photo_digest:
        Issue.objects.filter(pk=locked.pk).update(photo_digest=photo.digest)
    return True


def _note(issue: Issue, url: str, why: str) -> None:
    words = f"A picture could not be fetched from {text.one_line(url)}: {why}"
    comment_issue(issue=issue, actor=Actor.PLATFORM, inside_words=words)
