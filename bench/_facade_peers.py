"""The proxies that the facade is compared with: each with one worker, kept connections to the
upstream, and no log. Only the one with `auth_request` decides anything.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench._facade_servers import Running, free_port, nginx, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

NGINX_PROXY = """
    upstream legacy {{ server 127.0.0.1:{upstream}; keepalive 256; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://legacy; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
"""
NGINX_AUTH_REQUEST = """
    upstream legacy {{ server 127.0.0.1:{upstream}; keepalive 256; }}
    upstream modern {{ server 127.0.0.1:{upstream}; keepalive 256; }}
    upstream decider {{ server 127.0.0.1:{decider}; keepalive 256; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        proxy_http_version 1.1; proxy_set_header Connection "";
        location / {{
            auth_request /decide; auth_request_set $to $upstream_http_x_upstream;
            proxy_pass http://$to; proxy_set_header Connection "";
            proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
        }}
        location = /decide {{
            internal; proxy_pass http://decider; proxy_pass_request_body off;
            proxy_set_header Connection ""; proxy_set_header Content-Length "";
            proxy_set_header X-Method $request_method; proxy_set_header X-Target $request_uri;
        }}
    }}
"""
HAPROXY = """
global
    nbthread 1
    maxconn 4096
defaults
    mode http
    http-reuse always
    timeout connect 5s
    timeout client 300s
    timeout server 300s
listen proxy
    bind 127.0.0.1:{port} backlog 4096
    option forwardfor
    server legacy 127.0.0.1:{upstream}
"""
CADDY = """
{{
    admin off
    auto_https off
}}
http://:{port} {{
    bind 127.0.0.1
    reverse_proxy 127.0.0.1:{upstream} {{
        transport http {{
            keepalive_idle_conns_per_host 256
        }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A proxy under its name in the table; `packages` are what it needs of PyPI."""

    name: str
    run: Callable[[Path, int], AbstractContextManager[Running]]
    """With a folder and the upstream's port."""
    program: str = ""
    packages: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Say which version is installed; empty when something is missing."""
        if self.program:
            return _program_version(self.program)
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return ", ".join(f"{each} {importlib.metadata.version(each)}" for each in self.packages)
        return ""


@contextlib.contextmanager
def _nginx(folder: Path, upstream: int) -> Iterator[Running]:
    with nginx(folder, "proxy", NGINX_PROXY, upstream=upstream) as found:
        yield found


@contextlib.contextmanager
def _auth_request(folder: Path, upstream: int) -> Iterator[Running]:
    """Both processes count: nginx asks the decider about every request."""
    port = free_port()
    command = (sys.executable, "-m", "bench.peers.decider", f"{port}")
    with (
        running(command, port) as decider,
        nginx(
            folder, "asking", NGINX_AUTH_REQUEST, upstream=upstream, decider=decider.port
        ) as found,
    ):
        yield Running(found.port, (*found.pids, *decider.pids))


@contextlib.contextmanager
def _haproxy(folder: Path, upstream: int) -> Iterator[Running]:
    port = free_port()
    config = folder / "haproxy.cfg"
    config.write_text(HAPROXY.format(port=port, upstream=upstream))
    with running(("haproxy", "-db", "-q", "-f", str(config)), port) as found:
        yield found


@contextlib.contextmanager
def _caddy(folder: Path, upstream: int) -> Iterator[Running]:
    port = free_port()
    config = folder / "Caddyfile"
    config.write_text(CADDY.format(port=port, upstream=upstream))
    command = ("caddy", "run", "--config", str(config), "--adapter", "caddyfile")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GOMAXPROCS": "1"}
    with running(command, port, environment=environment) as found:
        yield found


def _python(module: str) -> Callable[[Path, int], AbstractContextManager[Running]]:
    @contextlib.contextmanager
    def run(_: Path, upstream: int) -> Iterator[Running]:
        port = free_port()
        command = (sys.executable, "-m", f"bench.peers.{module}", f"{port}", f"{upstream}")
        with running(command, port) as found:
            yield found

    return run


@contextlib.contextmanager
def _revproxy(_: Path, upstream: int) -> Iterator[Running]:
    """Threads, as it waits for its upstream: 16 of them, in one process."""
    port = free_port()
    environment = {**os.environ, "REVPROXY_UPSTREAM": f"http://127.0.0.1:{upstream}/"}
    worker = ("--worker-class", "gthread", "--workers", "1", "--threads", "16")
    command = (sys.executable, "-m", "gunicorn", *worker, "--bind", f"127.0.0.1:{port}")
    with running((*command, "bench.peers.revproxy"), port, environment=environment) as found:
        yield found


PEERS = (
    Peer("nginx", _nginx, program="nginx"),
    Peer("HAProxy", _haproxy, program="haproxy"),
    Peer("Caddy", _caddy, program="caddy"),
    Peer("nginx + auth_request", _auth_request, program="nginx"),
    Peer("aiohttp", _python("aiohttp_proxy"), packages=("aiohttp",)),
    Peer("uvicorn + httpx", _python("httpx_proxy"), packages=("uvicorn", "httpx")),
    Peer("django-revproxy", _revproxy, packages=("django-revproxy", "gunicorn")),
)


def _program_version(program: str) -> str:
    if shutil.which(program) is None:
        return ""
    argument = "version" if program == "caddy" else "-v"
    said = subprocess.run((program, argument), check=True, capture_output=True, text=True)
    found = re.search(r"[0-9]+(?:\.[0-9]+)+", said.stdout + said.stderr)
    return f"{program} {found[0] if found else '?'}"
