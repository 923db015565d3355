"""Who waits for an upstream that has enough to do: first come, first served, and not for ever.

Without a bound, an overloaded upstream gets ever more at once and answers ever fewer. Pure: time is
passed in.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

W = TypeVar("W")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """How many requests an upstream gets from one worker at the same time, and how long another
    waits for its turn.
    """

    exchanges: int = 512
    seconds: float = 5.0


class Line(Generic[W]):
    """The waiting; all wait equally long, so the first is always the first to give up."""

    __slots__ = ("_seconds", "waiting")

    def __init__(self, seconds: float) -> None:
        self.waiting: deque[tuple[float, W]] = deque()
        self._seconds = seconds

    def join(self, waiter: W, *, now: float) -> None:
        """Wait behind all others."""
        self.waiting.append((now + self._seconds, waiter))

    def next(self) -> W:
        """Return who has waited longest; IndexError when nobody waits."""
        return self.waiting.popleft()[1]

    def overdue(self, now: float) -> list[W]:
        """Give up on those whose time is over."""
        late: list[W] = []
        while self.waiting and self.waiting[0][0] <= now:
            late.append(self.next())
        return late
