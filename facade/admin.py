"""The admin port: `/-/health` as JSON and `/-/metrics` in Prometheus' text format, over all
workers.

It is served by the supervisor, apart from the learners' port. Metrics carry a `worker` label, as
counters of a worker begin anew when it is restarted.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from facade.breaker import BreakerState
from facade.telemetry import BUCKETS

Report = Mapping[str, Any]
Reports = Mapping[str, Report]
"""By the worker's name; a worker that does not answer is missing."""

REQUEST_SECONDS: Final = 5.0
_BREAKER_NUMBERS: Final = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}


class AdminServer:
    """Answers the two paths from the reports of all workers."""

    def __init__(self, reports: Callable[[], Awaitable[Reports]], *, wanted: int) -> None:
        self._reports = reports
        self._wanted = wanted

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await self._answer(head.split(b" ", 2)[:2]))
                await writer.drain()
        except (
            TimeoutError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            ConnectionError,
        ):
            pass  # a client that does not ask properly gets a closed connection
        finally:
            writer.close()

    async def _answer(self, asked: list[bytes]) -> bytes:
        if asked == [b"GET", b"/-/health"]:
            content = health(await self._reports(), wanted=self._wanted)
            status = 200 if content["status"] == "ok" else 503
            return _http(status, "application/json", json.dumps(content, indent=2) + "\n")
        if asked == [b"GET", b"/-/metrics"]:
            text = metrics(await self._reports())
            return _http(200, "text/plain; version=0.0.4; charset=utf-8", text)
        return _http(404, "text/plain", "There is /-/health and /-/metrics.\n")


def health(reports: Reports, *, wanted: int) -> dict[str, Any]:
    """Say whether learners are served: yes as long as one worker is there, however its upstreams
    are.
    """
    return {
        "status": "ok" if reports else "down",
        "epoch": min((report["epoch"] for report in reports.values()), default=0),
        "workers": {"wanted": wanted, "running": len(reports)},
        "redis": bool(reports) and all(report["redis"] for report in reports.values()),
        "upstreams": {
            name: {
                "address": upstream["address"],
                "breakers": [report["upstreams"][name]["breaker"] for report in reports.values()],
            }
            for report in list(reports.values())[:1]
            for name, upstream in report["upstreams"].items()
        },
    }


def metrics(reports: Reports) -> str:
    """Write all counters; each family once, with the samples of all workers."""
    families = {
        ("facade_requests_total", "counter"): _requests,
        ("facade_request_seconds", "histogram"): _latencies,
        ("facade_clients", "gauge"): _single("clients"),
        ("facade_snapshot_epoch", "gauge"): _single("epoch"),
        ("facade_upstream_connections", "gauge"): _connections,
        ("facade_upstream_waiting", "gauge"): _waiting,
        ("facade_breaker_state", "gauge"): _breakers,
        ("facade_actor_cache_total", "counter"): _actors,
        ("facade_held_requests", "gauge"): _holding,
        ("facade_held_total", "counter"): _held,
        ("facade_events_total", "counter"): _events,
    }
    lines: list[str] = []
    for (name, kind), samples in families.items():
        lines.append(f"# TYPE {name} {kind}")
        for worker, report in reports.items():
            lines += [
                f"{name}{suffix}{_labels({'worker': worker, **labels})} {value}"
                for suffix, labels, value in samples(report)
            ]
    return "\n".join(lines) + "\n"


Sample = tuple[str, dict[str, str], float]


def _requests(report: Report) -> Iterable[Sample]:
    for capability, upstream, hundreds, number in report["requests"]:
        labels = {"capability": capability, "upstream": upstream, "status": f"{hundreds}xx"}
        yield "", labels, number


def _latencies(report: Report) -> Iterable[Sample]:
    for upstream, cumulated, seconds in report["latencies"]:
        for bound, number in zip([*map(str, BUCKETS), "+Inf"], cumulated, strict=True):
            yield "_bucket", {"upstream": upstream, "le": bound}, number
        yield "_sum", {"upstream": upstream}, round(seconds, 6)
        yield "_count", {"upstream": upstream}, cumulated[-1]


def _single(name: str) -> Callable[[Report], Iterable[Sample]]:
    return lambda report: [("", {}, report[name])]


def _connections(report: Report) -> Iterable[Sample]:
    for name, upstream in report["upstreams"].items():
        for state in ("open", "idle"):
            yield "", {"upstream": name, "state": state}, upstream[state]


def _waiting(report: Report) -> Iterable[Sample]:
    for name, upstream in report["upstreams"].items():
        yield "", {"upstream": name}, upstream["waiting"]


def _breakers(report: Report) -> Iterable[Sample]:
    for name, upstream in report["upstreams"].items():
        yield "", {"upstream": name}, _BREAKER_NUMBERS[BreakerState(upstream["breaker"])]


def _actors(report: Report) -> Iterable[Sample]:
    for outcome, number in report["actors"].items():
        yield "", {"outcome": outcome}, number


def _holding(report: Report) -> Iterable[Sample]:
    for capability, waiting, _, _ in report["holds"]:
        yield "", {"capability": capability}, waiting


def _held(report: Report) -> Iterable[Sample]:
    for capability, _, waited, expired in report["holds"]:
        yield "", {"capability": capability, "outcome": "waited"}, waited
        yield "", {"capability": capability, "outcome": "expired"}, expired


def _events(report: Report) -> Iterable[Sample]:
    for event, number in report["events"].items():
        yield "", {"event": event}, number


def _labels(labels: Mapping[str, str]) -> str:
    # All values are names of ours (capabilities, workers, states), so none needs escaping.
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def _http(status: int, kind: str, body: str) -> bytes:
    reason = {200: "OK", 404: "Not Found", 503: "Service Unavailable"}[status]
    head = (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body.encode())}\r\nConnection: close\r\n\r\n"
    )
    return (head + body).encode()
