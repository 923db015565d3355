"""What the shadow of one worker found, gathered in memory and sent to a Redis stream in batches.

Each report has a number, so that whoever reads the stream sees what is missing and takes nothing
twice. Nothing here is personal: differences were redacted before they came.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from redis.exceptions import RedisError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from facade.compare.comparison import Verdict
    from facade.compare.difference import Subject
    from facade.telemetry import Telemetry

STREAM: Final = "bridge:parity"
LAG_KEY: Final = "bridge:parity:lag"
"""Where the compare worker says by how many seconds modern's rows are behind legacy's."""
MAX_LAG_SECONDS: Final = 300.0
"""The lag is as of the last change: where legacy rests after a long backlog, it would stay long."""
MAX_REPORTS: Final = 10_000
"""Reports that the stream holds when nobody reads it, some hours; then the oldest go."""
MAX_SIGNATURES: Final = 500
"""Clusters in one report; what is found beyond them is counted only."""


class Outcome(StrEnum):
    """What became of a sample; the first three are comparisons that count."""

    SAME = "same"
    LAG = "lag"
    """Different at first, the same once the follower had passed: counts as the same."""
    DIFFERENT = "different"
    NOISE_SAME = "noise_same"
    NOISE_DIFFERENT = "noise_different"
    """Legacy differed from itself."""
    QUEUE_FULL = "queue_full"
    RETRY_FULL = "retry_full"
    TOO_LARGE = "too_large"
    CONDITIONAL = "conditional"
    """Asked for a part, or for a change: the two sides' validators are their own."""
    ACTOR_UNKNOWN = "actor_unknown"
    UNANSWERED = "unanswered"
    """Modern, or legacy when it was asked again, did not give a whole answer."""
    NOT_COMPARABLE = "not_comparable"
    """An answer cannot be read, or the comparing process died over it."""
    FAILED = "failed"
    """A fault of the shadow's own."""
    UNREPORTED = "unreported"
    """Clusters beyond MAX_SIGNATURES."""


class Reporter:
    """Counts, clusters, and sends them; what Redis does not take is sent again, unchanged."""

    def __init__(self, redis: Redis | None, *, worker: str, telemetry: Telemetry) -> None:
        self._redis = redis
        self._worker = worker
        self._telemetry = telemetry
        self._run = os.urandom(8).hex()
        self._number = 0
        self._counts: Counter[tuple[str, str]] = Counter()
        self._ignored: Counter[str] = Counter()
        self._expired: Counter[str] = Counter()
        self._clusters: dict[str, dict[str, Any]] = {}
        self._unsent = b""
        self._flush: asyncio.Task[None] | None = None

    def count(self, capability: str, outcome: Outcome) -> None:
        """Count what became of a sample."""
        self._counts[capability, outcome.value] += 1
        self._telemetry.event(f"shadow_{outcome.value}")

    def failed(self, capability: str, error: BaseException) -> None:
        """Count a fault of our own and name its kind; its text may hold what was compared."""
        self.count(capability, Outcome.FAILED)
        self._telemetry.say("the shadow failed", kind=type(error).__name__)

    def record(self, subject: Subject, verdict: Verdict, *, is_noise: bool = False) -> None:
        """Add the differences of one pair of answers to their clusters."""
        for difference in verdict.differences:
            name = difference.signature
            if name not in self._clusters:
                if len(self._clusters) >= MAX_SIGNATURES:
                    self.count(subject.capability, Outcome.UNREPORTED)
                    continue
                self._clusters[name] = {
                    "signature": name,
                    "capability": subject.capability,
                    "route": subject.route,
                    "path": difference.path,
                    "kind": difference.kind.value,
                    "count": 0,
                    "noise": 0,
                    "legacy": difference.legacy,
                    "modern": difference.modern,
                }
            self._clusters[name]["noise" if is_noise else "count"] += 1

    def ruled(self, verdict: Verdict) -> None:
        """Count what rules hid, and what they would have hidden had they not expired."""
        self._ignored.update(verdict.ignored)
        self._expired.update(verdict.expired)

    async def lag_seconds(self) -> float:
        """Learn by how much modern's rows are behind; 0 where nobody says."""
        if self._redis is None:
            return 0.0
        try:
            return _seconds(await self._redis.get(LAG_KEY))
        except (RedisError, OSError):
            return 0.0

    def sweep(self) -> None:
        """Send what there is, unless a report is on its way."""
        if self._flush is None or self._flush.done():
            self._flush = asyncio.get_running_loop().create_task(self.send())

    async def send(self) -> None:
        """Send a report; a Redis that is down is tried again at the next sweep."""
        if self._redis is None:
            return
        try:
            if self._unsent or self._has_news():
                self._unsent = self._unsent or self._report()
                await self._redis.xadd(
                    STREAM, {b"report": self._unsent}, maxlen=MAX_REPORTS, approximate=True
                )
                self._unsent = b""
        except (RedisError, OSError):
            self._telemetry.event("shadow_unsent")

    async def close(self) -> None:
        """Send the last report."""
        if self._flush is not None:
            await self._flush
        await self.send()

    def _has_news(self) -> bool:
        return bool(self._counts or self._ignored or self._expired or self._clusters)

    def _report(self) -> bytes:
        self._number += 1
        content = {
            "run": self._run,
            "number": self._number,
            "worker": self._worker,
            "at": round(time.time(), 3),
            "counts": [[*key, number] for key, number in self._counts.items()],
            "rules": [
                [name, self._ignored[name], self._expired[name]]
                for name in self._ignored | self._expired
            ],
            "clusters": list(self._clusters.values()),
        }
        for gathered in (self._counts, self._ignored, self._expired, self._clusters):
            gathered.clear()
        return json.dumps(content).encode()


def _seconds(text: object) -> float:
    """Read what `facade compare` published; nothing where it or the follower never ran."""
    try:
        lag = float(text) if isinstance(text, bytes) else 0.0
    except ValueError:
        return 0.0
    return min(max(lag, 0.0), MAX_LAG_SECONDS)
