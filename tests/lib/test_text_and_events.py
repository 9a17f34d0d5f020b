"""Small rules about text, and the door for events."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.config.reactions import REACTIONS
from mysmartcity.lib import events, text


def test_folding_makes_spellings_meet() -> None:
    assert text.fold("Mitchell’s  Pläin!") == text.fold("mitchell s plain")


@given(st.text())
def test_a_line_has_no_breaks(words: str) -> None:
    assert not set(text.one_line(words)) & set("\r\n\x00\u2028")


@given(st.text())
def test_readable_text_can_be_stored(words: str) -> None:
    clean = text.readable(words)
    assert "\x00" not in clean
    assert text.readable(clean) == clean


@dataclass(frozen=True)
class Unlisted(events.Event):
    """An event that nobody put into the table."""


def test_an_event_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(events.UnknownEvent):
        events.publish(Unlisted())


def test_reactions_run_in_order() -> None:
    seen: list[str] = []
    events.set_reactions({Unlisted: [lambda _: seen.append("a"), lambda _: seen.append("b")]})
    events.publish(Unlisted())
    events.set_reactions(REACTIONS)
    assert seen == ["a", "b"]
