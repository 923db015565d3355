"""What a request costs the facade and its peers: `python -m bench.facade`, or `make bench-facade`.

All have one worker in front of the same upstream (an nginx), under the same load of wrk: 64
connections, a browser's head, 300 users; the proxy on one core, upstream and load on the others.
The facade has everything on: it knows the users from its cache, decides by 100 flags and all
routes, signs identities, counts and logs. On a busy machine requests per second mean little; the
CPU time of the proxy's processes per request, and its ratio to nginx's in the same round, hold. It
prints a table in Markdown, and what was asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from bench import _facade_world
from bench._facade_peers import PEERS, Peer
from bench._facade_servers import Running, facade, introduce, need, upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

CORES = sorted(os.sched_getaffinity(0))
FACADE: Final = "**facade**"
KILOBYTES: Final = {1024: "1 KB", 102_400: "100 KB"}
GOALS: Final = (
    ("nginx", 1024, 1.7),
    ("nginx", 102_400, 0.7),
    ("aiohttp", 1024, 1 / 6),
    ("nginx + auth_request", 1024, 0.8),
)
"""The facade's CPU time per request may be so many times that of a peer."""
MIN_REQUESTS: Final = 1000
MAX_SECONDS: Final = 20
"""A slow proxy gets so much time at the most: it has worked on the 64 requests that wrk leaves
unanswered, too, which must be few of all.
"""

Costs = dict[str, list[float]]
"""Microseconds of CPU per request by the name of a proxy, one for each round."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.facade", description=__doc__)
    parser.add_argument(
        "--seconds", type=int, default=4, help="of one run, of slow proxies more (%(default)s)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    parser.add_argument("--quick", action="store_true", help="one round of one second")
    parser.add_argument("--peers", nargs="*", choices=[peer.name for peer in PEERS], metavar="NAME")
    parser.add_argument("--loop", default="uvloop", choices=("uvloop", "asyncio"))
    asked = parser.parse_args()
    seconds, rounds = (1, 1) if asked.quick else (asked.seconds, asked.rounds)
    need("nginx", "wrk")
    peers = [peer for peer in PEERS if asked.peers is None or peer.name in asked.peers]
    # Of this process and of all that it starts; the proxies are moved to their own core.
    os.sched_setaffinity(0, CORES[1:] or CORES)
    load = os.getloadavg()[0]
    costs = {
        size: _compare(peers, size, seconds=seconds, rounds=rounds, loop=asked.loop)
        for size in KILOBYTES
    }
    print(f"{_machine()}\nLoad {load:.1f} at the start and {os.getloadavg()[0]:.1f} at the end.")
    print(f"Alternating runs of {seconds} s (of slow proxies more), {rounds} of each.\n")
    _print_costs(peers, costs)
    _print_goals(costs)


def _compare(peers: list[Peer], size: int, *, seconds: int, rounds: int, loop: str) -> Costs:
    """Measure all proxies in turn, round after round."""
    costs: Costs = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        script = _facade_world.wrk_script(folder)
        behind = stack.enter_context(upstream(folder, body_bytes=size))
        candidates = {
            peer.name: _kept(stack.enter_context(peer.run(folder, behind.port)))
            for peer in peers
            if peer.version
        }
        # A new one each time: what it learnt of the users is true for longer than a run takes.
        candidates[FACADE] = lambda: _introduced(facade(folder, behind.port, loop=loop))
        for number in range(rounds):
            for name, candidate in candidates.items():
                with candidate() as server:
                    found = _measure(name, server, script, seconds)
                costs.setdefault(name, []).append(found)
                _progress(f"{KILOBYTES[size]}, round {number + 1}: {name} {found:.1f} us")
    return costs


def _kept(server: Running) -> Callable[[], AbstractContextManager[Running]]:
    return lambda: contextlib.nullcontext(server)


@contextlib.contextmanager
def _introduced(starting: AbstractContextManager[Running]) -> Iterator[Running]:
    with starting as server:
        introduce(server.port)
        yield server


def _measure(name: str, server: Running, script: Path, seconds: int) -> float:
    """Return microseconds of CPU per request under load, after a second to get warm."""
    server.run_on(CORES[0])
    in_a_second = max(_load(name, server, script, 1), 1)
    seconds = max(seconds, min(MIN_REQUESTS // in_a_second, MAX_SECONDS))
    before = server.cpu_seconds()
    number = _load(name, server, script, seconds)
    if not number:
        raise SystemExit(f"{name} answered nothing in {seconds} s; leave it out with --peers")
    return (server.cpu_seconds() - before) / number * 1e6


def _load(name: str, server: Running, script: Path, seconds: int) -> int:
    """Return how many requests were answered."""
    load = ("wrk", "-t1", "-c64", f"-d{seconds}s", "--timeout", "20s", "-s", str(script))
    url = f"http://127.0.0.1:{server.port}/"
    out = subprocess.run((*load, url), check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit(f"{name} answered with errors:\n{out}")
    number = re.search(r"(\d+) requests in", out)
    assert number is not None
    return int(number[1])


def _print_costs(peers: list[Peer], costs: dict[int, Costs]) -> None:
    sizes = " | ".join(f"{size}: us CPU | of nginx's" for size in KILOBYTES.values())
    print(f"| proxy | version | {sizes} |")
    print("|---" * (2 + 2 * len(costs)) + "|")
    versions = {FACADE: "this", **{peer.name: peer.version for peer in peers}}
    for name, version in versions.items():
        cells = [cell for found in costs.values() for cell in _cells(found, name)]
        print(f"| {name} | {version or 'not installed'} | {' | '.join(cells)} |")


def _cells(costs: Costs, name: str) -> tuple[str, str]:
    if name not in costs:
        return "-", "-"
    cost = f"{median(costs[name]):.1f}"
    if "nginx" not in costs:
        return cost, "-"
    ratios = _ratios(costs, name, "nginx")
    return cost, f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _print_goals(costs: dict[int, Costs]) -> None:
    print("\n| the facade's CPU time | goal | measured | |\n|---|---|---|---|")
    for peer, size, most in GOALS:
        if peer in costs[size]:
            ratio = median(_ratios(costs[size], FACADE, peer))
            verdict = "reached" if ratio <= most else "**missed**"
            print(f"| of {peer}'s, {KILOBYTES[size]} | {most:.2f} | {ratio:.2f} | {verdict} |")


def _ratios(costs: Costs, name: str, other: str) -> list[float]:
    return [mine / its for mine, its in zip(costs[name], costs[other], strict=True)]


def _machine() -> str:
    """Describe what all figures depend on."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    processor = model[1] if model else platform.machine()
    return (
        f"{processor}, {len(CORES)} cores; Linux {platform.release().partition('-')[0]}; "
        f"Python {platform.python_version()}"
    )


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
