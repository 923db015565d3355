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
from operator import add
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
MAX_KINDS: Final = 4096


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


class _Kind:
    """Requests that differ in nothing but their numbers: the part of a log line that they share,
    and what was counted of them.
    """

    __slots__ = ("histogram", "key", "seconds", "text")

    def __init__(self, request: Finished) -> None:
        chosen = request.decision
        self.key = (chosen.capability, str(chosen.upstream), request.status // 100)
        # All values come from closed sets (methods are upper-case tokens), so none needs escaping.
        self.text = (
            f'","method":"{request.method.decode()}","route":"{request.route}",'
            f'"status":{request.status},{chosen.log_fields},"ms":'
        )
        self.histogram = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0


class Telemetry:
    """The counters and the log of one worker."""

    def __init__(self, worker: str, write: Callable[[str], object]) -> None:
        self.events: Counter[str] = Counter()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._latencies: dict[str, list[int]] = {}
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._kinds: dict[tuple[bytes, bytes, str, int], _Kind] = {}
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
            # One time for the batch: it is never older than the sweep's interval.
            start = f'{{"at":{time.time():.1f},"worker":"{self._worker}","id":"'
            self._write("".join(self._counted(kept, start)))

    def report(self) -> dict[str, Any]:
        """Return all counters as JSON, for the admin port."""
        self.flush()
        self._add_up()
        return {
            "requests": [[*key, number] for key, number in self._requests.items()],
            "latencies": [
                [upstream, list(accumulate(histogram)), self._seconds[upstream]]
                for upstream, histogram in self._latencies.items()
            ],
            "events": dict(self.events),
        }

    def _counted(self, kept: list[Finished], start: str) -> list[str]:
        """Count requests, and return their log lines."""
        kinds, lines = self._kinds, []
        for request in kept:
            # Unpacked, because reading each field by its name takes longer than writing the line.
            chosen, method, route, status, seconds, request_bytes, answer_bytes, name = request
            key = (chosen.receipt, method, route, status)
            kind = kinds.get(key)
            if kind is None:
                if len(kinds) >= MAX_KINDS:
                    self._add_up()
                kind = kinds[key] = _Kind(request)
            kind.histogram[bisect_left(BUCKETS, seconds)] += 1
            kind.seconds += seconds
            lines.append(
                f"{start}{name.decode()}{kind.text}{seconds * 1000:.1f},"
                f'"request_bytes":{request_bytes},"answer_bytes":{answer_bytes}}}\n'
            )
        return lines

    def _add_up(self) -> None:
        """Bring what was counted by kind under the labels of the metrics."""
        for kind in self._kinds.values():
            upstream = kind.key[1]
            self._requests[kind.key] += sum(kind.histogram)
            self._seconds[upstream] += kind.seconds
            known = self._latencies.get(upstream, [0] * len(kind.histogram))
            self._latencies[upstream] = list(map(add, known, kind.histogram))
        self._kinds.clear()
