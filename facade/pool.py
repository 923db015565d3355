"""The connections to one upstream: the youngest idle one first, so that the others age and go; and
the line of requests for which it has no room just now.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

from facade.back import Back
from facade.breaker import Breaker
from facade.exchange import HOLD_UNDECIDED
from facade.line import Crowd, Line

if TYPE_CHECKING:
    from collections.abc import Callable

    from facade.exchange import Exchange
    from facade.settings import Address
    from facade.ticker import Ticker

MAX_IDLE: Final = 512
MAX_IDLE_SECONDS: Final = 55.0
"""Below the 60 to 75 seconds after which usual servers close an idle connection: of the two, we
want to be first.
"""
CONNECT_SECONDS: Final = 3.0
_NOT_CONNECTED: Final = object()


class Waiting(NamedTuple):
    """A request in the line; it goes when its turn has come, or gives up when its time is over."""

    exchange: Exchange
    go: Callable[[], None]
    give_up: Callable[[], None]


class Pool:
    """Idle connections, the making of new ones, and the breaker of their upstream."""

    def __init__(
        self,
        name: str,
        address: Address,
        ticker: Ticker,
        breaker: Breaker | None = None,
        *,
        crowd: Crowd | None = None,
    ) -> None:
        self.name = name
        self.address = address
        self.ticker = ticker
        self.breaker = breaker or Breaker()
        self.open = 0
        crowd = crowd or Crowd()
        self._room = crowd.exchanges
        self._line: Line[Waiting] = Line(crowd.seconds)
        self._idle: list[Back] = []
        self._probe: object = None
        """The connection of the request that a half-open breaker let pass, once it has one."""
        self._connecting: set[asyncio.Task[None]] = set()

    @property
    def idle(self) -> int:
        """How many connections wait for a request."""
        return len(self._idle)

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn."""
        return len(self._line.waiting)

    @property
    def is_crowded(self) -> bool:
        """Whether a request has to wait for its turn."""
        if self._idle and not self._line.waiting:  # as nearly always
            return False
        return bool(self._line.waiting) or not self._has_room()

    def queue(self, waiting: Waiting) -> None:
        """Let a request wait, with its client's reading stopped."""
        if not waiting.exchange.is_request_done:
            waiting.exchange.client.hold(HOLD_UNDECIDED)
        self._line.join(waiting, now=self.ticker.now)

    def allows(self) -> bool:
        """Say whether the upstream may be asked now."""
        return self.breaker.is_closed or self.breaker.allows(self.ticker.now)

    def take(self) -> Back | None:
        """Return an idle connection, or None when one has to be made."""
        found = None
        while self._idle and found is None:
            youngest = self._idle.pop()
            found = None if youngest.transport.is_closing() else youngest
        if not self.breaker.is_closed:
            self.breaker.passing(self.ticker.now)
            self._probe = found or _NOT_CONNECTED
        return found

    def connect(self, exchange: Exchange) -> None:
        """Make a connection and start the exchange on it, or tell it that there is none."""
        task = asyncio.get_running_loop().create_task(self._connect(exchange))
        self._connecting.add(task)
        task.add_done_callback(self._connected)

    def give(self, back: Back) -> None:
        """Take a connection back that is ready for another request."""
        if len(self._idle) < MAX_IDLE:
            self._idle.append(back)
            self._advance_soon()
        else:
            back.drop()

    def gone(self, back: Back) -> None:
        """Forget a closed connection."""
        self.open -= 1
        if back in self._idle:
            self._idle.remove(back)
        self._withdraw(back)
        self._advance_soon()

    def answered(self) -> None:
        """Take note that the upstream answers."""
        self._probe = None
        self.breaker.succeeded()

    def failed(self) -> None:
        """Take note that the upstream does not."""
        self._probe = None
        self.breaker.failed(self.ticker.now)

    def sweep(self) -> None:
        """Close what was idle for too long, the oldest first; turn away who waited for too long."""
        for overdue in self._line.overdue(self.ticker.now):
            if not overdue.exchange.is_over:
                overdue.give_up()
        oldest = self.ticker.now - MAX_IDLE_SECONDS
        while self._idle and self._idle[0].idle_since < oldest:
            self._idle.pop(0).drop()

    def close(self) -> None:
        """Close all idle connections."""
        while self._idle:
            self._idle.pop().drop()

    def _withdraw(self, back: Back) -> None:
        """Let another request be the probe, if this was its connection: its client left before the
        upstream answered.
        """
        if back is self._probe:
            self._probe = None
            self.breaker.withdrawn(self.ticker.now)

    def _has_room(self) -> bool:
        return bool(self._idle) or self.open + len(self._connecting) < self._room

    def _connected(self, task: asyncio.Task[None]) -> None:
        self._connecting.discard(task)
        self._advance_soon()

    def _advance_soon(self) -> None:
        # Not at once: who calls is in the middle of ending the exchange before.
        if self._line.waiting:
            asyncio.get_running_loop().call_soon(self._advance)

    def _advance(self) -> None:
        while self._line.waiting and self._has_room():
            following = self._line.next()
            if not following.exchange.is_over:
                following.go()

    async def _connect(self, exchange: Exchange) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, back = await loop.create_connection(
                    lambda: Back(self), self.address.host, self.address.port
                )
        except (OSError, TimeoutError):
            if not exchange.is_over:
                exchange.desk.failed(exchange, counts=True)
            return
        self.open += 1
        if self._probe is _NOT_CONNECTED:
            self._probe = back
        if exchange.is_over:
            self._withdraw(back)
            back.idle_since = self.ticker.now
            self.give(back)
        elif back.is_usable:
            exchange.start(back)
        else:
            exchange.desk.failed(exchange, counts=True)
