"""What the facade says of itself: its metrics, carried over the deaths of workers, and its log."""

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from facade.top.exposition import Scrape

Key = tuple[str, str, str]
"""Capability, upstream, status class."""


@dataclass(slots=True)
class Counted:
    """Adds up `facade_requests_total` of processes that begin anew.

    A worker's counters end with it. `windows` are the times in which something may have been
    counted that nobody has read: from the last reading before a worker's end to that end.
    """

    admin_port: int
    banked: Counter[Key] = field(default_factory=Counter)
    windows: list[tuple[float, float]] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _now: dict[str, Counter[Key]] = field(default_factory=dict)

    @property
    def requests(self) -> Counter[Key]:
        """All that was counted so far."""
        return sum(self._now.values(), self.banked.copy())

    async def text(self) -> str:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(f"http://127.0.0.1:{self.admin_port}/-/metrics")).text

    async def running(self) -> int:
        """How many workers answer."""
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(f"http://127.0.0.1:{self.admin_port}/-/health")
            return int(answer.json()["workers"]["running"])

    async def read(self) -> Scrape:
        """Read the metrics; the caller has the lock while workers come and go."""
        scrape = Scrape(await self.text())
        found: dict[str, Counter[Key]] = {}
        for labels, value in scrape.samples("facade_requests_total"):
            key = (labels["capability"], labels["upstream"], labels["status"])
            found.setdefault(labels["worker"], Counter())[key] = int(value)
        self._now |= found
        return scrape

    def begin_anew(self, suffix: str, since: float) -> None:
        """The workers of this suffix ended, last read at `since`: their counters start from 0."""
        for worker in [name for name in self._now if name.endswith(suffix)]:
            self.banked += self._now.pop(worker)
        self.windows.append((since, time.monotonic()))


def logged(path: Path) -> tuple[Counter[tuple[str, str, int, str, int]], int]:
    """Count the access log by capability, upstream, epoch, reason and status; and torn lines."""
    found: Counter[tuple[str, str, int, str, int]] = Counter()
    torn = 0
    for line in path.read_bytes().splitlines():
        if b'"route"' not in line:
            continue
        try:
            fields = json.loads(line)
        except ValueError:
            torn += 1
            continue
        receipt = (fields["capability"], fields["upstream"], fields["epoch"], fields["reason"])
        found[(*receipt, fields["status"])] += 1
    return found, torn
