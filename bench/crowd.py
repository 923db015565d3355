"""Ten thousand connected learners, each asking every ten seconds: `python -m bench.crowd`.

Each has a connection and a session of its own, so that the facade, too, has to learn and to
remember all of them. They come within the first ten seconds; then their requests are timed,
straight to the upstream, through nginx and through the facade. What a proxy adds is the difference
of two 95th percentiles. Clients and servers share the cores of the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import resource
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import uvloop

from bench import _facade_world
from bench._facade_peers import NGINX_PROXY
from bench._facade_servers import Running, facade, need, nginx, upstream

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

BODY_BYTES: Final = 1024
SPARE_FILES: Final = 1000
"""Files that a proxy needs beside its clients' connections: those to the upstream, for example."""
GOAL_MILLISECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How many clients, how often each asks, how long they are timed; times in seconds."""

    clients: int
    every: float
    seconds: float


@dataclass(slots=True)
class Seen:
    """What the clients saw: `waits` are in seconds, of the requests that are timed, `kilobytes` are
    what the server's memory grew by for each client.
    """

    is_timed: bool = False
    is_over: bool = False
    kilobytes: float = 0.0
    waits: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def percentile(self, part: float) -> float:
        """Return a percentile of the waits in milliseconds."""
        ordered = sorted(self.waits)
        return ordered[int(part * (len(ordered) - 1))] * 1000


class Learner(asyncio.Protocol):
    """One client; it asks again in time, whenever the answer before came."""

    __slots__ = ("_asked", "_left", "_loop", "_request", "_seen", "_timed", "_transport")

    def __init__(self, request: bytes, seen: Seen) -> None:
        self._request = request
        self._seen = seen
        self._left = 0
        self._asked = 0.0
        self._timed = False
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready to ask."""
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, due: float, every: float) -> None:
        """Ask, and again after `every` seconds; times are the loop's. Who still waits goes on
        waiting.
        """
        if self._seen.is_over:
            return
        if self._left:
            self._seen.problems.append(f"no answer within {every:g} s")
        else:
            self._left = -1
            self._timed = self._seen.is_timed
            self._asked = time.perf_counter()
            self._transport.write(self._request)
        self._loop.call_at(due + every, self.ask, due + every, every)

    def data_received(self, data: bytes) -> None:
        """Take a piece of the answer; its last one ends the wait."""
        if self._left < 0:
            head = data.partition(b"\r\n\r\n")[0]
            if not head.startswith(b"HTTP/1.1 200") or b";actor-unknown" in head:
                self._seen.problems.append(head.decode(errors="replace"))
            self._left = len(head) + 4 + BODY_BYTES
        self._left -= len(data)
        if not self._left and self._timed:
            self._seen.waits.append(time.perf_counter() - self._asked)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note of an end that is not ours."""
        if not self._seen.is_over:
            self._seen.problems.append(f"the connection was closed ({exc})")

    def leave(self) -> None:
        """Close."""
        self._transport.abort()


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.crowd", description=__doc__)
    parser.add_argument("--clients", type=int, default=10_000, help="(%(default)s)")
    parser.add_argument("--every", type=float, default=10.0, help="seconds (%(default)s)")
    parser.add_argument("--seconds", type=float, default=40.0, help="to be timed (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the clients, for 10 s")
    asked = parser.parse_args()
    need("nginx")
    if asked.seconds < asked.every:
        parser.error("--seconds must be --every at least: each client is timed once or more")
    plan = Plan(asked.clients, asked.every, asked.seconds)
    if asked.quick:
        plan = Plan(asked.clients // 10, asked.every, asked.every)
    _allow_files(plan.clients + SPARE_FILES)
    print(f"{plan.clients} clients, {plan.clients / plan.every:.0f} requests/s")
    print(f"Load of the machine at the start: {os.getloadavg()[0]:.1f}\n")
    print("| through | requests | errors | p50 | p95 | p99 ms | cores | KB a client |")
    print("|---|---|---|---|---|---|---|---|")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        behind = stack.enter_context(upstream(folder, body_bytes=BODY_BYTES))
        ways = _ways(folder, behind, plan)
        seen = {name: _through(name, way, plan) for name, way in ways.items()}
    added = seen["the facade"].percentile(0.95) - seen["nothing"].percentile(0.95)
    errors = len(seen["the facade"].problems)
    is_reached = added <= GOAL_MILLISECONDS and not errors
    print(f"\nThe facade adds {added:.1f} ms at p95, with {errors} errors.")
    print(f"Goal: {GOAL_MILLISECONDS:.0f} ms and none, {'reached' if is_reached else 'missed'}.")


def _ways(
    folder: Path, behind: Running, plan: Plan
) -> dict[str, Callable[[], AbstractContextManager[Running]]]:
    room = {"FACADE_MAX_CONNECTIONS": f"{plan.clients + 100}"}
    return {
        "nothing": lambda: contextlib.nullcontext(behind),
        "nginx": lambda: nginx(folder, "proxy", NGINX_PROXY, upstream=behind.port),
        "the facade": lambda: facade(folder, behind.port, environment=room),
    }


def _through(name: str, way: Callable[[], AbstractContextManager[Running]], plan: Plan) -> Seen:
    """Let the clients ask, and print what they saw."""
    with way() as server:
        memory, cpu, began = server.kilobytes(), server.cpu_seconds(), time.monotonic()
        seen = uvloop.run(_crowd(server.port, plan, lambda: server.kilobytes() - memory))
        cores = (server.cpu_seconds() - cpu) / (time.monotonic() - began)
    times = " | ".join(f"{seen.percentile(part):.2f}" for part in (0.5, 0.95, 0.99))
    cells = (
        name,
        len(seen.waits),
        len(seen.problems),
        times,
        f"{cores:.2f}",
        f"{seen.kilobytes:.1f}",
    )
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
    for problem in dict.fromkeys(seen.problems[:3]):
        print(f"\n{problem}\n")
    return seen


async def _crowd(port: int, plan: Plan, grown: Callable[[], int]) -> Seen:
    """Come one after the other within one interval, then ask in the same order."""
    seen, loop = Seen(), asyncio.get_running_loop()
    learners = []
    start = loop.time()
    for number in range(plan.clients):
        await asyncio.sleep(start + plan.every * number / plan.clients - loop.time())
        made = partial(Learner, _facade_world.request(number), seen)
        _, learner = await loop.create_connection(made, "127.0.0.1", port)
        learner.ask(loop.time(), plan.every)
        learners.append(learner)
    seen.is_timed = True
    await asyncio.sleep(plan.seconds)
    seen.kilobytes = grown() / plan.clients
    seen.is_over = True
    for learner in learners:
        learner.leave()
    await asyncio.sleep(0)
    return seen


def _allow_files(number: int) -> None:
    """Raise the limit of open files, which the servers inherit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < number:
        raise SystemExit(
            f"a process may open {most} files here, and {number} are needed: raise that limit "
            f"(`ulimit -Hn {number}` as root) or ask for less with --clients"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
