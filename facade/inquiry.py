"""Asks an upstream a question of the facade's own and keeps the bytes of its answer, over the data
plane's own connections, for a client that is nobody.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from facade.decide import NO_CAPABILITY, Decision, Upstream
from facade.exchange import Exchange, Piece
from facade.headers import Peer
from facade.pool import Pool, Waiting
from facade.request import RequestHead
from facade.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterable

_INQUIRY: Final = Decision(NO_CAPABILITY, Upstream.NONE, 0, "inquiry")
_UNCHUNKED: Final = Section(is_old=True)
"""Answers for clients of HTTP/1.0 come without chunks."""
_NOBODY: Final = Peer("", trusted=False, lines=b"")
_STATUS: Final = slice(len("HTTP/1.1 "), len("HTTP/1.1 200"))


class Reply(NamedTuple):
    """What an upstream answered: its status, and its body without chunks."""

    status: int
    body: bytes


async def get(
    pool: Pool, target: bytes, lines: Iterable[bytes], *, answer_bytes: int, seconds: float
) -> Reply | None:
    """GET a target with these header lines, Host among them; None as `ask` gives it."""
    head = RequestHead(b"GET %b HTTP/1.1" % target, b"GET", target, _UNCHUNKED)
    request = b"\r\n".join((head.line, *lines, b"", b""))
    raw = await ask(pool, head, request, answer_bytes=answer_bytes, seconds=seconds)
    if raw is None:
        return None
    return Reply(int(raw[_STATUS]), raw.partition(b"\r\n\r\n")[2])


async def ask(
    pool: Pool, head: RequestHead, upstream_head: bytes, *, answer_bytes: int, seconds: float
) -> bytes | None:
    """Return a whole answer as a client would get it; None when there is none, it breaks off, it is
    too large (with its head) or it takes too long.
    """
    listener = _Listener(answer_bytes)
    exchange = Exchange(listener, head, _Desk(pool, listener))
    exchange.copy = listener

    def go() -> None:
        if pool.allows():
            exchange.forward(pool, upstream_head)
        else:
            listener.end(None)

    if pool.is_crowded:
        pool.queue(Waiting(exchange, go, partial(listener.end, None)))
    else:
        go()
    try:
        async with asyncio.timeout(seconds):
            return await listener.answer
    except TimeoutError:
        if exchange.connections is not None:  # else it was not asked yet
            pool.failed()
        return None
    finally:
        exchange.abandon()  # does nothing when the exchange is over


class _Listener:
    """The client of an exchange, and the copy of its answer."""

    is_write_paused = False

    def __init__(self, limit: int) -> None:
        self.answer: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self.peer = _NOBODY
        self._left = limit
        self._pieces: list[Piece] = []

    def add(self, data: Piece) -> None:
        """Keep a piece of the answer, or give up on one that is too large."""
        self._left -= len(data)
        self._pieces.append(data)
        if self._left < 0:
            self.end(None)

    def complete(self) -> None:
        """The answer is whole."""
        self.end(b"".join(self._pieces))

    def end(self, answer: bytes | None) -> None:
        """Let who asked go on; the first end counts."""
        if not self.answer.done():
            self.answer.set_result(answer)

    def write(self, data: bytes) -> None:
        """Nothing is sent on."""

    def send(self, data: Piece) -> None:
        """Nothing is sent on: the copy gets the same pieces."""

    def send_both(self, head: bytes, body: Piece) -> None:
        """Nothing is sent on: the copy gets the same pieces."""

    def hold(self, reason: int) -> None:
        """There is no reading to be stopped."""

    def unhold(self, reason: int) -> None:
        """There is no reading that was stopped."""

    def waits(self) -> None:
        """The time is kept by `ask`."""

    def finished(self, *, close: bool) -> None:
        """Nobody asks again over this connection."""

    def fail(self, answer: bytes) -> None:  # noqa: ARG002 (Client's signature)
        """The exchange ended without an answer of the upstream."""
        self.end(None)

    def cut(self, *, loudly: bool) -> None:  # noqa: ARG002 (Client's signature)
        """The upstream died within its answer."""
        self.end(None)

    def open_tunnel(self) -> None:
        """Nothing that is asked upgrades."""

    def end_tunnel(self) -> None:
        """Nothing that is asked upgrades."""


class _Desk:
    """Decides nothing: what fails has failed, and is not asked of anybody else."""

    is_draining = False
    undecided = _INQUIRY

    def __init__(self, pool: Pool, listener: _Listener) -> None:
        self._pool = pool
        self._listener = listener

    def failed(self, exchange: Exchange, *, counts: bool) -> None:  # noqa: ARG002 (Desk's signature)
        """The upstream failed before its first byte."""
        if counts:
            self._pool.failed()
        self._listener.end(None)

    def broken(self, exchange: Exchange) -> None:
        """The upstream's answer cannot be read."""
        self.failed(exchange, counts=True)

    def malformed(self, exchange: Exchange) -> None:
        """Nothing that is asked has a body."""

    def finished(self, exchange: Exchange) -> None:
        """The listener takes note of the end."""
