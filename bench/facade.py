"""The facade against nginx: CPU per request, in alternating runs. `python -m bench.facade`.

Both run with one worker in front of the same upstream (another nginx), under the same load of wrk:
64 connections, a browser's head, 300 users; the proxy on one core, upstream and load on the others.
The facade has everything on: it knows the users from its cache, decides by 100 flags and all
routes, signs identities, counts and logs. On a busy machine requests per second mean little; the
CPU time of the proxy's processes per request, and its ratio to nginx's in the same round, hold. It
prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import re
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from bench import _facade_world
from bench._facade_servers import PROXY, UPSTREAM, Candidate, facade, nginx, users

CORES = sorted(os.sched_getaffinity(0))
LUA = """
local number = 0
function request()
    number = (number + 1) % 300
    return requests[number + 1]
end
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="of one run (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    parser.add_argument(
        "--bytes", type=int, nargs="+", default=[1024, 102_400], help="of an answer (%(default)s)"
    )
    parser.add_argument("--loop", default="uvloop", choices=("uvloop", "asyncio"))
    asked = parser.parse_args()
    # Of this process and of all that it starts; the proxies are moved to their own core.
    os.sched_setaffinity(0, CORES[1:] or CORES)
    print(_machine(), end="\n\n")
    print("| answer | nginx, us CPU | facade, us CPU | ratio: median (lowest, highest) |")
    print("|---|---|---|---|")
    for size in asked.bytes:
        _compare(size, seconds=asked.seconds, rounds=asked.rounds, loop=asked.loop)
    print(f"\nLoad of the machine at the end, per minute: {os.getloadavg()[0]:.1f}")


def _compare(size: int, *, seconds: int, rounds: int, loop: str) -> None:
    """Print the row of one size of answers."""
    ours, theirs = [], []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)  # nginx's workers give up root
        (folder / "body").write_bytes(b"x" * size)
        script = _script(folder)
        known = stack.enter_context(users())
        upstream = stack.enter_context(nginx(folder, UPSTREAM, "upstream", upstream=known))
        peer = stack.enter_context(nginx(folder, PROXY, "nginx", upstream=upstream.port))
        for _ in range(rounds):
            theirs.append(_measure(peer, script, seconds))
            # A new one each time: what it learnt of the users is true for longer than a run takes.
            with facade(folder, upstream.port, loop=loop) as candidate:
                ours.append(_measure(candidate, script, seconds))
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    print(
        f"| {size // 1024} KB | {median(theirs):.1f} | {median(ours):.1f} "
        f"| {median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f}) |",
        flush=True,
    )


def _measure(candidate: Candidate, script: Path, seconds: int) -> float:
    """Return microseconds of CPU per request under load, after a second to get warm."""
    candidate.run_on(CORES[0])
    _load(candidate, script, 1)
    before = candidate.cpu_seconds()
    number = _load(candidate, script, seconds)
    return (candidate.cpu_seconds() - before) / number * 1e6


def _load(candidate: Candidate, script: Path, seconds: int) -> int:
    """Return how many requests were answered."""
    load = ("wrk", "-t1", "-c64", f"-d{seconds}s", "-s", str(script))
    url = f"http://127.0.0.1:{candidate.port}/"
    out = subprocess.run((*load, url), check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out:
        raise SystemExit(f"{candidate.name} answered with errors:\n{out}")
    number = re.search(r"(\d+) requests in", out)
    assert number is not None
    return int(number[1])


def _script(folder: Path) -> Path:
    """Write wrk's script: the requests of all users in turn."""
    # JSON's strings are Lua's, too; Lua's own long strings would lose the CR of each line.
    quoted = [json.dumps(request.decode()) for request in _facade_world.requests()]
    path = folder / "requests.lua"
    path.write_text(f"requests = {{{', '.join(quoted)}}}\n{LUA}", newline="")
    return path


def _machine() -> str:
    """Describe what all figures depend on."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    version = subprocess.run(("nginx", "-v"), check=True, capture_output=True, text=True).stderr
    processor = f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores"
    return f"{processor}; Python {platform.python_version()}; {version.strip()}"


if __name__ == "__main__":
    main()
