"""Every address says who may open it, every event has its line, every page of reference is true."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from mysmartcity.config import reference
from mysmartcity.config.reactions import REACTIONS
from mysmartcity.lib.events import Event

LIBRARIES = ("django.", "allauth.")
"""Their views guard themselves (sign-in pages, admin, language switch)."""


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one)
        else:
            yield one


def test_every_address_declares_who_may_open_it() -> None:
    silent = [
        str(one.pattern)
        for one in patterns(get_resolver())
        if not one.callback.__module__.startswith(LIBRARIES)
        and "admin_view" not in getattr(one.callback, "__qualname__", "")
        and getattr(one.callback, "access", None) is None
    ]
    assert not silent


def test_every_event_is_in_the_reactions_table() -> None:
    def below(event: type[Event]) -> Iterator[type[Event]]:
        for one in event.__subclasses__():
            yield one
            yield from below(one)

    ours = {event for event in below(Event) if event.__module__.startswith("mysmartcity.")}
    assert ours == set(REACTIONS)


@pytest.mark.parametrize("page", sorted(reference.PAGES))
def test_reference_pages_equal_the_code(page: str) -> None:
    written = (reference.FOLDER / page).read_text(encoding="utf-8")
    assert written == reference.PAGES[page](), "run ./dev docs"


def test_every_model_says_what_it_is_and_names_its_personal_fields() -> None:
    contact = ("email", "phone", "display_name", "account_number", "to")
    for model in apps.get_models():
        if not model.__module__.startswith("mysmartcity."):
            continue
        assert model.__str__ is not Model.__str__, model
        fields = {field.name for field in model._meta.concrete_fields} & set(contact)
        if fields and model.__name__ not in ("Body",):
            assert fields <= set(getattr(model, "PERSONAL_FIELDS", ())), model


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_migrations_form_one_line() -> None:
    for app in apps.get_app_configs():
        if not app.name.startswith("mysmartcity."):
            continue
        folder = Path(app.path) / "migrations"
        numbers = sorted(file.name[:4] for file in folder.glob("0*.py"))
        assert len(numbers) == len(set(numbers)) or app.label in TWO_PART_STARTS, app.label


TWO_PART_STARTS: tuple[str, ...] = ()


def test_every_connector_folder_is_complete() -> None:
    systems = Path(str(import_module("mysmartcity.connectors.systems").__path__[0]))
    for folder in (one for one in systems.iterdir() if one.is_dir() and one.name != "__pycache__"):
        names = {file.name for file in folder.iterdir()}
        assert {"client.py", "mapping.py", "connector.py", "README.md"} <= names, folder.name
