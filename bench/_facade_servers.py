"""What stands around the facade while it is measured, each a process of its own: its upstream (an
nginx), who knows the users, and the facade itself; and what each of them costs.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import _facade_world
from flags.snapshot import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHECKOUT = Path(__file__).resolve().parents[1]
START_SECONDS = 15.0
TICKS = os.sysconf("SC_CLK_TCK")

NGINX = """
daemon off; worker_processes 1; pid {folder}/{name}.pid;
error_log {folder}/error.log crit; events {{ worker_connections 19000; }}
http {{
    access_log off; keepalive_timeout 300s; keepalive_requests 100000000;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    {content}
}}
"""
UPSTREAM = """
    default_type text/html;
    upstream users {{ server 127.0.0.1:{users}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        proxy_http_version 1.1; proxy_set_header Connection "";
        location = /api/user/v1/accounts {{ proxy_pass http://users; }}
        location = /api/v2/identity/actor {{ proxy_pass http://users; }}
        location / {{ root {folder}; rewrite .* /body break; }}
    }}
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers on a port, and the processes whose time counts."""

    port: int
    pids: tuple[int, ...]

    def run_on(self, core: int) -> None:
        """Keep all its processes to one core: moving between two empties their caches."""
        for pid in self.pids:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), {core})

    def cpu_seconds(self) -> float:
        """Return user and system time of all its processes since they started."""
        return sum(_cpu_seconds(pid) for pid in self.pids)

    def kilobytes(self) -> int:
        """Return the memory of all its processes; what they share with others counts in parts."""
        return sum(_kilobytes(pid) for pid in self.pids)


@contextlib.contextmanager
def upstream(folder: Path, *, body_bytes: int) -> Iterator[Running]:
    """Run what is behind every proxy: an nginx with one body, that also knows the users."""
    folder.chmod(0o755)  # nginx's workers give up root
    (folder / "body").write_bytes(b"x" * body_bytes)
    with users() as known, nginx(folder, "upstream", UPSTREAM, users=known.port) as found:
        yield found


@contextlib.contextmanager
def users() -> Iterator[Running]:
    """Run the process that knows the users."""
    port = free_port()
    with running((sys.executable, "-m", "bench._facade_users", f"{port}"), port) as found:
        yield found


@contextlib.contextmanager
def nginx(folder: Path, name: str, content: str, **names: object) -> Iterator[Running]:
    """Run an nginx of one worker; `content` is that of its `http` block."""
    port = free_port()
    path = folder / f"{name}.conf"
    content = content.format(folder=folder, port=port, **names)
    path.write_text(NGINX.format(folder=folder, name=name, content=content))
    with running(("nginx", "-c", str(path), "-p", str(folder)), port) as found:
        yield found


@contextlib.contextmanager
def facade(
    folder: Path,
    upstream_port: int,
    *,
    loop: str = "uvloop",
    workers: int = 1,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Run a facade with everything on; its log goes nowhere."""
    snapshot = folder / "snapshot.json"
    snapshot.write_bytes(dumps(_facade_world.snapshot(), _facade_world.BRIDGE_KEY))
    port, url = free_port(), f"http://127.0.0.1:{upstream_port}"
    own = {
        **dict.fromkeys(("LEGACY_URL", "MODERN_LMS_URL", "MODERN_CMS_URL"), url),
        "BRIDGE_KEY": _facade_world.BRIDGE_KEY,
        "SNAPSHOT_PATH": str(snapshot),
        **(environment or {}),
    }
    ports = ("--port", f"{port}", "--admin-port", f"{free_port()}")
    command = (sys.executable, "-m", "facade", "run", *ports, "--loop", loop)
    with running((*command, "--workers", f"{workers}"), port, environment=own) as found:
        yield found


def introduce(port: int) -> None:
    """Let every user ask once: the facade knows them for 30 seconds from then on."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        answers = connection.makefile("rb")
        for request in _facade_world.requests():
            connection.sendall(request)
            length = 0
            while line := answers.readline().rstrip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            answers.read(length)


@contextlib.contextmanager
def running(
    command: tuple[str, ...], port: int, *, environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Run a command until the end of the block, once it answers on its port."""
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            # As the facade starts its workers: on a busy machine Linux gives sessions equal shares.
            start_new_session=True,
        )
        try:
            if not _answers(port, process):
                complaints.seek(0)
                said = complaints.read().decode(errors="replace").strip()
                raise SystemExit(f"{' '.join(command)} does not answer on port {port}\n{said}")
            yield Running(port, (process.pid, *_children(process.pid)))
        finally:
            process.terminate()
            process.wait()


def need(*programs: str) -> None:
    """End with what is missing, unless all these programs are installed."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise SystemExit(f"not installed: {', '.join(missing)}; Debian has packages of these names")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _answers(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Wait for a process to answer on its port."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), 1) as found,
        ):
            found.sendall(b"GET / HTTP/1.0\r\n\r\n")
            if found.recv(1):
                return True
        time.sleep(0.05)
    return False


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _kilobytes(pid: int) -> int:
    found = re.search(r"Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text())
    assert found is not None
    return int(found[1])
