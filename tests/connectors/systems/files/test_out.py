"""Messages as files, each under a name of its own, whole or not at all."""

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from mysmartcity.connectors.contract import DeliveryFailed, Message, Reporter
from mysmartcity.connectors.systems.files import mapping
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass
from mysmartcity.lib import clock
from tests.connectors.systems.files.exchange import WAYS, Exchange, exchanging
from tests.connectors.systems.mail.test_out import message as message_by_mail


def message(**its: Any) -> Message:
    return message_by_mail(**{"reference": "CPT-7K3M9V", "key": "CPT-7K3M9V-1", **its})


STEM = mapping.stem_of(message())


@pytest.fixture(params=WAYS)
def exchange(request: Any, tmp_path: Path, settings: Any) -> Iterator[Exchange]:
    with exchanging(request.param, tmp_path, settings) as its:
        yield its


@pytest.fixture
def sftp(tmp_path: Path, settings: Any) -> Iterator[Exchange]:
    with exchanging("sftp", tmp_path, settings) as its:
        yield its


def look_up(exchange: Exchange, **its: Any) -> Any:
    return exchange.connector().look_up(message(**its), since=clock.now(), until=clock.now())


def row_in(path: Path, encoding: str = "utf-8", **its: Any) -> dict[str, str]:
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding), newline=""), **its))
    assert len(rows) == 1
    return rows[0]


def test_it_works(exchange: Exchange) -> None:
    sent = exchange.connector().send(message())
    assert (sent.remote_id, sent.remote_reference) == (STEM, None)
    assert exchange.names("out") == [f"{STEM}.csv"]
    row = row_in(exchange.base / "out" / f"{STEM}.csv")
    assert row["reference"] == "CPT-7K3M9V"
    assert row["category"] == "streetlight"
    assert row["lat"] == "-33.920000", "a number is no formula"
    assert row["reported_at"] == "2026-06-01T10:00:00+02:00"
    assert row["answers"] == "Pole number? P 77"
    assert "CPT-7K3M9V-1" not in STEM, "row numbers stay in the house"


def test_the_same_message_twice_is_one_file(exchange: Exchange) -> None:
    its = exchange.connector()
    assert its.send(message()) == its.send(message())
    assert exchange.names("out") == [f"{STEM}.csv"]
    os.rename(exchange.base / "out" / f"{STEM}.csv", exchange.base / "taken" / f"{STEM}.csv")
    its.send(message())
    assert exchange.names("out") == [], "what was taken is not laid there again"
    its.send(message(key="another"))
    assert len(exchange.names("out")) == 1


def test_what_became_of_a_message(exchange: Exchange) -> None:
    assert look_up(exchange) is None
    exchange.connector().send(message())
    assert look_up(exchange).remote_reference is None
    os.rename(exchange.base / "out" / f"{STEM}.csv", exchange.base / "taken" / f"{STEM}.csv")
    assert look_up(exchange).remote_id == STEM
    (exchange.base / "taken" / f"{STEM}.csv").unlink()
    exchange.lay("ack-1.csv", f"reference,their_reference,result\n{STEM}.csv,F77,ok\n")
    assert look_up(exchange).remote_reference == "F77", "an acknowledgement names it"
    exchange.connector().fetch_updates(since=clock.now(), references=[])
    exchange.look()
    assert exchange.names("in") == []
    assert look_up(exchange).remote_reference == "F77", "also one that was read already"
    assert look_up(exchange, key="k", kind=DeliveryKind.COMMENT) is None


def test_an_acknowledgement_of_another_handover_is_not_this_one(exchange: Exchange) -> None:
    exchange.lay("ack-1.csv", "reference,their_reference,result\nCPT-7K3M9V,F77,ok\n")
    assert look_up(exchange).remote_reference == "F77"
    assert look_up(exchange, other_references=frozenset({"F77"})) is None


def test_half_a_file_has_no_name(exchange: Exchange) -> None:
    (exchange.base / "out" / f".{STEM}.csv.part").write_text("half")
    assert look_up(exchange) is None
    exchange.connector().send(message())
    assert [name for name in exchange.names("out") if not name.startswith(".")] == [f"{STEM}.csv"]


@pytest.mark.parametrize(("fault", "is_there"), [("before", False), ("after", True)])
def test_a_line_cut_at_the_last_step_is_ambiguous(
    sftp: Exchange, fault: str, is_there: bool
) -> None:
    assert sftp.server is not None
    sftp.server.at = {"posix_rename": fault}
    with pytest.raises(DeliveryFailed) as caught:
        sftp.connector().send(message())
    assert caught.value.error_class == ErrorClass.AMBIGUOUS
    sftp.server.at = {}
    assert (look_up(sftp) is not None) == is_there


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("before", ErrorClass.TRANSIENT),
        ("no", ErrorClass.TRANSIENT),
        ("denied", ErrorClass.AUTH),
    ],
)
def test_each_failure_before_it_has_its_class(
    sftp: Exchange, fault: str, expected: ErrorClass
) -> None:
    assert sftp.server is not None
    sftp.server.at = {"open": fault}
    with pytest.raises(DeliveryFailed) as caught:
        sftp.connector().send(message())
    assert caught.value.error_class == expected
    assert caught.value.is_systemic


@pytest.mark.parametrize(
    "its",
    [
        {"host_key": ""},
        {
            "host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINjMfJ0zZJr4r0Hp7Bq3S6T0v5YQm3W3zv0y0mXq1Y2Z"
        },
        {"user": "somebody"},
        {"port": 22},
    ],
)
def test_what_a_human_must_mend_pauses(sftp: Exchange, its: dict[str, Any]) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        sftp.connector(**its).send(message())
    assert caught.value.error_class == ErrorClass.AUTH


def test_a_folder_that_is_away_is_tried_again(exchange: Exchange) -> None:
    (exchange.base / "out").rmdir()
    with pytest.raises(DeliveryFailed) as caught:
        exchange.connector().send(message())
    assert (caught.value.error_class, caught.value.is_systemic) == (ErrorClass.TRANSIENT, True)


@pytest.mark.parametrize("folder", ["", "/etc", "../other", "a/../../b"])
def test_a_folder_outside_is_refused(folder: str, tmp_path: Path, settings: Any) -> None:
    with exchanging("folder", tmp_path, settings) as its, pytest.raises(DeliveryFailed) as caught:
        its.connector(folder=folder).send(message())
    assert caught.value.error_class == ErrorClass.AUTH


def test_columns_are_data(exchange: Exchange) -> None:
    columns = [{"name": "Paal", "from": "answer:pole"}, {"name": "Wat", "from": "category_name"}]
    exchange.connector(columns=columns, delimiter=";", encoding="cp1252").send(
        message(category_name="Straatlig – stukkend ê")
    )
    row = row_in(exchange.base / "out" / f"{STEM}.csv", "cp1252", delimiter=";")
    assert row == {"Paal": "P 77", "Wat": "Straatlig – stukkend ê"}


def test_xml(exchange: Exchange) -> None:
    evil = "<b>&\x00 =1"
    exchange.connector(format="xml", root_tag="notification").send(message(description=evil))
    root = ET.fromstring((exchange.base / "out" / f"{STEM}.xml").read_bytes())
    assert root.tag == "notification"
    assert root.findtext("description") == "<b>& =1"


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("+1+2", "'+1+2"),
        ("-2+3", "'-2+3"),
        ("-33.92", "-33.92"),
        ("+27 82 123 4567", "+27 82 123 4567"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(cell: str, written: str) -> None:
    assert mapping.harmless(cell) == written


def test_words_of_a_resident_stay_in_their_cell(exchange: Exchange) -> None:
    exchange.connector().send(message(description='=1\r\n"x",y\ttail', reporter=Reporter("@me")))
    row = row_in(exchange.base / "out" / f"{STEM}.csv")
    assert row["description"] == '\'=1 "x",y tail'
    assert row["name"] == "'@me"


@pytest.mark.parametrize(
    ("its", "says"),
    [
        ({"columns": [{"name": "x", "from": "pole"}]}, "pole"),
        ({"columns": []}, "no column"),
        ({"columns": "all"}, "list"),
        ({"format": "pdf"}, "csv or xml"),
        ({"encoding": "utf-16"}, "encoding"),
        ({"delimiter": ";;"}, "delimiter"),
        ({"format": "xml", "root_tag": "a b"}, "element"),
        ({"drop": "../up"}, "below"),
        ({"host": "x", "user": ""}, "user"),
        ({"folder": ""}, "folder"),
    ],
)
def test_slips_in_the_settings_are_told(
    its: dict[str, Any], says: str, tmp_path: Path, settings: Any
) -> None:
    with exchanging("folder", tmp_path, settings) as exchange:
        assert says in " ".join(exchange.connector(**its).problems())
        assert exchange.connector().problems() == []


def test_an_office_that_deletes_what_it_takes_can_t_be_asked(tmp_path: Path, settings: Any) -> None:
    with exchanging("folder", tmp_path, settings) as exchange:
        assert exchange.connector().capabilities.look_up
        assert not exchange.connector(taken="").capabilities.look_up
