"""How long a worker waits for its clients, and how much it keeps for its shadow and of held writes:
nothing here grows without end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

MIN_BODY_RATE: Final = 512
"""Bytes per second that a request's body must bring on average, after its first `body` seconds."""
DRAIN_IDLE_SECONDS: Final = 1.0
"""How long a worker that drains waits for one more request of an idle client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a client may take: for a head from its first byte, between requests, between pieces
    of a body, and how long an answer or a silent tunnel may; in seconds.
    """

    head: float = 10.0
    idle: float = 75.0
    body: float = 30.0
    answer: float = 60.0
    tunnel: float = 3600.0

    def for_body(self, received: int, *, since: float, now: float) -> float:
        """Return the deadline for the next piece of a body that began at `since`, of which so many
        bytes came: a trickle of pieces is as slow as none.
        """
        return min(now + self.body, since + self.body + received / MIN_BODY_RATE)

    def draining(self) -> Patience:
        """Return that of a worker that ends: no client is idle for long."""
        return replace(self, idle=min(self.idle, DRAIN_IDLE_SECONDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowLimits:
    """Numbers per worker, for none of which a learner waits.

    Sizes are in bytes, times in seconds, shares in basis points.
    """

    answer_bytes: int = 262_144
    """Of an answer with its head; larger ones are not compared."""
    waiting: int = 64
    """Samples that wait to be asked; with full-size answers 16 MB."""
    retries: int = 64
    """Mismatches that wait until the follower has passed."""
    at_once: int = 4
    """Questions under way, so that modern is never flooded by its own shadow."""
    answer_seconds: float = 30.0
    retry_seconds: float = 5.0
    """How long a mismatch waits beyond the follower's lag before both sides are asked again."""
    baseline_share: int = 500
    """Of the samples, for which legacy is compared with itself: 5 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLimits:
    """What one worker keeps waiting at the most, over all capabilities."""

    number: int = 1000
    total_bytes: int = 16 * 1024 * 1024
    """Of bodies that came before their reading was stopped."""
    seconds: float = 20.0
    """For each of them, however long the hold itself lasts."""
