"""What piles up is tidied away, and nothing that is still needed goes with it."""

import io
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from mysmartcity.config import tasks
from mysmartcity.connectors import jobs
from mysmartcity.issues.models import Photo
from mysmartcity.lib import clock, photos
from mysmartcity.lib.photos import StoredPhoto, ingest
from mysmartcity.people.models import Person, Role
from mysmartcity.web import drafts
from tests import build
from tests.lib.photos.corpus import gps_jpeg

pytestmark = pytest.mark.django_db

OLD = timedelta(days=3)


@pytest.fixture(autouse=True)
def shelf(settings: Any, tmp_path: Path) -> Path:
    """An empty photo store."""
    settings.STORAGES = {
        **settings.STORAGES,
        "photos": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }
    return tmp_path


def taken(width: int) -> StoredPhoto:
    """A photo of its own, by its width."""
    return ingest(io.BytesIO(gps_jpeg(-33.9, 18.4, size=(width, 60))))


def grow_old(shelf: Path, moment: datetime) -> None:
    for file in shelf.rglob("*.*"):
        os.utime(file, (moment.timestamp(), moment.timestamp()))


def is_there(photo: StoredPhoto) -> bool:
    try:
        photos.open_photo(photo.digest, "zoom").close()
    except FileNotFoundError:
        return False
    return True


def test_a_photo_goes_when_no_issue_and_no_living_draft_holds_it(shelf: Path) -> None:
    of_issue, of_hidden, of_draft, of_dead_draft, of_both = (taken(60 + n) for n in range(5))
    issue = build.issue()
    for photo, hides in ((of_issue, False), (of_hidden, True), (of_both, False)):
        Photo.objects.create(issue=issue, digest=photo.digest, width=1, height=1, is_hidden=hides)
    for moment, held in ((clock.now(), of_draft), (clock.now() - OLD, of_dead_draft)):
        draft = drafts.new_draft()
        for photo in (held, of_both) if held is of_dead_draft else (held,):
            draft.photos.append(drafts.DraftPhoto(photo.digest, 1, 1))
        with clock.frozen(moment):
            drafts.save(draft, device="d")
    grow_old(shelf, clock.now() - OLD)
    tasks.remove_photos(timestamp=0)
    assert [is_there(one) for one in (of_issue, of_hidden, of_draft, of_both)] == [True] * 4
    assert not is_there(of_dead_draft)
    assert not [file for file in shelf.rglob("*.webp") if of_dead_draft.digest in file.name]


def test_a_new_photo_stays_and_taking_it_in_again_makes_it_new(shelf: Path) -> None:
    taken(60)
    grow_old(shelf, clock.now() - OLD)
    again = taken(60)
    tasks.remove_photos(timestamp=0)
    assert is_there(again)


def test_what_a_crash_left_half_written_goes(shelf: Path) -> None:
    (shelf / "arriving").mkdir()
    for name in ("old.part", "new.part"):
        (shelf / "arriving" / name).write_bytes(b"half")
    past = (clock.now() - OLD).timestamp()
    os.utime(shelf / "arriving" / "old.part", (past, past))
    tasks.remove_photos(timestamp=0)
    assert [file.name for file in (shelf / "arriving").iterdir()] == ["new.part"]


def test_sessions_and_drafts_that_ran_out_go(client: Client) -> None:
    living, dead = drafts.new_draft(), drafts.new_draft()
    drafts.save(living, device="d")
    with clock.frozen(clock.now() - OLD):
        drafts.save(dead, device="d")
    tasks.remove_sessions(timestamp=0)
    assert Session.objects.count() == 1
    assert drafts.load(living.id, device="d") is not None


def test_accounts_that_were_never_used_go(published: object) -> None:
    long_ago = clock.now() - OLD
    stranger = Person.objects.create_user("stranger@example.org", joined_at=long_ago)
    kept = [
        Person.objects.create_user("new@example.org"),
        Person.objects.create_user("used@example.org", joined_at=long_ago, last_login=long_ago),
        Person.objects.create_user(
            "staff@example.org", joined_at=long_ago, role=Role.DISPATCHER, is_staff=True
        ),
        Person.objects.create_user("reporter@example.org", joined_at=long_ago),
    ]
    build.issue(reporter=kept[-1])
    tasks.remove_traces(timestamp=0)
    assert not Person.objects.filter(pk=stranger.pk).exists()
    assert Person.objects.filter(pk__in=[one.pk for one in kept]).count() == len(kept)


_JOB = "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('q', 't') RETURNING id"
_ENDED = """
UPDATE procrastinate_jobs SET status = %(status)s::procrastinate_job_status WHERE id = %(job)s;
UPDATE procrastinate_events SET at = now() - make_interval(days => %(days)s) WHERE job_id = %(job)s
"""


def job(status: str, *, days: int) -> int:
    """A job that ended so many days ago."""
    with connection.cursor() as cursor:
        cursor.execute(_JOB)
        (key,) = cursor.fetchone() or (0,)
        cursor.execute(_ENDED, {"job": key, "days": days, "status": status})
    return int(key)


def test_jobs_that_ended_long_ago_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_AT_ONCE", 1)
    gone = [job("succeeded", days=4), job("succeeded", days=4), job("failed", days=31)]
    kept = [job("succeeded", days=1), job("failed", days=4), job("todo", days=40)]
    tasks.remove_jobs(timestamp=0)
    left = set(ProcrastinateJob.objects.filter(pk__in=[*gone, *kept]).values_list("pk", flat=True))
    assert left == set(kept)
