"""What `facade top` shows at one moment, worked out from two scrapes of the metrics. Pure; how it
looks is `facade.top.view`'s business.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from facade.top.exposition import grouped, total

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facade.top.exposition import Sample, Scrape

CLASSES: Final = ("2xx", "3xx", "4xx", "5xx")
BREAKERS: Final = ("closed", "half-open", "open")


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests a second of an upstream or of a capability, in all and by status class."""

    name: str
    rate: float
    classes: tuple[float, ...]
    upstreams: dict[str, float]


@dataclass(frozen=True, slots=True)
class Latency:
    """The median and the 99th percentile in seconds; None where nothing was answered."""

    p50: float | None
    p99: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """The connections to one upstream over all workers, and the worst of their breakers."""

    name: str
    open: int
    idle: int
    waiting: int
    breaker: str


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One worker: by which epoch it decides, and how many clients it has."""

    name: str
    epoch: int
    clients: int


@dataclass(frozen=True, slots=True)
class HoldState:
    """Writes of a capability: waiting now, and since the workers started in all and in vain."""

    capability: str
    waiting: int
    waited: int
    expired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Everything on one screen."""

    upstreams: list[Traffic]
    latencies: dict[str, Latency]
    capabilities: list[Traffic]
    pools: list[PoolState]
    workers: list[WorkerState]
    holds: list[HoldState]
    hit_rate: float | None
    """Of the identities asked for, how many were known; None where none was asked for."""
    events: dict[str, int]
    """What happened in this time that should not."""

    @property
    def rate(self) -> float:
        """Requests a second."""
        return sum(each.rate for each in self.upstreams)


def frame(before: Scrape, after: Scrape, *, seconds: float) -> Frame:
    """Work a frame out from what grew in so many seconds, and from what is now."""
    requests = list(after.since(before, "facade_requests_total"))
    buckets = list(after.since(before, "facade_request_seconds_bucket"))
    by_upstream = grouped(buckets, lambda sample: sample.labels["upstream"])
    cache = list(after.since(before, "facade_actor_cache_total"))
    return Frame(
        upstreams=_traffic(requests, "upstream", seconds),
        latencies={
            name: Latency(quantile(found, 0.5), quantile(found, 0.99))
            for name, found in by_upstream.items()
        },
        capabilities=[each for each in _traffic(requests, "capability", seconds) if each.rate],
        pools=_pools(after),
        workers=_workers(after),
        holds=_holds(after),
        hit_rate=_hit_rate(total(cache, outcome="hits"), total(cache, outcome="lookups")),
        events=_events(after.since(before, "facade_events_total")),
    )


def quantile(buckets: Iterable[Sample], share: float) -> float | None:
    """Estimate a quantile from the buckets of a histogram, evenly spread within each; beyond the
    last bound it is that bound.
    """
    counts: Counter[float] = Counter()
    for sample in buckets:
        counts[float(sample.labels["le"].replace("+Inf", "inf"))] += int(sample.value)
    wanted = share * counts[math.inf]
    if not wanted:
        return None
    lower, below = 0.0, 0
    for bound, number in sorted(counts.items()):
        if number >= wanted:
            part = (wanted - below) / (number - below)
            return lower if math.isinf(bound) else lower + (bound - lower) * part
        lower, below = bound, number
    return lower


def _traffic(requests: list[Sample], label: str, seconds: float) -> list[Traffic]:
    found = [
        Traffic(
            name,
            total(samples) / seconds,
            tuple(total(samples, status=status) / seconds for status in CLASSES),
            {
                upstream: total(part) / seconds
                for upstream, part in grouped(samples, lambda it: it.labels["upstream"]).items()
            },
        )
        for name, samples in grouped(requests, lambda sample: sample.labels[label]).items()
    ]
    return sorted(found, key=lambda each: (-each.rate, each.name))


def _pools(after: Scrape) -> list[PoolState]:
    connections = after.samples("facade_upstream_connections")
    waiting = after.samples("facade_upstream_waiting")
    breakers = grouped(after.samples("facade_breaker_state"), lambda it: it.labels["upstream"])
    return [
        PoolState(
            name=name,
            open=int(total(samples, state="open")),
            idle=int(total(samples, state="idle")),
            waiting=int(total(waiting, upstream=name)),
            breaker=BREAKERS[int(max(each.value for each in breakers[name]))],
        )
        for name, samples in grouped(connections, lambda it: it.labels["upstream"]).items()
    ]


def _workers(after: Scrape) -> list[WorkerState]:
    clients = after.samples("facade_clients")
    return [
        WorkerState(worker, int(epoch), int(total(clients, worker=worker)))
        for sample in after.samples("facade_snapshot_epoch")
        for worker, epoch in ((sample.labels["worker"], sample.value),)
    ]


def _holds(after: Scrape) -> list[HoldState]:
    ever = grouped(after.samples("facade_held_total"), lambda it: it.labels["capability"])
    now = after.samples("facade_held_requests")
    return [
        HoldState(
            name,
            int(total(now, capability=name)),
            int(total(samples, outcome="waited")),
            int(total(samples, outcome="expired")),
        )
        for name, samples in ever.items()
    ]


def _hit_rate(hits: float, lookups: float) -> float | None:
    asked = hits + lookups
    return hits / asked if asked else None


def _events(grown: Iterable[Sample]) -> dict[str, int]:
    events = grouped(grown, lambda sample: sample.labels["event"])
    return {name: int(total(samples)) for name, samples in events.items() if total(samples)}
