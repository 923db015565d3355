"""Asks an upstream one question and keeps the bytes of its answer, over the data plane's own
connections, for a client that is nobody.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from facade.decide import NO_CAPABILITY, Decision, Upstream
from facade.exchange import Exchange, Piece
from facade.headers import Peer

if TYPE_CHECKING:
    from facade.limits import ShadowLimits
    from facade.pool import Pool
    from facade.request import RequestHead

_SHADOW: Final = Decision(NO_CAPABILITY, Upstream.NONE, 0, "shadow")
_NOBODY: Final = Peer("", trusted=False, lines=b"")


async def ask(
    pool: Pool, head: RequestHead, upstream_head: bytes, *, limits: ShadowLimits
) -> bytes | None:
    """Return a whole answer as a client would get it; None when there is none, it breaks off, it is
    too large or it takes too long.
    """
    if not pool.allows():
        return None
    listener = _Listener(limits.answer_bytes)
    exchange = Exchange(listener, head, _Desk(pool, listener))
    exchange.copy = listener
    exchange.forward(pool, upstream_head)
    try:
        async with asyncio.timeout(limits.answer_seconds):
            return await listener.answer
    except TimeoutError:
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
        """Requests that upgrade are never shadowed."""

    def end_tunnel(self) -> None:
        """Requests that upgrade are never shadowed."""


class _Desk:
    """Decides nothing: what fails has failed, and is not asked of anybody else."""

    is_draining = False
    undecided = _SHADOW

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
        """Shadowed requests have no body."""

    def finished(self, exchange: Exchange) -> None:
        """The listener takes note of the end."""
