"""Our words and the city's: what goes into a create, and what a status with its log tells."""

from datetime import timedelta

import pytest

from mysmartcity.connectors.clean import public_words
from mysmartcity.connectors.contract import Answer, Reporter
from mysmartcity.connectors.systems.capetown import mapping
from mysmartcity.connectors.systems.capetown.client import moment
from mysmartcity.connectors.systems.capetown.mapping import Choices, fields_of, log_of, updates_of
from mysmartcity.lib.clock import CITY_ZONE
from tests.connectors.systems.capetown.build import OURS, T0, message, remote

HEAD = "Deep hole\n\nProgress and photos: https://x.example/i/CPT-7K3M9Q\nReference: CPT-7K3M9Q"
FIRST = "28.11.2014 11:20:13 Gareth Dohne (SC_GD1) Passed to the depot."
SECOND = "29.11.2014 08:00:00 T. Petersen (EL_TP2) The carcass (whale) was removed."
NOW = moment("30.11.2014", "12:00:00") or T0
OLD = NOW - timedelta(days=30)


def test_a_whole_create() -> None:
    """Exactly these fields: nothing of the resident who shared nothing."""
    its = message(reference="CPT-7K3M9Q", report_count=3, description="Deep hole",
                  answers=(Answer("size", "How big?", ("l",), ("Large",)),))  # fmt: skip
    fields = fields_of(its, codes=(1030, 1001), choices=Choices(telephone=OURS))
    assert fields == {
        "type": 1030,
        "subtype": 1001,
        "message": "Deep hole\n\nHow big? Large\n3 residents reported this.\n"
        "Photo: https://mysmart.example/photos/ab/abc.zoom.webp\n\n"
        "Progress and photos: https://mysmart.example/i/CPT-7K3M9Q\nReference: CPT-7K3M9Q",
        "address": "1 Long Street, City Bowl",
        "latitude": -33.92,
        "longitude": 18.42,
        "telephone": OURS,
        "comm": "NONE",
        "suburb": "City Bowl",
        "street": "Long Street",
        "street_number": "1",
    }


def test_long_words_are_cut_and_the_reference_stays() -> None:
    its = message(description="a word " * 2000, photo_urls=["https://x.example/" + "p" * 900] * 9)
    words = mapping.words_of(its)
    assert len(words) <= mapping.LONGEST_MESSAGE
    assert words.endswith(f"Reference: {its.reference}")
    assert "a word" in words


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("082 555 1234", "0825551234"),
        ("+27 (0)82 555-1234", "+27825551234"),
        ("0027 82 555 1234", "+27825551234"),
        ("27825551234", "+27825551234"),
        ("(021) 400 1234", "0214001234"),
        ("+44 20 7946 0000", ""),
        ("call me", ""),
        ("", ""),
    ],
)
def test_a_phone_fits_the_pattern_or_is_not_sent(written: str, sent: str) -> None:
    its = message(reporter=Reporter(phone=written))
    assert mapping.phone_of(written) == sent
    fields = fields_of(its, codes=(1030, 1001), choices=Choices(telephone=OURS))
    assert fields["telephone"] == (sent or OURS)


@pytest.mark.parametrize(
    ("comm", "reporter", "told"),
    [
        ("EMAIL", Reporter(email="a@example.org"), "EMAIL"),
        ("EMAIL", Reporter(phone="0825551234"), "NONE"),
        ("SMS", Reporter(phone="0825551234"), "SMS"),
        ("SMS", Reporter(email="a@example.org"), "NONE"),
        ("NONE", Reporter(phone="0825551234", email="a@example.org"), "NONE"),
    ],
)
def test_the_city_writes_to_residents_who_shared_that(
    comm: str, reporter: Reporter, told: str
) -> None:
    """Never to our own number: nobody would read it."""
    its = message(reporter=reporter)
    fields = fields_of(its, codes=(1030, 1001), choices=Choices(OURS, comm))
    assert fields["comm"] == told


def test_names_have_forty_letters_at_most() -> None:
    its = message(reporter=Reporter(name="Thandi " + "x" * 60))
    fields = fields_of(its, codes=(1030, 1001), choices=Choices(OURS))
    assert (fields["firstName"], fields["lastName"]) == ("Thandi", "x" * 40)


@pytest.mark.parametrize(
    ("code", "codes"),
    [("1001/1002", (1001, 1002)), (" 1001 / 1002 ", (1001, 1002)), ("1001", None),
     ("0999/1001", None), ("1001/10022", None), ("", None)],
)  # fmt: skip
def test_codes_are_two_numbers_of_four_digits(code: str, codes: object) -> None:
    assert mapping.codes_of(code) == codes


@pytest.mark.parametrize(
    ("date", "time", "iso"),
    [("28.11.2014", "10:08:59", "2014-11-28T10:08:59+02:00"),
     ("01.02.2026", "", "2026-02-01T00:00:00+02:00"),
     ("31.02.2026", "10:00:00", None), ("2026-02-01", "10:00:00", None), ("", "", None)],
)  # fmt: skip
def test_dates_are_south_african(date: str, time: str, iso: str | None) -> None:
    found = moment(date, time)
    assert (found.isoformat() if found else None) == iso


# --- The log --------------------------------------------------------------------------------------


def test_the_log_begins_behind_our_reference() -> None:
    """On one line as the contract shows it, or on several."""
    for between in (" ", "\n", "\r\n"):
        entries = log_of(between.join([HEAD, FIRST, SECOND]))
        assert [one.text for one in entries] == [FIRST, SECOND]
        assert entries[0].at == moment("28.11.2014", "11:20:13")


def test_a_resident_cannot_write_the_citys_log() -> None:
    faked = f"Reference: CPT-AAAAAA\n{SECOND}\n{HEAD}"
    assert log_of(faked) == []
    assert [one.text for one in log_of(f"{faked} {FIRST}")] == [FIRST]


def test_without_our_reference_the_log_begins_at_its_first_entry() -> None:
    assert [one.text for one in log_of(f"Deep ho… {FIRST}")] == [FIRST]
    assert log_of("Deep hole") == []


def test_words_without_a_date_are_told_too() -> None:
    entries = log_of(f"{HEAD}\nClosed by the system.")
    assert [(one.text, one.at) for one in entries] == [("Closed by the system.", None)]


def test_the_public_reads_what_happened_and_no_name() -> None:
    told = updates_of(remote(f"{HEAD} {FIRST} {SECOND}"), since=OLD, now=NOW)
    assert [public_words(one.words) for one in told] == [
        "Passed to the depot.",
        "The carcass (whale) was removed.",
        "",
    ]


def test_each_entry_and_each_status_is_told_once() -> None:
    """Reading again gives the same events; more log or another status gives only what is new."""
    at_first = updates_of(remote(f"{HEAD} {FIRST}", status="Open"), since=OLD, now=NOW)
    again = updates_of(remote(f"{HEAD} {FIRST}", status="Open"), since=NOW, now=NOW)
    assert [one.event_id for one in at_first] == [one.event_id for one in again]
    grown = updates_of(remote(f"{HEAD} {FIRST} {SECOND}", status="Closed"), since=OLD, now=NOW)
    known = {one.event_id for one in at_first}
    new = [one for one in grown if one.event_id not in known]
    assert [(one.remote_status, one.words) for one in new] == [("Closed", SECOND), ("Closed", "")]
    known |= {one.event_id for one in grown}
    only = updates_of(remote(f"{HEAD} {FIRST} {SECOND}", status="Reopened"), since=OLD, now=NOW)
    new = [one for one in only if one.event_id not in known]
    assert [(one.remote_status, one.words) for one in new] == [("Reopened", "")]


def test_happened_when_the_log_says_or_when_we_saw_it() -> None:
    """A status that came without an entry is not dated back to the last one."""
    text = f"{HEAD} {FIRST} {SECOND}"
    told = updates_of(remote(text), since=OLD, now=NOW)
    assert {one.happened_at for one in told[1:]} == {moment("29.11.2014", "08:00:00")}
    assert told[0].happened_at == moment("28.11.2014", "11:20:13")
    later = updates_of(remote(text, status="Reopened"), since=NOW - timedelta(minutes=5), now=NOW)
    assert later[-1].happened_at == NOW
    ahead = updates_of(remote(text), since=OLD, now=T0.astimezone(CITY_ZONE).replace(year=2010))
    assert ahead[-1].happened_at.year == 2010


def test_a_request_without_log_tells_its_status() -> None:
    told = updates_of(remote(HEAD, status="Open"), since=T0 - timedelta(hours=1), now=T0)
    assert [(one.remote_status, one.words, one.happened_at) for one in told] == [("Open", "", T0)]


def test_codes_come_back_only_as_a_pair() -> None:
    assert mapping.category_of(remote(type_code="1001", subtype_code="1002")) == "1001/1002"
    assert mapping.category_of(remote(type_code="1001")) == ""
