"""How long a flip, a hold and a release take to be acknowledged by all workers:
`python -m bench.flips`.

A private Redis, `facade run` with one, two and four workers, first without and then under the load
of wrk. What is timed is what a person waits for: from announcing a snapshot as `flags` does until
all workers have said that they decide by it, and the two commands of a hold.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from redis import Redis

from bench import _facade_world
from bench._facade_servers import (
    START_SECONDS,
    facade,
    free_port,
    introduce,
    need,
    running,
    upstream,
)
from bench._facade_world import BRIDGE_KEY
from deploy.stack import packages
from deploy.stack.redis import command as redis_command
from facade.hold import command as hold
from flags.broadcast import announce, wait_for_workers
from flags.feed import CHANNEL
from flags.snapshot import Snapshot, dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CAPABILITY: Final = "enrollment"
WAIT_SECONDS: Final = 5.0
LOAD: Final = ("wrk", "-t1", "-c16", "-d600s", "-s")
GOAL_MILLISECONDS: Final = 100.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.flips", description=__doc__)
    parser.add_argument("--flips", type=int, default=300, help="and a third of holds (%(default)s)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4], help="(%(default)s)")
    asked = parser.parse_args()
    need("nginx", "wrk")
    print("| workers | load | flip: p50, p99 ms | hold: p50, p99 ms | release: p50, p99 ms |")
    print("|---|---|---|---|---|")
    worst = 0.0
    for workers in asked.workers:
        worst = max(worst, _measure(workers, asked.flips))
    verdict = "reached" if worst <= GOAL_MILLISECONDS else "missed"
    print(f"\nGoal, p99 of a flip: {GOAL_MILLISECONDS:.0f} ms, {verdict} with {worst:.1f} ms.")


def _measure(workers: int, number: int) -> float:
    """Print the rows of a number of workers; give the worst p99 of a flip in milliseconds."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(_redis(folder))
        redis = stack.enter_context(Redis.from_url(url))
        behind = stack.enter_context(upstream(folder, body_bytes=1024))
        environment = {"REDIS_URL": url}
        server = stack.enter_context(
            facade(folder, behind.port, workers=workers, environment=environment)
        )
        _wait_for_listeners(redis, workers)
        flips = Flips(url, workers)
        holds = Holds(redis)
        worst = 0.0
        for name, load in (("none", contextlib.nullcontext()), ("wrk", _load(folder, server.port))):
            with load:
                flipped = _percentiles([flips.flip() for _ in range(number)])
                held, released = zip(*(holds.hold() for _ in range(number // 3)), strict=True)
            cells = (flipped, _percentiles(held), _percentiles(released))
            shown = " | ".join(f"{p50:.1f}, {p99:.1f}" for p50, p99 in cells)
            print(f"| {workers} | {name} | {shown} |", flush=True)
            worst = max(worst, flipped[1])
        return worst


class Flips:
    """Publishes one epoch after the other, as `flags` does after a commit."""

    def __init__(self, url: str, workers: int) -> None:
        self._url = url
        self._workers = workers
        self._epoch = 1
        self._rollouts = _facade_world.snapshot().rollouts

    def flip(self) -> float:
        """Give the seconds until all workers have acknowledged."""
        _pause()
        self._epoch += 1
        document = dumps(Snapshot(self._epoch, self._rollouts), BRIDGE_KEY)
        began = time.perf_counter()
        listening = announce(self._url, self._epoch, document)
        found = wait_for_workers(
            self._url, self._epoch, listening=self._workers, seconds=WAIT_SECONDS
        )
        seconds = time.perf_counter() - began
        assert (listening, found.workers) == (self._workers, self._workers)
        return seconds


class Holds:
    """Holds the writes of a capability and releases them, as the two commands do."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def hold(self) -> tuple[float, float]:
        """Give the seconds of a hold and of its release."""
        return (
            _timed(lambda: hold.begin(self._redis, CAPABILITY, seconds=60, say=_silently)),
            _timed(lambda: hold.end(self._redis, CAPABILITY, say=_silently)),
        )


def _wait_for_listeners(redis: Redis, workers: int) -> None:
    """The port answers as soon as one worker is there."""
    deadline = time.monotonic() + START_SECONDS
    while redis.pubsub_numsub(CHANNEL)[0][1] < workers:
        if time.monotonic() > deadline:
            raise SystemExit(f"{workers} workers do not all come up within {START_SECONDS:g} s")
        time.sleep(0.05)


def _timed(command: Callable[[], int]) -> float:
    _pause()
    began = time.perf_counter()
    assert command() == 0
    return time.perf_counter() - began


def _pause() -> None:
    """Let it be any moment: neither right after the last, nor in step with a poll."""
    time.sleep(random.uniform(0.005, 0.05))


def _silently(_: str) -> None:
    """Print nothing."""


def _percentiles(seconds: list[float] | tuple[float, ...]) -> tuple[float, float]:
    """Return p50 and p99 in milliseconds."""
    ordered = sorted(seconds)
    p50, p99 = (ordered[int(part * (len(ordered) - 1))] * 1000 for part in (0.5, 0.99))
    return p50, p99


@contextlib.contextmanager
def _redis(folder: Path) -> Iterator[str]:
    port = free_port()
    program = packages.provide(["redis-server"])["redis-server"]
    with running(redis_command(program, port, folder), port):
        yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def _load(folder: Path, port: int) -> Iterator[None]:
    introduce(port)
    url = f"http://127.0.0.1:{port}/"
    script = _facade_world.wrk_script(folder)
    with subprocess.Popen((*LOAD, str(script), url), stdout=subprocess.DEVNULL) as wrk:
        try:
            yield
        finally:
            wrk.terminate()


if __name__ == "__main__":
    main()
