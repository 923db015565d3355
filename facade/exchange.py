"""One request and its answer: the thread that ties a client's connection to an upstream's.

It holds what both sides have to know of each other, and no bytes: body pieces wait here only until
there is a connection to write them to, while the client's reading is stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from flags.access import Access

if TYPE_CHECKING:
    from collections.abc import Callable

    from facade.answer import AnswerHead
    from facade.decide import Decision
    from facade.headers import Peer
    from facade.request import RequestHead

IDEMPOTENT: Final = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"))
SAFE: Final = frozenset((b"GET", b"HEAD", b"OPTIONS"))

CLIENT_GONE: Final = 499
"""nginx's status in the log for a client that left before its answer."""

BIG: Final = 8192
"""From this size on, a piece is not copied, neither to cut it nor to put a head before it: with
100 KB that takes longer than all parsing.
"""
Piece = bytes | memoryview

HOLD_UPSTREAM: Final = 1
"""Reasons to stop reading from a client, one bit each: its upstream does not take more ..."""
HOLD_UNDECIDED: Final = 2
"""... nobody is there yet to take it ..."""
HOLD_PIPELINE: Final = 4
"""... it sends requests faster than they are answered ..."""
HOLD_SWITCH: Final = 8
"""... its write waits for the capability to be switched."""


class Client(Protocol):
    """A client's connection, as its exchange sees it."""

    is_write_paused: bool
    peer: Peer

    def write(self, data: bytes) -> None:
        """Send bytes that are no part of the final answer, such as an interim one."""

    def send(self, data: Piece) -> None:
        """Send a piece of an answer, and give the next its full time."""

    def send_both(self, head: bytes, body: Piece) -> None:
        """Send the head of an answer and a big piece of its body, neither of them copied."""

    def hold(self, reason: int) -> None:
        """Stop reading for a reason."""

    def unhold(self, reason: int) -> None:
        """Read on, unless another reason holds."""

    def waits(self) -> None:
        """Give the answer its full time from now on."""

    def finished(self, *, close: bool) -> None:
        """Go on to the next request, or close."""

    def fail(self, answer: bytes) -> None:
        """Send an answer of the facade's own and close."""

    def cut(self, *, loudly: bool) -> None:
        """Close in the middle of an answer; `loudly` where a clean end would look like a complete
        answer.
        """

    def open_tunnel(self) -> None:
        """Pass bytes on unread from now on."""

    def end_tunnel(self) -> None:
        """The upstream sends nothing more through the tunnel."""


class Connection(Protocol):
    """An upstream's connection, as its exchange sees it."""

    def serve(self, exchange: Exchange, request: bytes) -> None:
        """Belong to an exchange until its answer ends, and send what there is of its request."""

    def write(self, data: bytes) -> None:
        """Send a piece of a request."""

    def write_eof(self) -> None:
        """Say that nothing more comes."""

    def pause(self) -> None:
        """Stop reading, as the client does not take more."""

    def resume(self) -> None:
        """Read on."""

    def leave_tunnel(self) -> None:
        """Say goodbye to the client as its upstream would."""

    def drop(self) -> None:
        """Close at once and forget the exchange."""


class Connections(Protocol):
    """The connections to one upstream."""

    def take(self) -> Connection | None:
        """Return an idle connection."""

    def connect(self, exchange: Exchange) -> None:
        """Make a connection and start the exchange on it."""


class Copy(Protocol):
    """Keeps the answer of an exchange, for who compares it afterwards."""

    def add(self, data: Piece) -> None:
        """Take note of a piece, head first."""

    def complete(self) -> None:
        """The client has the whole answer."""


class Desk(Protocol):
    """Who decides about exchanges; while it `is_draining`, answers end their connections."""

    is_draining: bool
    undecided: Decision
    """What is written of a request that ends before anything was decided about it."""

    def failed(self, exchange: Exchange, *, counts: bool) -> None:
        """Find another answer: the upstream failed before its first byte; `counts` when it is the
        upstream's fault.
        """

    def broken(self, exchange: Exchange) -> None:
        """Answer 502: the upstream's answer cannot be passed on."""

    def malformed(self, exchange: Exchange) -> None:
        """Answer 400: the request's body cannot be passed on to its end."""

    def finished(self, exchange: Exchange) -> None:
        """Take note of the end."""


class Exchange:
    """Undecided, then forwarded, then answering, then over; it may end early in each state, when a
    side leaves.
    """

    __slots__ = (
        "access",
        "answer_bytes",
        "began",
        "client",
        "connection",
        "connections",
        "copy",
        "decision",
        "desk",
        "head",
        "held",
        "is_answering",
        "is_closing",
        "is_lost",
        "is_over",
        "is_request_done",
        "is_retried",
        "on_body",
        "request_bytes",
        "request_id",
        "route",
        "service",
        "status",
        "upstream_head",
    )

    def __init__(self, client: Client, head: RequestHead, desk: Desk) -> None:
        self.client = client
        self.head = head
        self.desk = desk
        self.decision = desk.undecided
        self.is_request_done = not head.section.has_body
        self.is_answering = self.is_closing = self.is_over = self.is_retried = False
        self.is_lost = False
        self.request_bytes = self.answer_bytes = self.status = 0
        self.began = 0.0
        self.access = Access.WRITES
        self.service = ""
        self.route = ""
        self.request_id = self.upstream_head = b""
        self.held: list[bytes] = []
        self.on_body: Callable[[], None] | None = None
        self.connection: Connection | None = None
        self.connections: Connections | None = None
        self.copy: Copy | None = None

    @property
    def is_replayable(self) -> bool:
        """Whether another upstream may be asked the same: nothing was changed, and nothing of a
        body is gone.
        """
        return self.head.method in SAFE and not self.head.section.has_body and not self.is_answering

    # What the client's side tells.

    def feed(self, data: bytes, *, done: bool) -> None:
        """Pass on a piece of the request's body."""
        self.request_bytes += len(data)
        self.is_request_done = done
        if self.connection is not None:
            self.connection.write(data)
            return
        self.held.append(data)
        if self.on_body is not None:
            self.on_body()

    def abandon(self) -> None:
        """Stop everything: the client is gone, so the upstream need not go on either."""
        if not self.is_over:
            self.status = self.status or CLIENT_GONE
            self._leave_connection()
            self._end()

    def malformed(self) -> None:
        """Answer 400: the framing of the request's body is broken."""
        self.desk.malformed(self)

    def end_of_client(self) -> None:
        """Tell the upstream that the client sends nothing more through their tunnel."""
        if self.connection is not None:
            self.connection.write_eof()

    def leave_tunnel(self) -> None:
        """Ask the client to connect elsewhere: this worker ends."""
        if self.connection is not None:
            self.connection.leave_tunnel()

    # What the desk tells.

    def forward(self, connections: Connections, upstream_head: bytes) -> None:
        """Send the request to an upstream, over an idle connection or a new one."""
        self.connections = connections
        self.upstream_head = upstream_head
        connection = connections.take()
        if connection is not None:
            self.start(connection)
            return
        if not self.is_request_done:
            self.client.hold(HOLD_UNDECIDED)
        connections.connect(self)

    def answer_oneself(self, status: int, answer: bytes) -> None:
        """End with an answer of the facade's own, or in the middle of one that already began."""
        if self.is_over:
            return
        self._leave_connection()
        if self.is_answering:
            self._end()
            self.client.cut(loudly=True)
            return
        self.status = status
        self.answer_bytes = len(answer)
        self._end()
        self.client.fail(answer)

    # What the upstream's side tells.

    def start(self, connection: Connection) -> None:
        """Send what there is of the request over a connection; more of its body goes
        there at once.
        """
        self.connection = connection
        request = self.upstream_head
        if self.held:
            request = b"".join((request, *self.held))
            self.held.clear()
        connection.serve(self, request)
        self.client.unhold(HOLD_UNDECIDED)

    def lost(self, *, was_reused: bool) -> None:
        """The connection died before the first byte of an answer.

        An idle connection may have been closed just before we wrote: only then, and only where
        twice is as good as once, the request goes out again, over a new connection. `is_lost` says
        from now on that an upstream may have done what was asked.
        """
        self.connection = None
        self.is_lost = True
        may_repeat = self.head.method in IDEMPOTENT and not self.head.section.has_body
        if was_reused and may_repeat and not self.is_retried and self.connections is not None:
            self.is_retried = True
            self.connections.connect(self)
        else:
            self.desk.failed(self, counts=not was_reused)

    def answer_head(self, answer: AnswerHead, *, close: bool) -> bytes:
        """Put the head of an answer together: the upstream's lines as they came, then ours.

        `close` says that the answer itself ends with the connection; there are other reasons to
        close it.
        """
        self.status = answer.status
        section = self.head.section
        close = close or section.close or not self.is_request_done or self.desk.is_draining
        self.is_closing = close
        lines = [answer.status_line, *answer.lines, self.decision.receipt]
        if answer.chunked and not section.is_old:
            lines.append(b"Transfer-Encoding: chunked")
        if close:
            lines.append(b"Connection: close")
        elif section.is_old:
            lines.append(b"Connection: keep-alive")
        lines += (b"", b"")
        return b"\r\n".join(lines)

    def switched_head(self, answer: AnswerHead) -> bytes:
        """Put the head of a 101 together. It ends no connection: what follows is a tunnel, which is
        closed when it ends.
        """
        self.status = answer.status
        self.is_closing = True
        ours = (self.decision.receipt, b"Upgrade: " + answer.upgrade, b"Connection: Upgrade")
        return b"\r\n".join((answer.status_line, *answer.lines, *ours, b"", b""))

    def send_first(self, head: bytes, body: Piece) -> None:
        """Send the head of the answer, with what there is of its body."""
        if len(body) < BIG:
            self.send(head + body)
            return
        self.is_answering = True
        self.answer_bytes += len(head) + len(body)
        self.client.send_both(head, body)
        if self.copy is not None:
            self.copy.add(head + body)

    def send(self, data: Piece) -> None:
        """Send a piece of the answer to the client."""
        self.is_answering = True
        self.answer_bytes += len(data)
        self.client.send(data)
        if self.copy is not None:
            self.copy.add(data)

    def finish(self) -> None:
        """The answer is complete."""
        self.connection = None
        copy = self.copy
        self._end()
        self.client.finished(close=self.is_closing)
        if copy is not None:
            copy.complete()

    def broken(self) -> None:
        """The upstream's answer cannot be passed on, or not to its end."""
        self.connection = None
        self.desk.broken(self)

    def truncated(self, *, loudly: bool) -> None:
        """The upstream died within its answer: the client must see that it is incomplete."""
        self.connection = None
        self._end()
        self.client.cut(loudly=loudly)

    def _leave_connection(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.drop()

    def _end(self) -> None:
        self.is_over = True
        self.copy = None
        if self.held:
            self.held.clear()
        self.desk.finished(self)
