"""Every fault of the simulated city: what it means, and that nothing is ever there twice."""

from typing import Any

import pytest

from mysmartcity.connectors.contract import DeliveryFailed
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.connectors.systems.capetown.connector import CapeTownConnector
from mysmartcity.dispatch.status import ErrorClass
from tests.connectors.systems.capetown.build import PRIVATE, accepted, connector, message, news
from tests.demo.processes import Running


def warm(city: Running, **its: Any) -> CapeTownConnector:
    """A connector whose session just worked: the next call is the create itself."""
    made = connector(city, memory=ConnectionMemory(), **{"fresh_seconds": 60, **its})
    list(made.list_categories())
    return made


def failed(its: CapeTownConnector, **what: Any) -> tuple[DeliveryFailed, str]:
    ours = message(**what)
    with pytest.raises(DeliveryFailed) as caught:
        its.send(ours)
    assert PRIVATE not in caught.value.sentence
    return caught.value, ours.reference


BEFORE = [
    {"error": 500}, {"error": 502}, {"error": 503, "retry_after": None}, {"latency": 0.6},
    {"garbage": True}, {"html_page": True}, {"weekend": 30},
    {"weekend": 30, "weekend_says": "refuse"}, {"weekend": 30, "weekend_says": "502"},
]  # fmt: skip


@pytest.mark.parametrize("fault", BEFORE, ids=str)
def test_before_the_create_is_posted_all_is_safe(city: Running, fault: dict[str, Any]) -> None:
    """Signing in failed: the system is away, the message is as good as before."""
    city.control(**fault)
    error, reference = failed(connector(city, timeout_seconds=0.3))
    assert (error.error_class, error.is_systemic) == (ErrorClass.TRANSIENT, True)
    assert accepted(city, reference) == 0


def test_nobody_listens() -> None:
    error, _reference = failed(connector("http://127.0.0.1:1"))
    assert (error.error_class, error.is_systemic) == (ErrorClass.TRANSIENT, True)


def test_a_weekend_that_begins_after_we_signed_in_is_seen_before_the_create(city: Running) -> None:
    """Unless the session was used within `fresh_seconds`, it is opened anew first."""
    its = warm(city, fresh_seconds=0)
    city.control(weekend=30, weekend_says="502")
    error, reference = failed(its)
    assert (error.error_class, error.is_systemic) == (ErrorClass.TRANSIENT, True)
    city.control(weekend=0)
    ours = message(reference=reference)
    assert its.send(ours).remote_reference
    assert accepted(city, reference) == 1


@pytest.mark.parametrize(
    ("fault", "means", "is_systemic"),
    [
        ({"error": 500}, ErrorClass.AMBIGUOUS, False),
        ({"error": 502}, ErrorClass.AMBIGUOUS, True),
        ({"error": 503, "retry_after": None}, ErrorClass.TRANSIENT, True),
        ({"error": 429, "retry_after": 7}, ErrorClass.THROTTLED, False),
        ({"drop_before_accept": 1}, ErrorClass.AMBIGUOUS, True),
        ({"latency": 0.6}, ErrorClass.AMBIGUOUS, True),
        ({"html_page": True}, ErrorClass.AMBIGUOUS, False),
    ],
    ids=str,
)
def test_the_create_itself_fails(
    city: Running, fault: dict[str, Any], means: ErrorClass, is_systemic: bool
) -> None:
    its = warm(city, timeout_seconds=0.3)
    city.control(**fault)
    error, reference = failed(its)
    assert (error.error_class, error.is_systemic) == (means, is_systemic)
    if error.error_class == ErrorClass.THROTTLED:
        assert error.retry_after == 7
    city.control(latency=0)
    assert accepted(city, reference) <= 1


@pytest.mark.parametrize("fault", [{"drop_after_accept": 1}, {"garbage": True}], ids=str)
def test_it_forgets_to_answer_after_accepting(city: Running, fault: dict[str, Any]) -> None:
    """It is there, we can't know, and this city can't be asked: a human must."""
    its = warm(city)
    city.control(**fault)
    error, reference = failed(its)
    assert error.error_class == ErrorClass.AMBIGUOUS
    assert accepted(city, reference) == 1
    assert not its.capabilities.look_up


def test_a_wrong_charset_is_read_all_the_same(city: Running) -> None:
    its = warm(city)
    city.control(wrong_charset=True)
    ours = message(description="Größe")
    sent = its.send(ours)
    assert sent.remote_reference
    assert news(its, sent.remote_reference)


# --- Sessions -------------------------------------------------------------------------------------


def test_a_session_that_ends_in_the_middle_of_a_create_doubles_nothing(city: Running) -> None:
    its = warm(city)
    city.control(expired=1)
    ours = message()
    assert its.send(ours).remote_reference
    assert accepted(city, ours.reference) == 1


def test_a_session_that_ends_in_the_middle_of_a_poll_loses_nothing(city: Running) -> None:
    its = warm(city)
    references = [str(its.send(message()).remote_reference) for _ in range(3)]
    city.control(expired=1)
    first = news(its, references[0])
    city.control(expired=1)
    told = [*first, *news(its, *references[1:])]
    assert {one.body_reference for one in told} == set(references)
    ids = [one.event_id for one in told]
    assert len(ids) == len(set(ids))


def test_all_is_over_after_a_night(city: Running) -> None:
    """Cookie and session: one new login, one create."""
    its = warm(city)
    city.control(weekend=0)  # it ends every session there
    ours = message()
    assert its.send(ours).remote_reference
    assert accepted(city, ours.reference) == 1


def test_a_session_that_is_over_again_and_again_is_their_trouble(city: Running) -> None:
    """The connection is not paused: our keys opened it each time."""
    its = warm(city)
    city.control(expired=5)
    error, reference = failed(its)
    assert (error.error_class, error.is_systemic) == (ErrorClass.TRANSIENT, True)
    assert accepted(city, reference) == 0
    city.control(expired=0)


def test_two_lanes_that_meet_the_end_of_a_session_sign_in_once(city: Running) -> None:
    """The second one, which still used the old session, takes what the first has opened."""
    memory = ConnectionMemory()
    list(connector(city, memory=memory).list_categories())
    old = memory.get("session")
    city.control(weekend=0)  # it ends every session there
    list(connector(city, memory=memory).list_categories())
    logins, new = city.json("/_control")["logins"], memory.get("session")
    assert new != old
    session = connector(city, memory=memory)._client().session
    session._forget(str(old))
    assert memory.get("session") == new
    list(connector(city, memory=memory).list_categories())
    assert city.json("/_control")["logins"] == logins


def test_after_one_create_of_which_nobody_knows_the_others_look_first(city: Running) -> None:
    """An outage makes one message uncertain, not every one that waits."""
    its = warm(city)
    city.control(weekend=60, weekend_says="refuse")
    assert failed(its)[0].error_class == ErrorClass.AMBIGUOUS
    for _ in range(3):
        error, _reference = failed(its)
        assert (error.error_class, error.is_systemic) == (ErrorClass.TRANSIENT, True)


# --- Polling --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [{"error": 500}, {"html_page": True}, {"garbage": True}, {"weekend": 30}], ids=str
)
def test_a_poll_that_fails_is_tried_again_later(city: Running, fault: dict[str, Any]) -> None:
    its = warm(city)
    reference = str(its.send(message()).remote_reference)
    city.control(**fault)
    with pytest.raises(DeliveryFailed) as caught:
        news(its, reference)
    assert caught.value.error_class == ErrorClass.TRANSIENT
    city.control(error=None, html_page=False, garbage=False, weekend=0)
    assert news(its, reference)


def test_one_reference_that_cannot_be_read_hides_no_other(city: Running) -> None:
    """The city answers it with an error of its own that says nothing about a session."""
    its = warm(city, errors=[["does not exist", "transient"]])
    reference = str(its.send(message()).remote_reference)
    told = news(its, "9000000000", reference)
    assert {one.body_reference for one in told} == {reference}
    with pytest.raises(DeliveryFailed):
        news(its, "9000000000")


@pytest.mark.parametrize("style", ["upper", "odd"])
def test_statuses_in_any_case_are_given_as_they_are(city: Running, style: str) -> None:
    its = warm(city)
    reference = str(its.send(message()).remote_reference)
    city.control(status_case=style)
    assert news(its, reference)[-1].remote_status in ("OPEN", "ASSIGNED", "oPEN", "aSSIGNED")


# --- The table of errors is data ------------------------------------------------------------------


def test_the_operators_lines_stand_before_ours(city: Running) -> None:
    """Proved against the city's test system: what its codes mean there is written down here."""
    its = warm(city, errors=[["^500 ZSREQ/011", "auth"], ["^502 ", "transient"]])
    error, _reference = failed(its, remote_category="9998/9999")
    assert error.error_class == ErrorClass.AUTH
    city.control(error=502)
    error, _reference = failed(its)
    assert (error.error_class, error.is_systemic) == (ErrorClass.TRANSIENT, True)
