"""What offices write into files, row by row."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.connectors.systems.files.readers import (
    Layout,
    NotWhole,
    Row,
    Unreadable,
    layout_for,
    read,
)

OURS = "CPT-7K3M9V"


def layout(kind: str = "status", **its: str) -> Layout:
    found = layout_for(f"{its.get('files', kind).strip('*')}.csv", {kind: its})
    assert found is not None
    return found


def rows(text: str | bytes, kind: str = "status", **its: Any) -> list[Row]:
    data = text if isinstance(text, bytes) else text.encode()
    found, bad = read(data, layout(kind, **its))
    assert bad == []
    return found


def test_it_works() -> None:
    one, two = rows(
        "Their reference,STATUS,words,when,promised\r\n"
        "F77,In Progress,Team is there,2026-06-01 10:00,2026-06-03\r\n"
        "F78,Done,,2026-06-01T10:00:00+02:00,\r\n"
    )
    assert (one.theirs, one.word, one.words) == ("F77", "In Progress", "Team is there")
    assert one.happened_at == two.happened_at == datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
    assert one.promised_at == datetime(2026, 6, 2, 22, 0, tzinfo=UTC)
    assert one.event_id != two.event_id


def test_the_columns_are_data() -> None:
    its = {"files": "x*", "theirs": "Verw nr", "status": "Stand", "date_format": "%d.%m.%Y %H:%M",
           "when": "Datum", "delimiter": ";"}  # fmt: skip
    one = rows("Verw_nr;Stand;Datum\nA,1;Klaar;01.06.2026 10:00\n", **its)[0]
    assert (one.theirs, one.word, one.happened_at) == (
        "A,1",
        "Klaar",
        datetime(2026, 6, 1, 8, tzinfo=UTC),
    )
    assert layout_for("status.csv", {"status": its}) is None
    assert layout_for("X1.CSV", {"status": its}) is not None


def test_an_acknowledgement_gives_the_reference_and_no_status() -> None:
    text = f"reference,their_reference,result,reason\n{OURS},F77,Accepted,\n{OURS},,Rejected,No street\n"
    yes, no = rows(text, "ack")
    assert (yes.ours, yes.theirs, yes.word) == (OURS, "F77", "")
    assert (no.theirs, no.word, no.words) == ("", "Rejected", "No street")


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        (OURS, OURS),
        (f" {OURS.lower()} ", OURS),
        (f"out/{OURS}-create-0123456789ab.csv", f"{OURS}-create-0123456789ab"),
        (f"{OURS}-not_fixed-0123456789ab.XML", f"{OURS}-not_fixed-0123456789ab"),
    ],
)
def test_our_names_in_their_spellings(written: str, ours: str) -> None:
    assert rows(f"reference,their_reference\n{written},F1\n", "ack")[0].ours == ours


@pytest.mark.parametrize(
    "data",
    [
        "their_reference,status,words\nF1,Done,Herstel – kafee êrens\n".encode(),
        "their_reference,status,words\nF1,Done,Herstel – kafee êrens\n".encode("utf-8-sig"),
        "their_reference,status,words\nF1,Done,Herstel – kafee êrens\n".encode("cp1252"),
    ],
)
def test_three_encodings_are_told_apart(data: bytes) -> None:
    assert rows(data)[0].words == "Herstel – kafee êrens"


def test_an_encoding_that_is_set_is_kept_to() -> None:
    data = "their_reference,status\nF1,Geïn\n".encode("cp1252")
    with pytest.raises(Unreadable):
        read(data, layout(encoding="utf-8"))
    with pytest.raises(Unreadable):
        read("their_reference,status\n".encode("utf-16"), layout())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("F1,Done,x,2026-06-01,y,z", "more cells"),
        (",Done,x,2026-06-01", "no reference"),
        ("F1,,,2026-06-01", "says nothing"),
        ("F1,Done,x,yesterday", "not a time"),
        ("F" * 101 + ",Done,x,", "too long"),
    ],
)
def test_a_bad_row_is_kept_aside_and_spoils_no_other(line: str, reason: str) -> None:
    text = f"their_reference,status,words,when\nF1,Busy,,\n{line}\nF2,Done,,\n"
    good, bad = read(text.encode(), layout())
    assert [one.theirs for one in good] == ["F1", "F2"]
    assert [reason in one.reason for one in bad] == [True]
    assert not bad[0].text or line.split(",")[0][:20] in bad[0].text


def test_a_reference_that_is_not_ours_is_a_bad_row() -> None:
    good, bad = read(b"reference,their_reference\nCPT-AAAAAA,F1\n", layout("ack"))
    assert good == []
    assert "not one of our references" in bad[0].reason


def test_the_same_row_is_the_same_event_wherever_it_stands() -> None:
    first = rows("their_reference,status\nF1,Done\nF2,Done\n")
    second = rows("status;their_reference\nDone;F2\nDone;F1\n")
    assert {one.event_id for one in first} == {one.event_id for one in second}
    assert len({one.event_id for one in first}) == 2


def test_a_last_line_says_how_many_there_are() -> None:
    head = "their_reference,status\nF1,Done\nF2,Done\n"
    assert len(rows(head + "TRAILER,2\n", trailer="trailer")) == 2
    for end in ("", "TRAILER,3\n", "TRAILER\n", "TRA"):
        with pytest.raises(NotWhole):
            read((head + end).encode(), layout(trailer="trailer"))


@pytest.mark.parametrize("text", ["", "\n", "  "])
def test_an_empty_file_is_not_whole(text: str) -> None:
    with pytest.raises((NotWhole, Unreadable)):
        read(text.encode(), layout())


def test_a_file_without_the_columns_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="their reference"):
        read(b"a,b\n1,2\n", layout())


def test_xml() -> None:
    text = (
        '<x:export xmlns:x="urn:x"><x:row when="2026-06-01T10:00"><x:their_reference>F1'
        "</x:their_reference><x:status>Done</x:status></x:row><x:other/></x:export>"
    )
    assert [(one.theirs, one.word) for one in rows(text)] == [("F1", "Done")]
    assert rows(text.replace("x:row", "x:item"), row_tag="item")[0].theirs == "F1"


def test_xml_that_breaks_off_may_still_grow() -> None:
    with pytest.raises(NotWhole):
        read(b"<rows><row><their_reference>F1</their", layout())


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><rows><row>&b;</row></rows>',
        '<!DOCTYPE r SYSTEM "file:///etc/passwd"><rows/>',
    ],
)
def test_xml_may_define_nothing(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text.encode(), layout())


@given(st.binary(max_size=400), st.sampled_from(["ack", "status"]))
def test_any_bytes_are_survived(data: bytes, kind: str) -> None:
    try:
        good, bad = read(data, layout(kind))
    except (NotWhole, Unreadable):
        return
    assert len(good) + len(bad) >= 0


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_cells_are_survived(one: str, two: str) -> None:
    """Whatever stands in a row, it is read or told."""
    text = f"their_reference,status,words\n{one},{two}\nF1,Done,\n"
    good, bad = read(text.encode("utf-8", "replace"), layout())
    assert good or bad
