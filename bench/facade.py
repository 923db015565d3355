"""The facade against nginx: CPU per request, in alternating runs. `python -m bench.facade`.

Both run with one worker in front of the same upstream (another nginx), under the same load of wrk:
64 connections, a browser's head, 300 users. On a busy machine requests per second mean little; the
CPU time of the proxy's processes per request, and its ratio to nginx's in the same round, hold.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench import facade_world

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[1]
START_SECONDS = 15.0
TICKS = os.sysconf("SC_CLK_TCK")

UPSTREAM = """
daemon off; worker_processes 1; pid {folder}/upstream.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_timeout 300s; keepalive_requests 100000000; default_type text/html;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /api/user/v1/accounts {{ return 401; }}
        location / {{ root {folder}; rewrite .* /body break; }}
    }}
}}
"""
PROXY = """
daemon off; worker_processes 1; pid {folder}/proxy.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_timeout 300s; keepalive_requests 100000000;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    upstream legacy {{ server 127.0.0.1:{upstream}; keepalive 256; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://legacy; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""
LUA = """
local number = 0
function request()
    number = (number + 1) % 300
    return requests[number + 1]
end
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proxy that runs: its port and the processes whose time counts."""

    name: str
    port: int
    pids: tuple[int, ...]

    def cpu_seconds(self) -> float:
        """Return user and system time of all its processes since they started."""
        return sum(_cpu_seconds(pid) for pid in self.pids)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="of one run (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="(%(default)s)")
    parser.add_argument("--bytes", type=int, default=1024, help="of an answer (%(default)s)")
    parser.add_argument("--loop", default="uvloop", choices=("uvloop", "asyncio"))
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)  # nginx's workers give up root
        (folder / "body").write_bytes(b"x" * asked.bytes)
        script = _script(folder)
        upstream = stack.enter_context(_nginx(folder, UPSTREAM, "upstream", upstream=0))
        nginx = stack.enter_context(_nginx(folder, PROXY, "nginx", upstream=upstream.port))
        facade = stack.enter_context(_facade(upstream.port, asked.loop))
        found: dict[str, list[float]] = {"nginx": [], "facade": []}
        for _ in range(asked.rounds):
            for candidate in (nginx, facade):
                found[candidate.name].append(_measure(candidate, script, asked.seconds))
    ratios = [ours / theirs for ours, theirs in zip(found["facade"], found["nginx"], strict=True)]
    for name, figures in found.items():
        print(f"{name:<8} {median(figures):6.1f} us CPU per request (of {len(figures)} runs)")
    print(f"ratio    {median(ratios):6.2f} (from {min(ratios):.2f} to {max(ratios):.2f})")


def _measure(candidate: Candidate, script: Path, seconds: int) -> float:
    """Return microseconds of CPU per request under load."""
    before = candidate.cpu_seconds()
    load = ("wrk", "-t1", "-c64", f"-d{seconds}s", "-s", str(script))
    url = f"http://127.0.0.1:{candidate.port}/"
    out = subprocess.run((*load, url), check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out:
        raise SystemExit(f"{candidate.name} answered with errors:\n{out}")
    number = re.search(r"(\d+) requests in", out)
    assert number is not None
    return (candidate.cpu_seconds() - before) / int(number[1]) * 1e6


def _script(folder: Path) -> Path:
    """Write wrk's script: the requests of all users in turn."""
    # JSON's strings are Lua's, too; Lua's own long strings would lose the CR of each line.
    quoted = [json.dumps(request.decode()) for request in facade_world.requests()]
    path = folder / "requests.lua"
    path.write_text(f"requests = {{{', '.join(quoted)}}}\n{LUA}", newline="")
    return path


@contextlib.contextmanager
def _nginx(folder: Path, config: str, name: str, *, upstream: int) -> Iterator[Candidate]:
    port = _free_port()
    path = folder / f"{name}.conf"
    path.write_text(config.format(folder=folder, port=port, upstream=upstream))
    with _running(("nginx", "-c", str(path), "-p", str(folder)), port) as process:
        yield Candidate(name, port, tuple(_children(process.pid)))


@contextlib.contextmanager
def _facade(upstream: int, loop: str) -> Iterator[Candidate]:
    port = _free_port()
    url = f"http://127.0.0.1:{upstream}"
    environment = {
        **os.environ,
        **dict.fromkeys(("LEGACY_URL", "MODERN_LMS_URL", "MODERN_CMS_URL"), url),
        "BRIDGE_KEY": facade_world.BRIDGE_KEY,
    }
    ports = ("--port", f"{port}", "--admin-port", f"{_free_port()}")
    command = (sys.executable, "-m", "facade", "run", *ports, "--loop", loop)
    with _running(command, port, environment=environment) as process:
        yield Candidate("facade", port, tuple(_children(process.pid)))


@contextlib.contextmanager
def _running(
    command: tuple[str, ...], port: int, *, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), 1) as found,
        ):
            found.sendall(b"GET / HTTP/1.0\r\n\r\n")
            if found.recv(1):
                return
        time.sleep(0.05)
    raise SystemExit(f"{process.args} does not answer on port {port}")


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


if __name__ == "__main__":
    main()
