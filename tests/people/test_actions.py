"""Keys for machines."""

import pytest

from mysmartcity.people.actions import issue_api_key, recognise_api_key
from mysmartcity.people.models import ApiKey

pytestmark = pytest.mark.django_db


def test_a_key_is_recognised_and_never_stored() -> None:
    key, secret = issue_api_key(name="Bus company")
    assert recognise_api_key(secret=secret) == key
    assert secret not in str(ApiKey.objects.values())
    key.refresh_from_db()
    assert key.last_used_at is not None


def test_a_switched_off_or_wrong_key_is_nobody() -> None:
    key, secret = issue_api_key(name="x")
    ApiKey.objects.filter(pk=key.pk).update(is_active=False)
    assert recognise_api_key(secret=secret) is None
    assert recognise_api_key(secret="") is None
