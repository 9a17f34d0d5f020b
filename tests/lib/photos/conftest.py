"""A photo store of its own for every test."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def photo_store(settings, tmp_path: Path) -> Path:
    """Where the storage `photos` keeps its files in this test."""
    folder = tmp_path / "photos"
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        "photos": {"BACKEND": backend, "OPTIONS": {"location": str(folder)}},
    }
    return folder
