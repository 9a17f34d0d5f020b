"""Answers, promises and stop links."""

from datetime import datetime

import pytest

from mysmartcity.issues import links
from mysmartcity.issues.actions import ContactDetails, follow_issue, stop_following
from mysmartcity.issues.models import Question
from mysmartcity.issues.rules import check_answers
from mysmartcity.issues.service_level import due_at
from mysmartcity.lib.clock import CITY_ZONE
from tests import build

LIST = [{"key": "house", "name": "My house"}, {"key": "street", "name": "The street"}]


def question(datatype: str, **its: object) -> Question:
    return Question(code="q", text="Q?", datatype=datatype, is_variable=True, **its)


@pytest.mark.parametrize(
    ("datatype", "value", "fits"),
    [
        ("number", "12", True),
        ("number", "1,5", True),
        ("number", "twelve", False),
        ("number", "nan", False),
        ("datetime", "2026-11-24T10:00", True),
        ("datetime", "yesterday", False),
        ("string", "x" * 2001, False),
        ("singlevaluelist", "house", True),
        ("singlevaluelist", "palace", False),
        ("singlevaluelist", ["house", "street"], False),
        ("multivaluelist", ["house", "street"], True),
        ("multivaluelist", ["house", "palace"], False),
    ],
)
def test_answers_fit_their_datatype(datatype: str, value: str | list[str], *, fits: bool) -> None:
    choices = LIST if "list" in datatype else []
    faults = check_answers([question(datatype, choices=choices)], {"q": value})
    assert [fault.code for fault in faults] == ([] if fits else ["bad_value"])


def test_a_question_is_asked_only_under_its_condition() -> None:
    asked = Question(
        code="meter",
        text="Meter?",
        datatype="string",
        is_required=True,
        is_variable=True,
        condition_code="q",
        condition_value="house",
    )
    assert [f.field for f in check_answers([asked], {"q": "house"})] == ["answer:meter"]
    assert not check_answers([asked], {"q": "street"})


def test_a_notice_needs_no_answer() -> None:
    notice = Question(
        code="n", text="Keep away", datatype="text", is_variable=False, is_required=True
    )
    assert not check_answers([notice], {})


class Promise:
    """A level with nothing promised until a test says so."""

    level_hours: int | None = None
    level_working_days: int | None = None


def test_hours_run_through_the_weekend() -> None:
    promise = Promise()
    promise.level_hours = 48
    friday = datetime(2026, 11, 27, 16, 0, tzinfo=CITY_ZONE)
    assert due_at(friday, promise) == datetime(2026, 11, 29, 16, 0, tzinfo=CITY_ZONE)


def test_working_days_skip_weekends_and_public_holidays() -> None:
    promise = Promise()
    promise.level_working_days = 3
    # Tue 15 Dec 2026; Wed 16 is the Day of Reconciliation; then Thu, Fri, Mon.
    tuesday = datetime(2026, 12, 15, 9, 0, tzinfo=CITY_ZONE)
    assert due_at(tuesday, promise) == datetime(2026, 12, 21, 17, 0, tzinfo=CITY_ZONE)


def test_nothing_promised_means_no_date() -> None:
    assert due_at(datetime(2026, 1, 1, tzinfo=CITY_ZONE), Promise()) is None


@pytest.mark.django_db
def test_the_stop_link_stops_one_follower_only() -> None:
    issue = build.issue(contact=ContactDetails(email="a@example.org"))
    follow_issue(issue=issue, email="b@example.org")
    first = issue.follows.get(email="a@example.org")
    assert stop_following(secret=links.stop_secret(first.pk)) == issue
    assert stop_following(secret="guess") is None
    stopped = dict(issue.follows.values_list("email", "stopped_at"))
    assert stopped["a@example.org"] is not None
    assert stopped["b@example.org"] is None


@pytest.mark.django_db
def test_following_again_starts_the_news_again() -> None:
    issue = build.issue()
    follow_issue(issue=issue, email="b@example.org")
    stop_following(secret=links.stop_secret(issue.follows.get().pk))
    follow_issue(issue=issue, email="B@example.org")
    assert issue.follows.get().stopped_at is None
