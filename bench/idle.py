"""Memory of an idle keep-alive connection: `python -m bench.idle`.

Thousands of clients ask once and stay; what the worker's own memory (PSS) grew by is shared among
them. What the kernel keeps for each socket is not in it.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import socket
import tempfile
from pathlib import Path

from bench import _facade_world
from bench._facade_servers import facade, need, upstream

ANSWER_BYTES = 1024
REQUEST = _facade_world.requests()[0]
FEW = 200
"""Connections before the first measurement: pools and caches are filled by then."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=5000, help="(%(default)s)")
    asked = parser.parse_args()
    need("nginx")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        behind = stack.enter_context(upstream(folder, body_bytes=ANSWER_BYTES))
        server = stack.enter_context(facade(folder, behind.port))
        for _ in range(FEW):
            stack.enter_context(_client(server.port))
        before = server.kilobytes()
        for _ in range(asked.connections):
            stack.enter_context(_client(server.port))
        after = server.kilobytes()
    each = (after - before) / asked.connections
    print(f"{before / 1024:.1f} MB with {FEW} connections, {after / 1024:.1f} MB with")
    print(f"{asked.connections} more: {each:.2f} KB a connection")


def _client(port: int) -> socket.socket:
    """Connect, ask once, and read the answer."""
    client = socket.create_connection(("127.0.0.1", port), 5)
    client.sendall(REQUEST)
    seen = b""
    while not seen.endswith(b"x" * ANSWER_BYTES):
        seen += client.recv(65536)
    return client


if __name__ == "__main__":
    main()
