"""A form's file is cut off while it arrives, and still refused by name."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from mysmartcity.lib.photos import MAX_BYTES, PhotoRefused, ingest
from tests.lib.photos import corpus


def posted(data: bytes, *, settings):
    settings.FILE_UPLOAD_HANDLERS = ["mysmartcity.lib.photos.upload.CappedUploadHandler"]
    form = {"photo": SimpleUploadedFile("p.jpg", data), "text": "hole"}
    request = RequestFactory().post("/", form)
    assert request.POST["text"] == "hole"
    return request.FILES["photo"]


def test_a_flood_is_not_kept(settings) -> None:
    upload = posted(b"\xff\xd8\xff" + b"\0" * (MAX_BYTES + 3_000_000), settings=settings)
    assert upload.file.seek(0, io.SEEK_END) == MAX_BYTES + 1
    upload.file.seek(0)
    with pytest.raises(PhotoRefused) as refusal:
        ingest(upload.file, name=upload.name)
    assert (refusal.value.code, refusal.value.name) == ("too_large", "p.jpg")
    upload.close()


def test_a_photo_arrives_whole(settings) -> None:
    data = corpus.gps_jpeg(corpus.LAT, corpus.LNG)
    upload = posted(data, settings=settings)
    assert upload.read() == data
    upload.seek(0)
    assert ingest(upload.file).width == 1600
    upload.close()
