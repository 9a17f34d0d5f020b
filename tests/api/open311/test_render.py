"""Writing replies: XML that every parser reads, whatever the text. Pure; no database."""

from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.api.open311.render import escape, instant, json_of, xml_list, xml_object

ILLEGAL = [chr(n) for n in range(32) if chr(n) not in "\t\n\r"] + ["\ufffe", "\uffff"]


@given(st.text())
def test_any_text_round_trips_but_for_what_xml_forbids(text: str) -> None:
    root = ElementTree.fromstring(xml_object("r", {"t": text}))
    expected = "".join(letter for letter in text if letter not in ILLEGAL)
    assert (root.findtext("t") or "") == expected


def test_lone_surrogates_are_left_out() -> None:
    assert escape("a\ud800b") == "ab"


def test_quotes_need_no_escape_and_cdata_end_can_not_break_out() -> None:
    assert escape("\"'") == "\"'"
    assert escape("]]>") == "]]&gt;"


def test_lists_booleans_numbers_and_nothing() -> None:
    row = {"ok": True, "n": 1.5, "none": None, "at_datetime": None, "values": [{"key": "a"}]}
    body = xml_list("rows", "row", [row]).decode()
    assert body.endswith(
        "<rows><row><ok>true</ok><n>1.5</n><none></none>"
        "<values><value><key>a</key></value></values></row></rows>"
    )


def test_instants_are_whole_seconds_in_utc() -> None:
    zone = timezone(timedelta(hours=2))
    assert instant(datetime(2026, 5, 3, 11, 0, 0, 999_999, zone)) == "2026-05-03T09:00:00Z"
    assert instant(datetime(2026, 5, 3, 9, tzinfo=UTC)) == "2026-05-03T09:00:00Z"
    assert instant(None) is None


def test_json_keeps_letters_as_they_are() -> None:
    assert json_of([{"a": "ü☃"}]).decode() == '[{"a":"ü☃"}]'
