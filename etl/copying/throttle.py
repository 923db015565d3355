"""When a backfill rests: to copy no more rows a second than asked, or because legacy is busy."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from etl.mysql import Source
from etl.pace import rest_seconds
from etl.stopping import Stop

# How often a worker looks how busy legacy is, and how long it rests before it looks again.
_LOOK_SECONDS = 1.0
THREADS_RUNNING = 50


@dataclass(frozen=True, slots=True)
class Limits:
    """What a worker may ask of legacy; None is no limit.

    `rows_per_second` is for this worker alone, the others for the server that it reads.
    """

    rows_per_second: float | None = None
    threads_running: float | None = None
    replica_seconds: float | None = None

    def shared(self, workers: int) -> "Limits":
        """Give each of several workers its share."""
        rate = self.rows_per_second
        return Limits(
            rate / workers if rate is not None else None, self.threads_running, self.replica_seconds
        )


NO_LIMITS = Limits()


def excess(limits: Limits, *, threads_running: int, replica_seconds: float | None) -> str:
    """Say what of a server's load is above its limit; empty while nothing is."""
    if limits.threads_running is not None and threads_running > limits.threads_running:
        return f"{threads_running} threads run on legacy, more than {limits.threads_running}"
    most = limits.replica_seconds
    if most is not None and replica_seconds is not None and replica_seconds > most:
        if math.isinf(replica_seconds):
            return "replication stands on the replica that is read: START SLAVE lets it go on"
        return f"the replica is {replica_seconds:g} s behind, more than {most:g} s"
    return ""


@dataclass(slots=True)
class Throttle:
    """Rests between the chunks of one worker."""

    limits: Limits
    source: Source
    report: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    _looked: float = field(init=False, default=0.0)

    def before_chunk(self, stop: Stop) -> None:
        """Wait until legacy is not too busy; look at most once a second."""
        if self.clock() - self._looked < _LOOK_SECONDS:
            return
        reason = self._excess()
        if reason:
            self.report(f"resting: {reason}")
        while reason and not stop.pause(_LOOK_SECONDS):
            reason = self._excess()
        self._looked = self.clock()

    def after_chunk(self, rows: int, began: float, stop: Stop) -> None:
        """Wait until the rows took the time they should."""
        if self.limits.rows_per_second is not None:
            worked = rows / self.limits.rows_per_second
            stop.pause(rest_seconds(worked, self.clock() - began, 1.0))

    def _excess(self) -> str:
        """Ask legacy no more than the limits need: not every user may see a replica's state."""
        limits = self.limits
        return excess(
            limits,
            threads_running=self.source.threads_running() if limits.threads_running else 0,
            replica_seconds=self.source.replica_seconds() if limits.replica_seconds else None,
        )
