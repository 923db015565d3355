"""The bridge period's LMS over a real socket, and a client that sends requests byte by byte."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from deploy.stack import ports
from tests.recorded import Answer, Send

__all__ = ["sender", "serve"]

CHECKOUT = Path(__file__).parents[2]
COMMAND = (
    "granian",
    *("--interface", "wsgi", "--no-ws", "--blocking-threads", "4", "--log-level", "warning"),
)
PATIENCE_SECONDS = 60.0


@contextmanager
def serve(database_url: str) -> Iterator[Send]:
    """Run the LMS over a database until the block ends, and give what reaches it."""
    port = ports.free()
    changes = {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "compat.settings.test"}
    process = subprocess.Popen(
        [sys.executable, "-m", *COMMAND, "--port", str(port), "compat.wsgi:application"],
        cwd=CHECKOUT,
        env=os.environ | changes,
    )
    try:
        send = sender(f"http://127.0.0.1:{port}")
        _wait_until_ready(send, process)
        yield send
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def sender(url: str) -> Send:
    """Make a `Send` that leaves path and headers as they are; HTTP libraries tidy them up."""
    address = urlsplit(url)

    def send(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
        with closing(connection):
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                if name.lower() != "content-length":
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return Answer(response.status, tuple(response.getheaders()), response.read())

    return send


def _wait_until_ready(send: Send, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the LMS ended with code {process.returncode}: see its output")
        try:
            if send("GET", "/readyz", {"Host": "localhost"}, b"").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the LMS was not ready in {PATIENCE_SECONDS:.0f} s: see its output")
