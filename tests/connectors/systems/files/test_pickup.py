"""News out of files: which are whole, what repeats, and where they go afterwards."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mysmartcity.lib import clock
from tests.connectors.systems.files.exchange import WAYS, Exchange, exchanging

HEAD = "their_reference,status,words,when\n"
ROW = "F1,Done,Herstel,2026-06-01 10:00\n"
ACK = "reference,their_reference,result\n"


@pytest.fixture(params=WAYS)
def exchange(request: Any, tmp_path: Path, settings: Any) -> Iterator[Exchange]:
    with exchanging(request.param, tmp_path, settings) as its:
        yield its


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Iterator[Exchange]:
    with exchanging("folder", tmp_path, settings) as its:
        yield its


def test_it_works(exchange: Exchange) -> None:
    exchange.lay("status-1.csv", HEAD + ROW)
    assert exchange.look("F1") == ([], []), "seen for the first time: it may still grow"
    found, told = exchange.look("F1")
    assert [(one.body_reference, one.remote_status, one.words) for one in found] == [
        ("F1", "Done", "Herstel")
    ]
    assert told == []
    assert exchange.names("in") == []
    assert [name[13:] for name in exchange.names("read")] == ["status-1.csv"]
    assert exchange.look("F1") == ([], [])


def test_a_file_stays_until_what_it_says_is_kept(exchange: Exchange) -> None:
    """A crash between reading and keeping: it is read again, and says the same."""
    exchange.lay("status-1.csv", HEAD + ROW)
    exchange.look("F1")
    first = list(exchange.connector().fetch_updates(since=clock.now(), references=["F1"]))
    again = list(exchange.connector().fetch_updates(since=clock.now(), references=["F1"]))
    assert first == again
    assert [one.event_id for one in first] != []
    assert exchange.names("in") == ["status-1.csv"]


def test_a_growing_file_is_left_alone(exchange: Exchange) -> None:
    exchange.lay("status-1.csv", HEAD)
    exchange.look("F1")
    exchange.lay("status-1.csv", HEAD + ROW, age=50)
    assert exchange.look("F1")[0] == [], "it changed since the last look"
    assert len(exchange.look("F1")[0]) == 1


def test_a_file_must_stand_still_for_a_while(folder: Exchange) -> None:
    folder.lay("status-1.csv", HEAD + ROW)
    moment = clock.now()
    for seconds, count in ((0, 0), (29, 0), (30, 1)):
        with clock.frozen(moment + timedelta(seconds=seconds)):
            assert len(folder.look("F1", still_seconds=30)[0]) == count


def test_a_file_that_grew_after_it_was_read_is_read_again(exchange: Exchange) -> None:
    exchange.lay("status-1.csv", HEAD + ROW)
    exchange.look("F1")
    its = exchange.connector()
    first = list(its.fetch_updates(since=clock.now(), references=["F1"]))
    exchange.lay("status-1.csv", HEAD + ROW + "F1,Busy,,2026-06-02 10:00\n", age=40)
    its.news_kept()
    assert exchange.names("in") == ["status-1.csv"]
    exchange.look("F1")
    found = exchange.look("F1")[0]
    assert len(found) == 2
    assert found[0].event_id == first[0].event_id


def test_a_marker_says_that_it_is_whole(exchange: Exchange) -> None:
    exchange.lay("status-1.csv", HEAD + ROW)
    for _look in range(3):
        assert exchange.look("F1", done_suffix=".done")[0] == []
    exchange.lay("status-1.csv.done", "")
    assert len(exchange.look("F1", done_suffix=".done")[0]) == 1
    assert exchange.names("in") == []


def test_a_last_line_says_that_it_is_whole(exchange: Exchange) -> None:
    its = {"status": {"trailer": "END"}}
    exchange.lay("status-1.csv", HEAD + ROW)
    for _look in range(3):
        assert exchange.look("F1", **its) == ([], [])
    exchange.lay("status-1.csv", HEAD + ROW + "END,1\n")
    assert len(exchange.look("F1", **its)[0]) == 1


def test_a_file_that_never_ends_is_put_aside_with_the_reason(exchange: Exchange) -> None:
    exchange.lay("status-1.csv", HEAD + ROW, age=25 * 3600)
    found, told = exchange.look("F1", status={"trailer": "END"})
    assert found == []
    assert "last line" in told[0]
    assert exchange.names("in") == []
    kept = exchange.names("aside")
    assert [name[13:] for name in kept] == ["status-1.csv", "status-1.csv.why.csv"]


def test_the_same_rows_again_are_the_same_events(exchange: Exchange) -> None:
    seen = []
    for name in ("status-1.csv", "status-2.csv", "status-1.csv"):
        exchange.lay(name, HEAD + ROW + ROW)
        exchange.look("F1")
        seen += [one.event_id for one in exchange.look("F1")[0]]
    assert len(seen) == 6
    assert len(set(seen)) == 1
    assert len(exchange.names("read")) == 2, "the same name with the same content is the same file"


def test_the_same_name_every_night_keeps_every_file(folder: Exchange) -> None:
    for status in ("Busy", "Done"):
        folder.lay("status.csv", f"{HEAD}F1,{status},,\n")
        folder.look("F1")
        folder.look("F1")
    assert [name[13:] for name in folder.names("read")] == ["status.csv", "status.csv"]


def test_bad_rows_are_put_aside_and_told(exchange: Exchange) -> None:
    exchange.lay("status-1.csv", HEAD + "=F1,Done,,,,\n" + ROW)
    exchange.look("F1")
    found, told = exchange.look("F1")
    assert len(found) == 1
    assert told == [
        "status-1.csv: 1 rows can't be used; the first: It has more cells than there are columns."
    ]
    why = (exchange.base / "aside" / exchange.names("aside")[0]).read_text()
    assert "more cells" in why
    assert "'=F1" in why, "no formula for whoever opens it"
    assert len(exchange.names("read")) == 1


def test_a_status_waits_for_the_acknowledgement_that_names_it(exchange: Exchange) -> None:
    exchange.lay("status-1.csv", HEAD + ROW + "F2,Done,,\n")
    exchange.look("F2")
    found, _told = exchange.look("F2")
    assert [one.body_reference for one in found] == ["F2"]
    assert exchange.names("in") == ["status-1.csv"], "somebody's F1 is not known yet"
    exchange.lay("ack-1.csv", ACK + "CPT-7K3M9V,F1,ok\n")
    exchange.look("F2")
    found, told = exchange.look("F2")
    assert [(one.ours, one.body_reference) for one in found if one.ours] == [("CPT-7K3M9V", "F1")]
    assert {one.body_reference for one in found} == {"F1", "F2"}
    assert (told, exchange.names("in")) == ([], [])


def test_a_reference_that_nobody_knows_is_put_aside_in_the_end(folder: Exchange) -> None:
    folder.lay("status-1.csv", HEAD + ROW, age=49 * 3600)
    folder.look()
    found, told = folder.look()
    assert found == []
    assert "do not know" in told[0]
    folder.lay("status-2.csv", HEAD + ROW)
    folder.look(holds_others=True)
    assert folder.look(holds_others=True) == ([], []), "other people's rows are passed over"
    assert folder.names("in") == []


def test_other_files_are_left_where_they_are(folder: Exchange) -> None:
    for name in ("README.txt", ".status-1.csv.part", "status\n.csv"):
        folder.lay(name, HEAD + ROW)
    folder.look("F1")
    assert folder.look("F1") == ([], [])
    assert len(folder.names("in")) == 3


def test_a_link_out_of_the_folder_is_not_followed(folder: Exchange, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(HEAD + ROW)
    (folder.base / "in" / "status-1.csv").symlink_to(secret)
    folder.look("F1")
    assert folder.look("F1") == ([], [])


def test_rubbish_is_put_aside(exchange: Exchange) -> None:
    exchange.lay("status-1.csv", b"PK\x03\x04\xff\xfe rubbish\n\x81")
    exchange.look("F1")
    found, told = exchange.look("F1")
    assert found == []
    assert len(told) == 1
    assert exchange.names("in") == []


def test_the_file_s_time_counts_where_a_row_has_none(folder: Exchange) -> None:
    folder.lay("status-1.csv", f"{HEAD}F1,Done,,\n", age=3600)
    folder.look("F1")
    one = folder.look("F1")[0][0]
    assert abs((clock.now() - one.happened_at).total_seconds() - 3600) < 60
