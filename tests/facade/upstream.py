"""An upstream that does as it is told: a real server on a real port, with a script for
each path.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import h11

Script = Callable[["Conversation"], Awaitable[None]]


@dataclass(slots=True)
class Conversation:
    """One request and the way to answer it, byte by byte."""

    head: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    """Of the connection, counted from 1."""
    body: bytearray = field(default_factory=bytearray)

    @property
    def method(self) -> str:
        return self.head.split(b" ", 1)[0].decode()

    @property
    def target(self) -> str:
        return self.head.split(b" ", 2)[1].decode("latin-1")

    @property
    def lines(self) -> list[bytes]:
        return self.head.split(b"\r\n")[1:]

    def values(self, name: str) -> list[str]:
        """All values of a field, in order."""
        pairs = [line.partition(b":") for line in self.lines]
        return [
            value.strip().decode("latin-1")
            for found, _, value in pairs
            if found.decode().lower() == name.lower()
        ]

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, body: bytes, status: str = "200 OK", *lines: str) -> None:
        head = [f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}", "", ""]
        await self.send("\r\n".join(head).encode() + body)

    async def read_body(self) -> None:
        """Read the request's body as h11 frames it: a parser that is not ours."""
        connection = h11.Connection(h11.SERVER)
        connection.receive_data(self.head + b"\r\n\r\n")
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                data = await self.reader.read(65536)
                if not data:
                    raise ConnectionError("the request ended within its body")
                connection.receive_data(data)
            elif isinstance(event, h11.Data):
                self.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return

    def reset(self) -> None:
        """Close without a proper end: what is not lingered for is reset."""
        found = self.writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass(slots=True)
class Upstream:
    """Answers 200 with its name unless `scripts` knows the path; remembers what it was sent."""

    name: str
    scripts: dict[str, Script] = field(default_factory=dict)
    received: list[Conversation] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def targets(self) -> list[str]:
        return [f"{each.method} {each.target}" for each in self.received]

    async def start(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, reuse_port=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse new connections and drop those that are open."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        for _ in range(10):  # let those that were reading hear of it
            await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        number = self.connections
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while not writer.is_closing():
                    head = await reader.readuntil(b"\r\n\r\n")
                    await self._converse(Conversation(head[:-4], reader, writer, number))
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _converse(self, talk: Conversation) -> None:
        self.received.append(talk)
        script = self.scripts.get(talk.target.partition("?")[0])
        if script is not None:
            await script(talk)
            return
        await talk.read_body()
        await talk.answer(self.name.encode(), "200 OK", "Content-Type: text/plain")


@contextlib.asynccontextmanager
async def running(name: str) -> AsyncIterator[Upstream]:
    """An upstream on a free port, stopped at the end."""
    upstream = Upstream(name)
    await upstream.start()
    try:
        yield upstream
    finally:
        await upstream.stop()
