"""CPU per request of the facade's protocols, without sockets: `python -m bench.pump`.

The same request of a browser and an answer of 1 KB go through fake transports, with everything on:
routes, actor from the cache, rollout by users and percent, identity, metrics, access log. Stable on
a busy machine, so it guards the hot path in `make bench`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

from bench import _facade_world
from facade.back import Back
from facade.front import Front
from facade.ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Callable

PEER = {"peername": ("127.0.0.1", 1)}
LIMIT_MICROSECONDS = 60.0
"""Far above what is measured anywhere; a change that misses it has broken the hot path."""


class Nowhere(asyncio.Transport):
    """Takes everything and does nothing; that it is closed would spoil the measurement."""

    def write(self, data: object) -> None:
        """Take a piece."""

    def is_closing(self) -> bool:
        """Say that it is open."""
        return False

    def close(self) -> None:
        """Say what went wrong."""
        sys.exit("a connection was closed: the benchmark does not measure what it should")

    abort = close


def microseconds(size: int, *, rounds: int = 15, number: int = 2000) -> list[float]:
    """Time requests with answers of a size; one figure per round."""
    gate, legacy, modern = _facade_world.gate(Ticker(asyncio.get_running_loop()))
    backs = [Back(legacy), Back(modern)]
    for back, pool in zip(backs, (legacy, modern), strict=True):
        back.connection_made(Nowhere(PEER))
        back.idle_since = pool.ticker.now
        pool.give(back)
    front = Front(gate)
    front.connection_made(Nowhere(PEER))
    requests, answer = _facade_world.requests(), _facade_world.answer(size)

    def once(count: int) -> None:
        for index in range(count):
            front.data_received(requests[index % len(requests)])
            (backs[0] if not legacy.idle else backs[1]).data_received(answer)

    once(len(requests))
    return [_timed(once, number) for _ in range(rounds)]


def _timed(once: Callable[[int], None], number: int) -> float:
    start = time.process_time()
    once(number)
    return (time.process_time() - start) / number * 1e6


async def main() -> int:
    worst = 0.0
    for size in (1024, 102_400):
        found = microseconds(size)
        worst = max(worst, min(found))
        print(f"{size:>7} bytes: best {min(found):6.2f}, median {median(found):6.2f} us a request")
    return int(worst > LIMIT_MICROSECONDS)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
