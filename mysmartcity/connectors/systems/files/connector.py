"""An exchange by files: what it can, by its settings (see README.md)."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import ClassVar

from django.conf import settings as platform

from mysmartcity.connectors.contract import (
    Capabilities,
    ConnectionValues,
    Connector,
    DeliveryFailed,
    Message,
    Sent,
    Update,
)
from mysmartcity.connectors.systems.files import client, mapping
from mysmartcity.connectors.systems.files.pickup import Folders, PickUp
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass


class FilesConnector(Connector):
    """Puts each message into a file of its own; takes acknowledgements and statuses out of files."""

    # A session over SFTP may take 45 s.
    lease_seconds: ClassVar[int] = 90
    starting_statuses: ClassVar[Mapping[str, str]] = {
        "rejected": "declined:other",
        "refused": "declined:other",
        "acknowledged": "acknowledged",
        "scheduled": "scheduled",
        "in progress": "in_progress",
        "on hold": "on_hold",
        "completed": "reported_fixed",
        "comment": "comment",
    }
    secret_names: ClassVar[tuple[str, ...]] = ("password", "private_key")

    def __init__(self, values: ConnectionValues) -> None:
        super().__init__(values)
        self._folders = self._folders_of()
        self._picked_up = self._look()

    @property
    def capabilities(self) -> Capabilities:
        """Whether a file arrived can be seen only where the office keeps what it takes."""
        follows = bool(self.values.settings.get("follow_ups", True))
        return Capabilities(
            photos=follows,
            comments=follows,
            close=follows,
            look_up=bool(self._folders.taken),
            poll=True,
            names_ours=True,
        )

    def problems(self) -> Sequence[str]:
        """Missing places and keys, columns that nothing fills, folders that lead elsewhere."""
        its = self.values.settings
        found = mapping.layout_problems(its)
        if its.get("host"):
            found += [f"“{name}” is missing." for name in ("user", "host_key") if not its.get(name)]
            if not any(self.values.secrets.get(name) for name in self.secret_names):
                found.append("A password or a private key is missing.")
        elif not its.get("folder") or not platform.EXCHANGE_DIR:
            found.append("“host”, or “folder” and the setting EXCHANGE_DIR, is missing.")
        if any(".." in name or name.startswith("/") for name in vars(self._folders).values()):
            found.append("The names of the folders must stay below their base.")
        return found

    def send(self, message: Message) -> Sent:
        """A file of the message's lasting name, unless there is one already."""
        problems = self.problems()
        if problems:
            raise DeliveryFailed(ErrorClass.AUTH, " ".join(problems))
        name = self._name(message)
        with self._place() as place:
            if self._lies_there(place, name):
                return self._sent(message)
            place.put(self._folders.drop, name, self._content(message))
        return self._sent(message)

    def look_up(self, message: Message, *, since: datetime, until: datetime) -> Sent | None:
        """Whether it lies in the drop, was taken, or is named in an acknowledgement."""
        del since, until  # the name is the message's alone
        with self._place() as place:
            row = self._look().acknowledged(place, self._names(message))
            if row is not None and row.theirs not in message.other_references:
                return self._sent(message, reference=row.theirs)
            if self._lies_there(place, self._name(message)):
                return self._sent(message)
        return None

    def fetch_updates(self, *, since: datetime, references: Sequence[str]) -> Iterable[Update]:
        """What the files say that are whole; every unread one counts, however old."""
        del since
        self._picked_up = self._look()
        with self._place() as place:
            return self._picked_up.updates(place, references)

    def news_kept(self) -> Sequence[str]:
        """What was read is in the inbox: the files leave the pick-up folder."""
        if not self._picked_up.files:
            return ()
        with self._place() as place:
            return self._picked_up.settle(place)

    def _folders_of(self) -> Folders:
        its = self.values.settings
        named = {name: str(its[name]) for name in vars(Folders()) if its.get(name)}
        return Folders(**named)

    def _look(self) -> PickUp:
        return PickUp(self.values.settings, self._folders, self.values.memory)

    def _place(self) -> AbstractContextManager[client.Place]:
        return client.opened(
            self.values.settings,
            self.values.secrets,
            root=platform.EXCHANGE_DIR,
            allowed_hosts=self.values.allowed_hosts,
        )

    def _lies_there(self, place: client.Place, name: str) -> bool:
        folders = filter(None, (self._folders.drop, self._folders.taken))
        return any(place.stat(folder, name) is not None for folder in folders)

    def _name(self, message: Message) -> str:
        return f"{mapping.stem_of(message)}.{self.values.settings.get('format', 'csv')}"

    def _names(self, message: Message) -> set[str]:
        """What an acknowledgement may call it: only the first message by the issue's reference."""
        stem = mapping.stem_of(message)
        return {stem, message.reference} if message.kind == DeliveryKind.CREATE else {stem}

    def _content(self, message: Message) -> bytes:
        its = self.values.settings
        write = mapping.xml_of if its.get("format") == "xml" else mapping.csv_of
        return write(message, mapping.columns_of(its), its)

    def _sent(self, message: Message, *, reference: str = "") -> Sent:
        return Sent(remote_reference=reference or None, remote_id=mapping.stem_of(message))
