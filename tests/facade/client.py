"""A client that sends the bytes it is given, and reads answers with h11, a parser that
is not ours.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import h11

if TYPE_CHECKING:
    from types import TracebackType

HOST = b"Host: lms.example.org\r\n"
DEADLINE_SECONDS = 60.0


@dataclass(slots=True)
class Answer:
    """One answer as h11 understands it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytearray = field(default_factory=bytearray)
    interim: list[int] = field(default_factory=list)
    trailers: list[tuple[str, str]] = field(default_factory=list)
    is_complete: bool = True

    def values(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found == name]

    @property
    def receipt(self) -> str:
        """The decision, without its epoch."""
        (text,) = self.values("x-bridge-decision")
        capability, upstream, _, reason = text.split(";")
        return f"{capability};{upstream};{reason}"


class Client:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.left = b""
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.writer.close()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def get(self, target: str, *lines: str) -> Answer:
        return await self.ask("GET", target, *lines)

    async def ask(self, method: str, target: str, *lines: str, body: bytes = b"") -> Answer:
        extra = [*lines, *([f"Content-Length: {len(body)}"] if body else [])]
        head = f"{method} {target} HTTP/1.1\r\n".encode() + HOST
        await self.send(head + b"".join(f"{each}\r\n".encode() for each in extra) + b"\r\n" + body)
        return await self.answer(method)

    async def answer(self, method: str = "GET") -> Answer:
        """Read one whole answer; an incomplete one says so."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self._answer(method)

    async def read(self) -> bytes:
        """Read what there is, at least a byte, or nothing at the end."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self.reader.read(65536)

    async def read_to_end(self) -> bytes:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return self.left + await self.reader.read()

    async def _answer(self, method: str) -> Answer:
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
        connection.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
        connection.send(h11.EndOfMessage())
        if self.left:
            connection.receive_data(self.left)
        answer = Answer(0, [], is_complete=False)
        with contextlib.suppress(ConnectionError, h11.RemoteProtocolError):
            while not answer.is_complete:
                event = connection.next_event()
                if event is h11.NEED_DATA:
                    connection.receive_data(await self.reader.read(65536))
                else:
                    _take(answer, event)
        self.left = connection.trailing_data[0]
        return answer


def _take(answer: Answer, event: object) -> None:
    if isinstance(event, h11.InformationalResponse):
        answer.interim.append(event.status_code)
    elif isinstance(event, h11.Response):
        answer.status = event.status_code
        answer.headers = [(name.decode(), value.decode("latin-1")) for name, value in event.headers]
    elif isinstance(event, h11.Data):
        answer.body += event.data
    elif isinstance(event, h11.EndOfMessage):
        answer.trailers = [(name.decode(), value.decode()) for name, value in event.headers]
        answer.is_complete = True
