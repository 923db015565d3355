"""The load: learners with sessions and without, kept connections and new ones, reads and writes of
all sizes, some who read slowly and some who leave.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from random import Random

from tests.facade.client import HOST, Answer, Client
from tests.soak.cast import FLIPPED, IDS, UNROUTED, content, digest, session

PAUSE_SECONDS = 0.25
"""Between two requests of a client, at most; below the second that a draining worker waits."""


@dataclass(slots=True)
class Asked:
    """One request and what became of it; `since` is when its connection was last known to live.

    `fate`: answered, cut (by the other side), left (by the client), stuck (no answer in time).
    """

    request_id: str
    method: str
    path: str
    username: str
    size: int
    digest: str
    since: float
    sent: float
    ended: float = 0.0
    fate: str = ""
    status: int = 0
    receipt: tuple[str, str, int, str] = ("", "", 0, "")
    is_body_right: bool = True

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def upstream(self) -> str:
        return self.receipt[1]


class _Slow:
    """Reads a little at a time."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def read(self, _: int) -> bytes:
        await asyncio.sleep(0.02)
        return await self._reader.read(32_768)


@dataclass(slots=True)
class Crowd:
    """All clients, and all they asked."""

    port: int
    random: Random
    asked: list[Asked] = field(default_factory=list)
    is_over: bool = False
    tries: int = 0
    connections: int = 0

    async def come(self, clients: int) -> None:
        """Load the facade until `is_over`; returns when every client has had its answer."""
        seeds = [self.random.random() for _ in range(clients)]
        async with asyncio.TaskGroup() as group:
            for seed in seeds:
                group.create_task(self._client(Random(seed)))

    async def _client(self, random: Random) -> None:
        while not self.is_over:
            # A connection that is cut is written down where it is; the client makes another.
            with contextlib.suppress(ConnectionError):
                async with Client(self.port) as client:
                    self.connections += 1
                    await self._visit(client, random)
            self.tries += 1

    async def _visit(self, client: Client, random: Random) -> None:
        """Ask a few times over one connection."""
        since = time.monotonic()
        for _ in range(random.choice((1, 1, 5, 20))):
            asked, head, body = self._draw(random, since)
            self.asked.append(asked)
            try:
                may_go_on = await self._ask(client, random, asked, head + body)
            finally:
                since = asked.ended = time.monotonic()
            if self.is_over or not may_go_on:
                return
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS))

    def _draw(self, random: Random, since: float) -> tuple[Asked, bytes, bytes]:
        request_id = f"r{len(self.asked)}"
        method = random.choice(("GET", "GET", "GET", "POST", "POST", "PUT", "PATCH"))
        path = random.choice((FLIPPED, FLIPPED, FLIPPED, UNROUTED))
        if path == FLIPPED and method in ("PUT", "PATCH"):
            method = "POST"
        username = random.choice(("", *IDS))
        body = b"" if method == "GET" else random.randbytes(random.choice((0, 10, 500, 60_000)))
        size = random.choice((0, 100, 1000, 1000, 20_000, 200_000))
        now = time.monotonic()
        asked = Asked(request_id, method, path, username, size, digest(body), since, now)
        query = f"id={request_id}&size={size}&wait={random.choice((0, 0, 5, 30, 150))}"
        lines = [f"{method} {path}?{query}&chunked={random.choice('01')} HTTP/1.1"]
        if username:
            lines.append(f"Cookie: sessionid={session(username)}")
        if method != "GET":
            lines.append(f"Content-Length: {len(body)}")
        return asked, "\r\n".join(lines).encode() + b"\r\n" + HOST + b"\r\n", body

    async def _ask(self, client: Client, random: Random, asked: Asked, request: bytes) -> bool:
        """Send a request and read its answer, as the kind of client does; say whether the
        connection can be used again.
        """
        kind = random.choices(("usual", "slow", "half", "leaves"), (92, 3, 2, 3))[0]
        if kind in ("half", "leaves"):
            asked.fate = "left"
            await client.send(request[: len(request) // 2] if kind == "half" else request)
            await asyncio.sleep(random.uniform(0, 0.03))
            client.writer.transport.abort()
            return False
        if kind == "slow":
            client.reader = _Slow(client.reader)  # type: ignore[assignment]
        asked.fate = "cut"
        try:
            await client.send(request)
            answer = await client.answer(asked.method)
        except TimeoutError:
            asked.fate = "stuck"
            return False
        return _note(asked, answer) and kind == "usual"


def _note(asked: Asked, answer: Answer) -> bool:
    """Write down what was answered; say whether the connection stays."""
    if not answer.is_complete:
        return False
    asked.fate, asked.status = "answered", answer.status
    (text,) = answer.values("x-bridge-decision")
    capability, upstream, epoch, reason = text.split(";")
    asked.receipt = (capability, upstream, int(epoch), reason)
    if upstream != "none":
        asked.is_body_right = answer.body == content(upstream, asked.request_id, asked.size)
    return answer.values("connection") != ["close"]
