"""The contract of connectors, for an exchange by files in a folder: no wire, an office that is slow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.conf import settings

from mysmartcity.connectors.contract import Capabilities, Connector, Message, Sent, Update
from mysmartcity.connectors.memory import ConnectionMemory
from tests.connectors.contract.contract import ConnectorContract
from tests.connectors.contract.faults import Fault
from tests.connectors.contract.stand import LONG_AGO, Stand
from tests.demo.processes import Running, running, wait_for

WRITTEN = "what lies in a file stays as it was written: tried below, with files to come"
NO_ANSWER = "a file is put there, nobody answers"
OFF = dict.fromkeys(
    ("partial", "repeated", "late", "reject", "silent", "wrong_encoding", "bad_rows", "away"), False
)


class TestFiles(ConnectorContract):
    system = "files"
    claims = Capabilities(
        photos=True, comments=True, close=True, look_up=True, poll=True, names_ours=True
    )
    gives = "nothing"
    wire = "none"
    keeps = frozenset({"values", "_folders", "_picked_up"})
    own_faults = (
        Fault("nobody takes the files", simulator={"away": True}),
        Fault("nobody acknowledges", simulator={"silent": True}),
    )
    impossible: ClassVar = {
        "duplicates": WRITTEN, "wrong_charset": WRITTEN, "clock_skew": WRITTEN,
        "overlap": "there are no pages", "backwards": "this office never opens work again",
        "drop_after_accept": NO_ANSWER, "token_mode": NO_ANSWER,
    }  # fmt: skip
    finished = frozenset({"completed"})
    shares = frozenset({"name", "email", "phone", "account_number"})
    folder: ClassVar[Path]

    @pytest.fixture(scope="class")
    @classmethod
    def simulator(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
        base = tmp_path_factory.mktemp("office")
        cls.folder, cls.memory = base / "exchange" / "roads", ConnectionMemory()
        arguments = ("--port", "0", "--data", str(base / "office.db"), "--pace", "0.6",
                     "--folder", str(cls.folder))  # fmt: skip
        with running("file_office", *arguments) as process:
            yield process

    memory: ClassVar[ConnectionMemory]
    """A file is whole when two looks find it the same: what the first saw is kept with the process."""

    def prepare(self, stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "EXCHANGE_DIR", str(self.folder.parent))

    def settings_for(self, place: str) -> dict[str, Any]:
        return {"folder": "roads", "taken": "taken", "still_seconds": 0}

    def calm(self, simulator: Running) -> None:
        assert simulator.control(**OFF)[0] == 200

    def connect(self, stand: Stand, **its: Any) -> Connector:
        return super().connect(stand, **{"memory": self.memory, **its})

    # --- What the office has ----------------------------------------------------------------------

    def accepted(self, stand: Stand, message: Message) -> int:
        """Taken by the office, and what lies there for it as long as it takes nothing."""
        lying = self._not_taken(stand, f"{message.reference}-create-*")
        return lying + super().accepted(stand, message)

    def additions(self, stand: Stand) -> int:
        lying = self._not_taken(stand, "*")
        told = stand.simulator.json("/_control")
        creates = stand.simulator.json("/_control/references")
        return lying + int(told["messages"]) - len(creates)

    def _not_taken(self, stand: Stand, pattern: str) -> int:
        is_away = stand.simulator.json("/_control")["switches"]["away"]
        out = self.folder / "out"
        if not is_away:
            wait_for(lambda: not list(out.glob(pattern)))
        return len(list(out.glob(pattern)))

    def written(self, stand: Stand) -> str:
        """Every file that was put there, taken or not."""
        self._not_taken(stand, "*")
        files = sorted((self.folder / "taken").iterdir())
        return "\n\n".join(file.read_bytes().decode() for file in files)

    # --- What it tells ----------------------------------------------------------------------------

    def reference_of(self, connector: Connector, sent: Sent) -> str:
        """The office's number comes with its acknowledgement, which names ours."""
        ours = sent.remote_id.split("-create-")[0]
        return str(wait_for(lambda: self._theirs(connector, ours), seconds=self.patience))

    def _theirs(self, connector: Connector, ours: str) -> str:
        told = self._look(connector, [])
        return next((one.body_reference for one in told if one.ours == ours), "")

    def news(self, connector: Connector, reference: str) -> list[Update]:
        told = self._look(connector, [reference])
        return [one for one in told if one.body_reference == reference]

    def _look(self, connector: Connector, references: list[str]) -> list[Update]:
        return list(connector.fetch_updates(since=LONG_AGO, references=references))

    # --- Files that are odd when they come --------------------------------------------------------

    @pytest.mark.parametrize("switch", ["repeated", "wrong_encoding", "bad_rows", "late"])
    def test_odd_files_tell_the_same_events(self, switch: str, stand: Stand) -> None:
        plain = sorted(self._words(stand, self.finished_one(stand)))
        self.switch(stand, **{switch: True})
        assert sorted(self._words(stand, self.newly_finished(stand))) == plain

    def _words(self, stand: Stand, reference: str) -> set[tuple[str, str]]:
        return {(one.remote_status, one.words) for one in self._by_id(stand, reference).values()}
