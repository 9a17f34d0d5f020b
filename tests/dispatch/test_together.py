"""What bodies and work items say together, for every mixture of words."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.dispatch.together import ENDS, Part, all_ended, all_items, where_to
from mysmartcity.issues.status import Status

T0 = datetime(2026, 6, 1, tzinfo=UTC)
DONE, NO = str(Status.REPORTED_FIXED), str(Status.DECLINED)
said = st.sampled_from(["", "acknowledged", "scheduled", "in_progress", "on_hold", DONE, NO])
times = st.integers(0, 1000).map(lambda minutes: T0 + timedelta(minutes=minutes))
items = st.lists(st.builds(Part, said, times), min_size=1, max_size=5)
statuses = st.sampled_from(list(Status))


@st.composite
def bodies(draw: st.DrawFn) -> list[Part]:
    """One that leads, and some that share."""
    first = draw(st.builds(Part, said, times, st.just(True)))
    return [first, *draw(st.lists(st.builds(Part, said, times), max_size=3))]


@given(bodies(), st.data(), statuses)
def test_fixed_needs_everybody(parts: list[Part], data: st.DataObject, stands: Status) -> None:
    speaker = data.draw(st.sampled_from(parts))
    after = where_to(parts, speaker=speaker, stands=stands)
    assert (after == Status.REPORTED_FIXED) == all(part.said == DONE for part in parts)
    assert (after == Status.DECLINED) == all(part.said == NO for part in parts)


@given(bodies(), st.data(), statuses)
def test_only_what_the_speaker_said_moves_an_open_issue(
    parts: list[Part], data: st.DataObject, stands: Status
) -> None:
    speaker = data.draw(st.sampled_from(parts))
    after = where_to(parts, speaker=speaker, stands=stands)
    if after is not None and after not in ENDS:
        assert after == speaker.said
        was_ended = stands in (Status.REPORTED_FIXED, Status.FIXED, Status.DECLINED)
        assert speaker.leads or parts[0].has_ended or was_ended


@given(items, said)
def test_a_body_is_done_when_its_last_work_item_is(parts: list[Part], before: str) -> None:
    together = all_items(parts, before=before)
    assert (together in ENDS) == all_ended(parts)
    if together == NO:
        assert all(part.said == NO for part in parts)


@given(items, said)
def test_one_item_says_what_it_says(parts: list[Part], before: str) -> None:
    (one, *_rest) = parts
    if one.said:
        assert all_items([one], before=before) == one.said


@given(st.builds(Part, said, times), times)
def test_a_resident_contests_only_an_earlier_done(part: Part, objection_at: datetime) -> None:
    after = part.after(objection_at)
    is_contested = part.said == DONE and part.said_at is not None and part.said_at < objection_at
    assert after.said == ("" if is_contested else part.said)
