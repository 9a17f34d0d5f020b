"""The simulated file office at work: takes files from `out`, keeps them in `taken`, answers into `in`.

What it remembers is in `store.py`.
"""

import asyncio
import csv
import io
import xml.etree.ElementTree as ET  # reads our own files in a demonstration
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from mysmartcity.demo.cities.file_office.store import Answer, Store
from mysmartcity.lib import clock

_LOOK_EVERY_SECONDS = 0.1
_HEADS = {
    "ack": ("reference", "message", "their_reference", "result", "reason", "when"),
    "status": ("their_reference", "status", "words", "when"),
}
_ROW = dict[str, str]


class BadSwitch(ValueError):
    """A switch or a value that does not exist; the text names it."""


@dataclass
class Switches:
    """All off at the start. `partial` writes half of a file and the rest a while later; `repeated` writes
    every file twice under two names, each row twice; `late` gives the acknowledgement after the first
    status; `reject` says no; `silent` takes files and never answers; `wrong_encoding` writes Windows-1252;
    `bad_rows` puts rubbish between the rows; `away` takes nothing.
    """

    partial: bool = False
    repeated: bool = False
    late: bool = False
    reject: bool = False
    silent: bool = False
    wrong_encoding: bool = False
    bad_rows: bool = False
    away: bool = False

    def change(self, wanted: dict[str, Any]) -> None:
        """Set the named switches, all or none. Raises BadSwitch."""
        names = {one.name for one in fields(self)}
        for name, value in wanted.items():
            if name not in names or not isinstance(value, bool):
                raise BadSwitch(f"{name} can't be {value!r}.")
        for name, value in wanted.items():
            setattr(self, name, value)


@dataclass
class Office:
    """One office. `pace` is seconds from a file to "completed"."""

    store: Store
    folder: Path
    pace: float
    format: str = "csv"
    rest_after: float = 1.0
    switches: Switches = field(default_factory=Switches)

    def __post_init__(self) -> None:
        for name in ("out", "taken", "in"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._number = 0
        self._rests: list[tuple[float, Path, bytes]] = []

    async def work(self) -> None:
        """Run until cancelled: take what is there, write what is due."""
        while True:
            await asyncio.to_thread(self.step)
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    def step(self) -> None:
        """One look around."""
        now = clock.now().timestamp()
        if not self.switches.away:
            for path in sorted((self.folder / "out").iterdir()):
                if path.is_file() and not path.name.startswith("."):
                    self._take(path, now)
        self._write_rests(now)
        due = self.store.due(now)
        for kind in ("ack", "status"):
            rows = [one for one in due if one.kind == kind]
            if rows:
                self._write(kind, rows, now)
                self.store.finish(rows)

    # --- In ---------------------------------------------------------------------------------------

    def _take(self, path: Path, now: float) -> None:
        """Note it first, then move it: killed in between, the same file is taken once more."""
        row = _first_row(path)
        reference, kind = row.get("reference", ""), row.get("kind", "")
        with self.store.writing():
            job = self.store.job_of(reference) or f"F{self.store.next_job()}"
            is_new = self.store.take(path.stem, reference=reference, kind=kind, job=job)
            if is_new and not self.switches.silent:
                self.store.plan(self._plan(row, path.stem, job, now))
        path.rename(self.folder / "taken" / path.name)

    def _plan(self, row: _ROW, message: str, job: str, now: float) -> list[Answer]:
        """An acknowledgement of every message; work on new ones and on what is not fixed."""
        reference, kind = row.get("reference", ""), row.get("kind", "")

        def one(file: str, word: str, words: str, share: float) -> Answer:
            return Answer(file, reference, message, job, word, words, now + share * self.pace)

        if self.switches.reject and kind == "create":
            no = Answer("ack", reference, message, "", "Rejected", "No such street", now)
            return [no]
        ack_at = 0.7 if self.switches.late else 0.12
        plan = [one("ack", "Accepted", "", ack_at)]
        if kind in ("create", "not_fixed"):
            plan += [
                one(
                    "status",
                    "In Progress",
                    f"The team is at {row.get('street') or 'the place'}",
                    0.5,
                ),
                one("status", "Completed", "Herstel – café se hoek is weer veilig", 0.95),
            ]
        return plan

    # --- Out --------------------------------------------------------------------------------------

    def _write(self, kind: str, answers: list[Answer], now: float) -> None:
        rows = [_row_of(one) for one in answers]
        if self.switches.repeated:
            rows += rows
        for copy in range(2 if self.switches.repeated else 1):
            self._number += 1
            stamp = datetime.fromtimestamp(now, clock.CITY_ZONE).strftime("%Y%m%dT%H%M%S")
            path = self.folder / "in" / f"{kind}-{stamp}-{self._number}-{copy}.{self.format}"
            self._put(path, self._bytes(kind, rows), now)

    def _put(self, path: Path, data: bytes, now: float) -> None:
        if not self.switches.partial:
            path.write_bytes(data)
            return
        half = len(data) * 2 // 3
        path.write_bytes(data[:half])
        self._rests.append((now + self.rest_after, path, data[half:]))

    def _write_rests(self, now: float) -> None:
        """The other half of files that were begun."""
        for rest in [one for one in self._rests if one[0] <= now]:
            self._rests.remove(rest)
            with rest[1].open("ab") as file:
                file.write(rest[2])

    def _bytes(self, kind: str, rows: list[_ROW]) -> bytes:
        encoding = "cp1252" if self.switches.wrong_encoding else "utf-8"
        if self.format == "xml":
            root = ET.Element("rows")
            for row in rows:
                element = ET.SubElement(root, "row")
                for name in _HEADS[kind]:
                    ET.SubElement(element, name).text = row[name]
            return bytes(ET.tostring(root, encoding=encoding))
        whole = io.StringIO()
        writer = csv.writer(whole)
        writer.writerow(_HEADS[kind])
        for row in rows:
            if self.switches.bad_rows:
                writer.writerow(["", "", "", "?", "rubbish", "", "", "", "too", "many"])
            writer.writerow([row[name] for name in _HEADS[kind]])
        return whole.getvalue().encode(encoding, "replace")


def _row_of(one: Answer) -> _ROW:
    moment = datetime.fromtimestamp(one.due, clock.CITY_ZONE).isoformat(timespec="seconds")
    return {
        "reference": one.reference,
        "message": one.message,
        "their_reference": one.job,
        "result": one.word,
        "reason": one.words,
        "status": one.word,
        "words": one.words,
        "when": moment,
    }


def _first_row(path: Path) -> _ROW:
    """What a file says; an odd one is an empty row."""
    data = path.read_bytes()
    try:
        if data.lstrip().startswith(b"<"):
            return {child.tag: child.text or "" for child in ET.fromstring(data)}  # noqa: S314  # ours
        return next(csv.DictReader(io.StringIO(data.decode("utf-8-sig", "replace"))), {})
    except (ET.ParseError, csv.Error):
        return {}
