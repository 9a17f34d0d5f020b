"""Secrets at rest: unreadable in the database, in dumps, in logs; keys change without losing any."""

import io
import json
import logging
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database

from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.registry import connector_for
from mysmartcity.lib.sealing import CannotOpen, seal, unseal
from tests.connectors.build import FakeCity, connection, handed_over

pytestmark = pytest.mark.django_db

SECRETS = {"key": "plain-api-key-1", "push": "whsec_plain-push-secret"}
PLAIN = ("plain-api-key-1", "plain-push-secret")


@pytest.fixture
def its() -> Connection:
    handed_over()
    return connection(secrets=SECRETS)


def raw(where: Connection) -> str:
    with database.cursor() as cursor:
        cursor.execute("SELECT secrets FROM connectors_connection WHERE id = %s", [where.pk])
        return str(cursor.fetchone()[0])


def is_silent(text: str) -> bool:
    return not any(secret in text for secret in PLAIN)


def test_it_works(its: Connection) -> None:
    assert Connection.objects.get(pk=its.pk).secrets == SECRETS
    assert Connection.objects.get(pk=its.pk).secret == "plain-api-key-1"
    connection(to=its.body, secrets={})
    assert raw(Connection.objects.latest("pk")) == "", "nothing stays nothing"
    assert (seal(""), unseal("")) == ("", "")


def test_the_database_and_a_dump_hold_no_plain_secret(its: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM connectors_connection c")
        assert all(is_silent(row[0]) for row in cursor.fetchall())
    dump = io.StringIO()
    call_command("dumpdata", "connectors.connection", "dispatch", stdout=dump)
    assert is_silent(dump.getvalue())
    fields = [one["fields"] for one in json.loads(dump.getvalue()) if "secrets" in one["fields"]]
    assert json.loads(unseal(fields[0]["secrets"])) == SECRETS


def test_a_dump_can_be_loaded_again(its: Connection, tmp_path: Any) -> None:
    file = tmp_path / "dump.json"
    call_command("dumpdata", "connectors.connection", output=str(file))
    Connection.objects.all().delete()
    call_command("loaddata", str(file), verbosity=0)
    assert Connection.objects.get().secrets == SECRETS


def test_the_same_secret_is_sealed_differently_each_time(its: Connection) -> None:
    before = raw(its)
    its.save()
    assert raw(its) != before


def test_keys_change_and_the_old_one_can_be_dropped(its: Connection, settings: Any) -> None:
    settings.SECRETS_KEY = "first sealing key"
    its.save()
    settings.SECRETS_KEY, settings.SECRETS_KEY_FALLBACKS = "second key", ["first sealing key"]
    assert Connection.objects.get(pk=its.pk).secrets == SECRETS
    out = io.StringIO()
    call_command("reseal_secrets", stdout=out)
    call_command("reseal_secrets", stdout=io.StringIO())
    assert "Secrets of 1 connections" in out.getvalue()
    settings.SECRETS_KEY_FALLBACKS = []
    assert Connection.objects.get(pk=its.pk).secrets == SECRETS


def test_without_resealing_the_old_key_is_still_needed(its: Connection, settings: Any) -> None:
    settings.SECRETS_KEY = "first sealing key"
    its.save()
    settings.SECRETS_KEY = "second key"
    with pytest.raises(CannotOpen, match="SECRETS_KEY"):
        Connection.objects.get(pk=its.pk)


def test_setting_a_sealing_key_later_loses_nothing(its: Connection, settings: Any) -> None:
    """Sealed with SECRET_KEY before SECRETS_KEY was there."""
    settings.SECRETS_KEY = "a key of its own"
    assert Connection.objects.get(pk=its.pk).secrets == SECRETS


def test_resealing_does_what_it_can_and_names_the_rest(its: Connection, settings: Any) -> None:
    good = connection(to=its.body, secrets={"key": "other"})
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE connectors_connection SET secrets = 'gAAAAA-lost' WHERE id = %s", [its.pk]
        )
    settings.SECRETS_KEY = "a new key"
    before = raw(good)
    with pytest.raises(CommandError, match=f"connections {its.pk}. List the key"):
        call_command("reseal_secrets")
    assert raw(good) != before
    assert raw(its) == "gAAAAA-lost"


def test_neither_repr_nor_logs_nor_errors_show_them(
    its: Connection, city: FakeCity, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    connector = connector_for(its)
    assert connector.values.secret == "plain-api-key-1"
    shown = [repr(its), str(its), repr(connector), repr(connector.values), f"{vars(connector)}"]
    assert is_silent("\n".join(shown))
    token = raw(its)
    settings.SECRETS_KEY, settings.SECRET_KEY = "wrong-sealing-key", "wrong " * 10
    with caplog.at_level(logging.DEBUG), pytest.raises(CannotOpen) as refused:
        Connection.objects.get(pk=its.pk)
    words = str(refused.value) + caplog.text
    assert is_silent(words)
    assert "wrong" not in words, "nor the sealing key"
    assert token not in words
