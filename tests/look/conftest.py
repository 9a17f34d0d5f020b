"""Templates are rendered by the real environment; static files need no built manifest here."""

from collections.abc import Callable
from typing import Any

import pytest
from django.template import engines


@pytest.fixture(autouse=True)
def _plain_static_names(settings) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def render() -> Callable[..., str]:
    """Render a piece of template text with a context."""

    def rendered(source: str, **context: Any) -> str:
        return engines["jinja2"].from_string(source).render(context)

    return rendered
