"""The proxy at work: listens, passes on, spoils. HTTP is read in `wire.py`; plain TCP is only bytes."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from mysmartcity.demo.cities.fault_proxy import wire
from mysmartcity.demo.cities.fault_proxy.switches import ProxySwitches

_PIECE = 16_384
_REMEMBERED = 200


@dataclass
class Proxy:
    """One listener in front of one system. `seen` keeps the newest requests, for who looks for what
    must not leave; `under_way` are exchanges that may still reach the system.
    """

    host: str
    port: int
    to_host: str
    to_port: int
    mode: Literal["http", "tcp"]
    switches: ProxySwitches = field(default_factory=ProxySwitches)
    seen: deque[bytes] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    exchange_count: int = 0
    spoilt_count: int = 0
    under_way: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def listen(self) -> None:
        """Take connections; the port stays the same from the first time on."""
        self._server = await asyncio.start_server(
            self._serve, self.host, self.port, limit=wire.LONGEST_HEAD, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def obey(self) -> None:
        """Make the listening fit the switch `away`. An outage ends the open connections too."""
        if self.switches.away and self._server is not None:
            self.close()
        elif not self.switches.away and self._server is None:
            await self.listen()

    def close(self) -> None:
        """Stop listening, and cut every open connection."""
        if self._server is not None:
            self._server.close()
        self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self.exchange_count += 1
        self.under_way += 1
        try:
            if self.mode == "http":
                await self._exchange(reader, writer)
            else:
                await self._pass_bytes(reader, writer)
        except (OSError, wire.Unreadable):
            writer.transport.abort()
        finally:
            self.under_way -= 1
            self._open.discard(writer)
            with suppress(OSError):
                writer.close()

    # --- HTTP -------------------------------------------------------------------------------------

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await wire.read_asked(reader)
        self.seen.append(asked.head + asked.body)
        switches = self.switches
        if not switches.takes(asked.method, asked.path):
            writer.write(await self._answer(asked.to_send()))
            await writer.drain()
            return
        self.spoilt_count += 1
        await asyncio.sleep(switches.latency)
        if switches.cut_before:
            writer.transport.abort()
            return
        answer = wire.made_up(switches, asked)
        if answer is None:
            answer = await self._answer_of_system(asked)
        if answer is None:
            writer.transport.abort()
            return
        await self._pass_reply(writer, answer)

    async def _answer_of_system(self, asked: wire.Asked) -> bytes | None:
        """What the client is to hear; None when its line is to be cut."""
        cut = self.switches.cut_request_after
        raw = asked.to_send()
        if cut is not None:
            await self._answer(raw[:cut], is_cut=True)
            return None
        reply = await self._answer(raw)
        return None if self.switches.lose_reply else wire.replaced(self.switches, reply)

    async def _answer(self, raw: bytes, *, is_cut: bool = False) -> bytes:
        reader, writer = await asyncio.open_connection(self.to_host, self.to_port)
        try:
            writer.write(raw)
            await writer.drain()
            return b"" if is_cut else await reader.read()
        finally:
            writer.close()

    async def _pass_reply(self, writer: asyncio.StreamWriter, reply: bytes) -> None:
        cut, drip = self.switches.cut_reply_after, self.switches.drip
        kept = reply if cut is None else reply[:cut]
        size = max(1, len(kept) // 16) if drip else max(1, len(kept))
        for start in range(0, len(kept), size):
            writer.write(kept[start : start + size])
            await writer.drain()
            await asyncio.sleep(drip)
        if cut is not None:
            writer.transport.abort()

    # --- Plain TCP --------------------------------------------------------------------------------

    async def _pass_bytes(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_spoilt = self.switches.takes()
        switches = self.switches if is_spoilt else ProxySwitches()
        self.spoilt_count += is_spoilt
        await asyncio.sleep(switches.latency)
        if switches.cut_before:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(self.to_host, self.to_port)
        self._open.add(far_writer)
        there = self._pump(reader, far_writer, switches.cut_request_after, drip=0.0)
        back = self._pump(far_reader, writer, switches.cut_reply_after, drip=switches.drip)
        pumps = [asyncio.create_task(there), asyncio.create_task(back)]
        try:
            # A cut ends both directions at once; an end of one leaves the other to finish.
            for done in asyncio.as_completed(pumps):
                if await done:
                    writer.transport.abort()
                    far_writer.transport.abort()
        finally:
            self._open.discard(far_writer)
            far_writer.close()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        most: int | None,
        *,
        drip: float,
    ) -> bool:
        """Pass bytes on until the end; True when it was cut after `most` of them."""
        passed = 0
        while piece := await reader.read(1 if drip else _PIECE):
            if most is not None and passed + len(piece) >= most:
                writer.write(piece[: most - passed])
                with suppress(OSError):
                    await writer.drain()
                return True
            passed += len(piece)
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(drip)
        with suppress(OSError):
            writer.write_eof()
        return False
