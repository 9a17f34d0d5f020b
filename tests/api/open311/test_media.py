"""GeoReport assertions 61, 62, 67, 68 and 84: pictures, multipart bodies, tokens."""

from collections.abc import Sequence

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from mysmartcity.issues.events import MediaOffered
from mysmartcity.issues.models import Category, Issue, Photo
from mysmartcity.lib.events import Event
from mysmartcity.lib.photos import open_photo
from tests import build
from tests.api.open311.conftest import SUFFIXES, Api
from tests.lib.photos.corpus import gps_jpeg

LINKS = ["https://pictures.example/1.jpg", "http://pictures.example/2.jpg?a=1&b=2"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:image/png;base64,AA",
        "ftp://x.example/1.jpg",
        "//x.example/1",
        "https://user:secret@x.example/1.jpg",
        "https://x.example/a b",
        "http://[bad",
        "1.jpg",
        "https://x.example/" + "a" * 500,
        'https://x.example/"onload=',
        "https:///nohost",
    ],
)
def test_a61_a_link_that_is_no_web_address_is_400(api: Api, url: str) -> None:
    reply = api.post(media_url=url)
    assert reply.status == 400
    assert "media_url" in reply.says


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ["media_url", "media_url[]"])
def test_a61_several_links_are_taken_and_the_first_is_shown(
    api: Api, published: Sequence[Event], suffix: str, name: str
) -> None:
    assert api.post(suffix, **{name: LINKS}).status == 201
    assert api.get(f"requests.{suffix}").only["media_url"] == LINKS[0]
    (offered,) = [event for event in published if isinstance(event, MediaOffered)]
    assert offered == MediaOffered(issue_id=Issue.objects.get().pk, urls=tuple(LINKS))


def test_a61_more_than_five_links_are_400(api: Api) -> None:
    assert api.post(media_url=[f"https://x.example/{n}.jpg" for n in range(6)]).status == 400


def test_a_report_without_links_offers_nothing(api: Api, published: Sequence[Event]) -> None:
    api.post()
    assert not [event for event in published if isinstance(event, MediaOffered)]


def test_a62_a_picture_in_a_multipart_body_is_kept_without_its_place(api: Api) -> None:
    file = SimpleUploadedFile("me.jpg", gps_jpeg(-33.9, 18.4, size=(400, 300)), "image/jpeg")
    reply = api.post(media=file)
    assert reply.status == 201
    assert reply.only["service_notice"] is None
    photo = Photo.objects.get()
    kept = open_photo(photo.digest, "page").read()
    assert kept[:4] == b"RIFF"
    assert b"EXIF" not in kept


def test_a62_a_file_that_is_no_picture_costs_nothing_but_a_notice(api: Api) -> None:
    reply = api.post(media=SimpleUploadedFile("x.jpg", b"<script>alert(1)</script>"))
    assert reply.status == 201
    assert reply.only["service_notice"].startswith("Photo 1: ")
    assert not Photo.objects.exists()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a67_tokens_of_ours_are_the_ids_and_others_404(
    api: Api, pothole: Category, suffix: str
) -> None:
    issue = build.issue(of=pothole)
    row = api.get(f"tokens/{issue.reference}.{suffix}").only
    assert row == {"service_request_id": issue.reference, "token": issue.reference}
    assert api.get(f"tokens/unknown.{suffix}").status == 404


def test_a68_every_service_is_realtime_so_an_id_always_comes(api: Api) -> None:
    assert {row["type"] for row in api.get("services.json").rows} == {"realtime"}


def test_a84_our_pictures_have_absolute_addresses(api: Api, pothole: Category) -> None:
    issue = build.issue(of=pothole)
    digest = "ab" * 32
    Issue.objects.filter(pk=issue.pk).update(photo_digest=digest)
    url = api.get("requests.json").only["media_url"]
    assert url == f"http://127.0.0.1:8000/photos/ab/{digest}.page.webp"
