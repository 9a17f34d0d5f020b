"""The proof of the exchange by files: a simulated office, in a folder and over SFTP, and crashes."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mysmartcity.connectors.actions import deliver, poll
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.dispatch.actions import send_back
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.issues.models import Issue, TimelineEntry
from tests.connectors.build import connection, create_of, handed_over, status_of
from tests.connectors.processes import Manage
from tests.connectors.test_crash_points import make_due
from tests.demo.processes import Running, running, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(params=["folder-csv", "sftp-xml"])
def office(request: Any, tmp_path: Path, settings: Any) -> Iterator[Running]:
    with an_office(request.param, tmp_path, settings) as its:
        yield its


def an_office(way: str, tmp_path: Path, settings: Any) -> Any:
    settings.EXCHANGE_DIR = str(tmp_path)
    arguments = ["--port", "0", "--data", str(tmp_path / "office.db"), "--pace", "0.6"]
    arguments += ["--folder", str(tmp_path / "roads"), "--format", way.partition("-")[2]]
    if way.startswith("sftp"):
        arguments += ["--sftp-port", "0", "--password", "pass-word"]
    return running("file_office", *arguments)


def handed_to(office: Running, settings: Any, **its: Any) -> Handover:
    """An issue that waits to be sent to the office."""
    told = office.json("/_control")
    where: dict[str, Any] = {"folder": "roads"}
    if told["sftp_port"]:
        place = f"127.0.0.1:{told['sftp_port']}"
        settings.OUTBOUND_ALLOWED_HOSTS = [place]
        where = {"host": "127.0.0.1", "port": told["sftp_port"], "user": "city",
                 "host_key": told["host_key"], "format": "xml"}  # fmt: skip
    handover = handed_over(description="=A hole")
    connection(
        system="files",
        statuses={},
        secrets={"password": "pass-word"},
        settings={**where, "taken": "taken", "still_seconds": 0, "settle_seconds": 0, **its},
    )
    return handover


def wait_until(handover: Handover, status: str) -> None:
    """Poll until the issue stands so."""
    where = Connection.objects.get()

    def stands() -> bool:
        poll(connection_id=where.pk)
        return status_of(handover) == status

    wait_for(stands, seconds=20)


def statuses_of(handover: Handover) -> list[str]:
    entries = handover.issue.timeline.exclude(after="").order_by("pk")
    return list(entries.values_list("after", flat=True))


def files_in(settings: Any, name: str) -> list[Path]:
    return list((Path(settings.EXCHANGE_DIR) / "roads" / name).iterdir())


def test_it_works(office: Running, settings: Any) -> None:
    handover = handed_to(office, settings)
    deliver(delivery_id=create_of(handover).pk)
    assert create_of(handover).state == "done"
    assert status_of(handover) == "sent"
    wait_until(handover, "reported_fixed")
    handover.refresh_from_db()
    assert handover.body_reference == "F400001"
    assert statuses_of(handover) == [
        "received", "sent", "acknowledged", "in_progress", "reported_fixed",
    ]  # fmt: skip
    assert office.json("/_control/references") == {handover.issue.reference: 1}
    assert "café" in handover.issue.timeline.get(after="reported_fixed").public_words
    assert files_in(settings, "in") == []
    assert Connection.objects.get().last_error == ""


def test_the_resident_says_that_it_is_not_fixed(office: Running, settings: Any) -> None:
    handover = handed_to(office, settings)
    deliver(delivery_id=create_of(handover).pk)
    wait_until(handover, "reported_fixed")
    Issue.objects.filter(pk=handover.issue_id).update(status="not_fixed")
    entry = TimelineEntry.objects.create(
        issue=handover.issue, actor="resident", after="not_fixed", public_words="Still open"
    )
    send_back(issue_id=handover.issue_id, entry_id=entry.pk)
    deliver(delivery_id=handover.deliveries.get(kind="not_fixed").pk)
    assert status_of(handover) == "sent"
    wait_until(handover, "reported_fixed")
    assert office.json("/_control")["messages"] == 2


@pytest.mark.parametrize("switch", ["partial", "repeated", "late", "wrong_encoding", "bad_rows"])
def test_an_office_that_misbehaves(switch: str, tmp_path: Path, settings: Any) -> None:
    """Nothing is lost, nothing is said twice."""
    with an_office("folder-csv", tmp_path, settings) as office:
        assert office.control(**{switch: True})[0] == 200
        handover = handed_to(office, settings, still_seconds=1.2 if switch == "partial" else 0)
        deliver(delivery_id=create_of(handover).pk)
        wait_until(handover, "reported_fixed")
        handover.refresh_from_db()
        assert handover.body_reference == "F400001"
        words = list(handover.issue.timeline.exclude(public_words="").values_list("public_words"))
        assert len(words) == len(set(words))
        assert statuses_of(handover).count("reported_fixed") == 1
        assert InboxItem.objects.filter(applied_at__isnull=True).count() == 0
        assert InboxItem.objects.count() == 3
        told = Connection.objects.get().last_error
        assert ("can't be used" in told) == (switch == "bad_rows")


def test_an_office_that_says_no(tmp_path: Path, settings: Any) -> None:
    with an_office("folder-csv", tmp_path, settings) as office:
        office.control(reject=True)
        handover = handed_to(office, settings)
        deliver(delivery_id=create_of(handover).pk)
        wait_until(handover, "declined")
        assert "No such street" in handover.issue.timeline.get(after="declined").public_words
        handover.refresh_from_db()
        assert handover.body_reference == ""


def test_a_no_whose_word_nobody_mapped_waits_for_a_human(tmp_path: Path, settings: Any) -> None:
    with an_office("folder-csv", tmp_path, settings) as office:
        office.control(reject=True)
        handover = handed_to(office, settings)
        Connection.objects.update(statuses={"completed": "reported_fixed"})
        deliver(delivery_id=create_of(handover).pk)
        where = Connection.objects.get().pk
        wait_for(lambda: poll(connection_id=where))
        assert QueueEntry.objects.unsettled().get().reason == "needs_mapping"


def test_a_silent_office_leaves_it_sent(tmp_path: Path, settings: Any) -> None:
    with an_office("folder-csv", tmp_path, settings) as office:
        office.control(silent=True)
        handover = handed_to(office, settings)
        deliver(delivery_id=create_of(handover).pk)
        wait_for(lambda: files_in(settings, "taken"))
        assert poll(connection_id=Connection.objects.get().pk) == 0
        assert status_of(handover) == "sent"


def test_an_acknowledgement_of_somebody_elses_issue_moves_nothing(
    tmp_path: Path, settings: Any
) -> None:
    """Another body's office may know our reference; this connection is not its own."""
    with an_office("folder-csv", tmp_path, settings) as office:
        handover = handed_to(office, settings)
        other = handover.body
        other.pk, other.slug = None, "another"
        other.save()
        Connection.objects.update(body=other)
        file = Path(settings.EXCHANGE_DIR) / "roads" / "in" / "ack-x.csv"
        file.write_text(f"reference,their_reference,result\n{handover.issue.reference},F9,ok\n")
        for _look in range(2):
            assert poll(connection_id=Connection.objects.get().pk) == 0
        handover.refresh_from_db()
        assert handover.body_reference == ""


@pytest.mark.parametrize("name", ["after-send", "before-record", "before-send"])
def test_killed_while_sending(name: str, tmp_path: Path, settings: Any, manage: Manage) -> None:
    with an_office("folder-csv", tmp_path, settings) as office:
        handover = handed_to(office, settings)
        its = {"EXCHANGE_DIR": str(tmp_path)}
        assert manage("deliver_due", "--once", crash_at=name, **its) == -signal.SIGKILL
        for _step in range(6):
            make_due()
            manage("deliver_due", "--once", **its)
            if create_of(handover).state == "done":
                break
        assert create_of(handover).state == "done"
        wait_until(handover, "reported_fixed")
        assert office.json("/_control/references") == {handover.issue.reference: 1}


@pytest.mark.parametrize("name", ["after-fetch", "after-inbox", "after-apply"])
def test_killed_while_picking_up(name: str, tmp_path: Path, settings: Any, manage: Manage) -> None:
    with an_office("folder-csv", tmp_path, settings) as office:
        handover = handed_to(office, settings, done_suffix=".done")
        deliver(delivery_id=create_of(handover).pk)
        wait_for(lambda: len(files_in(settings, "in")) == 3)
        assert office.stop() == 0
    for path in files_in(settings, "in"):
        path.with_name(path.name + ".done").touch()
    its = {"EXCHANGE_DIR": str(tmp_path)}
    assert manage("poll_connections", crash_at=name, **its) == -signal.SIGKILL
    assert len(files_in(settings, "in")) == 6, "nothing is put away before it is kept"
    assert manage("poll_connections", **its) == 0
    assert files_in(settings, "in") == []
    assert InboxItem.objects.count() == 3
    assert status_of(handover) == "reported_fixed"
    assert statuses_of(handover).count("reported_fixed") == 1
