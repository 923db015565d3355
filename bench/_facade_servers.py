"""What stands around the facade while it is measured: nginx as its peer, nginx as the upstream of
both, and who knows the users.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from bench import _facade_world
from flags.snapshot import dumps

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
        location = /api/user/v1/accounts {{ proxy_pass http://127.0.0.1:{upstream}; }}
        location = /api/v2/identity/actor {{ proxy_pass http://127.0.0.1:{upstream}; }}
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


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proxy that runs: its port and the processes whose time counts."""

    name: str
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


class _Users(BaseHTTPRequestHandler):
    """Knows the users of `_facade_world`, as legacy does by their session and modern by name."""

    def do_GET(self) -> None:
        """Answer either question."""
        if self.path == "/api/user/v1/accounts":
            session = re.search(r"sessionid=1\|0*(\d+)\|", self.headers["Cookie"])
            assert session is not None
            found: object = [{"username": f"user{int(session[1] or 0)}"}]
        else:
            payload = self.headers["X-Bridge-Identity"].split(".")[1]
            name = json.loads(base64.urlsafe_b64decode(payload + "=="))["un"]
            found = {"id": int(name.removeprefix("user")), "username": name}
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def users() -> Iterator[int]:
    """Answer who the users are, on the port given."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Users) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def nginx(folder: Path, config: str, name: str, *, upstream: int) -> Iterator[Candidate]:
    """Run an nginx of one worker in front of a port."""
    port = free_port()
    path = folder / f"{name}.conf"
    path.write_text(config.format(folder=folder, port=port, upstream=upstream))
    with _running(("nginx", "-c", str(path), "-p", str(folder)), port) as process:
        yield Candidate(name, port, tuple(_children(process.pid)))


@contextlib.contextmanager
def facade(folder: Path, upstream: int, *, loop: str = "uvloop") -> Iterator[Candidate]:
    """Run a facade of one worker with everything on, that knows all users already."""
    snapshot = folder / "snapshot.json"
    snapshot.write_bytes(dumps(_facade_world.snapshot(), _facade_world.BRIDGE_KEY))
    port, url = free_port(), f"http://127.0.0.1:{upstream}"
    environment = {
        **dict.fromkeys(("LEGACY_URL", "MODERN_LMS_URL", "MODERN_CMS_URL"), url),
        "BRIDGE_KEY": _facade_world.BRIDGE_KEY,
        "SNAPSHOT_PATH": str(snapshot),
    }
    ports = ("--port", f"{port}", "--admin-port", f"{free_port()}")
    command = (sys.executable, "-m", "facade", "run", *ports, "--loop", loop)
    with _running(command, port, environment=environment) as process:
        _introduce(port)
        yield Candidate("facade", port, tuple(_children(process.pid)))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _introduce(port: int) -> None:
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
