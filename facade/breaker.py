"""When to stop asking an upstream: a state machine without clock or I/O.

closed    ──(`threshold` failures in a row)──► open
open      ──(`cooldown_seconds`)──► half-open: one probe may pass
half-open ──(probe succeeds)──► closed
half-open ──(probe fails)──► open again
half-open ──(probe is withdrawn)──► half-open: the next may pass at once
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

THRESHOLD: Final = 5
COOLDOWN_SECONDS: Final = 5.0


class BreakerState(StrEnum):
    """What a breaker lets through: everything, nothing, one probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """Counts failures in a row; `now` is in seconds of any steady clock."""

    __slots__ = ("_cooldown_seconds", "_failures", "_open_until", "_threshold", "is_closed")

    def __init__(
        self, *, threshold: int = THRESHOLD, cooldown_seconds: float = COOLDOWN_SECONDS
    ) -> None:
        self._threshold = threshold
        self._cooldown_seconds = cooldown_seconds
        self._failures = 0
        self._open_until = 0.0
        # What all but a few requests find: an attribute costs a fifth of asking `allows`.
        self.is_closed = True

    def state(self, now: float) -> BreakerState:
        """Name the state at a time."""
        if self.is_closed:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self._open_until else BreakerState.HALF_OPEN

    def allows(self, now: float) -> bool:
        """Say whether a request may pass now; asking changes nothing."""
        return self.is_closed or now >= self._open_until

    def passing(self, now: float) -> None:
        """Take note that a request passes; in half-open it is the probe.

        The next waits for its outcome, or for another cooldown if none comes.
        """
        if not self.is_closed:
            self._open_until = now + self._cooldown_seconds

    def withdrawn(self, now: float) -> None:
        """Take note that the probe ends without an outcome, as its client left."""
        if not self.is_closed:
            self._open_until = now

    def succeeded(self) -> None:
        """Close: the upstream answered."""
        self._failures = 0
        self.is_closed = True

    def failed(self, now: float) -> None:
        """Count a failure; the last of a row opens the breaker."""
        self._failures += 1
        self.is_closed = self._failures < self._threshold
        if not self.is_closed:
            self._open_until = now + self._cooldown_seconds
