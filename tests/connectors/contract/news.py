"""In: news. The same event is the same event however it is read; statuses are told as they are."""

from datetime import timedelta
from typing import Any

import pytest

from mysmartcity.connectors.contract import BadPush, DeliveryFailed, Sent, Update
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.lib import clock
from tests.connectors.contract.faults import Fault
from tests.connectors.contract.stand import Stand, Trial
from tests.connectors.contract.terms import where
from tests.demo.processes import wait_for

SKEW = 9 * 60.0
"""Within what the platform promises for polls: each reads the last ten minutes again."""


class News(Trial):
    """What the system tells."""

    def pushes(self, stand: Stand) -> tuple[dict[str, str], bytes]:
        """A push as the system sends it (headers, body); where it `has_pushes`."""
        raise NotImplementedError

    @where("poll")
    def test_news_is_told_with_its_times(self, stand: Stand) -> None:
        told = self.news(self.connect(stand), self.finished_one(stand))
        for one in told:
            assert one.event_id
            assert one.happened_at.tzinfo is not None
            assert abs(one.happened_at - clock.now()) < timedelta(minutes=10)
        assert len({one.event_id for one in told}) == len(told)

    @where("poll")
    def test_what_is_named_further_can_be_asked(self, stand: Stand) -> None:
        """Or the issue would wait for good for the end of something that nobody can tell of."""
        connector, reference = self.connect(stand), self.finished_one(stand)
        for one in self.news(connector, reference):
            for further in one.more_references:
                assert self.news(connector, further), further

    @where("poll")
    def test_an_event_is_the_same_when_it_is_read_again(self, stand: Stand) -> None:
        reference = self.finished_one(stand)
        first, again = (self._by_id(stand, reference) for _ in range(2))
        assert first == again

    @where("poll", switches=("duplicates",))
    def test_entries_that_are_listed_twice_are_one_event(self, stand: Stand) -> None:
        reference = self.finished_one(stand)
        once = self._by_id(stand, reference)
        self.switch(stand, duplicates=True)
        assert self._by_id(stand, reference) == once

    @where("poll", switches=("overlap",))
    def test_pages_that_overlap_tell_everything_once(self, stand: Stand) -> None:
        reference = self.finished_one(stand)
        once = self._by_id(stand, reference)
        self.switch(stand, overlap=True)
        assert self._by_id(stand, reference) == once

    @where("windows")
    def test_the_news_of_a_period_is_what_a_poll_tells_of_it(self, stand: Stand) -> None:
        reference = self.finished_one(stand)
        whole = self._by_id(stand, reference)
        moments = sorted(map(_when, whole.values()))
        middle = moments[len(moments) // 2]
        connector, found = self.connect(stand), set[str]()
        for since, until in ((moments[0], middle), (middle, moments[-1])):
            # Systems count in whole seconds; the platform's periods overlap by much more.
            second = timedelta(seconds=1)
            told = connector.fetch_window(
                since=since - second, until=until + second, references=[reference]
            )
            found |= {one.event_id for one in told if one.body_reference == reference}
        assert found == set(whole)
        long_before = moments[0] - timedelta(days=2)
        assert not list(
            connector.fetch_window(
                since=long_before, until=long_before + timedelta(hours=1), references=[reference]
            )
        )

    @where("poll", switches=("backwards",))
    def test_a_status_that_goes_backwards_is_told_as_it_is(self, stand: Stand) -> None:
        reference = self.newly_finished(stand)
        before = self._by_id(stand, reference)
        self.switch(stand, backwards=True)

        def back() -> list[Update]:
            newest = sorted(self.news(self.connect(stand), reference), key=_when)[-1:]
            return [one for one in newest if one.remote_status.lower() not in self.finished]

        (opened,) = wait_for(back, seconds=self.patience)
        assert opened.event_id not in before
        assert opened.happened_at > max(map(_when, before.values()))

    @where("poll", switches=("clock_skew",))
    @pytest.mark.parametrize("seconds", [-SKEW, SKEW])
    def test_moments_of_another_clock_are_told_as_they_are(
        self, seconds: float, stand: Stand
    ) -> None:
        """And nothing is lost, although what is asked for ends now. What would lie in the future may be
        told as now.
        """
        reference = self.finished_one(stand)
        here = self._by_status(stand, reference)
        self.switch(stand, clock_skew=seconds)
        connector = self.connect(stand)
        since = min(here.values()) - timedelta(minutes=10)
        told = {
            one.remote_status: one.happened_at
            for one in connector.fetch_updates(since=since, references=[reference])
            if one.body_reference == reference
        }
        assert set(told) == set(here)
        for status, moment in told.items():
            is_now = seconds > 0 and abs(moment - clock.now()) < timedelta(seconds=5)
            off = (moment - here[status]).total_seconds()
            assert is_now or off == pytest.approx(seconds, abs=2)

    @where("poll", has=("date_formats",))
    def test_dates_are_read_in_every_form(self, date_format: str, stand: Stand) -> None:
        reference = self.finished_one(stand)
        plain = self._by_status(stand, reference)
        self.switch(stand, date_format=date_format)
        odd = self._by_status(stand, reference)
        assert set(odd) == set(plain)
        for status, moment in odd.items():
            assert abs(moment - plain[status]) < timedelta(seconds=61)

    @where("poll", switches=("wrong_charset",))
    def test_news_in_another_charset_is_not_lost(self, stand: Stand) -> None:
        reference = self.finished_one(stand)
        plain = self._by_status(stand, reference)
        self.switch(stand, wrong_charset=True)
        assert self._by_status(stand, reference) == plain

    @where("poll")
    def test_news_that_can_not_be_read_is_a_failure(
        self, wire_fault: Fault, stand: Stand, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Never an empty list: the cursor would go over what was not read."""
        connector = self.connect(stand)
        reference = self.reference_of(connector, connector.send(self.message()))
        with stand.spoilt(wire_fault, only=self.read_path):
            outcome = self.attempt(lambda: self.news(connector, reference), caplog)
        assert isinstance(outcome, DeliveryFailed), f"it said {outcome!r}"
        assert outcome.error_class in (ErrorClass.TRANSIENT, ErrorClass.THROTTLED)
        if wire_fault.is_systemic:
            assert outcome.is_systemic

    @where(switches=("token_mode",))
    def test_a_token_becomes_a_reference(self, stand: Stand) -> None:
        if self.gives != "token":
            self.switch(stand, token_mode=True, token_seconds=0.3)
        connector = self.connect(stand)
        message = self.message()
        sent = connector.send(message)
        assert sent.token
        assert self.reference_of(connector, sent)
        if self.claims.look_up:
            assert self.look_up(connector, message) is not None

    # --- Sessions ---------------------------------------------------------------------------------

    @where(has=("has_session",))
    def test_a_session_that_ends_in_the_middle_is_opened_again(
        self, stand: Stand, caplog: pytest.LogCaptureFixture
    ) -> None:
        """In the middle of a poll and of a create, within the same call, and nothing twice."""
        memory = ConnectionMemory()
        connector = self.connect(stand, memory=memory)
        reference = self.reference_of(connector, connector.send(self.message()))
        self.switch(stand, expired=1)
        if self.claims.poll:
            assert isinstance(self.attempt(lambda: self.news(connector, reference), caplog), list)
        self.switch(stand, expired=1)
        message = self.message()
        outcome: Any = self.attempt(lambda: connector.send(message), caplog)
        assert isinstance(outcome, Sent)
        assert self.accepted(stand, message) == 1

    @where(has=("has_session",))
    def test_a_session_that_never_holds_ends_in_a_failure(
        self, stand: Stand, caplog: pytest.LogCaptureFixture
    ) -> None:
        self.switch(stand, expired=50)
        message = self.message()
        outcome: Any = self.attempt(lambda: self.connect(stand).send(message), caplog)
        assert isinstance(outcome, DeliveryFailed)
        assert outcome.error_class in (ErrorClass.AUTH, ErrorClass.TRANSIENT)
        assert self.accepted(stand, message) == 0

    # --- Pushes -----------------------------------------------------------------------------------

    @where(has=("has_pushes",))
    def test_a_push_is_read_and_rubbish_is_refused(self, stand: Stand) -> None:
        headers, body = self.pushes(stand)
        connector = self.connect(stand)
        told = list(connector.read_push(headers, body))
        assert told
        assert told == list(connector.read_push(headers, body))
        for rubbish in (b"", b"{", b"<html>", b"\xff\xfe"):
            with pytest.raises(BadPush):
                list(connector.read_push(headers, rubbish))

    def _by_id(self, stand: Stand, reference: str) -> dict[str, Update]:
        found: dict[str, Update] = {}
        for one in self.news(self.connect(stand), reference):
            assert found.setdefault(one.event_id, one) == one, "one id, two events"
        return found

    def _by_status(self, stand: Stand, reference: str) -> dict[str, Any]:
        told = self.news(self.connect(stand), reference)
        return {one.remote_status: one.happened_at for one in told}


def _when(one: Update) -> Any:
    return one.happened_at
