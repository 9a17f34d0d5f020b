"""How a connector behaves towards us: true flags, sentences for the operator, no state of its own."""

from dataclasses import replace

import pytest

from mysmartcity.connectors import registry
from mysmartcity.connectors.contract import DeliveryFailed
from mysmartcity.dispatch.status import ErrorClass
from tests.connectors.contract.stand import Stand, Trial
from tests.connectors.contract.terms import where


class Manners(Trial):
    """Settings, flags, instances."""

    def test_it_says_what_it_can(self, stand: Stand) -> None:
        assert self.connect(stand).capabilities == self.claims

    def test_what_is_secret_is_tried_with_a_wrong_one(self) -> None:
        """Or the trial would leave out how a refused sign-in is told."""
        assert bool(self.wrong_secrets) == bool(self.secrets)
        assert set(self.secrets) <= set(registry.SYSTEMS[self.system].secret_names) or (
            self.definition
        )

    def test_good_settings_have_no_problems(self, stand: Stand) -> None:
        connector = self.connect(stand)
        assert list(connector.problems()) == []
        assert connector.address == "" or connector.address.startswith("https://")

    def test_empty_settings_are_a_sentence_not_an_exception(self, stand: Stand) -> None:
        connector = self.connect(stand, settings={}, secrets={})
        _ = (connector.capabilities, connector.address, connector.photos_in_create(3))
        problems = list(connector.problems())
        assert all(one.strip().endswith(".") for one in problems)
        if self.settings_for(stand.place):
            assert problems
            with pytest.raises(DeliveryFailed) as caught:
                connector.send(self.message())
            assert caught.value.error_class in (ErrorClass.AUTH, ErrorClass.PERMANENT)

    def test_settings_of_a_wrong_kind_are_sentences_too(self, stand: Stand) -> None:
        """An operator types: a number for a text, a text for a list."""
        for wrong in (7, ["x"], {"x": 1}, None, "not an address"):
            settings = dict.fromkeys(self.settings_for(stand.place), wrong)
            assert all(
                isinstance(one, str) for one in self.connect(stand, settings=settings).problems()
            )

    def test_two_instances_take_turns(self, stand: Stand) -> None:
        """Each use has an instance of its own, in any worker: what one did the other one knows."""
        one, other = self.connect(stand), self.connect(stand)
        if self.claims.by_hand:
            assert one.brief(its := self.message()) == other.brief(its)
            return
        message, second = self.message(), self.message()
        sent = one.send(message)
        other.send(second)
        if self.claims.look_up:
            assert self.look_up(other, message) is not None
            assert self.look_up(one, second) is not None
        if self.claims.poll:
            self.news(other, self.reference_of(one, sent))
        for connector in (one, other):
            assert set(vars(connector)) <= self.keeps, "a connector keeps nothing"

    @where("needs_address")
    def test_a_message_without_an_address_is_asked_for(self, stand: Stand) -> None:
        connector = self.connect(stand)
        bare = replace(self.message(), address="", street="", street_number="", suburb="")
        assert list(connector.missing(bare))
        assert list(connector.missing(self.message())) == []

    def test_photos_of_the_first_message_are_counted_honestly(self, stand: Stand) -> None:
        connector = self.connect(stand)
        for count in (0, 1, 5):
            carried = connector.photos_in_create(count)
            assert 0 <= carried <= count
            assert carried == count or self.claims.photos, "the others would never follow"

    @where("by_hand")
    def test_a_caller_has_everything_before_them(self, stand: Stand) -> None:
        message = self.message()
        brief = self.connect(stand).brief(message)
        for fact in (message.reference, message.category_name, message.street, message.suburb):
            assert fact in brief
