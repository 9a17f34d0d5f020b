"""The admin of keys: shown once, kept as a hash."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from mysmartcity.people.actions import recognise_api_key
from mysmartcity.people.models import ApiKey, Person, Role
from tests import build


@pytest.fixture
def operator(db: None, settings: Any) -> Person:
    """Somebody with every right.

    The second factor and collected static files are matters of the web face, so they are left out.
    """
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "mysmartcity.web" not in one]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    return Person.objects.create_superuser("op@example.org", "a long pass phrase")


@pytest.mark.urls("tests.people.admin_urls")
def test_a_new_key_is_shown_once_and_only_its_hash_is_kept(
    client: Client, operator: Person
) -> None:
    client.force_login(operator, "django.contrib.auth.backends.ModelBackend")
    response = client.post("/admin/people/apikey/add/", {"name": "Reporter app"})
    assert response.status_code == 302
    said = [str(one) for one in get_messages(response.wsgi_request)]
    (message,) = [one for one in said if "only this once" in one]
    secret = message.rsplit(" ", 1)[1]
    key = ApiKey.objects.get()
    assert recognise_api_key(secret=secret) == key
    assert secret not in {str(value) for value in vars(key).values()}
    shown = client.get("/admin/people/apikey/").content.decode()
    assert key.prefix in shown
    again = client.get(f"/admin/people/apikey/{key.pk}/change/").content.decode()
    assert secret not in again
    assert key.key_hash not in again


@pytest.mark.urls("tests.people.admin_urls")
def test_changing_a_key_keeps_its_secret(client: Client, operator: Person) -> None:
    client.force_login(operator, "django.contrib.auth.backends.ModelBackend")
    client.post("/admin/people/apikey/add/", {"name": "Reporter app"})
    key = ApiKey.objects.get()
    client.post(f"/admin/people/apikey/{key.pk}/change/", {"name": "Old app"})
    changed = ApiKey.objects.get()
    assert (changed.name, changed.is_active) == ("Old app", False)
    assert changed.key_hash == key.key_hash


@pytest.mark.urls("tests.people.admin_urls")
def test_a_person_made_here_has_no_password(client: Client, operator: Person) -> None:
    client.force_login(operator, "django.contrib.auth.backends.ModelBackend")
    form = {"email": "New@Example.org", "language": "en", "role": Role.DISPATCHER}
    response = client.post("/admin/people/person/add/", {**form, "body": build.body().pk})
    assert response.status_code == 302
    assert not Person.objects.get(email="new@example.org").has_usable_password()
