"""Takes news out of the pick-up folder: which files are whole, what they say, and where they go then.

A file leaves the folder only after what it says is in the inbox; a crash in between means that it is read
twice, and the inbox knows its rows again.
"""

import csv
import hashlib
import io
import logging
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from mysmartcity.connectors.contract import Memory, Update
from mysmartcity.connectors.systems.files import readers
from mysmartcity.connectors.systems.files.client import MAX_BYTES, Place, TooLarge
from mysmartcity.connectors.systems.files.mapping import harmless
from mysmartcity.connectors.systems.files.readers import BadRow, Layout, Row
from mysmartcity.lib import clock
from mysmartcity.lib.sftp import Entry

log = logging.getLogger(__name__)

_NAME = re.compile(r"\w[\w .,()+=@#&~-]{0,150}")
_SEEN_SECONDS: Final = 7 * 24 * 3600.0
_PREFIX: Final = 12


@dataclass(frozen=True)
class Folders:
    """The folders of one exchange below its base; without `taken` the office deletes what it takes."""

    drop: str = "out"
    taken: str = ""
    pick_up: str = "in"
    read: str = "read"
    aside: str = "aside"


@dataclass
class ReadFile:
    """A file that was read. `reason` says why nothing in it can be used; `bad` are rows put aside."""

    entry: Entry
    digest: str
    reason: str = ""
    bad: list[BadRow] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    is_kept_back: bool = False

    @property
    def kept_as(self) -> str:
        """Its name where it is kept: offices use the same name every night."""
        return f"{self.digest[:_PREFIX]}-{self.entry.name}"


class PickUp:
    """One look into the pick-up folder."""

    def __init__(self, settings: Mapping[str, Any], folders: Folders, memory: Memory) -> None:
        self._settings = settings
        self._folders = folders
        self._memory = memory
        self.files: list[ReadFile] = []

    def updates(self, place: Place, references: Collection[str]) -> list[Update]:
        """What the whole files say. Those of which `settle` may be told are in `files`."""
        entries = place.entries(self._folders.pick_up)
        names = {entry.name for entry in entries}
        for entry in sorted(entries, key=lambda one: (one.changed_at, one.name)):
            layout = readers.layout_for(entry.name, self._settings)
            if layout is None or not _NAME.fullmatch(entry.name):
                continue
            if self._is_whole(entry, names, layout):
                self._read(place, entry, layout)
        self._keep_back(set(references))
        return [self._update(row, one.entry) for one in self.files for row in one.rows]

    def settle(self, place: Place) -> list[str]:
        """What was read is in the inbox: files go to `read`, or aside. Gives sentences for the operator."""
        told = []
        for one in self.files:
            now_there = place.stat(self._folders.pick_up, one.entry.name)
            if one.is_kept_back or now_there != one.entry:
                continue  # it waits, grew since, or somebody else was quicker
            told += self._put_away(place, one)
        return told

    def acknowledged(self, place: Place, names: Collection[str]) -> Row | None:
        """What an acknowledgement says about what has one of these names, in files read or not read yet."""
        place.make(self._folders.read)
        for folder, skipped in ((self._folders.pick_up, 0), (self._folders.read, _PREFIX + 1)):
            for entry in place.entries(folder):
                layout = readers.layout_for(entry.name[skipped:], self._settings)
                if layout is None or layout.kind != "ack":
                    continue
                found = [row for row in _rows(place, folder, entry, layout) if row.ours in names]
                if found:
                    return found[0]
        return None

    # --- Which files may be read ------------------------------------------------------------------

    def _is_whole(self, entry: Entry, names: Collection[str], layout: Layout) -> bool:
        """A marker beside it, a last line in it, or nothing changed between two looks."""
        suffix = str(self._settings.get("done_suffix") or "")
        if suffix:
            return f"{entry.name}{suffix}" in names
        if layout.trailer:
            return True
        key, now = f"file:{entry.name}", clock.now()
        seen = self._memory.get(key)
        if seen is None or seen[:2] != (entry.size, entry.changed_at):
            self._memory.put(key, (entry.size, entry.changed_at, now), seconds=_SEEN_SECONDS)
            return False
        still = timedelta(seconds=float(self._settings.get("still_seconds", 5)))
        return bool(now - seen[2] >= still)

    def _read(self, place: Place, entry: Entry, layout: Layout) -> None:
        if entry.size > MAX_BYTES:
            reason = f"It is longer than {MAX_BYTES} bytes."
            self.files.append(ReadFile(entry, "0" * _PREFIX, reason=reason))
            return
        try:
            data = place.read(self._folders.pick_up, entry.name)
        except TooLarge:
            return  # it grows while we look
        one = ReadFile(entry, hashlib.sha256(data).hexdigest())
        try:
            one.rows, one.bad = readers.read(data, layout)
        except readers.NotWhole as error:
            if not self._is_older(entry, "give_up_hours", 24):
                return
            one.reason = str(error)
        except readers.Unreadable as error:
            one.reason = str(error)
        self.files.append(one)

    def _is_older(self, entry: Entry, setting: str, usual: float) -> bool:
        hours = float(self._settings.get(setting, usual))
        return clock.now() - entry.changed_at > timedelta(hours=hours)

    def _keep_back(self, known: set[str]) -> None:
        """A status may be there before the acknowledgement that tells us whose it is: its file waits."""
        known |= {row.theirs for one in self.files for row in one.rows if row.ours}
        for one in self.files:
            strange = [row for row in one.rows if not row.ours and row.theirs not in known]
            one.rows = [row for row in one.rows if row.ours or row.theirs in known]
            if not strange or self._settings.get("holds_others"):
                continue
            if self._is_older(one.entry, "wait_hours", 48):
                one.bad += [BadRow(row.theirs, "We do not know this reference.") for row in strange]
            else:
                one.is_kept_back = True

    def _update(self, row: Row, entry: Entry) -> Update:
        return Update(
            event_id=row.event_id,
            body_reference=row.theirs,
            remote_status=row.word,
            words=row.words,
            happened_at=row.happened_at or entry.changed_at,
            promised_at=row.promised_at,
            ours=row.ours,
        )

    # --- Where they go ----------------------------------------------------------------------------

    def _put_away(self, place: Place, one: ReadFile) -> list[str]:
        """The reason first, the file last: killed in between, it is all done again."""
        folders, told = self._folders, []
        if one.reason or one.bad:
            place.make(folders.aside)
            place.put(folders.aside, f"{one.kept_as}.why.csv", _why(one))
            what = (
                one.reason or f"{len(one.bad)} rows can't be used; the first: {one.bad[0].reason}"
            )
            told.append(f"{one.entry.name}: {what}")
            log.warning("%s", told[-1])
        to = folders.aside if one.reason else folders.read
        place.make(to)
        place.move(folders.pick_up, one.entry.name, to, one.kept_as)
        suffix = str(self._settings.get("done_suffix") or "")
        if suffix:
            place.remove(folders.pick_up, f"{one.entry.name}{suffix}")
        self._memory.forget(f"file:{one.entry.name}")
        return told


def _rows(place: Place, folder: str, entry: Entry, layout: Layout) -> Sequence[Row]:
    try:
        return readers.read(place.read(folder, entry.name), layout)[0]
    except (readers.NotWhole, readers.Unreadable, TooLarge):
        return ()


def _why(one: ReadFile) -> bytes:
    """What is wrong, for whoever mends it in a spreadsheet: the reason and the row."""
    whole = io.StringIO()
    lines: Iterable[BadRow] = [BadRow("", one.reason)] if one.reason else one.bad
    csv.writer(whole).writerows(
        [["reason", "row"], *([harmless(line.reason), harmless(line.text)] for line in lines)]
    )
    return whole.getvalue().encode()
