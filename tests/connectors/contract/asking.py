"""In: look-ups, states and categories. What can't be read is a failure, never "there is nothing"."""

from collections.abc import Callable
from typing import Any

import pytest

from mysmartcity.connectors.contract import DeliveryFailed
from mysmartcity.dispatch.status import ErrorClass
from tests.connectors.contract.faults import Fault
from tests.connectors.contract.stand import LONG_AGO, Stand, Trial
from tests.connectors.contract.terms import where

SKEW = 2 * 3600.0
"""Zones told wrong are the commonest fault of clocks: two hours here."""


class Asking(Trial):
    """What the system is asked."""

    # --- Did it arrive? ---------------------------------------------------------------------------

    @where("look_up")
    def test_a_message_is_found_and_an_unknown_one_is_not(self, stand: Stand) -> None:
        connector = self.connect(stand)
        message = self.message()
        sent = connector.send(message)
        found = self.look_up(connector, message)
        assert found is not None
        assert sent.remote_reference in (None, found.remote_reference)
        assert self.look_up(connector, self.message()) is None

    @where("look_up")
    def test_an_earlier_handover_is_not_mistaken_for_this_one(self, stand: Stand) -> None:
        connector = self.connect(stand)
        first = self.message()
        reference = self.reference_of(connector, connector.send(first))
        again = self.message(
            reference=first.reference,
            key=f"{first.reference}-row-4712",
            thread_key=f"{first.reference}-row-4712",
            other_references=frozenset({reference}),
        )
        assert self.look_up(connector, again) is None

    @where("look_up")
    def test_a_look_up_that_fails_never_says_absent(
        self, wire_fault: Fault, stand: Stand, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Or the message would be sent again."""
        message = self.message()
        connector = self.connect(stand)
        connector.send(message)
        with stand.spoilt(wire_fault, only=self.read_path):
            self._fails(wire_fault, lambda: self.look_up(connector, message), caplog)

    @where("look_up", switches=("clock_skew",))
    @pytest.mark.parametrize("seconds", [-SKEW, SKEW])
    def test_a_message_is_found_although_the_clocks_differ(
        self, seconds: float, stand: Stand
    ) -> None:
        self.switch(stand, clock_skew=seconds)
        connector = self.connect(stand)
        message = self.message()
        connector.send(message)
        assert self.look_up(connector, message) is not None

    @where("look_up", has=("page_size",), switches=("overlap", "duplicates"))
    @pytest.mark.parametrize("overlap", [True, False])
    def test_a_message_is_found_on_a_later_page(self, overlap: bool, stand: Stand) -> None:
        self.switch(stand, overlap=overlap, duplicates=overlap)
        connector = self.connect(stand)
        message = self.message()
        connector.send(message)
        for _ in range(self.page_size + 3):
            connector.send(self.message())
        assert self.look_up(connector, message) is not None
        assert self.look_up(connector, self.message()) is None

    # --- How does it stand? -----------------------------------------------------------------------

    @where("states")
    def test_states_are_told_one_for_each(self, stand: Stand) -> None:
        reference = self.finished_one(stand)
        told = {
            one.body_reference: one
            for one in self.connect(stand).fetch_states([reference, "999000111"])
        }
        assert set(told) == {reference, "999000111"}
        assert told[reference].exists
        assert told[reference].remote_status.lower() in self.finished
        assert not told["999000111"].exists

    @where("states")
    def test_states_that_can_not_be_read_are_a_failure(
        self, wire_fault: Fault, stand: Stand, caplog: pytest.LogCaptureFixture
    ) -> None:
        connector = self.connect(stand)
        reference = self.reference_of(connector, connector.send(self.message()))
        with stand.spoilt(wire_fault, only=self.read_path):
            self._fails(wire_fault, lambda: list(connector.fetch_states([reference])), caplog)

    # --- What can be reported? --------------------------------------------------------------------

    @where("lists_categories")
    def test_categories_are_listed_once_each(self, stand: Stand) -> None:
        listed = list(self.connect(stand).list_categories())
        codes = [one.code for one in listed]
        assert codes
        assert all(codes)
        assert len(codes) == len(set(codes))
        assert all(one.name for one in listed)
        assert self.message().remote_category in codes

    @where("lists_categories")
    def test_categories_that_can_not_be_read_are_a_failure(
        self, wire_fault: Fault, stand: Stand, caplog: pytest.LogCaptureFixture
    ) -> None:
        connector = self.connect(stand)
        with stand.spoilt(wire_fault, only=self.read_path):
            self._fails(wire_fault, lambda: list(connector.list_categories()), caplog)

    # --- What is not claimed ----------------------------------------------------------------------

    def test_what_is_not_claimed_is_not_done(self, unclaimed: str, stand: Stand) -> None:
        connector = self.connect(stand)
        acts: dict[str, Callable[[], Any]] = {
            "look_up": lambda: self.look_up(connector, self.message()),
            "poll": lambda: list(connector.fetch_updates(since=LONG_AGO, references=["1"])),
            "states": lambda: list(connector.fetch_states(["1"])),
            "lists_categories": lambda: list(connector.list_categories()),
            "by_hand": lambda: connector.brief(self.message()),
        }
        with pytest.raises((NotImplementedError, DeliveryFailed)):
            acts[unclaimed]()

    def _fails(
        self, fault: Fault, ask: Callable[[], Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        outcome = self.attempt(ask, caplog)
        assert isinstance(outcome, DeliveryFailed), f"it said {outcome!r}"
        assert outcome.error_class in (ErrorClass.TRANSIENT, ErrorClass.THROTTLED)
        if fault.is_systemic:
            assert outcome.is_systemic
