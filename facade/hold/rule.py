"""Writes of a capability wait while it is being switched: who waits, in which order, how long.

Pure: time is passed in, and what waits is anything hashable. It neither answers nor forwards; who
calls it does that with what it gives back.

not held ──(`begin`)──► held ──(`end`, or its own end passes)──► not held: all are given back
waiting  ──(its deadline passes)──► expired: given back apart, never with the released
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

    from facade.limits import HoldLimits

W = TypeVar("W", bound="Hashable")


@dataclass(frozen=True, slots=True)
class Held:
    """What a worker says about one hold."""

    token: str
    waiting: int


class Swept(NamedTuple, Generic[W]):
    """What a sweep found: to be forwarded, in this order, and to be refused."""

    released: list[W]
    expired: list[W]


@dataclass(slots=True)
class _Hold(Generic[W]):
    token: str
    until: float
    waiting: dict[W, float] = field(default_factory=dict)
    """In the order they came, each with its deadline."""


class Holds(Generic[W]):
    """The holds of one worker; times are in seconds of one steady clock."""

    def __init__(self, limits: HoldLimits) -> None:
        self.limits = limits
        self.waited: Counter[str] = Counter()
        self.expired: Counter[str] = Counter()
        self._holds: dict[str, _Hold[W]] = {}
        self._bytes: dict[W, int] = {}
        self._total_bytes = 0
        self._latest = math.inf

    def __bool__(self) -> bool:
        """Say whether anything is held: asked for every write."""
        return bool(self._holds)

    def begin(self, capability: str, token: str, *, until: float) -> None:
        """Hold a capability until a time at the most; again under another token or to another time,
        those that wait go on waiting.
        """
        hold = self._holds.get(capability)
        if hold is None:
            self._holds[capability] = _Hold(token, until)
        else:
            hold.token, hold.until = token, until

    def end(self, capability: str) -> list[W]:
        """Hold no more, and give back who waits, in the order they came."""
        hold = self._holds.pop(capability, None)
        if hold is None:
            return []
        for each in hold.waiting:
            self._forget_bytes(each)
        return list(hold.waiting)

    def waiting(self) -> list[W]:
        """Return everyone who waits."""
        return list(self._bytes)

    def held(self) -> dict[str, Held]:
        """Say what is held now."""
        return {name: Held(each.token, len(each.waiting)) for name, each in self._holds.items()}

    def holds(self, capability: str) -> bool:
        """Say whether writes of a capability have to wait."""
        return capability in self._holds

    def wait(self, capability: str, waiter: W, *, now: float) -> bool:
        """Take one more into a hold; False when there is no room."""
        if len(self._bytes) >= self.limits.number:
            return False
        deadline = min(now + self.limits.seconds, self._latest)
        self._holds[capability].waiting[waiter] = deadline
        self._bytes[waiter] = 0
        self.waited[capability] += 1
        return True

    def grew(self, waiter: W, size: int) -> bool:
        """Take note of the size of what came of a waiter's body; False when it is too much for all
        of them.
        """
        if waiter in self._bytes:
            self._total_bytes += size - self._bytes[waiter]
            self._bytes[waiter] = size
        return self._total_bytes <= self.limits.total_bytes

    def leave(self, waiter: W) -> None:
        """Forget one that waits no more: its client left, or it was refused."""
        if waiter in self._bytes:
            self._forget_bytes(waiter)
            for hold in self._holds.values():
                hold.waiting.pop(waiter, None)

    def hurry(self, *, until: float) -> None:
        """Let nobody wait longer than until a time, whoever still comes."""
        self._latest = until
        for hold in self._holds.values():
            for waiter, deadline in hold.waiting.items():
                hold.waiting[waiter] = min(deadline, until)

    def sweep(self, now: float) -> Swept[W]:
        """End the holds whose time is over, and give up on who waited too long in the others.

        A hold ends by itself where nobody is left who could end it.
        """
        over = [name for name, hold in self._holds.items() if hold.until <= now]
        released = [waiter for name in over for waiter in self.end(name)]
        expired: list[W] = []
        for name, hold in self._holds.items():
            late = [waiter for waiter, deadline in hold.waiting.items() if deadline <= now]
            self.expired[name] += len(late)
            expired += late
        for waiter in expired:
            self.leave(waiter)
        return Swept(released, expired)

    def _forget_bytes(self, waiter: W) -> None:
        self._total_bytes -= self._bytes.pop(waiter)
