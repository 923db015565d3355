"""How long writes took to be visible on the other side; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Lags:
    """Milliseconds from before a commit on one side to a read on the other that sees it."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self:
        """Sum up what was measured; all is 0 where nothing was."""
        if not seconds:
            return cls(0, 0.0, 0.0, 0.0, 0.0)
        ordered = [1000 * one for one in sorted(seconds)]
        last = len(ordered) - 1
        p50, p95, p99 = (ordered[round(last * share)] for share in (0.50, 0.95, 0.99))
        return cls(len(ordered), p50, p95, p99, ordered[-1])
