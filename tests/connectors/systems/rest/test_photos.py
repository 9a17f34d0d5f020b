"""Photos go as links, in a multipart body or as base64; a missing one is never sent as nothing."""

import base64
import io
from typing import Any

import pytest

from mysmartcity.connectors.contract import DeliveryFailed
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass
from mysmartcity.lib import photos
from tests.connectors.systems.rest.desk import Desk, Reply, say, small
from tests.lib.photos import corpus

URL = "https://mysmart.example/photos/ab/abc.zoom.webp"


@pytest.fixture(scope="module")
def digest() -> str:
    return photos.ingest(io.BytesIO(corpus.gps_jpeg(-33.9, 18.4))).digest


def photo_message(digest: str, **its: Any) -> Any:
    return say(kind=DeliveryKind.PHOTO, photo_urls=(URL,), photo_digests=(digest,),
               body_reference="R1", **its)  # fmt: skip


def with_photo(office: Desk, **request: Any) -> dict[str, Any]:
    definition = small(office, photos_in_create=0)
    definition["messages"]["photo"] = {"request": {"method": "POST", "path": "/photo", **request}}
    return definition


def test_multipart(office: Desk, digest: str) -> None:
    definition = with_photo(
        office,
        form={"Obj_Id": "{{ body_reference }}"},
        files={"Attachment": {"name": "a-{{ kind }}.jpg"}},
    )
    connector = office.connector(definition)
    connector.send(photo_message(digest))
    asked = office.asked[0]
    assert asked.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="Obj_Id"\r\n\r\nR1\r\n' in asked.body
    assert b'filename="a-photo.jpg"' in asked.body
    assert photos.as_jpeg(digest) in asked.body
    assert connector.photos_in_create(3) == 0


def test_base64_of_one_and_of_each(office: Desk, digest: str) -> None:
    definition = with_photo(
        office,
        json={"first": {"$photo": "0"}, "second": {"$photo": "1"},
              "all": [{"$each": "photos", "do": {"url": "{{ each.url }}", "jpeg": {"$photo": "each"}}}]},
    )  # fmt: skip
    office.connector(definition).send(photo_message(digest))
    tree = office.asked[0].tree
    wanted = photos.as_jpeg(digest)
    assert base64.b64decode(tree["first"]) == wanted
    assert base64.b64decode(tree["all"][0]["jpeg"]) == wanted
    assert tree["all"][0]["url"] == URL
    assert "second" not in tree


def test_a_photo_that_can_t_be_read_is_not_sent_as_nothing(office: Desk) -> None:
    office.answer = lambda asked: Reply({})
    definition = with_photo(office, files={"Attachment": {}})
    with pytest.raises(DeliveryFailed) as caught:
        office.connector(definition).send(photo_message("a" * 64))
    assert caught.value.error_class == ErrorClass.PERMANENT
    assert not office.asked
