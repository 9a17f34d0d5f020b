"""Out: each message arrives once, whatever happens on the way, and a failure says what is known."""

from typing import Any

import pytest

from mysmartcity.connectors.contract import DeliveryFailed, Sent
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass
from tests.connectors.contract.faults import Fault
from tests.connectors.contract.stand import Stand, Trial, full_reporter
from tests.connectors.contract.terms import where

PASSING = (ErrorClass.TRANSIENT, ErrorClass.THROTTLED, ErrorClass.AMBIGUOUS)
"""What a fault that passes may be called: nothing here is a reason to give up or to stop."""

WORDS = (DeliveryKind.COMMENT, DeliveryKind.NOT_FIXED, DeliveryKind.WITHDRAWN)


class Sending(Trial):
    """First messages and later ones."""

    def test_a_first_message_arrives_once(self, stand: Stand) -> None:
        message = self.message()
        sent = self.connect(stand).send(message)
        assert self.accepted(stand, message) == 1
        given = {"reference": sent.remote_reference, "token": sent.token}
        assert self.gives == "nothing" or given[self.gives]

    def test_no_fault_loses_or_doubles(
        self, fault: Fault, is_warm: bool, stand: Stand, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The outbox's whole way: a try, what the failure allows, and at the end exactly one.

        `is_warm`: signed in by an earlier message, so that the fault meets the message itself.
        """
        connector = self.connect(stand)
        if is_warm:
            connector.send(self.message())
        message = self.message()
        stand.waits.clear()
        with stand.spoilt(fault, only=self.write_path if is_warm else ""):
            outcome = self.attempt(lambda: connector.send(message), caplog)
        assert sum(stand.waits) < connector.lease_seconds, "a try can outlast its lease"
        self._is_told_right(outcome, fault)
        arrived = self._arrived(stand, message, outcome, fault)
        self.calm(stand.simulator)
        self._go_on(stand, message, outcome, arrived)

    def _is_told_right(self, outcome: Any, fault: Fault) -> None:
        if isinstance(outcome, Sent):
            return
        assert outcome.error_class in PASSING, f"{outcome.error_class} for something that passes"
        if fault.retry_after is not None and outcome.error_class == ErrorClass.THROTTLED:
            assert outcome.retry_after == pytest.approx(fault.retry_after, abs=1.5)
        if fault.name == "429":
            assert outcome.error_class == ErrorClass.THROTTLED
        if fault.is_systemic:
            assert outcome.is_systemic, "the failure must say that the system is away"

    def _arrived(self, stand: Stand, message: Any, outcome: Any, fault: Fault) -> int:
        """How often it arrived; what "certainly not there" says must be true, also a while later."""
        if fault.is_slow:
            stand.settle()
        count = self.accepted(stand, message)
        assert count <= 1
        if isinstance(outcome, Sent):
            assert count == 1, "it said that it arrived"
        elif outcome.error_class != ErrorClass.AMBIGUOUS:
            assert count == 0, f"{outcome.error_class} lets it be sent again, and it is there"
        return count

    def _go_on(self, stand: Stand, message: Any, outcome: Any, arrived: int) -> None:
        if isinstance(outcome, Sent):
            return
        connector = self.connect(stand)
        if outcome.error_class == ErrorClass.AMBIGUOUS:
            if not self.claims.look_up:
                return  # A human decides; nothing goes by itself.
            found = self.look_up(connector, message)
            assert (found is not None) == (arrived == 1), "the look-up is wrong"
            if found is not None:
                return
        connector.send(message)
        assert self.accepted(stand, message) == 1

    @where(switches=("drop_after_accept",))
    def test_a_reply_lost_by_the_system_itself(
        self, stand: Stand, caplog: pytest.LogCaptureFixture
    ) -> None:
        connector = self.connect(stand)
        connector.send(self.message())  # signed in: the loss is to meet the message
        self.switch(stand, drop_after_accept=1 if self.wire == "http" else True)
        message = self.message()
        outcome = self.attempt(lambda: connector.send(message), caplog)
        self.calm(stand.simulator)
        if isinstance(outcome, DeliveryFailed):
            assert outcome.error_class == ErrorClass.AMBIGUOUS
        assert self.accepted(stand, message) == 1

    @where(switches=("wrong_charset",))
    def test_another_charset_than_it_says(
        self, stand: Stand, caplog: pytest.LogCaptureFixture
    ) -> None:
        connector = self.connect(stand)
        connector.send(self.message())
        self.switch(stand, wrong_charset=True)
        message = self.message()
        outcome = self.attempt(lambda: connector.send(message), caplog)
        assert isinstance(outcome, Sent) or outcome.error_class == ErrorClass.AMBIGUOUS
        assert self.accepted(stand, message) == 1

    # --- Later messages ---------------------------------------------------------------------------

    @pytest.mark.parametrize("kind", [*WORDS, DeliveryKind.PHOTO])
    def test_a_later_message_arrives_or_is_refused(self, kind: DeliveryKind, stand: Stand) -> None:
        """What is claimed works; what is not is refused, for good, and nothing leaves."""
        connector = self.connect(stand)
        later = self._later(kind, stand)
        before = self.additions(stand)
        if self.claims.photos if kind == DeliveryKind.PHOTO else self.claims.comments:
            connector.send(later)
            assert self.additions(stand) == before + 1
            return
        with pytest.raises(DeliveryFailed) as caught:
            connector.send(later)
        assert caught.value.error_class == ErrorClass.PERMANENT
        assert self.additions(stand) == before

    @where("comments")
    def test_no_fault_loses_or_doubles_a_comment(
        self, fault: Fault, stand: Stand, caplog: pytest.LogCaptureFixture
    ) -> None:
        later = self._later(DeliveryKind.COMMENT, stand)
        before = self.additions(stand)
        connector = self.connect(stand)
        with stand.spoilt(fault, only=self.write_path):
            outcome = self.attempt(lambda: connector.send(later), caplog)
        self._is_told_right(outcome, fault)
        if fault.is_slow:
            stand.settle()
        self.calm(stand.simulator)
        arrived = self.additions(stand) - before
        if isinstance(outcome, DeliveryFailed):
            if outcome.error_class != ErrorClass.AMBIGUOUS:
                assert arrived == 0
            elif not self.claims.look_up:
                return
            if outcome.error_class != ErrorClass.AMBIGUOUS or not self.look_up(connector, later):
                # Absent, or taken once for each key: then it may simply be told again.
                connector.send(later)
        assert self.additions(stand) == before + 1

    def _later(self, kind: DeliveryKind, stand: Stand) -> Any:
        first = self.message()
        connector = self.connect(stand)
        sent = connector.send(first)
        reference = self.reference_of(connector, sent) if self.gives != "nothing" else ""
        return self.message(
            reference=first.reference,
            key=f"{first.reference}-entry-4712",
            thread_key=first.key,
            kind=kind,
            words="" if kind == DeliveryKind.PHOTO else f"The hole of {first.reference} grows",
            photo_urls=("https://mysmart.example/photos/a.jpg",)
            if kind == DeliveryKind.PHOTO
            else (),
            body_reference=reference,
        )

    # --- What leaves ------------------------------------------------------------------------------

    def test_nothing_private_leaves_unless_there_is_a_place_for_it(self, stand: Stand) -> None:
        """A field that the connection does not share is not in the message; one that the system has
        no place for stays here even then. Row numbers and reply secrets never go.
        """
        person = full_reporter()
        message = self.message(reporter=person)
        self.connect(stand).send(message)
        left = self.written(stand)
        assert message.reference in left, "this test does not see what leaves"
        for name in ("name", "email", "phone", "account_number"):
            # Of a name the last word, as some systems want first and last name apart; of a number
            # what stands after the zero, as some want +27 for it.
            value = getattr(person, name).split()[-1].lstrip("0")
            assert (value in left) == (name in self.shares), name
        assert message.key not in left
        assert (message.reply_token in left) == self.carries_reply_token

    def test_nothing_of_a_reporter_leaves_when_nothing_is_shared(self, stand: Stand) -> None:
        anonymous = self.message()
        self.connect(stand).send(anonymous)
        person = full_reporter()
        said = [line for line in self.written(stand).split("\n\n") if anonymous.reference in line]
        assert said, "this test does not see what leaves"
        for value in (person.name, person.email, person.phone, person.account_number):
            assert not any(value.split()[-1].lstrip("0") in line for line in said)

    @where(has=("wrong_secrets",))
    def test_a_wrong_secret_stops_the_connection(
        self, stand: Stand, caplog: pytest.LogCaptureFixture
    ) -> None:
        message = self.message()
        connector = self.connect(stand, secrets=self.wrong_secrets)
        outcome = self.attempt(lambda: connector.send(message), caplog)
        assert isinstance(outcome, DeliveryFailed)
        assert outcome.error_class == ErrorClass.AUTH
        assert self.accepted(stand, message) == 0
