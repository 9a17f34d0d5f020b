"""Paths of things that pages link to."""

from django.urls import reverse

from mysmartcity.lib.photos import Size, url_path


def photo_url(digest: str, size: Size) -> str:
    """Where a public photo is served."""
    return reverse("web:photo", args=[url_path(digest, size)])


def issue_path(reference: str) -> str:
    """The page of an issue."""
    return reverse("web:issue", args=[reference])
