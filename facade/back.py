"""A connection to an upstream: it reads answers and hands them on as they come.

It serves one exchange at a time, and knows neither the flags nor what the request was about.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol, cast

from facade.answer import FIELDS, MAX_ANSWER_HEAD, AnswerHead, parse_answer
from facade.chunks import NO_BODY, UNTIL_CLOSE, Chunks, Counted, Framing
from facade.errors import BrokenAnswer, MalformedChunks, Refused
from facade.exchange import BIG, HOLD_UPSTREAM, Exchange, Piece
from facade.head import end_of_head
from facade.websocket import GOING_AWAY, Frames

if TYPE_CHECKING:
    from facade.request import RequestHead
    from facade.ticker import Ticker

_BODILESS: Final = frozenset((204, 304))


class Owner(Protocol):
    """The pool that a connection belongs to."""

    ticker: Ticker

    def give(self, back: Back) -> None:
        """Take a connection back that is ready for another request."""

    def gone(self, back: Back) -> None:
        """Forget a closed connection."""

    def answered(self) -> None:
        """Take note that the upstream answers."""


class Back(asyncio.Protocol):
    """Idle, then reading a head, then reading a body, then idle again; or a tunnel until it is
    closed.
    """

    __slots__ = (
        "_buffer",
        "_exchange",
        "_frames",
        "_framing",
        "_has_left",
        "_is_leaving",
        "_is_paused",
        "_keep",
        "_owner",
        "_was_reused",
        "idle_since",
        "transport",
    )

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._exchange: Exchange | None = None
        self._framing: Framing | None = None
        self._buffer = b""
        self._keep = True
        self._frames: Frames | None = None  # those of a tunnel
        self._has_left = self._is_leaving = self._is_paused = self._was_reused = False
        self.idle_since = 0.0
        self.transport: asyncio.Transport

    @property
    def is_usable(self) -> bool:
        """Whether a request may be written; a connection that is being closed only looks idle."""
        return not self.transport.is_closing()

    # What the exchange asks for.

    def serve(self, exchange: Exchange, request: bytes) -> None:
        """Belong to an exchange until its answer ends, and send what there is of its request."""
        self._exchange = exchange
        if exchange.client.is_write_paused:
            self.pause()
        self.transport.write(request)

    def write(self, data: bytes) -> None:
        """Send a piece of a request."""
        self.transport.write(data)

    def write_eof(self) -> None:
        """Say that nothing more comes."""
        if self.is_usable:
            self.transport.write_eof()

    def pause(self) -> None:
        """Stop reading, as the client does not take more."""
        if not self._is_paused and self.is_usable:
            self._is_paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._is_paused and self.is_usable:
            self._is_paused = False
            self.transport.resume_reading()

    def leave_tunnel(self) -> None:
        """Say goodbye to the client as its upstream would, between two frames; the client's own
        goodbye then ends the tunnel.
        """
        if self._exchange is not None and self._frames is not None:
            self._is_leaving = True
            if self._frames.is_between and not self._has_left:
                self._has_left = True
                self._exchange.send(GOING_AWAY)

    def drop(self) -> None:
        """Close at once and forget the exchange."""
        self._exchange = None
        self.transport.abort()

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready for the first request."""
        self.transport = cast("asyncio.Transport", transport)

    def pause_writing(self) -> None:
        """The upstream does not take more: stop reading from the client."""
        if self._exchange is not None:
            self._exchange.client.hold(HOLD_UPSTREAM)

    def resume_writing(self) -> None:
        """The upstream takes more."""
        if self._exchange is not None:
            self._exchange.client.unhold(HOLD_UPSTREAM)

    def data_received(self, data: bytes) -> None:
        """Go on with the answer."""
        exchange = self._exchange
        if exchange is None:
            # Bytes that nobody asked for: whatever they are, the next answer here could not be
            # trusted.
            self.transport.abort()
            return
        try:
            if self._framing is not None:
                self._relay(exchange, data)
            elif self._frames is not None:
                self._tunnel(exchange, self._frames, data)
            else:
                self._receive_head(exchange, data)
        except (BrokenAnswer, Refused, MalformedChunks):
            self._exchange = None
            self.transport.abort()
            exchange.broken()

    def eof_received(self) -> bool:
        """Keep the other direction of a tunnel open; anything else ends here."""
        if self._frames is not None and self._exchange is not None:
            self._exchange.client.end_tunnel()
            return True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the exchange what the end means for its answer."""
        self._owner.gone(self)
        exchange, self._exchange = self._exchange, None
        if exchange is None:
            return
        ends_by_close = self._framing is UNTIL_CLOSE
        if self._frames is not None or (ends_by_close and exc is None):
            exchange.finish()
        elif self._framing is None:
            exchange.lost(was_reused=self._was_reused)
        else:
            exchange.truncated(loudly=ends_by_close or exchange.head.section.is_old)

    def _receive_head(self, exchange: Exchange, data: bytes) -> None:
        """Read the head of the answer, and all interim ones before it."""
        while data:
            seen = len(self._buffer)
            if seen:
                data = self._buffer + data
            end = -1 if seen else data.find(b"\r\n\r\n", 0, MAX_ANSWER_HEAD)
            if end < 0:  # it is not the usual head that comes at once
                end = end_of_head(data, seen, MAX_ANSWER_HEAD)
            if end < 0:
                self._buffer = data
                return
            self._buffer = b""
            answer = parse_answer(data[:end])
            if answer.status >= 200:
                self._answer(exchange, answer, data, end + 4)
                return
            data = data[end + 4 :]
            if answer.status == 101:
                self._become_tunnel(exchange, answer, data)
                return
            _relay_interim(exchange, answer)

    def _become_tunnel(self, exchange: Exchange, answer: AnswerHead, rest: bytes) -> None:
        if not answer.upgrade or answer.upgrade.lower() != exchange.head.upgrade.lower():
            raise BrokenAnswer("the upstream switches to a protocol nobody asked for")
        self._owner.answered()
        self._frames = frames = Frames()
        frames.feed(rest)
        exchange.send(exchange.switched_head(answer) + rest)
        exchange.client.open_tunnel()

    def _tunnel(self, exchange: Exchange, frames: Frames, data: bytes) -> None:
        """Pass frames on, up to the end of the one in which we wanted to leave (RFC 6455, 5.5.1: no
        data after a goodbye).
        """
        if self._has_left:
            return
        ended = frames.feed(data)
        if self._is_leaving and ended:
            self._has_left = True
            data = data[:ended] + GOING_AWAY
        exchange.send(data)

    def _answer(self, exchange: Exchange, answer: AnswerHead, data: bytes, start: int) -> None:
        """Send the head with what there is of the body; most answers end with this one piece."""
        self._owner.answered()
        self._keep = answer.keep
        if answer.length == len(data) - start and _has_body(answer, exchange.head):
            # Most answers are short and come whole: nothing of them is left to be framed.
            exchange.send_first(exchange.answer_head(answer, close=False), _cut(data, start))
            self._done(exchange)
            return
        self._framing = framing = _framing(answer, exchange.head)
        ends_by_close = framing is UNTIL_CLOSE or (answer.chunked and exchange.head.section.is_old)
        head = exchange.answer_head(answer, close=ends_by_close)
        self._relay(exchange, data[start:] if answer.chunked else _cut(data, start), head)

    def _relay(self, exchange: Exchange, data: Piece, head: bytes = b"") -> None:
        """Send a piece of the body, and of the head when it is the first; raises when the framing
        is broken.
        """
        framing = self._framing
        assert framing is not None  # noqa: S101 (callers see to it; mypy does not)
        taken = framing.feed(data)
        if taken < len(data):
            self._keep = False  # something follows the answer: it will be answered by closing
            data = data[:taken]
        if exchange.head.section.is_old and isinstance(framing, Chunks):
            data = framing.payload()
        if head:
            exchange.send_first(head, data)
        elif data:
            exchange.send(data)
        if framing.done:
            self._done(exchange)

    def _done(self, exchange: Exchange) -> None:
        self._framing = self._exchange = None
        if self._keep and exchange.is_request_done and self.is_usable:
            if self._is_paused:
                self.resume()
            self._was_reused = True
            self.idle_since = self._owner.ticker.now
            self._owner.give(self)
        else:
            self.transport.abort()
        exchange.finish()


def _relay_interim(exchange: Exchange, answer: AnswerHead) -> None:
    """Relay 100 Continue, 103 Early Hints and the like to who understands them."""
    if not exchange.head.section.is_old:
        exchange.client.waits()
        exchange.client.write(b"\r\n".join((answer.status_line, *answer.lines, b"", b"")))


def _framing(answer: AnswerHead, request: RequestHead) -> Framing:
    """Say where the body of an answer ends (RFC 9112, 6.3)."""
    if not _has_body(answer, request):
        return NO_BODY
    if answer.chunked:
        return Chunks(FIELDS.check_trailer, keep=request.section.is_old)
    return Counted(answer.length) if answer.length >= 0 else UNTIL_CLOSE


def _has_body(answer: AnswerHead, request: RequestHead) -> bool:
    """Say whether bytes may follow the head of an answer at all."""
    return request.method != b"HEAD" and answer.status not in _BODILESS


def _cut(data: bytes, start: int) -> Piece:
    """Return a piece from some byte on, as a view where a copy would be long."""
    return data[start:] if len(data) < BIG else memoryview(data)[start:]
