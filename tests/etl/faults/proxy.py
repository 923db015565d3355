"""A TCP proxy that does to connections what networks do: cut, reset, silence, delay, trickle.

It runs an event loop in a thread of its own; faults are set from the test's thread.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Final

_READ_BYTES: Final = 1 << 16
# SO_LINGER with no time to linger: closing sends a reset, and what was not sent is lost.
_RESET: Final = struct.pack("ii", 1, 0)


class Manner(Enum):
    """How a fault meets the connections."""

    CLOSED = "closed"
    RESET = "reset"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to all connections once so many bytes have passed the proxy."""

    manner: Manner
    after: int


@dataclass(slots=True, eq=False)
class Link:
    """A client's connection and the server's, with what was read of either."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    is_silent: bool = False

    def break_off(self, manner: Manner) -> None:
        if manner is Manner.SILENT:
            self.is_silent = True
            return
        for writer in (self.client, self.server):
            if manner is Manner.RESET:
                with suppress(OSError):
                    raw = writer.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.close()


@dataclass(slots=True)
class Proxy:
    """Stands between clients and one server.

    A fault comes once: connections that are made after it are sound again. `pieces` has, since the
    last `strike`, how many bytes had passed before each piece that a peer sent.
    """

    port: int
    to: int
    passed: int = 0
    pieces: list[int] = field(default_factory=list)
    faults: int = 0
    pause_seconds: float = 0.0
    piece: int = _READ_BYTES
    _fault: Fault | None = None
    _links: set[Link] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def strike(self, manner: Manner, *, after: int = 0) -> None:
        """Let a fault come once `after` more bytes have passed; 0 is now."""
        self._call(partial(self._strike, Fault(manner, after)))

    def heal(self) -> None:
        """Forget a fault that has not come, and end the connections that have fallen silent."""
        self._call(self._heal)

    def slow(self, *, pause_seconds: float, piece: int) -> None:
        """Pass on `piece` bytes at a time, with a pause before each."""
        self.pause_seconds, self.piece = pause_seconds, piece

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        for link in self._links:
            link.break_off(Manner.RESET)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Closed connections are let go of in the next turn of the loop.
        await asyncio.sleep(0)

    def _call(self, function: Callable[[], None]) -> None:
        async def call() -> None:
            function()

        asyncio.run_coroutine_threadsafe(call(), self._loop).result()

    def _strike(self, fault: Fault) -> None:
        self.passed = 0
        self.pieces.clear()
        self._fault = fault
        if not fault.after:
            self._come()

    def _heal(self) -> None:
        self._fault = None
        for link in [link for link in self._links if link.is_silent]:
            link.break_off(Manner.RESET)
            self._links.discard(link)

    def _come(self) -> None:
        assert self._fault is not None
        manner, self._fault = self._fault.manner, None
        self.faults += 1
        for link in self._links:
            link.break_off(manner)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.close()
            return
        link = Link(client=writer, server=to_server)
        self._links.add(link)
        try:
            await asyncio.gather(
                self._pump(reader, to_server, link), self._pump(from_server, writer, link)
            )
        finally:
            # The peers of a silent one do not hear that the other is gone.
            if not link.is_silent:
                link.break_off(Manner.CLOSED)
                self._links.discard(link)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(self.piece):
                if self.pause_seconds:
                    await asyncio.sleep(self.pause_seconds)
                await self._pass(data, writer, link)
        if not link.is_silent:
            writer.close()

    async def _pass(self, data: bytes, writer: asyncio.StreamWriter, link: Link) -> None:
        if link.is_silent:
            return
        left = len(data) if self._fault is None else self._fault.after - self.passed
        self.pieces.append(self.passed)
        self.passed += len(data)
        writer.write(data[: max(left, 0)])
        await writer.drain()
        if left < len(data) and self._fault is not None:
            self._come()


@contextmanager
def proxied(to: int) -> Iterator[Proxy]:
    """Run a proxy to a port of this machine for as long as the block runs."""
    listener = socket.create_server(("127.0.0.1", 0))
    proxy = Proxy(port=listener.getsockname()[1], to=to)
    loop = proxy._loop
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    started = asyncio.start_server(proxy._accept, sock=listener)
    server = asyncio.run_coroutine_threadsafe(started, loop).result()
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(proxy._end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
