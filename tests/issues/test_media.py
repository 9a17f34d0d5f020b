"""Pictures that come as links: fetched through the guarded door, never at the report's cost."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mysmartcity.issues.actions.media import fetch_media, offer_media
from mysmartcity.issues.events import MediaOffered
from mysmartcity.issues.models import Issue, Photo, TimelineEntry
from mysmartcity.issues.status import Status
from mysmartcity.lib.events import Event
from tests import build
from tests.lib.photos.corpus import gps_jpeg

PICTURES = {
    "/1.jpg": gps_jpeg(-33.9, 18.4, size=(320, 240)),
    "/2.jpg": gps_jpeg(-33.9, 18.4, size=(240, 320)),
    "/page": b"<html>no picture</html>",
}


class _Pictures(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PICTURES.get(self.path)
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def host(settings: Any) -> Iterator[str]:
    """A picture server that the operator listed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pictures)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.MEDIA_ALLOWED_HOSTS = [f"127.0.0.1:{server.server_port}"]
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def issue(db: None, published: list[Event]) -> Issue:
    """An issue whose pictures are still to be fetched."""
    made: Issue = build.issue(media_url="https://x.example/1.jpg")
    return made


def test_offered_links_are_told_with_the_issue(issue: Issue, published: list[Event]) -> None:
    offer_media(issue=issue, urls=[f"https://x.example/{n}" for n in range(7)])
    told = published[-1]
    assert isinstance(told, MediaOffered)
    assert (told.issue_id, len(told.urls)) == (issue.pk, 5)


def test_a_fetched_picture_becomes_a_photo_once(issue: Issue, host: str) -> None:
    for url in ("/1.jpg", "/2.jpg", "/1.jpg"):
        assert fetch_media(issue_id=issue.pk, url=host + url) is not None
    photos = list(Photo.objects.filter(issue=issue))
    assert [photo.position for photo in photos] == [0, 1]
    issue.refresh_from_db()
    assert issue.photo_digest == photos[0].digest


@pytest.mark.parametrize("path", ["/none.jpg", "/page"])
def test_what_is_no_picture_is_noted_for_staff_only(issue: Issue, host: str, path: str) -> None:
    before = Issue.objects.values().get(pk=issue.pk)
    assert fetch_media(issue_id=issue.pk, url=host + path) is None
    note = TimelineEntry.objects.filter(issue=issue).latest("id")
    assert path in note.inside_words
    assert note.public_words == ""
    assert Issue.objects.values().get(pk=issue.pk) == before


def test_an_inner_address_is_never_fetched(issue: Issue, host: str, settings: Any) -> None:
    settings.MEDIA_ALLOWED_HOSTS = []
    settings.OUTBOUND_ALLOWED_HOSTS = [host.removeprefix("http://")]
    assert fetch_media(issue_id=issue.pk, url=f"{host}/1.jpg") is None
    assert not Photo.objects.exists()


def test_no_sixth_photo(issue: Issue, host: str) -> None:
    Photo.objects.bulk_create(
        Photo(issue=issue, digest=f"{n}" * 64, width=1, height=1, position=n) for n in range(5)
    )
    assert fetch_media(issue_id=issue.pk, url=f"{host}/1.jpg") is None
    assert Photo.objects.count() == 5


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.HIDDEN])
def test_nothing_is_fetched_for_what_was_taken_away(
    issue: Issue, host: str, status: Status
) -> None:
    Issue.objects.filter(pk=issue.pk).update(status=status)
    assert fetch_media(issue_id=issue.pk, url=f"{host}/1.jpg") is None
    assert not Photo.objects.exists()
