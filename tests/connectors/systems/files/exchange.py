"""An exchange by files in a folder or over real SFTP, and what an office would lay into it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mysmartcity.connectors.contract import ConnectionValues, Update
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.connectors.systems.files.connector import FilesConnector
from mysmartcity.lib import clock
from tests.lib.sftp_server import PASSWORD, USER, Running, sftp_server

WAYS = ("folder", "sftp")


@dataclass
class Exchange:
    """`base` holds the folders, however they are reached."""

    base: Path
    settings: dict[str, Any]
    server: Running | None = None
    memory: ConnectionMemory = field(default_factory=ConnectionMemory)

    def connector(self, **its: Any) -> FilesConnector:
        place = [self.server.place] if self.server else []
        secrets = {"password": PASSWORD} if self.server else {}
        settings = {"taken": "taken", "still_seconds": 0, **self.settings, **its}
        return FilesConnector(
            ConnectionValues("Roads", settings, "", {}, place, self.memory, secrets)
        )

    def lay(self, name: str, text: str | bytes, *, age: float = 60) -> Path:
        """A file of the office, last changed so many seconds ago."""
        path = self.base / "in" / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        then = clock.now().timestamp() - age
        os.utime(path, (then, then))
        return path

    def names(self, folder: str) -> list[str]:
        return sorted(path.name for path in (self.base / folder).glob("*"))

    def look(self, *references: str, **its: Any) -> tuple[list[Update], list[str]]:
        """One poll: what is told, and what is complained of once that is kept."""
        one = self.connector(**its)
        found = list(one.fetch_updates(since=clock.now(), references=references))
        return found, list(one.news_kept())


@contextmanager
def exchanging(way: str, tmp_path: Path, settings: Any) -> Iterator[Exchange]:
    """The folders out, taken and in, reached this way."""
    base = tmp_path / "exchange" / "roads"
    for name in ("out", "taken", "in"):
        (base / name).mkdir(parents=True)
    settings.EXCHANGE_DIR = str(base.parent)
    if way == "folder":
        yield Exchange(base, {"folder": "roads"})
        return
    with sftp_server(base) as server:
        key = server.host_key.export_public_key().decode()
        given = {"host": "127.0.0.1", "port": server.port, "user": USER, "host_key": key}
        yield Exchange(base, given, server)
