"""One metric and one log line per request, without a name, an address, a path or a cookie in them.

Counting is a few dictionary updates; nothing is formatted before somebody asks, and log lines leave
in batches.
"""

from __future__ import annotations

import json
import os
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from itertools import accumulate, count
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from facade.decide import Decision

BUCKETS: Final = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
)
"""Upper bounds of the latency histogram in seconds."""
MAX_LINES: Final = 256
"""Log lines that are kept before they are written; the sweep writes them at the latest."""


class Finished(NamedTuple):
    """What is worth knowing about a request that ended; `seconds` from its head to the last byte of
    its answer.

    A tuple, because one is made per request: a frozen dataclass takes three times as long.
    """

    decision: Decision
    method: bytes
    route: str
    status: int
    seconds: float
    request_bytes: int
    answer_bytes: int
    request_id: bytes


class Telemetry:
    """The counters and the log of one worker."""

    def __init__(self, worker: str, write: Callable[[str], object]) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.latencies: dict[str, list[int]] = {}
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.events: Counter[str] = Counter()
        self._worker = worker
        self._write = write
        self._lines: list[Finished] = []
        # Unique among workers and restarts without a system call per request.
        self._prefix = os.urandom(6).hex().encode()
        self._numbers = count()

    def request_id(self) -> bytes:
        """Make an id for `X-Request-ID`, by which the logs of facade, legacy and modern
        are joined.
        """
        return b"%b-%x" % (self._prefix, next(self._numbers))

    def finished(self, request: Finished) -> None:
        """Keep a request for the next batch, in which it is counted and logged."""
        self._lines.append(request)
        if len(self._lines) >= MAX_LINES:
            self.flush()

    def refused(self, decision: Decision, status: int, answer_bytes: int) -> None:
        """Count what was no request: it has no method, no route and no duration."""
        self.finished(Finished(decision, b"", "", status, 0.0, 0, answer_bytes, self.request_id()))

    def event(self, name: str) -> None:
        """Count something that is no request, such as a refused snapshot."""
        self.events[name] += 1

    def say(self, message: str, **fields: Any) -> None:
        """Write a log line that is about the facade itself."""
        self._write(json.dumps({"message": message, "worker": self._worker, **fields}) + "\n")

    def flush(self) -> None:
        """Count what was kept, and write its log lines."""
        if self._lines:
            kept, self._lines = self._lines, []
            self._count(kept)
            # One time for the batch: it is never older than the sweep's interval.
            start = f'{{"at":{time.time():.1f},"worker":"{self._worker}","id":"'
            self._write("".join([_line(start, request) for request in kept]))

    def report(self) -> dict[str, Any]:
        """Return all counters as JSON, for the admin port."""
        self.flush()
        return {
            "requests": [[*key, number] for key, number in self.requests.items()],
            "latencies": [
                [upstream, list(accumulate(histogram)), self.seconds[upstream]]
                for upstream, histogram in self.latencies.items()
            ],
            "events": dict(self.events),
        }

    def _count(self, kept: list[Finished]) -> None:
        # Counting equal tuples in one call of C takes a third of counting them one by one.
        keys = [(each[0].capability, each[0].upstream, each[3] // 100) for each in kept]
        self.requests.update(keys)
        for key, each in zip(keys, kept, strict=True):
            upstream, seconds = key[1], each[4]
            histogram = self.latencies.get(upstream)
            if histogram is None:
                histogram = self.latencies[upstream] = [0] * (len(BUCKETS) + 1)
            histogram[bisect_left(BUCKETS, seconds)] += 1
            self.seconds[upstream] += seconds


def _line(start: str, request: Finished) -> str:
    # Unpacked, because reading each field by its name takes longer than writing the line.
    decision, method, route, status, seconds, request_bytes, answer_bytes, request_id = request
    # All values come from closed sets (methods are upper-case tokens), so none needs escaping.
    return (
        f'{start}{request_id.decode()}","method":"{method.decode()}","route":"{route}",'
        f'"status":{status},{decision.log_fields},"ms":{seconds * 1000:.1f},'
        f'"request_bytes":{request_bytes},"answer_bytes":{answer_bytes}}}\n'
    )
