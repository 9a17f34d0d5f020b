"""What holds for every answer: headers, no leaks, few bytes, methods, photos."""

import gzip
import io
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import OperationalError
from django.test import Client, RequestFactory

from mysmartcity.issues.actions import Move, change_status
from mysmartcity.issues.models import Category, Issue, Photo
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import photos
from mysmartcity.lib.limits import address_of
from mysmartcity.web.views import errors
from tests import build
from tests.lib.photos.corpus import gps_jpeg
from tests.web import browse

pytestmark = pytest.mark.django_db

PAGES = (
    "/", "/report", "/issues", "/map", "/mine", "/about", "/privacy", "/look/", "/healthz", "/robots.txt",
    "/manifest.webmanifest", "/map/data?box=18,-34,19,-33", "/map/outlines?box=18,-34,19,-33",
    "/no-such-page", "/accounts/sign-in/", "/accounts/staff/", "/accounts/password/reset/",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_headers_of_every_page(city, path: str):
    reply = Client().get(path)
    policy = reply["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "charset" in reply["Content-Type"] or reply["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", PAGES)
def test_nothing_inline_and_nothing_from_elsewhere(city, path: str):
    page = Client().get(path).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\s(style|on[a-z]+)=", re.sub(r"<svg.*?</svg>", "", page, flags=re.S))
    assert "<style" not in page
    addresses = re.findall(r'(?:src|href)="(https?:[^"]+)"', page)
    assert all(address.startswith("http://127.0.0.1:8000") for address in addresses), addresses


def test_trace_is_refused(city):
    assert Client().trace("/").status_code == 405


def test_a_failure_shows_a_number_and_nothing_else(city, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("mysmartcity.web.views.home.search", fail)
    reply = Client(raise_request_exception=False).get("/?q=woodstock")
    page = reply.content.decode()
    assert reply.status_code == 500
    assert re.search(r'class="reference">[0-9a-f]{8}<', page)
    assert "secret of the house" not in page
    assert "Traceback" not in page


def test_a_form_without_its_token_is_refused_kindly(city):
    reply = Client(enforce_csrf_checks=True).post("/report", {})
    assert reply.status_code == 403
    assert "Please send it again" in reply.content.decode()


def test_the_language_form_stays_on_this_host(city, resident: Client):
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        reply = browse.post(resident, "/language", {"language": "zu", "next": target}, on="/report")
        assert reply["Location"] == "/"
    reply = browse.post(resident, "/language", {"language": "af", "next": "/map"}, on="/report")
    assert reply["Location"] == "/map"
    assert 'lang="af"' in resident.get("/").content.decode()


def weight(page: bytes) -> int:
    """Bytes of a page and all that it loads at once, compressed as they travel."""
    links = re.findall(rb'(?:src|href)="/static/([^"]+\.(?:css|js|svg))"', page)
    modules = {link.decode() for link in links}
    modules |= {"web/exif.js"} if b"web/photo.js" in page else set()
    files = [finders.find(name) for name in modules]
    assert all(files), modules
    parts = [Path(str(name)).read_bytes() for name in files]
    return sum(len(gzip.compress(part)) for part in [page, *parts])


def test_the_report_pages_are_light(city, resident: Client):
    draft = browse.at_check(resident)
    for screen in ("/report", f"{draft}/place", f"{draft}/kind", f"{draft}/check"):
        assert weight(resident.get(screen).content) < 60_000, screen


@pytest.fixture
def pictured(city) -> Photo:
    """A public photo."""
    stored = photos.ingest(io.BytesIO(gps_jpeg(-33.9, 18.4, size=(320, 240))))
    build.issue(of=Category.objects.get(code="pothole"), photos=[stored])
    return Photo.objects.get()


def test_a_photo_is_served_shut_in(pictured: Photo):
    for size in ("list", "page", "zoom"):
        reply = Client().get(f"/photos/{photos.url_path(pictured.digest, size)}")
        assert reply["Content-Type"] == "image/webp"
        assert reply["X-Content-Type-Options"] == "nosniff"
        assert reply["Content-Security-Policy"] in (
            "default-src 'none'; sandbox",
            "sandbox; default-src 'none'",
        )
        assert reply["Content-Disposition"].startswith('inline; filename="CPT-')
        assert "immutable" in reply["Cache-Control"]
        assert b"".join(reply.streaming_content).startswith(b"RIFF")


def test_hidden_photos_are_not_there(pictured: Photo):
    path = f"/photos/{photos.url_path(pictured.digest, 'page')}"
    Photo.objects.update(is_hidden=True)
    assert Client().get(path).status_code == 404
    Photo.objects.update(is_hidden=False)
    change_status(issue=Issue.objects.get(), move=Move(Status.HIDDEN, Actor.DISPATCHER))
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("path", ["aa/../../etc/passwd", "aa/x.list.webp", "zz/" + "a" * 64])
def test_odd_photo_paths(city, path: str):
    assert Client().get(f"/photos/{path}").status_code == 404


def test_a_drafts_photo_is_its_owners(city, resident: Client):
    file = io.BytesIO(gps_jpeg(-33.9, 18.4, size=(320, 240)))
    file.name = "x.jpg"
    draft = browse.start(resident, photos=[file])
    page = resident.get(f"{draft}/photos").content.decode()
    path = re.search(r'src="(/report/[^"]+)"', page)
    assert path
    assert resident.get(path.group(1)).status_code == 200
    assert Client().get(path.group(1)).status_code == 404
    digest = path.group(1).rsplit("/", 1)[1]
    assert Client().get(f"/photos/{photos.url_path(digest, 'list')}").status_code == 404


def test_forwarded_addresses_count_only_behind_our_proxy(rf, settings):
    request = rf.get("/", headers={"X-Forwarded-For": "8.8.8.8, 9.9.9.9"})
    assert address_of(request.META) == "127.0.0.1"
    settings.TRUST_PROXY = True
    assert address_of(request.META) == "9.9.9.9"
    request = rf.get("/", headers={"X-Forwarded-For": "2001:db8:1:2:3:4:5:6"})
    assert address_of(request.META) == "2001:db8:1:2::/64"


def test_a_page_says_that_the_database_is_away() -> None:
    request = RequestFactory().get("/issues")
    try:
        raise OperationalError("gone")
    except OperationalError:
        answer = errors.server_error(request)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert errors.server_error(request).status_code == 500
