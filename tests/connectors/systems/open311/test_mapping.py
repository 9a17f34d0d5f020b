"""Translation between our words and Open311's."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.connectors.systems.open311 import mapping
from mysmartcity.connectors.systems.open311.shapes import RemoteRequest, RemoteUpdate

REFERENCE = "CPT-7K3M9Q"
PAYLOAD: mapping.IssuePayload = {
    "reference": REFERENCE,
    "category_code": "010",
    "description": "A hole\n\nas deep as my arm",
    "lat": -33.92,
    "lng": 18.42,
    "address": "Long Street",
    "answers": {"SIZE": "big", "KIND": ["a", "b"]},
    "photo_urls": ["https://us.example/1.jpg"],
    "tracking_url": "https://us.example/i/CPT-7K3M9Q",
}


def test_it_works() -> None:
    made = mapping.create_arguments(PAYLOAD)
    assert made.description == (
        "A hole\n\nas deep as my arm\n\n"
        "Progress and photos: https://us.example/i/CPT-7K3M9Q\nReference: CPT-7K3M9Q"
    )
    assert (made.service_code, made.lat, made.lng) == ("010", -33.92, 18.42)
    assert made.attributes == {"SIZE": "big", "KIND": ["a", "b"]}
    assert (made.email, made.phone) == ("", "")


def test_the_reporter_goes_along_only_when_given() -> None:
    made = mapping.create_arguments({**PAYLOAD, "reporter": {"email": "thandi@example.org"}})
    assert (made.email, made.first_name) == ("thandi@example.org", "")


@given(st.text(max_size=6000))
def test_the_reference_survives_any_description(words: str) -> None:
    made = mapping.describe(words, reference=REFERENCE, tracking_url="https://us.example/i/x")
    assert len(made) <= mapping.LONGEST_DESCRIPTION
    assert made.splitlines()[-1] == f"Reference: {REFERENCE}"
    assert mapping.find_by_reference([_told(made)], reference=REFERENCE) is not None


def test_words_of_almost_any_length_are_kept_whole() -> None:
    tail = f"\n\nReference: {REFERENCE}"
    whole = "x" * (mapping.LONGEST_DESCRIPTION - len(tail))
    assert mapping.describe(whole, reference=REFERENCE, tracking_url="") == whole + tail
    cut = mapping.describe(whole + "y", reference=REFERENCE, tracking_url="")
    assert cut.endswith(f"x…{tail}")
    assert len(cut) == mapping.LONGEST_DESCRIPTION


# --- Looking up -----------------------------------------------------------------------------------


def _told(description: str, *, number: str = "1", minutes: int | None = 0) -> RemoteRequest:
    made = datetime(2026, 11, 23, tzinfo=UTC)
    when = None if minutes is None else made + timedelta(minutes=minutes)
    return RemoteRequest(number, "open", description=description, requested_at=when)


@pytest.mark.parametrize(
    "description",
    [
        f"A hole\n\nReference: {REFERENCE}",
        f"A hole   Reference: {REFERENCE}",
        f"A HOLE REFERENCE:{REFERENCE}",
        f"reference: {REFERENCE.lower()} (via app)",
        f"Same as Reference: CPT-2AAAAA\nReference: {REFERENCE}\n",
    ],
)
def test_ours_is_found(description: str) -> None:
    others = [_told("Reference: CPT-3BBBBB", number="7"), _told("", number="8")]
    found = mapping.find_by_reference([*others, _told(description)], reference=REFERENCE)
    assert found is not None
    assert found.service_request_id == "1"


@pytest.mark.parametrize(
    "description",
    [
        "", REFERENCE, f"See {REFERENCE}", f"Reference: {REFERENCE}9", f"Reference: X{REFERENCE}",
        f"Same as Reference: {REFERENCE}\nReference: CPT-2AAAAA",
    ],
)  # fmt: skip
def test_somebody_elses_is_not(description: str) -> None:
    assert mapping.find_by_reference([_told(description)], reference=REFERENCE) is None


def test_the_oldest_of_several_counts() -> None:
    line = f"Reference: {REFERENCE}"
    told = [
        _told(line, number="3", minutes=None),
        _told(line, number="2", minutes=9),
        _told(line, number="1", minutes=5),
    ]
    found = mapping.find_by_reference(told, reference=REFERENCE)
    assert found == told[2]
    assert mapping.find_by_reference(told[:1], reference=REFERENCE) == told[0]


# --- Statuses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("remote", "ours"),
    [
        ("open", "acknowledged"),
        ("OPEN", "acknowledged"),
        ("oPeN", "acknowledged"),
        (" Closed ", "reported_fixed"),
        ("IN_PROGRESS", "in_progress"),
        ("In Progress", "in_progress"),
        ("in-progress", "in_progress"),
        ("inProgress", "in_progress"),
        ("NOT_COUNCILS_RESPONSIBILITY", "declined"),
        ("FIXED", "reported_fixed"),
        ("Archived by the moon", None),
        ("", None),
    ],
)
def test_statuses_in_strange_cases(remote: str, ours: str | None) -> None:
    assert mapping.read_status(RemoteRequest("1", remote), mapping.STARTING_STATUSES) == ours


def test_the_finest_known_word_wins() -> None:
    statuses = {**mapping.STARTING_STATUSES, "WAIT-PARTS": "on_hold"}
    detailed = RemoteRequest("1", "open", extended={"detailed_status": "IN_PROCESS"})
    assert mapping.read_status(detailed, statuses) == "in_progress"
    odd = RemoteRequest("1", "closed", extended={"detailed_status": ["what"]})
    assert mapping.read_status(odd, statuses) == "reported_fixed"
    update = RemoteUpdate("1", "2", "open", None, "", external_status_code="wait parts")
    assert mapping.read_status(update, statuses) == "on_hold"


def test_a_connections_own_mapping_is_all_that_counts() -> None:
    assert mapping.read_status(RemoteRequest("1", "open"), {"open": "sent"}) == "sent"
    assert mapping.read_status(RemoteRequest("1", "closed"), {"open": "sent"}) is None


def test_reasons_for_declining() -> None:
    reasons = mapping.STARTING_DECLINE_REASONS
    assert mapping.read_decline_reason(RemoteRequest("1", "Duplicate"), reasons) == "duplicate"
    assert mapping.read_decline_reason(RemoteRequest("1", "rejected"), reasons) == "other"


@given(st.text(max_size=30))
def test_case_and_dashes_never_matter(word: str) -> None:
    statuses = {word: "in_progress"} if word.strip() else {}
    for spelling in (word, f" {word} "):
        found = mapping.read_status(RemoteRequest("1", spelling), statuses)
        assert found in ("in_progress", None)
        if any("a" <= letter <= "z" for letter in word):
            assert found == "in_progress"
