"""The simulated file office: takes, answers, misbehaves, and starts again where it was."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.demo.processes import Running, running, wait_for

ROW = "message,reference,kind,street\nm1,CPT-7K3M9V,create,Main Road\n"


@contextmanager
def office(folder: Path, *more: str) -> Iterator[Running]:
    arguments = ["--port", "0", "--data", str(folder / "office.db"), "--folder", str(folder / "x")]
    with running("file_office", *arguments, "--pace", "0.3", *more) as its:
        yield its


def answers(folder: Path) -> list[dict[str, str]]:
    found = []
    for path in sorted((folder / "x" / "in").iterdir()):
        found += list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    return found


def test_it_works(tmp_path: Path) -> None:
    with office(tmp_path) as its:
        (tmp_path / "x" / "out" / "m1.csv").write_text(ROW)
        wait_for(lambda: its.json("/_control")["answered"] == 3)
        assert its.json("/_control/references") == {"CPT-7K3M9V": 1}
        stands = its.json("/_control/states")["CPT-7K3M9V"]
        assert stands == {"theirs": "F400001", "state": "Completed"}
        assert [row.get("status") for row in answers(tmp_path)][1:] == ["In Progress", "Completed"]
        assert b"CPT-7K3M9V" in its.get("/").body
        assert its.stop() == 0


def test_a_message_laid_there_again_is_counted_and_not_worked_on_twice(tmp_path: Path) -> None:
    with office(tmp_path) as its:
        for count in (1, 2):
            (tmp_path / "x" / "out" / "m1.csv").write_text(ROW)
            wait_for(lambda n=count: its.json("/_control/references") == {"CPT-7K3M9V": n})
        assert its.json("/_control")["messages"] == 1


def test_it_forgets_nothing_when_killed(tmp_path: Path) -> None:
    with office(tmp_path, "--pace", "2") as its:
        (tmp_path / "x" / "out" / "m1.csv").write_text(ROW)
        wait_for(lambda: its.json("/_control")["planned"])
        its.process.kill()
    with office(tmp_path) as its:
        wait_for(lambda: its.json("/_control")["answered"] == 3)


def test_switches_are_all_or_none(tmp_path: Path) -> None:
    with office(tmp_path, "--sftp-port", "0") as its:
        status, told = its.control(away=True, nonsense=True)
        assert status == 400
        assert "nonsense" in told["error"]
        told = its.json("/_control")
        assert told["switches"]["away"] is False
        assert told["host_key"].startswith("ssh-ed25519 ")
        assert told["sftp_port"]
