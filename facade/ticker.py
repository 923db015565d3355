"""One coarse clock and one sweep for all timeouts: a timer per request would cost more than routing
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

INTERVAL_SECONDS: Final = 0.5
"""Deadlines are kept this late at the most."""


class Expiring(Protocol):
    """Something with a deadline in the ticker's time."""

    deadline: float

    def expire(self) -> None:
        """Give up; called once the deadline is over."""
        ...


class Ticker:
    """`now` is the loop's time as of the last tick."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.now = loop.time()
        self.watched: set[Expiring] = set()
        self.chores: list[Callable[[], object]] = []
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to tick."""
        self._timer = self._loop.call_later(INTERVAL_SECONDS, self._tick)

    def stop(self) -> None:
        """Tick no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        self.start()
        self.sweep(self._loop.time())

    def sweep(self, now: float) -> None:
        """Expire what is overdue and do the chores."""
        self.now = now
        for overdue in [each for each in self.watched if each.deadline < now]:
            overdue.expire()
        for chore in self.chores:
            chore()
