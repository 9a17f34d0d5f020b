"""Machines are counted too: each key, and each address with or without a key."""

from typing import Any

import pytest

from mysmartcity.issues.models import Issue
from mysmartcity.lib import clock
from mysmartcity.people.actions import issue_api_key
from tests.api.open311.conftest import SUFFIXES, Api


@pytest.fixture(autouse=True)
def _two_in_a_minute(settings: Any) -> None:
    settings.POSTS_PER_MINUTE = 2


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_past_the_limit_it_says_when_it_works_again(api: Api, suffix: str) -> None:
    with clock.frozen(clock.now()):
        answers = [api.post(suffix, description=str(number)) for number in range(3)]
    assert [answer.status for answer in answers] == [201, 201, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "please wait" in answers[-1].says
    assert Issue.objects.count() == 2


def test_a_key_is_counted_over_all_its_addresses(api: Api, settings: Any) -> None:
    settings.TRUST_PROXY = True
    with clock.frozen(clock.now()):
        statuses = []
        for number in range(4):
            api.client.defaults["HTTP_X_FORWARDED_FOR"] = f"9.9.9.{number}"
            statuses.append(api.post(description=str(number)).status)
        assert statuses == [201, 201, 429, 429]
        _other, api.key = issue_api_key(name="another app")
        api.client.defaults["HTTP_X_FORWARDED_FOR"] = "9.9.9.9"
        assert api.post(description="of another key").status == 201


def test_who_tries_keys_is_counted_by_address(api: Api) -> None:
    with clock.frozen(clock.now()):
        assert [api.post(api_key=f"guess{n}").status for n in range(3)] == [403, 403, 429]


def test_reading_is_not_counted(api: Api) -> None:
    assert {api.get("requests.json").status for _number in range(5)} == {200}
