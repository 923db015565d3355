"""A client's connection: it reads requests strictly and hands them to the desk, one at a time and
in order.

What a request is about, and who answers it, is not its business.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, Final, Protocol, cast

from facade.chunks import Chunks, Counted, Framing
from facade.errors import MalformedChunks, Refused
from facade.exchange import HOLD_PIPELINE, HOLD_UPSTREAM, Desk, Exchange, Piece
from facade.head import MAX_HEAD, end_of_head
from facade.request import RequestHead, parse_request
from facade.section import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from facade.headers import Peer
    from facade.limits import Patience
    from facade.ticker import Ticker

_NO_LINGER: Final = struct.pack("ii", 1, 0)

MAX_PIPELINE: Final = 65536
"""Bytes of further requests that are kept while one is answered; then reading stops."""
LINGER_SECONDS: Final = 2.0
"""How long the rest of a refused request is read and thrown away: closing at once would reset the
connection, and the client would lose the answer that says why.
"""


class FrontDesk(Desk, Protocol):
    """Who decides about requests, as a client's connection needs it."""

    def decide(self, exchange: Exchange) -> None:
        """Decide who answers, and forward."""

    def refusal(self, refused: Refused, *, head_only: bool = False) -> bytes:
        """Write the answer to what is no request, and count it."""

    def timed_out(self, exchange: Exchange, *, by_client: bool) -> None:
        """End an exchange one side of which takes too long."""


class Gate(Protocol):
    """What a client's connection needs of its worker."""

    ticker: Ticker
    patience: Patience

    @property
    def desk(self) -> FrontDesk:
        """Who decides about the requests."""

    def peer(self, address: str) -> Peer:
        """Look up who the other end is."""

    def admits(self, front: Front) -> bool:
        """Say whether there is room for another client."""

    def begin(self, front: Front, head: RequestHead) -> Exchange:
        """Make the exchange of a request."""

    def left(self, front: Front) -> None:
        """Forget a client."""


class Front(asyncio.Protocol):
    """Reading a head, then its body, then waiting for the answer, then a head again; or a tunnel;
    or lingering.
    """

    __slots__ = (
        "_body_since",
        "_buffer",
        "_exchange",
        "_framing",
        "_gate",
        "_held_since",
        "_holds",
        "_receive",
        "_silence",
        "deadline",
        "is_at_eof",
        "is_write_paused",
        "peer",
        "transport",
    )

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._receive: Callable[[Front, bytes], None] = Front._receive_head
        self._buffer = b""
        self._exchange: Exchange | None = None
        self._framing: Framing | None = None
        self._holds = 0
        self._held_since = self._body_since = 0.0
        self._silence = gate.patience.answer
        self.is_at_eof = self.is_write_paused = False
        self.deadline = 0.0
        self.peer: Peer
        self.transport: asyncio.Transport

    @property
    def is_idle(self) -> bool:
        """Whether the client is between two requests."""
        return self._exchange is None and self._receive is Front._receive_head

    @property
    def exchange(self) -> Exchange | None:
        """What is answered just now."""
        return self._exchange

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first request, or turn the client away when there are too many."""
        self.transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername") or ("",)
        self.peer = self._gate.peer(name[0])
        self._wait_for(self._gate.patience.head)
        if not self._gate.admits(self):
            self.fail(self._gate.desk.refusal(Refused(503, "too-many-clients")))

    def data_received(self, data: bytes) -> None:
        """Go on in the present state."""
        self._receive(self, data)

    def eof_received(self) -> bool:
        """Let a half-closed client have its answer; an unfinished request ends with its bytes."""
        self.is_at_eof = True
        if self._receive is Front._receive_tunnel:
            assert self._exchange is not None  # noqa: S101 (a tunnel has one; mypy does not know)
            self._exchange.end_of_client()
            return True
        return self._receive is Front._receive_early

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        """Stop what is going on for this client."""
        self._receive = Front._receive_nothing
        self._gate.left(self)
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.abandon()

    def pause_writing(self) -> None:
        """The client does not take more: stop reading from the upstream."""
        self.is_write_paused = True
        if self._exchange is not None and self._exchange.connection is not None:
            self._exchange.connection.pause()

    def resume_writing(self) -> None:
        """The client takes more."""
        self.is_write_paused = False
        if self._exchange is None:
            self._advance()
        elif self._exchange.connection is not None:
            self.waits()
            self._exchange.connection.resume()

    # What the ticker tells.

    def expire(self) -> None:
        """Give up on a client, or on its answer, that takes too long."""
        exchange = self._exchange
        if self._receive is Front._receive_head and self._buffer:
            self.fail(self._gate.desk.refusal(Refused(408, "head-timeout")))
        elif exchange is None or self._receive is Front._receive_tunnel:
            self.transport.abort()
        else:
            is_slow_body = self._receive is Front._receive_body and not self._holds
            self._gate.desk.timed_out(exchange, by_client=is_slow_body or self.is_write_paused)

    # What the exchange tells.

    def write(self, data: bytes) -> None:
        """Send bytes that are no part of the final answer, such as an interim one."""
        self.transport.write(data)

    def send(self, data: Piece) -> None:
        """Send a piece of an answer, and give the next its full time."""
        self.deadline = self._gate.ticker.now + self._silence
        self.transport.write(data)

    def send_both(self, head: bytes, body: Piece) -> None:
        """Send the head of an answer and a big piece of its body, neither of them copied."""
        self.deadline = self._gate.ticker.now + self._silence
        self.transport.writelines((head, body))

    def hold(self, reason: int) -> None:
        """Stop reading for a reason (HOLD_...)."""
        if not self._holds and not self.transport.is_closing():
            self._held_since = self._gate.ticker.now
            self.transport.pause_reading()
        self._holds |= reason

    def unhold(self, reason: int) -> None:
        """Read on, unless another reason holds."""
        if self._holds & reason:
            self._holds &= ~reason
            if not self._holds and not self.transport.is_closing():
                # The time in which we did not read is no sign of a slow client.
                self._body_since += self._gate.ticker.now - self._held_since
                self.transport.resume_reading()

    def waits(self) -> None:
        """Give the answer its full time from now on."""
        self.deadline = self._gate.ticker.now + self._silence

    def finished(self, *, close: bool) -> None:
        """Go on to the next request, or close."""
        self._exchange = None
        if close:
            self._close()
            return
        self._receive = Front._receive_head
        self._wait_for(self._gate.patience.idle)
        if self._holds:
            self.unhold(HOLD_UPSTREAM)
        if self._buffer or self.is_at_eof:
            self._advance()

    def fail(self, answer: bytes) -> None:
        """Send an answer of the facade's own and close."""
        self._exchange = None
        if not self.transport.is_closing():
            self.transport.write(answer)
            self._close(has_unread=True)

    def cut(self, *, loudly: bool) -> None:
        """Close in the middle of an answer; `loudly` where a clean end would look like a complete
        answer.
        """
        self._exchange = None
        self._receive = Front._receive_nothing
        if loudly:
            # Closing alone would end the connection properly; without lingering it is reset.
            found = self.transport.get_extra_info("socket")
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self.transport.abort()
        else:
            self.transport.close()

    def open_tunnel(self) -> None:
        """Pass bytes on unread from now on, first those that came early."""
        self._receive = Front._receive_tunnel
        self._silence = self._gate.patience.tunnel
        self.waits()
        early, self._buffer = self._buffer, b""
        self.unhold(HOLD_PIPELINE)
        if early:
            self._receive_tunnel(early)
        if self._gate.desk.is_draining:  # it was not there yet when the others were told
            self.drain()

    def end_tunnel(self) -> None:
        """The upstream sends nothing more through the tunnel."""
        if self.is_at_eof:
            self.transport.close()
        elif not self.transport.is_closing():
            self.transport.write_eof()

    def drain(self) -> None:
        """Take no further request, but the one that may be on its way already: its answer closes.

        Closing an idle connection at once would lose what the client has just sent. A WebSocket is
        asked to end in its own way.
        """
        if self._exchange is not None and self._receive is Front._receive_tunnel:
            self._exchange.leave_tunnel()
        if self.is_idle and not self._buffer:
            self._wait_for(self._gate.patience.idle)

    # The states.

    def _receive_head(self, data: bytes) -> None:
        seen = len(self._buffer)
        if seen:
            data = self._buffer + data
        if self.is_write_paused:
            self._keep_for_later(data)
            return
        if data[0] == 13:  # RFC 9112, 2.2: old clients send an empty line after a body
            data, seen = data.lstrip(b"\r\n") or data[-1:].rstrip(b"\n"), 0
        try:
            end = -1 if seen else data.find(b"\r\n\r\n", 0, MAX_HEAD)
            if end < 0:  # it is not the usual head that comes at once
                end = end_of_head(data, seen)
            if end < 0:
                self._wait_for_rest(data)
                return
            self._buffer = b""
            head = parse_request(data[:end])
        except Refused as refused:
            self.fail(self._gate.desk.refusal(refused, head_only=data.startswith(b"HEAD ")))
            return
        self._begin(head, data[end + 4 :])

    def _receive_body(self, data: bytes) -> None:
        exchange, framing = self._exchange, self._framing
        assert exchange is not None  # noqa: S101 (this state has both)
        assert framing is not None  # noqa: S101
        try:
            taken = framing.feed(data)
        except (MalformedChunks, Refused):
            exchange.malformed()
            return
        if taken < len(data):
            self._buffer = data[taken:]
            data = data[:taken]
        if framing.done:
            self._receive = Front._receive_early
            self.waits()
        else:
            self._wait_for_body(exchange.request_bytes + taken)
        exchange.feed(data, done=framing.done)

    def _receive_early(self, data: bytes) -> None:
        """Keep what comes before the answer is out: the next requests of a client that does not
        wait.
        """
        self._keep_for_later(self._buffer + data)

    def _receive_tunnel(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is not None:
            self.waits()
            exchange.feed(data, done=True)

    def _receive_nothing(self, data: bytes) -> None:
        """Throw away what comes after the end."""

    # Steps.

    def _begin(self, head: RequestHead, rest: bytes) -> None:
        self._exchange = exchange = self._gate.begin(self, head)
        section = head.section
        if section.has_body:
            chunked = section.chunked
            self._framing = Chunks(FIELDS.check_trailer) if chunked else Counted(section.length)
            self._receive = Front._receive_body
            self._body_since = self._gate.ticker.now
            self._wait_for_body(0)
        else:
            self._receive = Front._receive_early
            self.waits()
        self._gate.desk.decide(exchange)
        if rest:
            self._receive(self, rest)

    def _advance(self) -> None:
        """Read the requests that came early, as far as they are complete."""
        if self._holds & HOLD_PIPELINE:
            self.unhold(HOLD_PIPELINE)
        if self._buffer and not self.is_write_paused:
            data, self._buffer = self._buffer, b""
            self._receive(self, data)
        if self.is_at_eof and self.is_idle:
            self.transport.close()

    def _keep_for_later(self, data: bytes) -> None:
        self._buffer = data
        if len(data) > MAX_PIPELINE:
            self.hold(HOLD_PIPELINE)

    def _wait_for_rest(self, data: bytes) -> None:
        # The time for a head runs from its first byte and is never extended: that is what a slow
        # sender lives on.
        if data and not self._buffer:
            self._wait_for(self._gate.patience.head)
        self._buffer = data

    def _wait_for_body(self, received: int) -> None:
        now = self._gate.ticker.now
        self.deadline = self._gate.patience.for_body(received, since=self._body_since, now=now)

    def _wait_for(self, seconds: float) -> None:
        self.deadline = self._gate.ticker.now + seconds

    def _close(self, *, has_unread: bool = False) -> None:
        """Close after what is written; read on for a while when the client may still be sending."""
        is_sending = has_unread or self._receive is Front._receive_body or bool(self._buffer)
        self._receive = Front._receive_nothing
        self._buffer = b""
        if not is_sending or self.is_at_eof:
            self.transport.close()
            return
        self.unhold(self._holds)
        self._wait_for(LINGER_SECONDS)
        self.transport.write_eof()
